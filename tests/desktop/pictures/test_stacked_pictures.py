"""Two stacks and what chance still decides: order, heads, keys, dragging, and a selection that outlives a new order."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mtgui.desktop.pictures.picture_entries import PictureEntry
from mtgui.desktop.pictures.picture_strip import PictureStrip
from mtgui.desktop.pictures.pictures_model import PictureListModel
from mtgui.desktop.pictures.stacked_pictures import Stack, StackedPictures, StackHead, StackRole
from mtgui.desktop.pictures.thumbnails import Thumbnails
from tests.desktop.desktop_helpers import Count, show

HEADS: dict[Stack, StackHead] = {
    "out": StackHead("▲", "Goes out", "3"),
    "home": StackHead("○", "Stays home", "3"),
    "undecided": StackHead("", "A coin decides", "6"),
}


@pytest.fixture
def source(make_thumbnails: Callable[..., Thumbnails]) -> PictureListModel:
    model = PictureListModel(make_thumbnails())
    model.add(PictureEntry(Path(f"/{n}.png"), Path("/"), str(n)) for n in range(6))
    return model


@pytest.fixture
def stacks(source: PictureListModel) -> StackedPictures:
    stacks = StackedPictures(source)
    stacks.set_heads(HEADS)
    return stacks


@pytest.fixture
def strip(qtbot: QtBot, stacks: StackedPictures) -> PictureStrip:
    return show(qtbot, PictureStrip(stacks), 232, 700)


def rows(stacks: StackedPictures) -> list[str]:
    found = []
    for row in range(stacks.rowCount()):
        entry, head = stacks.entry(row), stacks.index(row).data(StackRole.HEAD)
        found.append(entry.path.stem if entry is not None else head.title)
    return found


def current(strip: PictureStrip) -> str:
    entry = strip.current_entry
    return entry.path.stem if entry is not None else ""


def test_pictures_lie_below_the_head_of_their_stack(source: PictureListModel, stacks: StackedPictures) -> None:
    assert rows(stacks) == ["Goes out", "Stays home", "A coin decides", *"012345"]
    source.set_badges({Path("/4.png"): "always published", Path("/1.png"): "always private"})
    assert rows(stacks) == ["Goes out", "4", "Stays home", "1", "A coin decides", *"0235"]
    source.set_badges({Path(f"/{n}.png"): "published" if n % 2 else "withheld" for n in range(6)})
    assert rows(stacks) == ["Goes out", *"135", "Stays home", *"024"]


def test_where_nothing_is_undecided_all_lie_in_the_first_stack(stacks: StackedPictures) -> None:
    stacks.set_heads({"out": HEADS["out"], "home": HEADS["home"]})
    assert rows(stacks) == ["Goes out", *"012345", "Stays home"]


def test_heads_speak_and_cannot_be_selected(stacks: StackedPictures) -> None:
    assert stacks.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == "▲ Goes out: 3. "
    assert not stacks.flags(stacks.index(0)) & Qt.ItemFlag.ItemIsSelectable
    assert stacks.flags(stacks.index(3)) & Qt.ItemFlag.ItemIsSelectable


def test_a_new_order_keeps_current_and_selection(source: PictureListModel, strip: PictureStrip) -> None:
    strip.show_entry(4)
    told = Count(strip.current_changed)
    source.set_badges({Path("/4.png"): "always published"})
    assert current(strip) == "4"
    assert [entry.path.stem for entry in strip.selected_entries()] == ["4"]
    assert told.number == 0, "the picture to look at is the same"
    source.remove([4])
    assert current(strip) == ""
    assert told.number == 1


@pytest.mark.parametrize(("key", "stack"), [("O", "out"), ("H", "home"), ("C", "undecided")])
def test_keys_move_selected_pictures(qtbot: QtBot, strip: PictureStrip, key: str, stack: str) -> None:
    strip.selectAll()
    with qtbot.waitSignal(strip.stack_wanted) as told:
        QTest.keyClick(strip, getattr(Qt.Key, f"Key_{key}"))
    assert ([entry.path.stem for entry in told.args[0]], told.args[1]) == (list("012345"), stack)


def test_what_lies_below_the_mouse_is_a_stack(
    source: PictureListModel, stacks: StackedPictures, strip: PictureStrip
) -> None:
    source.set_badges({Path("/4.png"): "always published"})

    def middle(row: int) -> QPoint:
        return strip.visualRect(stacks.index(row)).center()

    found = [strip.stack_below(middle(row)) for row in range(5)]
    assert rows(stacks)[:5] == ["Goes out", "4", "Stays home", "A coin decides", "0"]
    assert found == ["out", "out", "home", "undecided", "undecided"]
    assert strip.stack_below(QPoint(20, 690)) == "undecided"
