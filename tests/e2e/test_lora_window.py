"""A LoRA in the whole window with the real engine: from the dropped file to the saved report."""

from pathlib import Path

import pytest

pytest.importorskip("PySide6")
pytest.importorskip("diffusers", reason="needs the extra “diffusion”")

from pytestqt.qtbot import QtBot

from mtgui.auditing.report.verify import verify
from mtgui.desktop.app.main_window import MainWindow
from mtgui.desktop.audit.audit_page import AuditPage
from tests.auditing.job.trained_lora import World, make_world
from tests.desktop.desktop_helpers import text_of
from tests.desktop.open_windows import page_of
from tests.desktop.watching import OwnThread
from tests.e2e.saving import saved_reports


@pytest.fixture(scope="module")
def loras(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A base, a LoRA of the published pictures, one that changes nothing, and the record."""
    return make_world(tmp_path_factory.mktemp("lora"))


@pytest.fixture
def page(opened: MainWindow) -> AuditPage:
    """The Audit page of the whole window."""
    opened.show_page("audit")
    return page_of(opened, "audit", AuditPage)


def load(qtbot: QtBot, page: AuditPage, *paths: Path) -> None:
    page.open_paths(paths)
    qtbot.waitUntil(lambda: not (page.model.is_busy or page.pictures.is_busy or page.earlier.is_busy))


def run(qtbot: QtBot, page: AuditPage) -> str:
    """Run the audit and return the headline of its verdict."""
    assert page.panel.run.isEnabled(), text_of(page.panel)
    page.panel.run.click()
    qtbot.waitUntil(lambda: not page.auditing.is_running)
    qtbot.waitUntil(lambda: not page.panel.is_steering)
    verdict = page.results.card.verdict
    assert verdict is not None
    return verdict.headline


def test_a_lora_is_audited_from_drop_to_saved_report(
    qtbot: QtBot, page: AuditPage, loras: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with OwnThread() as thread:
        load(qtbot, page, loras.guilty, loras.record)
        assert page.request().models[0].base == loras.base, "it lies one folder below, and its SHA-256 is named"
        assert "the file that it names (SHA-256 agrees)" in text_of(page.model)
        assert "takes no caption" in text_of(page.caption)
        assert run(qtbot, page).startswith("Strong evidence")
    assert thread.ran("torch") == thread.ran("diffusers") == []
    assert thread.opened_below(loras.base.parent) == [], "the window reads no model"
    report, is_unchanged = saved_reports(page, tmp_path, monkeypatch)
    assert verify(report, is_unchanged=is_unchanged).is_proved
    assert report.results[0].loss_facts.kind == "denoising difference"
    load(qtbot, page, loras.idle)
    assert run(qtbot, page) == "No evidence found."


def test_wrong_bases_are_named_for_what_they_are(qtbot: QtBot, page: AuditPage, loras: World, tmp_path: Path) -> None:
    load(qtbot, page, loras.guilty, loras.record)
    picture = next(loras.originals.iterdir())
    (tmp_path / "empty").mkdir()
    for path, said in {
        picture: "It is a picture, not a model",
        loras.record: "It is a mark record",
        loras.guilty: "It is the audited model itself",
        loras.idle: "It is a LoRA itself",
        tmp_path / "empty": "No file in empty is the base that it names.",
    }.items():
        page.model.take_base(path)
        qtbot.waitUntil(lambda: not page.model.is_busy)
        assert said in text_of(page.model)
        assert not page.panel.run.isEnabled()
    page.model.take_base(loras.base)
    qtbot.waitUntil(page.panel.run.isEnabled)


def test_a_whole_model_needs_no_base(qtbot: QtBot, page: AuditPage, loras: World) -> None:
    load(qtbot, page, loras.base.parent, loras.record)
    assert "none: without the model from which it was made, far less is found" in text_of(page.model)
    assert "A model trained on millions of pictures" in text_of(page.run)
    assert page.panel.run.isEnabled()
