"""The Rehearse page with the small program in place of the engine."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings

    from mtgui.desktop.rehearse.rehearse_page import RehearsePage


@pytest.fixture
def make_page(settings: "QSettings", show_page: Callable[..., None]) -> "Callable[[], RehearsePage]":
    """Build Rehearse pages, shown, and shut down after the test."""
    from mtgui.desktop.rehearse.rehearse_page import RehearsePage
    from tests.desktop.rehearse.rehearse_helpers import fake_command

    def make() -> RehearsePage:
        page = RehearsePage(settings, fake_command)
        show_page(page)
        return page

    return make


@pytest.fixture
def page(make_page: "Callable[[], RehearsePage]") -> "RehearsePage":
    """One Rehearse page."""
    return make_page()
