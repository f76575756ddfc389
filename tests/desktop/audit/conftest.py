"""The Audit page with the small program in place of the engine."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings

    from mtgui.desktop.audit.audit_page import AuditPage
    from mtgui.desktop.jobs.history_store import HistoryStore


@pytest.fixture
def make_page(
    settings: "QSettings", store: "HistoryStore", show_page: Callable[..., None]
) -> "Iterator[Callable[[], AuditPage]]":
    """Build Audit pages, shown, and shut down after the test."""
    from mtgui.desktop.audit.audit_page import AuditPage
    from mtgui.desktop.jobs.engine import Engine
    from tests.desktop.audit.audit_helpers import fake_command

    engine = Engine(settings, fake_command)

    def make() -> AuditPage:
        page = AuditPage(settings, engine, store)
        show_page(page)
        return page

    yield make
    engine.close()


@pytest.fixture
def page(make_page: "Callable[[], AuditPage]") -> "AuditPage":
    """One Audit page."""
    return make_page()
