"""What stands for a window in every state: in both schemes, at every size, and for every dialog of it."""

from collections.abc import Callable, Iterator, Mapping

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from mtgui.desktop.app.main_window import MainWindow
from mtgui.desktop.theme.appearance import apply_theme
from mtgui.desktop.theme.tokens import Scheme
from tests.desktop.judging import judge, unnamed, unreached, unseen_focus
from tests.desktop.open_windows import Kind, page_of

SIZES = [(1000, 640), (1280, 800), (1920, 1080)]
SCHEMES: tuple[Scheme, ...] = ("dark", "light")


def entered(
    window: MainWindow, name: str, kind: type[Kind], surroundings: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> Kind:
    """Show the page of ``window`` called ``name``, with ``surroundings`` in the environment, and return it."""
    for variable, value in surroundings.items():
        monkeypatch.setenv(variable, value)
    window.show_page(name)
    return page_of(window, name, kind)


def empty(*_: object) -> None:
    """Leave a page as it is at first."""


def assert_whole(window: QWidget, app: QApplication, also: Callable[[], None] = lambda: None) -> None:
    """Nothing is cut and nothing overlaps, and ``also`` holds, in both schemes at every size."""
    for scheme in SCHEMES:
        apply_theme(app, scheme)
        for width, height in SIZES:
            window.resize(width, height)
            for _ in range(4):
                app.processEvents()
            assert (window.width(), window.height()) == (width, height)
            assert judge(window) == [], f"{scheme} {width} × {height}"
            also()
    apply_theme(app, "dark")


def assert_by_keyboard(window: QWidget) -> None:
    """Every control has a name, is reached by the Tab key and shows that it was."""
    assert unnamed(window) == []
    window.activateWindow()
    assert unreached(window) == set()
    assert unseen_focus(window) == []


def assert_dialog_is_whole(dialog: QDialog) -> None:
    """Nothing is cut, nothing overlaps, and it fits on the smallest screen."""
    assert judge(dialog) == []
    assert dialog.height() <= 640


def assert_dialog_is_by_keyboard(dialog: QDialog) -> None:
    """Every control has a name and is reached by the Tab key."""
    assert unnamed(dialog) == []
    assert unreached(dialog) == set()


def open_dialogs(qtbot: QtBot, app: QApplication, make: Callable[[QWidget], list[QDialog]]) -> Iterator[QDialog]:
    """Open what ``make`` makes for a window, in both schemes, one after the other."""
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(1000, 640)
    parent.show()
    for scheme in SCHEMES:
        apply_theme(app, scheme)
        for dialog in make(parent):
            with qtbot.waitActive(dialog):
                dialog.open()
            yield dialog
            assert dialog.isHidden()
            dialog.deleteLater()
    apply_theme(app, "dark")
