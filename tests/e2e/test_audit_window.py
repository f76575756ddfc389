"""The whole window with the real engine: from files to verdict, report and history."""

from pathlib import Path

import pytest

pytest.importorskip("PySide6")
pytest.importorskip("torch")

from pytestqt.qtbot import QtBot

from mtgui.desktop.app.main_window import MainWindow
from mtgui.desktop.audit.audit_page import AuditPage
from mtgui.desktop.jobs.engine_process import TURN_LINES
from tests.auditing.job.trained_pair import World
from tests.desktop.open_windows import page_of
from tests.desktop.watching import OwnThread, Turns
from tests.e2e.saving import saved_reports


@pytest.fixture
def page(opened: MainWindow) -> AuditPage:
    """The Audit page of the whole window."""
    opened.show_page("audit")
    return page_of(opened, "audit", AuditPage)


def load(qtbot: QtBot, page: AuditPage, model: Path, world: World) -> None:
    page.open_paths([model, world.marked.record])
    page.label.set_label(str(world.marked.label))
    qtbot.waitUntil(page.panel.run.isEnabled)


def wait_for_end(qtbot: QtBot, page: AuditPage) -> None:
    qtbot.waitUntil(lambda: not page.auditing.is_running)
    qtbot.waitUntil(lambda: not page.panel.is_steering)


@pytest.mark.parametrize(("kind", "words"), [("guilty", "Strong evidence"), ("innocent", "No evidence")])
def test_a_model_that_learned_the_copies_is_told_from_its_twin(
    qtbot: QtBot, page: AuditPage, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, words: str
) -> None:
    load(qtbot, page, getattr(world, kind), world)
    assert "ResNet-8" in (page.model.summary.title if page.model.summary is not None else "")
    with Turns() as turns, OwnThread() as thread:
        page.panel.run.click()
        process = page.auditing.process
        assert process is not None
        process.told.connect(turns.saw_one)
        wait_for_end(qtbot, page)
    verdict = page.results.card.verdict
    assert verdict is not None
    assert verdict.headline.startswith(words)
    assert 0 < turns.most <= TURN_LINES, "the window gets its turn between events"
    assert thread.opened_below(getattr(world, kind).parent) == [], "the window reads neither model nor pictures"
    assert thread.ran("PIL") == thread.ran("mtgui.pictures") == []
    report, fits = saved_reports(page, tmp_path, monkeypatch)
    assert fits
    assert report.results[0].verdict == ("evidence" if kind == "guilty" else "no evidence")


def test_cancelling_keeps_what_was_reckoned_and_running_again_goes_on(
    qtbot: QtBot, page: AuditPage, world: World
) -> None:
    load(qtbot, page, world.guilty, world)
    page.run.keys.setValue(200)
    page.panel.run.click()
    qtbot.waitUntil(lambda: page.auditing.state.pair(0, 0).keys_done > 10)
    page.panel.cancel.click()
    wait_for_end(qtbot, page)
    verdict = page.results.card.verdict
    assert verdict is not None
    assert verdict.headline == "Stopped before a verdict."
    qtbot.waitUntil(page.panel.run.isEnabled)
    page.panel.run.click()
    wait_for_end(qtbot, page)
    verdict = page.results.card.verdict
    assert verdict is not None
    assert verdict.headline.startswith("Strong evidence")
    assert page.results.plot.state.counted == 201 * 10_000


def test_the_models_that_ship_are_told_apart_one_after_the_other(qtbot: QtBot, page: AuditPage) -> None:
    page.empty.demo_wanted.emit()
    page.run_when_ready()
    qtbot.waitUntil(lambda: page.auditing.is_running)
    wait_for_end(qtbot, page)
    assert page.label.label == "record"
    first = page.results.card.verdict
    assert first is not None
    assert first.headline.startswith("Strong evidence")
    assert "did not use them" in page.messages.text
    page.messages.action_triggered.emit()
    qtbot.waitUntil(lambda: page.auditing.is_running)
    wait_for_end(qtbot, page)
    second = page.results.card.verdict
    assert second is not None
    assert second.headline == "No evidence found."
    assert not page.messages.text
