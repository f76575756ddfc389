"""After the export: three tasks with ticks, which History remembers; and the whole way in a few clicks."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLabel, QLineEdit, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from mtgui.desktop.app.main_window import MainWindow
from mtgui.desktop.history.history_page import HistoryPage
from mtgui.desktop.jobs.history_store import HistoryStore
from mtgui.desktop.jobs.record_ticks import Ticks, kept_of, ticks_of
from mtgui.desktop.mark.after_export import after_result
from mtgui.desktop.mark.export_dialog import ExportDialog
from mtgui.desktop.mark.export_plan import ExportPlan
from mtgui.desktop.mark.kept_list import KeptList, kept_entries
from mtgui.desktop.mark.mark_page import MarkPage
from mtgui.desktop.pictures.thumbnails import Thumbnails
from mtgui.desktop.rehearse.rehearsal_choices import RehearsalChoices
from mtgui.desktop.rehearse.rehearsal_state import RehearsalState
from mtgui.desktop.rehearse.rehearse_page import RehearsePage
from mtgui.desktop.theme.appearance import current_tokens
from mtgui.marking.settings import MarkSettings
from mtgui.records.journal import read_record
from tests.desktop.desktop_helpers import save_in, text_of
from tests.desktop.mark.mark_helpers import Robot, add, make_pictures, press, settle
from tests.desktop.open_windows import page_of

PICTURES = 24


class Person:
    """Clicks with the mouse and counts; each answer of a file dialog is a click, too."""

    def __init__(self) -> None:
        self.clicks = 0

    def click(self, widget: QWidget) -> None:
        """Click the middle of ``widget``, which has to be in sight."""
        assert widget.isVisible()
        assert widget.isEnabled()
        self.clicks += 1
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    def answering(self, answer: object) -> Callable[..., object]:
        """Return what stands for a file dialog that is answered by one click."""

        def choose(*_: object) -> object:
            self.clicks += 1
            return answer

        return choose


@pytest.fixture
def page(opened: MainWindow) -> MarkPage:
    return page_of(opened, "mark", MarkPage)


def button(parent: QWidget, text: str) -> QPushButton:
    (found,) = [b for b in parent.findChildren(QPushButton) if b.text().replace("&", "") == text and b.isVisible()]
    return found


def test_twelve_copies_and_a_backed_up_record_take_six_clicks(
    qtbot: QtBot,
    opened: MainWindow,
    page: MarkPage,
    store: HistoryStore,
    robot: Robot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_pictures(tmp_path / "Pictures" / "Castles", PICTURES)
    (tmp_path / "stick").mkdir()
    person = Person()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", person.answering(str(tmp_path / "Pictures" / "Castles")))
    person.click(button(page.empty, "Add a folder…"))
    settle(qtbot, page)

    def accept(dialog: QDialog) -> None:
        person.click(button(dialog, "Export"))

    robot.then(accept)
    person.click(page.panel.button)
    qtbot.waitUntil(page.after.isVisible)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", person.answering(str(tmp_path / "stick")))
    person.click(page.after.back_up)
    qtbot.waitUntil(page.after.safe.tick.isChecked)

    copies = tmp_path / "Pictures" / "Castles – copies"
    record = tmp_path / "Pictures" / "Castles – copies.mtrecord"
    assert len(list(copies.iterdir())) == PICTURES // 2 == 12
    assert (tmp_path / "stick" / record.name).read_bytes() == record.read_bytes()
    assert person.clicks == 6, "no more than 8 are wanted"
    told = text_of(page.after)
    assert "12 pictures must never be published, in any version: they are what the published ones are compared" in told
    (entry,) = store.entries()
    backup = str(tmp_path / "stick" / record.name)
    assert ticks_of(entry.facts) == Ticks(safe=True, backup=backup)
    assert "Keep the originals, too, with no byte changed: an audit needs all of them." in told
    assert opened.current_page == "mark"


@pytest.fixture
def exported(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> MarkPage:
    """The page after an export of twelve pictures."""
    make_pictures(tmp_path / "pictures", 12)
    add(qtbot, page, tmp_path / "pictures")
    export(qtbot, page, tmp_path)
    return page


def export(qtbot: QtBot, page: MarkPage, folder: Path) -> None:
    plan = ExportPlan(folder / "out", folder / "out.mtrecord")
    page.exporting.begin(page.pictures.model.entries, page.inspector.published, page.history.choices, None, plan)
    qtbot.waitUntil(page.after.isVisible)


def test_without_a_mark_nothing_is_called_marked(exported: MarkPage) -> None:
    told = text_of(exported.after)
    assert "6 copies exported." in told
    assert "6 marked" not in told


def test_the_folders_are_shown(exported: MarkPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    def open_url(url: QUrl) -> bool:
        shown.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    exported.after.show_copies.click()
    exported.after.show_record.click()
    assert shown == [str(tmp_path / "out"), str(tmp_path)]


def test_ticks_are_remembered_and_come_back_from_history(
    opened: MainWindow, exported: MarkPage, store: HistoryStore, tmp_path: Path
) -> None:
    exported.after.publish.tick.click()
    exported.after.back.click()
    assert not exported.after.isVisible()
    (entry,) = store.entries()
    record = read_record(tmp_path / "out.mtrecord")
    kept = {
        tmp_path / "pictures" / picture.name for block, i, picture in record.pictures() if not block.is_published(i)
    }
    assert set(kept_of(entry.facts)) == kept
    opened.show_page("history")
    history = page_of(opened, "history", HistoryPage)
    assert "1 of 3 tasks after the export" in text_of(history)
    history.tasks.click()
    assert opened.current_page == "mark"
    assert exported.after.isVisible()
    assert exported.after.ticks == Ticks(published=True)
    assert {entry.path for entry in exported.after.kept.entries} == kept
    exported.after.publish.tick.click()
    assert ticks_of(store.entries()[0].facts) == Ticks()


def test_pictures_that_stay_home_have_thumbnails(qtbot: QtBot, exported: MarkPage) -> None:
    kept = exported.after.kept
    qtbot.waitUntil(lambda: all(has_thumbnail(kept, row) for row in range(6)))
    assert [entry.error for entry in kept.entries] == [""] * 6
    qtbot.waitUntil(lambda: place_of(kept, 1).y() == 0 and place_of(kept, 2).x() == 0)
    assert place_of(kept, 1).x() > 200
    assert kept.verticalScrollBar().maximum() == 0, "six stand in two columns without scrolling"


def place_of(kept: KeptList, row: int) -> QPoint:
    return kept.visualRect(kept.model().index(row, 0)).topLeft()


def has_thumbnail(kept: KeptList, row: int) -> bool:
    return isinstance(kept.model().index(row, 0).data(Qt.ItemDataRole.DecorationRole), QPixmap)


def test_a_picture_whose_place_nobody_knows_keeps_its_name(
    qtbot: QtBot, make_thumbnails: Callable[[], Thumbnails], tmp_path: Path
) -> None:
    (known,) = make_pictures(tmp_path / "pictures", 1)
    kept = KeptList(make_thumbnails(), "Pictures that stay home")
    qtbot.addWidget(kept)
    kept.show_pictures(("lost.png", known.name, known.name), (known,))
    assert [(entry.name, bool(entry.error)) for entry in kept.entries] == [
        ("lost.png", True),
        (known.name, False),
        (known.name, True),
    ]


def test_new_pictures_that_stay_home_come_first() -> None:
    old, new = Path("a.png"), Path("b.png")
    result = {
        **dict.fromkeys(("marked", "failed", "twins", "notes"), ()),
        "withheld": [{"file": str(old), "is_new": False}, {"file": str(new), "is_new": True}],
        "out": "out",
        "record": "",
        "commitment": "",
    }
    again = after_result(result, is_marked=False)
    assert (again.kept, again.new_kept) == ((new, old), 1)
    all_new = {**result, "withheld": [{"file": str(path), "is_new": True} for path in (old, new)]}
    first = after_result(all_new, is_marked=False)
    assert (first.kept, first.new_kept) == ((old, new), 0), "where all are new, none is told apart"


def test_new_pictures_are_told_apart_where_a_record_is_continued_later(
    qtbot: QtBot, exported: MarkPage, robot: Robot, tmp_path: Path
) -> None:
    exported.after.back.click()
    exported.pictures.clear()
    exported.continued.forget()
    more = make_pictures(tmp_path / "more", 16)[12:]

    def go_on(dialog: QDialog) -> None:
        press(dialog, "Continue this record")

    robot.then(go_on)
    exported.open_paths([tmp_path / "out.mtrecord"])
    add(qtbot, exported, tmp_path / "pictures", *more)
    export(qtbot, exported, tmp_path)
    assert "8 pictures must never be published" in text_of(exported.after)
    assert "The first 2 are new." in text_of(exported.after)
    assert {entry.name for entry in exported.after.kept.entries[:2]} <= {path.name for path in more}


def test_kept_pictures_are_copied_from_history_too(
    qtbot: QtBot, opened: MainWindow, exported: MarkPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened.show_page("history")
    page_of(opened, "history", HistoryPage).tasks.click()
    (tmp_path / "home").mkdir()
    save_in(monkeypatch, tmp_path / "home")
    exported.after.copy_kept.click()
    qtbot.waitUntil(exported.after.keep.tick.isChecked)
    assert len(list((tmp_path / "home").iterdir())) == 6
    assert "6 pictures are in" in exported.after.keep.outcome.text()


def test_a_place_that_is_no_backup_leaves_the_tick_open(
    qtbot: QtBot, exported: MarkPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_in(monkeypatch, tmp_path / "out")
    exported.after.back_up.click()
    qtbot.waitUntil(lambda: bool(exported.after.safe.outcome.text()))
    assert "will be published with the copies" in exported.after.safe.outcome.text()
    assert not exported.after.safe.tick.isChecked()


def test_an_export_without_new_copies_keeps_the_ticks_and_one_with_new_copies_does_not(
    qtbot: QtBot, exported: MarkPage, store: HistoryStore, tmp_path: Path
) -> None:
    exported.after.publish.tick.click()
    exported.after.back.click()
    export(qtbot, exported, tmp_path)
    assert exported.after.ticks == Ticks(published=True)
    exported.after.back.click()
    more = make_pictures(tmp_path / "more", 16)[12:]
    add(qtbot, exported, *more)
    export(qtbot, exported, tmp_path)
    assert exported.after.ticks == Ticks()
    told = text_of(exported.after)
    assert "2 copies exported. 6 copies were there already." in told
    assert "The first 2 are new." in told
    assert {entry.name for entry in exported.after.kept.entries[:2]} <= {path.name for path in more}
    exported.after.back.click()
    exported.pictures.remove(exported.pictures.model.entries[:12])
    export(qtbot, exported, tmp_path)
    assert "8 copies in " in text_of(exported.after), "the folder holds those of all exports"
    (entry,) = store.entries()
    assert len(kept_of(entry.facts)) == 8
    QApplication.processEvents()


def test_the_backup_is_remembered_and_grows_old(
    qtbot: QtBot,
    opened: MainWindow,
    exported: MarkPage,
    store: HistoryStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "stick").mkdir()
    save_in(monkeypatch, tmp_path / "stick")
    exported.after.back_up.click()
    qtbot.waitUntil(exported.after.safe.tick.isChecked)
    opened.show_page("history")
    page_of(opened, "history", HistoryPage).tasks.click()
    backup = tmp_path / "stick" / "out.mtrecord"
    assert exported.after.safe.outcome.text() == f"Backed up: {backup}"
    exported.after.back.click()
    add(qtbot, exported, *make_pictures(tmp_path / "more", 16)[12:])
    export(qtbot, exported, tmp_path)
    assert f"The record has grown since its backup: {backup}. Back it up again." == exported.after.safe.outcome.text()
    assert not exported.after.safe.tick.isChecked()
    exported.after.back_up.click()
    qtbot.waitUntil(exported.after.safe.tick.isChecked)
    (entry,) = store.entries()
    assert ticks_of(entry.facts) == Ticks(safe=True, backup=str(tmp_path / "stick" / "out 2.mtrecord"))


def test_each_backup_is_told_once(
    qtbot: QtBot, exported: MarkPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Ticks] = []
    exported.after.ticked.connect(told.append)
    for name in ("stick", "disk"):
        (tmp_path / name).mkdir()
        save_in(monkeypatch, tmp_path / name)
        exported.after.back_up.click()
        qtbot.waitUntil(lambda: exported.after.is_idle)
    assert [Path(one.backup).parent.name for one in told] == ["stick", "disk"]


def test_only_the_tasks_that_there_are_are_numbered_and_counted(
    qtbot: QtBot, opened: MainWindow, page: MarkPage, tmp_path: Path
) -> None:
    make_pictures(tmp_path / "pictures", 12)
    add(qtbot, page, tmp_path / "pictures")
    page.inspector.decision.answer(all_go_out=True).click()
    export(qtbot, page, tmp_path)
    cards = (page.after.publish, page.after.keep, page.after.safe)
    assert [card.tick.text() for card in cards if card.isVisible()] == [
        "1   Publish these",
        "2   Keep the proof safe",
    ]
    page.after.publish.tick.click()
    opened.show_page("history")
    assert "1 of 2 tasks after the export" in text_of(page_of(opened, "history", HistoryPage))


def again_elsewhere(page: MarkPage, qtbot: QtBot, folder: Path) -> ExportPlan:
    """Begin a new set with the pictures that were exported, and export it to another folder, with its own record."""
    page.after.back.click()
    page.inspector.new_set_wanted.emit()
    add(qtbot, page, folder / "pictures")
    (folder / "other").mkdir()
    plan = ExportPlan(folder / "other" / "out", folder / "other" / "out.mtrecord")
    page.exporting.begin(page.pictures.model.entries, page.inspector.published, page.history.choices, None, plan)
    return plan


def answer(button: str) -> Callable[[QDialog], None]:
    def press_it(dialog: QDialog) -> None:
        assert "12 of these pictures are in the record out.mtrecord already. Continue it?" in text_of(dialog)
        assert isinstance(dialog, QMessageBox)
        names = dialog.informativeText().partition(".\n\n")[0].split(", ")
        assert len(set(names)) == 12
        press(dialog, button)

    return press_it


def test_a_record_that_knows_the_pictures_is_continued(
    qtbot: QtBot, exported: MarkPage, robot: Robot, tmp_path: Path
) -> None:
    robot.then(answer("Continue out.mtrecord"))
    plan = again_elsewhere(exported, qtbot, tmp_path)
    qtbot.waitUntil(lambda: robot.is_done and exported.exporting.record is not None)
    assert (exported.exporting.record, exported.exporting.out) == (tmp_path / "out.mtrecord", tmp_path / "out")
    assert not plan.record.exists()
    assert "The coin has decided: 6 go out, 6 stay home." in text_of(exported.inspector)


def test_a_second_record_needs_a_plain_yes(qtbot: QtBot, exported: MarkPage, robot: Robot, tmp_path: Path) -> None:
    robot.then(answer("Make a second record"))
    plan = again_elsewhere(exported, qtbot, tmp_path)
    qtbot.waitUntil(lambda: robot.is_done and exported.after.isVisible())
    assert len(read_record(plan.record).blocks[0].pool) == 12


def test_another_record_is_continued_only_after_a_question(
    qtbot: QtBot, exported: MarkPage, robot: Robot, tmp_path: Path
) -> None:
    robot.then(answer("Make a second record"))
    plan = again_elsewhere(exported, qtbot, tmp_path)
    qtbot.waitUntil(lambda: robot.is_done and exported.after.isVisible())
    ours, theirs = read_record(plan.record), read_record(tmp_path / "out.mtrecord")
    dialog = ExportDialog(plan, 6, 12, ours.blocks[0].settings, exported)
    qtbot.addWidget(dialog)
    (folder,) = [one for one in dialog.findChildren(QLineEdit) if one.accessibleName() == "Folder for the copies"]
    folder.setText(str(tmp_path / "out"))
    said: list[str] = []

    def go_back(question: QDialog) -> None:
        said.append(text_of(question))
        press(question, "Go back")

    robot.then(go_back)
    dialog.accept()
    assert dialog.result() == QDialog.DialogCode.Rejected
    sides = {picture.name: block.is_published(index) for block, index, picture in theirs.pictures()}
    moved = [p.name for block, index, p in ours.pictures() if block.is_published(index) != sides[p.name]]
    assert "This page continues the record out.mtrecord." in said[0]
    assert all(name in said[0] for name in moved)
    assert ("No picture changes sides." in said[0]) == (not moved)


def test_settings_of_a_rehearsal_lead_to_the_button_for_a_new_set(opened: MainWindow, exported: MarkPage) -> None:
    assert exported.after.isVisible()
    exported.take_rehearsed(MarkSettings(), 6, 6, [])
    assert "Begin a new set to use other settings." in exported.messages.text
    assert button(exported, "Begin a new set").isVisible()
    opened.show_page("rehearse")
    page = page_of(opened, "rehearse", RehearsePage)
    page.results.use.show()
    page.rehearsing.show_past(RehearsalState(), RehearsalChoices(), (25, 25), Path())
    page.results.show_past(RehearsalState(), "")
    page.hide()
    page.show()
    assert "The coin has decided about the set on the Mark page." in page.results.use.accessibleDescription()


def test_a_cancelled_question_changes_nothing(qtbot: QtBot, exported: MarkPage, robot: Robot, tmp_path: Path) -> None:
    robot.then(answer("Cancel"))
    plan = again_elsewhere(exported, qtbot, tmp_path)
    qtbot.waitUntil(lambda: robot.is_done and not exported.exporting.is_running)
    assert not plan.record.exists()
    assert exported.exporting.record is None
    assert exported.panel.currentIndex() == 0


def test_what_was_left_out_has_the_colour_of_a_caution_and_notes_have_none(exported: MarkPage) -> None:
    view = exported.after

    def colour(*, is_caution: bool) -> str:
        assert view.after is not None
        view.show_after(replace(view.after, lines_title="Read", lines=("a line",), is_caution=is_caution))
        (words,) = [one for one in view.findChildren(QLabel) if one.text().startswith("Read")]
        return words.palette().color(words.foregroundRole()).name()

    caution = colour(is_caution=True)
    assert caution == current_tokens().caution
    assert colour(is_caution=False) != caution
    assert colour(is_caution=True) == caution


def test_pictures_of_one_name_that_stay_home_are_told_apart() -> None:
    result = {
        "failed": [], "twins": [], "notes": [], "out": "o", "record": "o.mtrecord", "commitment": "",
        "withheld": [{"file": f"/p/{one}.jpg", "is_new": True} for one in ("a/IMG_3", "b/IMG_3", "a/other")],
        "marked": [{"file": "/p/c/other.jpg", "was_there": False}],
    }  # fmt: skip
    after = after_result(result, is_marked=True)
    assert after.kept_names == ("a/IMG_3.jpg", "b/IMG_3.jpg", "a/other.jpg")
    assert [entry.name for entry in kept_entries(after.kept_names, after.kept)] == list(after.kept_names)
