"""The Rehearse page with the small program in place of the engine."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings

    from mtgui.desktop.rehearse.rehearse_page import RehearsePage


@pytest.fixture
def make_page(settings: "QSettings", show_page: Callable[..., None]) -> "Iterator[Callable[[], RehearsePage]]":
    """Build Rehearse pages, shown, and shut down after the test."""
    from mtgui.desktop.jobs.engine import Engine
    from mtgui.desktop.rehearse.rehearse_page import RehearsePage
    from tests.desktop.rehearse.rehearse_helpers import fake_command

    engine = Engine(settings, fake_command)

    def make() -> RehearsePage:
        page = RehearsePage(settings, engine)
        show_page(page)
        return page

    yield make
    engine.close()


@pytest.fixture
def page(make_page: "Callable[[], RehearsePage]") -> "RehearsePage":
    """One Rehearse page."""
    return make_page()
