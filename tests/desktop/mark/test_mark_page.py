"""The Mark page as a whole: adding, removing, dropping, undoing, remembering, and the words it finds."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from mtgui.desktop.mark.mark_page import MarkPage
from mtgui.desktop.mark.picture_column import menu_text
from mtgui.desktop.pictures.drop_overlay import DropOverlay
from mtgui.desktop.pictures.stacked_pictures import StackRole
from mtgui.desktop.widgets.controls import LabelledSlider, SegmentedControl
from mtgui.marking.settings import preset_named
from tests.desktop.desktop_helpers import child, focused, text_of
from tests.desktop.mark.mark_helpers import Robot, add, make_pictures, settle


def veil(page: MarkPage) -> DropOverlay:
    return page.findChildren(DropOverlay)[0]


def mime(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def drag(page: MarkPage, data: QMimeData) -> bool:
    nobody, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    event = QDragEnterEvent(QPointF(9, 9).toPoint(), Qt.DropAction.CopyAction, data, left, nobody)
    QApplication.sendEvent(page, event)
    return event.isAccepted()


def drop(page: MarkPage, data: QMimeData) -> None:
    nobody, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    QApplication.sendEvent(page, QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, left, nobody))


def undo() -> None:
    QTest.keyClick(focused(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QApplication.processEvents()


def test_dropped_files_and_folders_are_added(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> None:
    one, folder = make_pictures(tmp_path / "a", 1), tmp_path / "b"
    make_pictures(folder, 3)
    data = mime(one[0], folder)
    assert drag(page, data)
    assert veil(page).isVisible()
    assert "Drop pictures" in veil(page).accessibleName()
    QApplication.sendEvent(page, QDragLeaveEvent())
    assert veil(page).isHidden()
    drag(page, data)
    drop(page, data)
    settle(qtbot, page)
    assert veil(page).isHidden()
    assert page.pictures.count == 4


@pytest.mark.parametrize("proposed", [Qt.DropAction.MoveAction, Qt.DropAction.LinkAction])
def test_a_drop_always_copies(page: MarkPage, tmp_path: Path, proposed: Qt.DropAction) -> None:
    data = mime(*make_pictures(tmp_path, 1))
    every = Qt.DropAction.MoveAction | Qt.DropAction.CopyAction | Qt.DropAction.LinkAction
    nobody, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    entered = QDragEnterEvent(QPointF(9, 9).toPoint(), every, data, left, nobody)
    entered.setDropAction(proposed)
    QApplication.sendEvent(page, entered)
    dropped = QDropEvent(QPointF(9, 9), every, data, left, nobody)
    dropped.setDropAction(proposed)
    QApplication.sendEvent(page, dropped)
    for event in (entered, dropped):
        assert event.isAccepted()
        assert event.dropAction() == Qt.DropAction.CopyAction


def test_what_is_no_file_is_not_taken(page: MarkPage) -> None:
    data = QMimeData()
    data.setText("hello")
    assert not drag(page, data)
    assert veil(page).isHidden()


def test_searches_wait_for_one_another(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> None:
    for name in "abc":
        make_pictures(tmp_path / name, 2)
        page.open_paths([tmp_path / name])
    settle(qtbot, page)
    assert page.pictures.count == 6


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["readme.txt"], "No pictures were found there. 1 skipped: not a picture of a known kind."),
        ([], "No pictures were found there."),
        (["00.png", "readme.txt"], "1 picture added; 1 skipped: not a picture of a known kind."),
        (["00.png"], ""),
    ],
)
def test_what_came_of_a_folder_is_one_sentence(
    qtbot: QtBot, page: MarkPage, tmp_path: Path, names: list[str], expected: str
) -> None:
    (tmp_path / "f").mkdir()
    for name in names:
        (tmp_path / "f" / name).write_text("x")
    add(qtbot, page, tmp_path / "f")
    assert page.messages.text == expected


def test_the_same_folder_twice_is_told(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> None:
    make_pictures(tmp_path / "f", 2)
    add(qtbot, page, tmp_path / "f")
    add(qtbot, page, tmp_path / "f")
    assert page.messages.text == "All of them are in the list already."
    assert page.pictures.count == 2


def test_a_path_that_is_gone_is_told(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> None:
    add(qtbot, page, tmp_path / "gone.png")
    assert "1 skipped: it is" in page.messages.text


def test_a_long_search_can_be_stopped(page: MarkPage, tmp_path: Path) -> None:
    page.pictures.searching.emit(tmp_path)
    assert "Looking for pictures" in page.messages.text
    QTest.mouseClick(page.messages.findChildren(QPushButton)[0], Qt.MouseButton.LeftButton)
    assert not page.pictures.is_scanning


def test_removing_all_brings_the_first_page_back(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> None:
    make_pictures(tmp_path / "f", 3)
    add(qtbot, page, tmp_path / "f")
    page.pictures.strip.setFocus()
    QTest.keyClick(page.pictures.strip, Qt.Key.Key_Delete)
    assert page.pictures.count == 2
    assert page.pictures.strip.current_entry is not None
    page.pictures.strip.selectAll()
    QTest.keyClick(page.pictures.strip, Qt.Key.Key_Delete)
    assert page.empty.isVisible()
    assert page.empty.button.hasFocus()
    assert (page.canvas.request, page.exporting.out) == (None, None)


def test_recent_folders_are_offered_and_remembered(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> None:
    make_pictures(tmp_path / "R&D", 2)
    add(qtbot, page, tmp_path / "R&D")
    page.pictures.clear()
    (link,) = [b for b in page.empty.findChildren(QPushButton) if "R&&D" in b.text()]
    QTest.mouseClick(link, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert page.pictures.count == 2
    assert any("R&&D" in action.text() for action in page.pictures.menu.actions())


def test_a_long_path_fits_a_menu() -> None:
    text = menu_text(Path("/" + "x" * 200 + "/end"))
    assert text.startswith("…")
    assert text.endswith("/end")
    assert len(text) < 60


@pytest.mark.parametrize("place", ["slider", "spin box", "strip", "canvas"])
def test_undo_reaches_the_settings_from_everywhere(qtbot: QtBot, page: MarkPage, tmp_path: Path, place: str) -> None:
    make_pictures(tmp_path / "f", 2)
    add(qtbot, page, tmp_path / "f")
    page.inspector.mark.choose_preset("paper")
    blend = child(page.inspector, LabelledSlider, "Blend")
    blend.spin_box.setFocus()
    blend.spin_box.selectAll()
    QTest.keyClicks(blend.spin_box, "0.55")
    QTest.keyClick(blend.spin_box, Qt.Key.Key_Return)
    assert page.history.choices.settings.blend_ratio == 0.55
    widgets = {
        "slider": blend.slider,
        "spin box": blend.spin_box,
        "strip": page.pictures.strip,
        "canvas": page.canvas,
    }
    widgets[place].setFocus()
    undo()
    assert page.history.choices.settings.blend_ratio == 0.7
    assert blend.spin_box.value() == 0.7


def test_what_is_being_typed_is_undone_by_the_field_itself(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> None:
    make_pictures(tmp_path / "f", 2)
    add(qtbot, page, tmp_path / "f")
    page.inspector.mark.preset_button("paper").click()
    spin = child(page.inspector, LabelledSlider, "Noise").spin_box
    spin.setFocus()
    spin.selectAll()
    QTest.keyClicks(spin, "3")
    undo()
    assert page.history.choices.settings.noise_budget == 8


def test_the_caption_names_the_picture_and_then_says_what_is_seen(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> None:
    make_pictures(tmp_path / "f", 1)
    add(qtbot, page, tmp_path / "f")
    qtbot.waitUntil(lambda: "The picture is not changed" in page.canvas.accessibleDescription())
    page.inspector.mark.choose_preset("paper")
    qtbot.waitUntil(lambda: "isible on " in page.canvas.accessibleDescription())
    assert "PSNR" not in page.canvas.accessibleDescription()
    assert "00.png · 64 × 48" in page.canvas.accessibleDescription()


def test_stripes_stand_in_until_the_pattern_picture_is_there(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> None:
    choices = page.history.choices
    settings = replace(preset_named("paper").mark, pattern_kind="picture")
    page.history.change(replace(choices, settings=settings), "pattern")
    assert page.looks.look.settings.pattern_kind == "stripes"
    page.history.change(replace(choices, settings=settings, pattern=make_pictures(tmp_path / "f", 1)[0]), "pattern")
    qtbot.waitUntil(lambda: page.looks.look.settings.pattern_kind == "picture")


def test_a_pattern_that_cannot_be_read_leaves_the_one_before(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> None:
    good, other = make_pictures(tmp_path / "f", 2)
    add(qtbot, page, good)
    page.inspector.take_pattern(other)
    qtbot.waitUntil(lambda: page.looks.patterns.picture is not None)
    (tmp_path / "bad.jpg").write_text("no picture")
    page.inspector.take_pattern(tmp_path / "bad.jpg")
    qtbot.waitUntil(lambda: page.messages.tone == "error")
    assert "cannot be the pattern" in page.messages.text
    assert not page.messages.text.endswith("..")
    assert page.history.choices.pattern == other
    qtbot.waitUntil(lambda: page.looks.patterns.picture is not None)


def test_settings_come_back_with_the_next_page(
    qtbot: QtBot, page: MarkPage, settings: QSettings, tmp_path: Path
) -> None:
    make_pictures(tmp_path / "f", 1)
    add(qtbot, page, tmp_path / "f")
    page.inspector.mark.preset_button("faint").click()
    page.toolbar.findChildren(SegmentedControl)[0].button("split").click()
    page.shut_down()
    later = MarkPage(settings)
    qtbot.addWidget(later)
    assert later.history.choices.settings == page.history.choices.settings
    assert later.canvas.mode == "split"
    later.shut_down()


def test_pictures_removed_while_their_thumbnails_load(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> None:
    make_pictures(tmp_path / "f", 60)
    page.open_paths([tmp_path / "f"])
    qtbot.waitUntil(lambda: page.pictures.count > 0)
    page.pictures.clear()
    settle(qtbot, page)
    assert page.pictures.count == 0
    assert not page.messages.text


def test_closing_while_folders_are_searched(page: MarkPage, tmp_path: Path) -> None:
    make_pictures(tmp_path / "f", 60)
    page.open_paths([tmp_path / "f"])
    assert page.may_close()


def test_the_demo_pictures_are_there(qtbot: QtBot, page: MarkPage) -> None:
    (demo,) = [b for b in page.empty.findChildren(QPushButton) if "demo" in b.accessibleName() + b.text().lower()]
    assert "&demo" in demo.text()
    QTest.mouseClick(demo, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert page.pictures.count > 0


def test_the_status_counts_one_as_one(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> None:
    make_pictures(tmp_path / "f", 1)
    add(qtbot, page, tmp_path / "f")
    texts = [label.text() for label in page.findChildren(QLabel)]
    assert "1 picture · 1 goes out, 0 stay home" in texts
    assert "1 picture" in texts
    assert page.panel.button.text() == "&Export 1 copy…"
    page.inspector.mark.choose_preset("clear")
    assert page.panel.button.text() == "&Export 1 marked copy…"


def test_messages_move_nothing(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> None:
    make_pictures(tmp_path / "f", 2)
    add(qtbot, page, tmp_path / "f")
    places = [part.mapTo(page, QPoint()) for part in (page.canvas, page.toolbar, page.panel.button)]
    page.messages.show_message("A caution of some length. " * 6, "caution")
    QApplication.processEvents()
    assert [part.mapTo(page, QPoint()) for part in (page.canvas, page.toolbar, page.panel.button)] == places
    over = QRect(page.canvas.mapTo(page, QPoint()), page.canvas.size())
    assert over.contains(page.messages.geometry()), "it lies over the canvas, not over buttons"
    assert page.messages.geometry().bottom() == over.bottom(), "the captions at the top stay in sight"


def test_flip_is_a_key_of_the_window_and_a_second_click(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> None:
    make_pictures(tmp_path / "f", 1)
    add(qtbot, page, tmp_path / "f")
    page.pictures.strip.setFocus()
    QTest.keyClick(page.pictures.strip, Qt.Key.Key_F)
    assert (page.canvas.mode, page.canvas.shows_original) == ("flip", True)
    QTest.keyClick(page.pictures.strip, Qt.Key.Key_F)
    assert not page.canvas.shows_original
    page.toolbar.findChildren(SegmentedControl)[0].button("flip").click()
    assert page.canvas.shows_original


@pytest.mark.parametrize("place", ["page", "strip", "canvas", "kept"])
def test_ctrl_e_exports_whatever_has_the_focus(
    qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path, place: str
) -> None:
    make_pictures(tmp_path / "f", 12)
    add(qtbot, page, tmp_path / "f")
    widget = {
        "page": page,
        "strip": page.pictures.strip,
        "canvas": page.canvas,
        "kept": page.inspector.decision.kept.spin_box,
    }[place]
    widget.setFocus()
    seen: list[str] = []

    def look(dialog: QDialog) -> None:
        seen.append(dialog.windowTitle())
        dialog.reject()

    robot.then(look)
    QTest.keyClick(widget, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: robot.is_done)
    assert seen == ["Export copies"]


def test_pins_move_pictures_and_change_the_heads(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> None:
    make_pictures(tmp_path / "f", 12)
    add(qtbot, page, tmp_path / "f")
    page.pictures.strip.show_entry(3)
    QTest.keyClick(page.pictures.strip, Qt.Key.Key_H)
    page.pictures.strip.show_entry(0)
    QTest.keyClick(page.pictures.strip, Qt.Key.Key_O)

    def heads() -> list[tuple[str, str, str]]:
        stacks = page.pictures.stacks
        found = [stacks.index(row).data(StackRole.HEAD) for row in range(stacks.rowCount())]
        return [(head.title, head.count, head.detail) for head in found if head is not None]

    assert heads() == [
        ("Goes out", "6", "1 pinned, the coin adds 5"),
        ("Stays home", "6", "1 pinned, the coin adds 5"),
        ("Undecided", "10", "counted above, too"),
    ]
    page.history.stack.undo()
    assert heads()[0] == ("Goes out", "6", "the coin picks them")
    page.inspector.decision.answer(all_go_out=True).click()
    assert heads() == [("Goes out", "11", "all others"), ("Stays home", "1", "by your own choice")]


def test_the_first_view_says_what_works_and_what_not(page: MarkPage) -> None:
    shown = text_of(page)
    assert "JPEG, PNG, WebP, TIFF, AVIF" in shown
    assert "LoRAs and diffusion models of Stable Diffusion" in shown
