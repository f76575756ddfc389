"""The program as a whole: its pages, its guide, and nothing heavy before the window is there."""

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTextBrowser
from pytestqt.qtbot import QtBot

from mtgui.desktop.app.application import build_window, open_on
from mtgui.desktop.audit.audit_page import AuditPage
from mtgui.desktop.jobs.history_store import HistoryStore
from mtgui.desktop.mark.mark_page import MarkPage
from mtgui.desktop.mark.preloading import NEEDED, Preloading
from mtgui.desktop.settings import PAGE
from mtgui.marking.settings import MarkSettings
from tests.desktop.audit.audit_helpers import settle_audit
from tests.desktop.mark.mark_helpers import make_pictures, settle
from tests.desktop.open_windows import page_of

pytestmark = pytest.mark.usefixtures("themed")


def test_the_guide_is_there_and_the_mark_page_comes_first(qtbot: QtBot, settings: QSettings) -> None:
    window = build_window(settings)
    qtbot.addWidget(window)
    window.show()
    assert window.current_page == "mark"
    window.show_page("guide")
    assert window.page("guide").findChildren(QTextBrowser)[0].toPlainText().strip()
    assert window.close()


@pytest.mark.parametrize("page", ["mark", "audit", "rehearse", "history"])
def test_the_program_starts_on_the_page_that_was_open_last(qtbot: QtBot, settings: QSettings, page: str) -> None:
    PAGE.keep(settings, page)
    window = build_window(settings, history=HistoryStore(Path(settings.fileName()).with_name("history.sqlite")))
    qtbot.addWidget(window)
    window.show()
    assert window.current_page == page
    assert window.close()


def test_every_line_of_the_guide_fits_its_column(qtbot: QtBot, settings: QSettings) -> None:
    window = build_window(settings)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
    window.show_page("guide")
    text = window.page("guide").findChildren(QTextBrowser)[0]
    qtbot.waitUntil(lambda: text.verticalScrollBar().maximum() > 0)
    assert text.horizontalScrollBar().maximum() == 0
    assert window.close()


def test_control_and_q_close_the_window(qtbot: QtBot, settings: QSettings) -> None:
    window = build_window(settings)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
    QTest.keyClick(window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert window.isHidden()


def test_keys_of_the_mark_page_work_wherever_the_focus_is(qtbot: QtBot, settings: QSettings) -> None:
    window = build_window(settings)
    qtbot.addWidget(window)
    with qtbot.waitActive(window):
        window.show()
    page = page_of(window, "mark", MarkPage)
    before = page.history.choices
    page.take_rehearsed(MarkSettings(blend_ratio=0.6, noise_budget=5), 3, 4, [])
    after = page.history.choices
    assert after != before
    window.setFocus()
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert page.history.choices == before
    window.show_page("audit")
    audit = page_of(window, "audit", AuditPage)
    settle_audit(qtbot, audit)
    QTest.keyClick(window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert page.history.choices == before, "a page that is not shown hears no keys"
    window.show_page("mark")
    window.setFocus()
    QTest.keyClick(window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert page.history.choices == after
    settle(qtbot, page)
    window.close()


def test_the_first_painting_needs_neither_torch_nor_numpy_nor_pillow(tmp_path: Path) -> None:
    code = (
        "import sys; from PySide6.QtCore import QSettings; from PySide6.QtWidgets import QApplication; "
        "from mtgui.desktop.app.application import build_window; app = QApplication([]); "
        "window = build_window(QSettings(sys.argv[1], QSettings.Format.IniFormat)); window.show(); window.grab(); "
        "heavy = ('torch', 'numpy', 'PIL', 'pyqtgraph', 'mtgui.records.record', 'mtgui.publishing.export_job'); "
        "print([name for name in heavy if name in sys.modules]); window.close()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "settings.ini")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_warming_imports_once_and_ends(qtbot: QtBot) -> None:
    warming = Preloading()
    warming.close()
    assert not warming.is_done
    warming.begin()
    warming.begin()
    qtbot.waitUntil(lambda: warming.is_done)
    warming.close()
    assert all(name in sys.modules for name in NEEDED)


def test_models_and_records_open_on_the_audit_page(qtbot: QtBot, settings: QSettings, tmp_path: Path) -> None:
    (tmp_path / "model.PTH").write_bytes(b"no model")
    make_pictures(tmp_path / "pictures", 2)
    window = build_window(settings)
    qtbot.addWidget(window)
    window.show()
    open_on(window, [tmp_path / "pictures", tmp_path / "model.PTH"])
    assert window.current_page == "audit"
    audit, mark = page_of(window, "audit", AuditPage), page_of(window, "mark", MarkPage)
    settle_audit(qtbot, audit)
    settle(qtbot, mark)
    assert "model.PTH" in audit.messages.text
    assert len(mark.pictures.model.entries) == 2
    open_on(window, [tmp_path / "pictures"])
    assert window.current_page == "mark"
    assert window.close()
