"""Exporting from the page, with real files: the dialog, the copies, the record, and every way it can end."""

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QDialog, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from mtgui.common.errors import UsageError
from mtgui.desktop.mark.export_dialog import is_same_mark
from mtgui.desktop.mark.export_run import ExportEnd
from mtgui.desktop.mark.mark_memory import MarkMemory
from mtgui.desktop.mark.mark_page import MarkPage
from mtgui.desktop.pictures.pictures_model import PictureRole
from mtgui.desktop.pictures.stacked_pictures import StackRole
from mtgui.desktop.settings import BLEND_RATIO, NOISE_BUDGET
from mtgui.marking.settings import MarkSettings
from mtgui.pictures.formats import looks_like_picture
from mtgui.publishing.sources import collect_sources
from mtgui.records.journal import read_record
from tests.desktop.desktop_helpers import child, text_of
from tests.desktop.mark.mark_helpers import Robot, Step, add, make_pictures, press


def fields(dialog: QDialog) -> dict[str, QLineEdit]:
    return {edit.accessibleName(): edit for edit in dialog.findChildren(QLineEdit)}


def export_to(out: Path) -> Step:
    def fill(dialog: QDialog) -> None:
        fields(dialog)["Folder for the copies"].setText(str(out))
        press(dialog, "Export")

    return fill


def note(seen: list[str], button: str = "Close") -> Step:
    def read(dialog: QDialog) -> None:
        seen.append(text_of(dialog))
        press(dialog, button)

    return read


def badges(page: MarkPage) -> list[str]:
    return [entry.badge for entry in page.pictures.model.entries]


@pytest.fixture(autouse=True)
def with_a_mark(settings: QSettings) -> None:
    """Begin with a mark, so that a few pictures are enough."""
    BLEND_RATIO.keep(settings, 0.7)
    NOISE_BUDGET.keep(settings, 8)


def run(qtbot: QtBot, page: MarkPage, robot: Robot, *steps: Step) -> str:
    """Export with ``steps`` for the dialogs and wait until it is over; return what the view after it says."""
    robot.then(*steps)
    page.export()
    qtbot.waitUntil(lambda: robot.is_done and not page.exporting.is_running and page.panel.currentIndex() == 0)
    return leave(page)


def leave(page: MarkPage) -> str:
    """Go back from the view after an export, if it is there; return what it said."""
    if not page.after.isVisible():
        return ""
    told = f"{text_of(page.after)}\n{[entry.name for entry in page.after.kept.entries]}"
    QTest.mouseClick(page.after.back, Qt.MouseButton.LeftButton)
    assert not page.after.isVisible()
    return told


def test_copies_and_record_are_there(qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path) -> None:
    originals = make_pictures(tmp_path / "pictures", 6)
    before = [path.read_bytes() for path in originals]
    add(qtbot, page, tmp_path / "pictures")
    seen: list[str] = []
    seen.append(run(qtbot, page, robot, export_to(tmp_path / "out")))
    record = read_record(tmp_path / "out.mtrecord")
    copies = sorted(path.name for path in (tmp_path / "out").iterdir())
    published = {picture.name for block, index, picture in record.pictures() if block.is_published(index)}
    assert copies == sorted(published)
    assert len(copies) == 3
    assert [path.read_bytes() for path in originals] == before
    assert "3 marked copies exported" in seen[0]
    assert "3 pictures must never be published, in any version" in seen[0]
    assert all(entry.name in seen[0] for entry in page.pictures.model.entries if entry.badge == "withheld")
    assert sorted(badges(page)) == ["published"] * 3 + ["withheld"] * 3
    assert {e.name for e in page.pictures.model.entries if e.badge == "published"} == published


def test_an_order_given_twice_opens_one_dialog(qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path) -> None:
    make_pictures(tmp_path / "pictures", 2)
    add(qtbot, page, tmp_path / "pictures")
    shown: list[QDialog | None] = []

    def order_again(dialog: QDialog) -> None:
        page.export()
        shown.append(page.exporting.dialog)
        dialog.reject()

    run(qtbot, page, robot, order_again)
    assert len(shown) == 1
    assert shown[0] is not None
    assert not page.panel.button.hasFocus(), "the space bar would open it again"
    assert page.exporting.dialog is None


def test_badges_outlive_a_change_of_settings(qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path) -> None:
    make_pictures(tmp_path / "pictures", 2)
    add(qtbot, page, tmp_path / "pictures")
    run(qtbot, page, robot, export_to(tmp_path / "out"))
    page.inspector.take_pattern(tmp_path / "pictures" / "00.png")
    assert sorted(badges(page)) == ["published", "withheld"]


def test_exporting_again_goes_on_where_it_was(qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path) -> None:
    make_pictures(tmp_path / "pictures", 6)
    add(qtbot, page, tmp_path / "pictures")
    seen: list[str] = []
    seen.append(run(qtbot, page, robot, export_to(tmp_path / "out")))
    drawn = badges(page)
    make_pictures(tmp_path / "more", 8)
    shutil.rmtree(tmp_path / "more")
    (tmp_path / "more").mkdir()
    for path in make_pictures(tmp_path / "spare", 10)[6:]:
        path.rename(tmp_path / "more" / path.name)
    add(qtbot, page, tmp_path / "more")
    seen.append(run(qtbot, page, robot, lambda dialog: press(dialog, "Export")))
    assert badges(page)[:6] == drawn
    assert badges(page)[6:].count("published") == 2
    assert "2 marked copies exported. 3 copies were there already." in seen[1]
    assert len(read_record(tmp_path / "out.mtrecord").blocks) == 2
    seen.append(run(qtbot, page, robot, lambda dialog: press(dialog, "Export")))
    assert "5 copies were there already." in seen[2]


def test_a_record_that_is_older_than_the_copies_is_refused(
    qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path
) -> None:
    make_pictures(tmp_path / "pictures", 6)
    add(qtbot, page, tmp_path / "pictures")
    run(qtbot, page, robot, export_to(tmp_path / "out"))
    older = (tmp_path / "out.mtrecord").read_bytes()
    for path in make_pictures(tmp_path / "more", 12)[:6]:
        path.unlink()
    add(qtbot, page, tmp_path / "more")
    run(qtbot, page, robot, lambda dialog: press(dialog, "Export"))
    (tmp_path / "out.mtrecord").write_bytes(older)
    robot.then(lambda dialog: press(dialog, "Export"))
    page.export()
    qtbot.waitUntil(lambda: page.messages.tone == "error")
    assert "out.mtrecord is older than the marked copies" in page.messages.text
    assert len(read_record(tmp_path / "out.mtrecord").blocks) == 1


def test_other_settings_than_the_records_are_told_before(
    qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path
) -> None:
    make_pictures(tmp_path / "pictures", 4)
    add(qtbot, page, tmp_path / "pictures")
    run(qtbot, page, robot, export_to(tmp_path / "out"))
    page.pictures.clear()
    add(qtbot, page, tmp_path / "pictures")
    page.inspector.mark.choose_preset("clear")
    seen: list[str] = []

    def look(dialog: QDialog) -> None:
        fields(dialog)["Folder for the copies"].setText(str(tmp_path / "out"))
        note(seen, "Cancel")(dialog)

    run(qtbot, page, robot, look)
    assert "is continued with its own settings" in seen[0]
    assert "Continue the record out.mtrecord" in seen[0]
    assert "Its pictures keep their draw: 2 go out, 2 stay home." in seen[0]
    assert "marked copies of" not in seen[0]


def test_equal_marks_are_no_other_settings() -> None:
    none, odd = MarkSettings(1.0, 0), MarkSettings(1.0, 0, "uniform")
    assert none.values() != odd.values()
    assert is_same_mark(none, odd)
    assert is_same_mark(MarkSettings(0.7, 8), MarkSettings(0.7, 8, tint_strength=2.0))
    assert not is_same_mark(MarkSettings(0.7, 8), none)


def test_after_the_draw_the_page_is_locked_to_it(qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path) -> None:
    make_pictures(tmp_path / "pictures", 6)
    add(qtbot, page, tmp_path / "pictures")
    page.inspector.mark.choose_preset("clear")
    run(qtbot, page, robot, export_to(tmp_path / "out"))
    page.toolbar.undo()
    assert page.history.choices.settings == read_record(tmp_path / "out.mtrecord").blocks[0].settings
    assert "The coin has decided: 3 go out, 3 stay home." in text_of(page.inspector)
    assert not page.inspector.mark.isEnabled()
    drawn = badges(page)
    page.pictures.strip.show_entry(0)
    QTest.keyClick(page.pictures.strip, Qt.Key.Key_H)
    assert "The coin has decided about pictures of the record" in page.messages.text
    assert badges(page) == drawn
    heads = [page.pictures.stacks.index(row).data(StackRole.HEAD) for row in range(page.pictures.stacks.rowCount())]
    assert [(head.title, head.count) for head in heads if head] == [("Goes out", "3"), ("Stays home", "3")]
    for path in make_pictures(tmp_path / "more", 8)[:6]:
        path.unlink()
    add(qtbot, page, tmp_path / "more")
    assert "2 new pictures: 1 goes out." in text_of(page.inspector)
    assert page.panel.button.text() == "&Export 1 more marked copy…"
    assert page.gauge.level == "hardly", "the new pictures count, too"
    run(qtbot, page, robot, lambda dialog: press(dialog, "Export"))
    assert sorted(badges(page)) == ["published"] * 4 + ["withheld"] * 4
    page.inspector.new_set_wanted.emit()
    assert page.pictures.count == 0
    assert page.history.choices.settings.is_invisible, "the mark was chosen for the other set"
    assert page.inspector.mark.isEnabled()
    assert page.exporting.record is None


def test_the_share_of_the_record_holds_for_new_pictures_whatever_the_page_said(
    qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path
) -> None:
    make_pictures(tmp_path / "pictures", 6)
    add(qtbot, page, tmp_path / "pictures")
    page.inspector.decision.kept.spin_box.setValue(2)
    run(qtbot, page, robot, export_to(tmp_path / "out"))
    for path in make_pictures(tmp_path / "more", 9)[:6]:
        path.unlink()
    add(qtbot, page, tmp_path / "more")
    assert "3 new pictures: 2 go out." in text_of(page.inspector)
    run(qtbot, page, robot, lambda dialog: press(dialog, "Export"))
    assert badges(page)[6:].count("published") == 2


def test_broken_pictures_are_named_and_the_others_go_on(
    qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path
) -> None:
    make_pictures(tmp_path / "pictures", 4)
    (tmp_path / "pictures" / "text.jpg").write_text("no picture")
    add(qtbot, page, tmp_path / "pictures")
    seen: list[str] = []
    seen.append(run(qtbot, page, robot, export_to(tmp_path / "out")))
    assert "1 picture could not be used" in seen[0]
    row = page.pictures.model.row_of(tmp_path / "pictures" / "text.jpg")
    assert page.pictures.model.data(page.pictures.model.index(row), PictureRole.ERROR)


def test_what_cannot_be_used_comes_off_the_part_that_goes_out(
    qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path
) -> None:
    paths = make_pictures(tmp_path / "pictures", 8)
    (tmp_path / "pictures" / "text.jpg").write_text("no picture")
    shutil.copy(paths[0], tmp_path / "pictures" / "twin.png")
    add(qtbot, page, tmp_path / "pictures")
    assert page.inspector.numbers.kept == 5
    told = run(qtbot, page, robot, export_to(tmp_path / "out"))
    (block,) = read_record(tmp_path / "out.mtrecord").blocks
    assert (len(block.pool), len(block.published)) == (8, 3)
    assert "What was left out, and why" in told
    assert "text.jpg: " in told
    assert "twin.png: The same pixels are in another picture of the set." in told


def test_own_choices_are_kept(qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path) -> None:
    paths = make_pictures(tmp_path / "pictures", 6)
    add(qtbot, page, tmp_path / "pictures")
    page.pictures.pins_wanted.emit((paths[0],), "always publish")
    page.pictures.pins_wanted.emit((paths[5],), "always withhold")
    assert badges(page) == ["always published", "", "", "", "", "always private"]
    run(qtbot, page, robot, export_to(tmp_path / "out"))
    assert (badges(page)[0], badges(page)[5]) == ("published", "withheld")


class Gate:
    """Holds an export before its first picture, until the test opens it."""

    def __init__(self, page: MarkPage) -> None:
        self._page = page
        page.exporting.started.connect(self._shut)

    def _shut(self) -> None:
        self._page.exporting.set_paused(True)

    def open(self) -> None:
        self._page.exporting.set_paused(False)
        self._page.exporting.started.disconnect(self._shut)


@pytest.fixture
def gate(page: MarkPage) -> Gate:
    return Gate(page)


def begin(qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path) -> None:
    make_pictures(tmp_path / "pictures", 6)
    add(qtbot, page, tmp_path / "pictures")
    robot.then(export_to(tmp_path / "out"))
    page.export()
    qtbot.waitUntil(lambda: page.exporting.is_running and (tmp_path / "out").is_dir())


def click(page: MarkPage, text: str) -> None:
    (button,) = [b for b in page.panel.findChildren(QPushButton) if b.text().replace("&", "") == text]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_pause_waits_and_going_on_ends_whole(
    qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path, gate: Gate
) -> None:
    begin(qtbot, page, robot, tmp_path)
    click(page, "Pause")
    gate.open()
    assert "Paused" in "".join(label.text() for label in page.panel.findChildren(QLabel))
    assert page.exporting.is_running
    click(page, "Go on")
    qtbot.waitUntil(lambda: robot.is_done and not page.exporting.is_running)
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_cancelling_is_told_and_leaves_nothing_half(
    qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path, gate: Gate
) -> None:
    begin(qtbot, page, robot, tmp_path)
    click(page, "Cancel")
    gate.open()
    qtbot.waitUntil(lambda: bool(page.messages.text))
    assert "stopped. Nothing was drawn and no copy was written" in page.messages.text
    assert not list((tmp_path / "out").glob("*"))
    assert page.inspector.isEnabled()
    run(qtbot, page, robot, export_to(tmp_path / "out"))
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_a_draw_whose_export_was_stopped_is_taken(qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path) -> None:
    make_pictures(tmp_path / "pictures", 6)
    add(qtbot, page, tmp_path / "pictures")
    told: list[dict[str, object]] = []
    page.exported.connect(told.append)
    run(qtbot, page, robot, export_to(tmp_path / "out"))
    record = read_record(tmp_path / "out.mtrecord")
    told.clear()
    page.draws.forget()
    page.exporting.record = tmp_path / "out.mtrecord"
    page.exporting.ended.emit(ExportEnd(was_cancelled=True))
    assert "Copies written so far are whole" in page.messages.text
    assert "The coin has decided: 3 go out, 3 stay home." in text_of(page.inspector)
    assert [one["record"] for one in told] == [str(tmp_path / "out.mtrecord")]
    assert page.draws.set is not None
    assert page.draws.set.settings == record.blocks[0].settings


def test_nothing_changes_while_an_export_runs(
    qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path, gate: Gate
) -> None:
    begin(qtbot, page, robot, tmp_path)
    choices = page.history.choices
    QTest.keyClick(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(page.pictures.strip, Qt.Key.Key_Delete)
    page.open_paths([tmp_path / "pictures"])
    assert "once the export has ended" in page.messages.text
    page.open_paths([tmp_path / "out.mtrecord"])
    assert page.history.choices == choices
    assert page.pictures.count == 6
    gate.open()
    qtbot.waitUntil(lambda: robot.is_done and not page.exporting.is_running)


def test_closing_asks_and_then_closes_by_itself(
    qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path, gate: Gate
) -> None:
    begin(qtbot, page, robot, tmp_path)
    seen: list[str] = []
    robot.then(note(seen, "Keep exporting"))
    assert not page.may_close()
    assert page.exporting.is_running
    robot.then(note(seen, "Stop and close"))
    assert not page.may_close()
    assert "An export is running" in seen[1]
    gate.open()
    qtbot.waitUntil(lambda: not page.exporting.is_running and not page.isVisible())
    assert page.may_close()


def test_an_export_that_ends_meanwhile_takes_the_question_away(
    qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path, gate: Gate
) -> None:
    begin(qtbot, page, robot, tmp_path)
    robot.then(lambda _dialog: gate.open())
    page.may_close()
    qtbot.waitUntil(page.after.isVisible)
    assert "exported" in leave(page)
    assert page.isVisible()


def test_a_target_that_cannot_be_is_one_sentence(qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path) -> None:
    make_pictures(tmp_path / "pictures", 2)
    add(qtbot, page, tmp_path / "pictures")
    (tmp_path / "file").write_text("in the way")
    robot.then(export_to(tmp_path / "file" / "out"))
    page.export()
    qtbot.waitUntil(lambda: bool(page.messages.text))
    assert page.messages.tone == "error"
    assert "cannot be made" in page.messages.text
    assert page.exporting.record is None
    assert "Continues" not in "".join(label.text() for label in page.findChildren(QLabel))


@pytest.mark.parametrize("content", ["", "no record", '{"broken": '])
def test_something_in_the_records_place_stops_the_dialog(
    qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path, content: str
) -> None:
    make_pictures(tmp_path / "pictures", 2)
    add(qtbot, page, tmp_path / "pictures")
    (tmp_path / "out.mtrecord").write_text(content)
    seen: list[str] = []

    def look(dialog: QDialog) -> None:
        fields(dialog)["Folder for the copies"].setText(str(tmp_path / "out"))
        (ok,) = [b for b in dialog.findChildren(QPushButton) if b.text() == "&Export"]
        seen.append(str(ok.isEnabled()))
        note(seen, "Cancel")(dialog)

    run(qtbot, page, robot, look)
    assert seen[0] == "False"
    assert "! out.mtrecord" in seen[1]


@pytest.mark.parametrize("typed", ["", "  ", "relative", "/", "~nobody-of-this-name/x", "/x" * 3000, "/a\0b"])
def test_places_that_are_none_are_refused_without_fuss(
    qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path, typed: str
) -> None:
    make_pictures(tmp_path / "pictures", 2)
    add(qtbot, page, tmp_path / "pictures")
    enabled: list[bool] = []

    def look(dialog: QDialog) -> None:
        for name in ("Folder for the copies", "Mark record"):
            fields(dialog)[name].setText(typed)
            (ok,) = [b for b in dialog.findChildren(QPushButton) if b.text() == "&Export"]
            enabled.append(ok.isEnabled())
        press(dialog, "Cancel")

    run(qtbot, page, robot, look)
    assert enabled[-1] is False


def test_the_record_may_not_lie_among_the_copies(qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path) -> None:
    make_pictures(tmp_path / "pictures", 2)
    add(qtbot, page, tmp_path / "pictures")
    seen: list[str] = []

    def look(dialog: QDialog) -> None:
        fields(dialog)["Folder for the copies"].setText(str(tmp_path / "out"))
        fields(dialog)["Mark record"].setText(str(tmp_path / "out" / "r.mtrecord"))
        note(seen, "Cancel")(dialog)

    run(qtbot, page, robot, look)
    assert "would be published with the copies" in seen[0]


def test_overwriting_is_asked_twice(qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path) -> None:
    make_pictures(tmp_path / "pictures", 2)
    add(qtbot, page, tmp_path / "pictures")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "00.png").write_text("mine")

    def overwrite(dialog: QDialog) -> None:
        child(dialog, QComboBox, "If a name is taken").setCurrentIndex(2)
        export_to(tmp_path / "out")(dialog)

    run(qtbot, page, robot, overwrite, lambda dialog: press(dialog, "Go back"), lambda dialog: dialog.reject())
    assert (tmp_path / "out" / "00.png").read_text() == "mine"


def test_how_copies_are_written_is_remembered(qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path) -> None:
    make_pictures(tmp_path / "pictures", 2)
    add(qtbot, page, tmp_path / "pictures")

    def choose(dialog: QDialog) -> None:
        child(dialog, QComboBox, "Format").setCurrentText("WebP")
        for box in dialog.findChildren(QCheckBox):
            box.setChecked("dating" in box.text())
        export_to(tmp_path / "out")(dialog)

    run(qtbot, page, robot, choose)
    assert [path.suffix for path in (tmp_path / "out").iterdir()] == [".webp"]
    boxes: list[bool] = []

    def look(dialog: QDialog) -> None:
        boxes.extend(box.isChecked() for box in dialog.findChildren(QCheckBox))
        press(dialog, "Cancel")

    run(qtbot, page, robot, look)
    assert boxes == [False, False, True]


def test_the_dating_number_is_the_commitment(qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path) -> None:
    make_pictures(tmp_path / "pictures", 2)
    add(qtbot, page, tmp_path / "pictures")
    robot.then(export_to(tmp_path / "out"))
    page.export()
    qtbot.waitUntil(page.after.isVisible)
    QTest.mouseClick(page.after.copy_commitment, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == read_record(tmp_path / "out.mtrecord").commitment


def test_a_record_is_opened_and_continued(qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path) -> None:
    make_pictures(tmp_path / "pictures", 4)
    add(qtbot, page, tmp_path / "pictures")
    page.inspector.take_pattern(tmp_path / "pictures" / "00.png")
    qtbot.waitUntil(lambda: page.looks.patterns.picture is not None)
    run(qtbot, page, robot, export_to(tmp_path / "out"))
    settings, picture = page.history.choices.settings, page.looks.patterns.picture
    page.pictures.clear()
    page.inspector.mark.choose_preset("clear")
    seen: list[str] = []
    robot.then(note(seen, "Continue this record"))
    page.open_paths([tmp_path / "out.mtrecord"])
    assert "Mark record of 4 pictures" in seen[0]
    assert "2 went out, 2 stay home" in seen[0]
    assert (page.history.choices.settings, page.looks.patterns.picture) == (settings, picture)
    assert page.exporting.record == tmp_path / "out.mtrecord"
    assert "continue this record" in page.messages.text
    robot.then(note(seen))
    page.open_paths([tmp_path / "out.mtrecord"])
    assert len(seen) == 2


def test_a_damaged_record_is_one_sentence(page: MarkPage, tmp_path: Path) -> None:
    (tmp_path / "bad.mtrecord").write_text("{")
    page.open_paths([tmp_path / "bad.mtrecord", tmp_path / "gone.mtrecord"])
    assert page.messages.tone == "error"
    assert "gone.mtrecord" in page.messages.text


def test_a_folder_of_marked_copies_is_refused_as_by_the_command_line(
    qtbot: QtBot, page: MarkPage, robot: Robot, settings: QSettings, tmp_path: Path
) -> None:
    make_pictures(tmp_path / "all" / "pictures", 2)
    add(qtbot, page, tmp_path / "all" / "pictures")
    run(qtbot, page, robot, export_to(tmp_path / "all" / "out"))
    page.pictures.clear()
    add(qtbot, page, tmp_path / "all" / "out")
    with pytest.raises(UsageError) as refusal:
        collect_sources([tmp_path / "all" / "out"], looks_like_picture)
    assert page.messages.text == str(refusal.value)
    assert MarkMemory(settings).recent_folders() == [tmp_path / "all" / "pictures"]
    copy = next((tmp_path / "all" / "out").iterdir())
    add(qtbot, page, copy)
    assert page.messages.text == str(refusal.value), "a file of that folder is a marked copy, too"
    assert page.pictures.count == 0
    add(qtbot, page, tmp_path / "all")
    assert page.pictures.count == 2
    assert (
        page.messages.text
        == "2 pictures added; 1 skipped: not a picture of a known kind; 1 skipped: a folder with marked copies."
    )


def labels_after_export(
    page: MarkPage, qtbot: QtBot, robot: Robot, folder: Path, *, wanted: bool
) -> dict[str, str | None]:
    """Export the pictures in ``folder``, whose subfolders are classes; return what the record says of their labels."""
    add(qtbot, page, folder)

    def fill(dialog: QDialog) -> None:
        box = next(box for box in dialog.findChildren(QCheckBox) if "labels" in box.text())
        assert not box.isChecked()
        box.setChecked(wanted)
        export_to(folder.with_name("out"))(dialog)

    run(qtbot, page, robot, fill)
    return {picture.name: picture.label for *_, picture in read_record(folder.with_name("out.mtrecord")).pictures()}


@pytest.mark.parametrize("wanted", [True, False])
def test_names_of_folders_become_labels_where_that_is_wanted(
    qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path, wanted: bool
) -> None:
    made = make_pictures(tmp_path / "made", 3)
    for picture, place in zip(made, ("", "cats", "dogs/old"), strict=True):
        target = tmp_path / "in" / place / picture.name
        target.parent.mkdir(parents=True, exist_ok=True)
        picture.rename(target)
    found = labels_after_export(page, qtbot, robot, tmp_path / "in", wanted=wanted)
    sources = collect_sources([tmp_path / "in"], looks_like_picture, label_from_folders=wanted)
    assert found == {source.path.name: source.label for source in sources}
    assert ("cats" in found.values()) == wanted


def test_labels_are_offered_only_where_pictures_lie_in_folders(
    qtbot: QtBot, page: MarkPage, robot: Robot, tmp_path: Path
) -> None:
    make_pictures(tmp_path / "pictures", 2)
    add(qtbot, page, tmp_path / "pictures")
    boxes: list[str] = []

    def look(dialog: QDialog) -> None:
        boxes.extend(box.text() for box in dialog.findChildren(QCheckBox))
        press(dialog, "Cancel")

    run(qtbot, page, robot, look)
    assert boxes
    assert not any("labels" in text for text in boxes)
