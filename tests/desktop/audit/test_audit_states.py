"""In every state of an audit, at every size, in both schemes: nothing cut, nothing overlapping, all by keyboard."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from mtgui.auditing.preprocessing import Origins, Preprocessing
from mtgui.desktop.app.about_dialog import about_dialog, shortcuts_dialog
from mtgui.desktop.app.main_window import MainWindow
from mtgui.desktop.app.settings_dialog import SettingsDialog
from mtgui.desktop.audit.architecture_dialog import ArchitectureDialog
from mtgui.desktop.audit.audit_page import AuditPage
from mtgui.desktop.audit.input_dialog import InputDialog
from mtgui.desktop.audit.model_summary import InputFacts
from mtgui.desktop.history.compare_dialog import CompareDialog
from mtgui.desktop.jobs.history_store import HistoryEntry
from tests.desktop.audit.audit_helpers import load, make_model, make_record, run_audit, settle_audit
from tests.desktop.states import (
    assert_by_keyboard,
    assert_dialog_is_by_keyboard,
    assert_dialog_is_whole,
    assert_whole,
    empty,
    entered,
    open_dialogs,
)


def ready(qtbot: QtBot, _window: MainWindow, page: AuditPage, folder: Path) -> None:
    load(qtbot, page, folder, 1)
    page.run.fold.click()


def unrecognised(qtbot: QtBot, _window: MainWindow, page: AuditPage, folder: Path) -> None:
    page.open_paths([make_model(folder, "a model with a rather long name of many_parts-and.words.pth")])
    settle_audit(qtbot, page)
    page.label.ways.button("class").click()


def lora(qtbot: QtBot, _window: MainWindow, page: AuditPage, folder: Path) -> None:
    page.open_paths([make_model(folder, "a LoRA with a rather long name of many_parts-and.words.safetensors")])
    page.open_paths([make_record(folder, 6)])
    settle_audit(qtbot, page)
    page.caption.set_prompt("a painting of a castle")


def lora_ready(qtbot: QtBot, window: MainWindow, page: AuditPage, folder: Path) -> None:
    lora(qtbot, window, page, folder)
    page.model.take_base(make_model(folder, "sd_xl_base_1.0 in another edition.safetensors"))
    settle_audit(qtbot, page)
    page.run.fold.click()


def lora_found(qtbot: QtBot, window: MainWindow, page: AuditPage, folder: Path) -> None:
    lora_ready(qtbot, window, page, folder)
    run_audit(qtbot, page)
    page.results.plot.views.button("pictures").click()


def lost(qtbot: QtBot, _window: MainWindow, page: AuditPage, folder: Path) -> None:
    record = make_record(folder, 6)
    for path in list((folder / "castle").iterdir())[:3]:
        path.unlink()
    page.open_paths([record])
    settle_audit(qtbot, page)


def running(qtbot: QtBot, _window: MainWindow, page: AuditPage, folder: Path) -> None:
    load(qtbot, page, folder, 40)
    page.panel.run.click()
    qtbot.waitUntil(lambda: page.auditing.state.pair(0, 0).keys_done == 4)
    page.panel.pause.click()
    qtbot.waitUntil(lambda: page.auditing.state.is_paused)


def evidence(qtbot: QtBot, _window: MainWindow, page: AuditPage, folder: Path) -> None:
    load(qtbot, page, folder, 12)
    page.open_paths([make_record(folder / "b", 6, "second")])
    settle_audit(qtbot, page)
    run_audit(qtbot, page)


def pictures(qtbot: QtBot, _window: MainWindow, page: AuditPage, folder: Path) -> None:
    load(qtbot, page, folder, 12)
    run_audit(qtbot, page)
    page.results.plot.views.button("pictures").click()
    page.results.plot.list.show_row(2)


def failed(qtbot: QtBot, _window: MainWindow, page: AuditPage, folder: Path) -> None:
    load(qtbot, page, folder, 6)
    run_audit(qtbot, page)
    page.messages.show_message("Something of some length that a person has to know. " * 4, "caution")


def history(qtbot: QtBot, window: MainWindow, page: AuditPage, folder: Path) -> None:
    evidence(qtbot, window, page, folder)
    window.show_page("history")


def empty_history(_qtbot: QtBot, window: MainWindow, _page: AuditPage, _folder: Path) -> None:
    window.show_page("history")


def guide(_qtbot: QtBot, window: MainWindow, _page: AuditPage, _folder: Path) -> None:
    window.show_page("guide")
    window.offer_log(Path.home() / "mtgui.log")


Prepare = Callable[[QtBot, MainWindow, AuditPage, Path], None]
STATES: dict[str, Prepare] = {
    f.__name__: f
    for f in (
        empty, ready, unrecognised, lora, lora_ready, lora_found,
        lost, running, evidence, pictures, failed, history, empty_history, guide,
    )
}  # fmt: skip
SURROUNDINGS = {
    "unrecognised": {"FAKE_MODEL": "unknown"},
    "lora": {"FAKE_MODEL": "lora"},
    "lora_ready": {"FAKE_MODEL": "lora"},
    "lora_found": {"FAKE_MODEL": "lora", "FAKE_LOSSES": "difference"},
    "running": {"FAKE_HOLD_AT": "4"},
    "failed": {"FAKE_END": "kill"},
}


@pytest.fixture(params=STATES)
def window(
    request: pytest.FixtureRequest, qtbot: QtBot, opened: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> MainWindow:
    """The main window with its Audit page in one state."""
    page = entered(opened, "audit", AuditPage, SURROUNDINGS.get(request.param, {}), monkeypatch)
    STATES[request.param](qtbot, opened, page, tmp_path)
    if not page.auditing.is_running:
        settle_audit(qtbot, page)
    return opened


def test_nothing_is_cut_nothing_overlaps_all_is_named_and_by_keyboard(window: MainWindow, themed: QApplication) -> None:
    assert_whole(window, themed)
    assert_by_keyboard(window)


def make_dialogs(parent: QWidget, settings: QSettings, folder: Path) -> list[QDialog]:
    usual, half = "default of ResNet-18", (0.5, 0.5, 0.5)
    origins, values = Origins(usual, usual, usual, usual), Preprocessing(mean=half, std=half)
    entries = [
        HistoryEntry(
            number, "audit", "2026-01-01T00:00:00Z", "finished", "castle.mtrecord", f"model {number}.pth", "ab",
            folder, folder, "Strong evidence.", {}, "evidence", f"{number + 1}/2000", f"{number + 1}/2000",
        )
        for number in range(3)
    ]  # fmt: skip
    return [
        SettingsDialog(settings, (("Open &data folder", folder),), parent),
        about_dialog(parent),
        shortcuts_dialog(parent),
        ArchitectureDialog(("torchvision/resnet34",), "", parent),
        InputDialog(InputFacts(values, origins), None, parent),
        CompareDialog(entries, parent),
    ]


def test_dialogs_are_whole_named_and_by_keyboard(
    qtbot: QtBot, themed: QApplication, settings: QSettings, tmp_path: Path
) -> None:
    for dialog in open_dialogs(qtbot, themed, lambda parent: make_dialogs(parent, settings, tmp_path)):
        assert_dialog_is_whole(dialog)
        assert_dialog_is_by_keyboard(dialog)
        dialog.reject()
