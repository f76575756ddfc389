"""A LoRA on the Audit page: its base, its caption, what to expect of its audit, and how its losses are shown."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from mtgui.auditing.architectures.generator_description import BaseDescription
from mtgui.desktop.audit.audit_page import AuditPage
from mtgui.desktop.audit.pair_table import pair_table
from mtgui.desktop.audit.stored_request import request_from_values, request_to_values
from tests.desktop.audit.audit_helpers import make_model, make_record, run_audit, settle_audit
from tests.desktop.desktop_helpers import text_of
from tests.desktop.fake_engine import LORA

NEEDED = "needs its base, which it says is sd_xl_base_1.0.safetensors: choose the file"


@pytest.fixture(autouse=True)
def a_lora(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_MODEL", "lora")
    monkeypatch.setenv("FAKE_LOSSES", "difference")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return make_model(tmp_path / "models", "sd_xl_base_1.0.safetensors")


def load_lora(qtbot: QtBot, page: AuditPage, folder: Path) -> None:
    page.open_paths([make_model(folder / "loras", "anna-k.safetensors"), make_record(folder, 12)])
    settle_audit(qtbot, page)


def with_base(qtbot: QtBot, page: AuditPage, folder: Path, base: Path) -> None:
    load_lora(qtbot, page, folder)
    page.model.take_base(base)
    settle_audit(qtbot, page)


def test_without_its_base_a_lora_is_described_and_its_base_is_asked_for(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_lora(qtbot, page, tmp_path)
    shown = text_of(page.model)
    for part in ("A LoRA for Stable Diffusion XL · rank 32", "says 42 pictures × 10 repeats × 8 epochs", NEEDED):
        assert part in shown
    assert "Choose the base of the LoRA." in text_of(page.panel)
    assert not page.panel.run.isEnabled()
    assert page.empty.button.text() == "Choose its base…"
    assert "A LoRA changes another model, its base." in text_of(page.empty)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(base), ""))
    page.empty.button.click()
    settle_audit(qtbot, page)
    assert "sd_xl_base_1.0.safetensors: the file that it names (SHA-256 agrees)" in text_of(page.model)
    assert page.panel.run.isEnabled()
    assert page.request().models[0].base == base


def test_a_base_that_cannot_be_one_is_named_with_the_reason(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, base: Path
) -> None:
    load_lora(qtbot, page, tmp_path)
    page.model.take_base(make_model(tmp_path, "classifier.pth"))
    settle_audit(qtbot, page)
    assert "classifier.pth cannot be the base. It makes no pictures." in text_of(page.model)
    assert not page.panel.run.isEnabled()
    assert page.request().models[0].base is None
    page.model.take_base(base.rename(base.with_name("sd other.safetensors")))
    settle_audit(qtbot, page)
    assert "another file than it names (SHA-256 differs)" in text_of(page.model)
    assert page.panel.run.isEnabled(), "a wrong base makes nothing false"


def test_a_folder_without_the_base_is_named(qtbot: QtBot, page: AuditPage, tmp_path: Path) -> None:
    load_lora(qtbot, page, tmp_path)
    (tmp_path / "nothing").mkdir()
    page.model.take_base(tmp_path / "nothing")
    settle_audit(qtbot, page)
    assert "No file in nothing is the base that it names." in text_of(page.model)
    assert NEEDED in text_of(page.model)


def test_the_base_is_found_beside_the_lora_and_in_folders_used_before(
    qtbot: QtBot, make_page: Callable[[], AuditPage], tmp_path: Path, base: Path
) -> None:
    page = make_page()
    load_lora(qtbot, page, tmp_path)
    assert page.model.lacks_base
    page.model.take_base(base)
    settle_audit(qtbot, page)
    later = make_page()
    later.open_paths([make_model(tmp_path / "more", "other-lora.safetensors")])
    settle_audit(qtbot, later)
    assert later.model.choice is not None
    assert later.model.choice.base == base, "the folder of the base is remembered"
    beside = make_model(tmp_path / "more", "sd_other.safetensors")
    later.open_paths([make_model(tmp_path / "more", "third-lora.safetensors")])
    settle_audit(qtbot, later)
    assert later.model.choice.base == beside, "the folder of the LoRA comes first"


def test_a_dropped_model_is_the_base_that_a_lora_lacks_and_else_another_model(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, base: Path
) -> None:
    load_lora(qtbot, page, tmp_path)
    lora = page.request().models[0].path
    page.open_paths([base])
    settle_audit(qtbot, page)
    assert (page.request().models[0].path, page.request().models[0].base) == (lora, base)
    second = make_model(tmp_path / "loras", "second.safetensors")
    page.open_paths([second])
    settle_audit(qtbot, page)
    assert page.request().models[0].path == second
    third = make_model(tmp_path / "elsewhere", "third.safetensors")
    page.model.take_base(None)
    page.open_paths([third])
    settle_audit(qtbot, page)
    assert page.request().models[0].path == third, "what is no base is the next model"


def test_choosing_another_model_stops_the_search(qtbot: QtBot, page: AuditPage, tmp_path: Path) -> None:
    page.open_paths([make_model(tmp_path / "loras", "anna-k.safetensors")])
    qtbot.waitUntil(lambda: page.model.is_searching)
    assert "Looking for the base in 1 folder." in text_of(page.model)
    page.open_paths([make_model(tmp_path, "second.safetensors")])
    assert not page.model.is_searching
    settle_audit(qtbot, page)
    assert page.model.choice is not None
    assert page.model.choice.path.name == "second.safetensors"


def test_step_three_is_the_caption(qtbot: QtBot, page: AuditPage, tmp_path: Path, base: Path) -> None:
    with_base(qtbot, page, tmp_path, base)
    assert page.label.isHidden()
    assert page.caption.isVisible()
    assert (page.request().label, page.request().prompt) == (None, "auto")
    assert "“anna k style”" in text_of(page.caption)


def test_what_was_asked_is_asked_again_from_the_history(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, base: Path
) -> None:
    with_base(qtbot, page, tmp_path, base)
    page.caption.set_prompt("a painting of a castle")
    page.run.passes.setCurrentIndex(1)
    asked = page.request()
    stored = request_from_values(request_to_values(asked))
    page.model.take_base(None)
    page.caption.set_prompt(None)
    page.take_request(stored)
    settle_audit(qtbot, page)
    assert page.request() == asked
    assert (asked.passes, asked.prompt, asked.models[0].base) == (40, "text:a painting of a castle", base)


def test_cost_expectation_and_time_stand_there_before_the_run(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, base: Path
) -> None:
    with_base(qtbot, page, tmp_path, base)
    shown = text_of(page.run)
    assert "In trials, most LoRAs were found." in shown
    assert "864 passes: 12 pictures × 1 key × 12 × 2, for model and base; and 576 to choose the caption" in shown
    assert "Up to 864 passes." in text_of(page.panel)
    page.caption.set_prompt("none")
    assert "Up to 288 passes." in text_of(page.panel)
    tried = replace(LORA, base=BaseDescription(str(base)), tries_prediction=True)
    page.run.set_generator(tried)
    assert page.run.cost_in_words == "300 passes"
    assert "and 12 to choose the prediction" in text_of(page.run)
    page.run.how_long.click()
    qtbot.waitUntil(lambda: not page.time.is_measuring)
    assert "about 12 min 34 s on cpu, 2 threads" in text_of(page.run)
    page.run.passes.setCurrentIndex(1)
    assert "about 12 min" not in text_of(page.run), "other settings take another time"
    assert page.run.how_long.isVisible()


def test_losses_below_zero_have_no_unit_and_no_logarithm(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, base: Path
) -> None:
    with_base(qtbot, page, tmp_path, base)
    run_audit(qtbot, page)
    panel = page.results.plot
    panel.log_switch.setChecked(True)
    assert not panel.log_switch.isEnabled()
    assert not panel.sets.is_logarithmic
    assert panel.sets.plotItem.getAxis("bottom").labelText.startswith("mean denoising error of a set, less the base’s")
    assert "Below 0, the model denoises better than its base." in text_of(panel)
    panel.views.button("pictures").click()
    for said in (text_of(panel), panel.sets.accessibleDescription(), panel.pictures.accessibleDescription()):
        assert "nats" not in said
    assert "Your published set: -0.998." in panel.sets.accessibleDescription()
    rows = list(csv.reader(io.StringIO(pair_table(panel.state))))
    assert rows[0][0] == "published_set_loss"
    assert ["picture", "published", "loss"] in rows
    assert ["from", "to", "draws"] in rows


def test_the_axis_has_no_title_before_the_kind_of_loss_is_known(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_END", "refuse")
    with_base(qtbot, page, tmp_path, base)
    run_audit(qtbot, page)
    assert page.results.plot.sets.plotItem.getAxis("bottom").labelText == ""


def test_a_measurement_that_is_stopped_can_delete_its_copies(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    monkeypatch.setenv("FAKE_COPY", str(copy))
    with_base(qtbot, page, tmp_path, base)
    page.run.how_long.click()
    qtbot.waitUntil(copy.exists)
    page.time.stop()
    assert not page.time.is_measuring
    qtbot.waitUntil(lambda: not copy.exists())


def test_a_window_that_goes_away_waits_for_the_copies_to_be_deleted(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy"
    monkeypatch.setenv("FAKE_COPY", str(copy))
    with_base(qtbot, page, tmp_path, base)
    page.run.how_long.click()
    qtbot.waitUntil(copy.exists)
    page.time.close()
    assert not copy.exists()


def test_the_time_of_one_record_is_not_that_of_two(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_base(qtbot, page, tmp_path, base)
    page.open_paths([make_record(tmp_path / "more", 12, "sea")])
    settle_audit(qtbot, page)
    page.run.how_long.click()
    qtbot.waitUntil(lambda: not page.time.is_measuring)
    assert "about 25 min" in text_of(page.run)
    monkeypatch.setenv("FAKE_END", "refuse")
    page.time.ask(page.request())
    qtbot.waitUntil(lambda: not page.time.is_measuring)
    assert "The model does not fit into memory." in text_of(page.run)
    assert "about 12 min" not in text_of(page.run)


def test_an_audit_of_a_lora_leaves_the_views_of_classifiers_as_they_are(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, base: Path
) -> None:
    page.run.views.setCurrentIndex(1)
    with_base(qtbot, page, tmp_path, base)
    assert page.request().views == 1
    run_audit(qtbot, page)
    assert page.memory.choices().views == 10


def test_only_folders_of_models_that_can_be_bases_are_searched(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_base(qtbot, page, tmp_path, base)
    run_audit(qtbot, page)
    assert page.model.base_folders == [base.parent], "not that of the LoRA"
    monkeypatch.setenv("FAKE_MODEL", "known")
    page.open_paths([make_model(tmp_path / "classifiers", "c.pth")])
    settle_audit(qtbot, page)
    run_audit(qtbot, page)
    assert page.model.base_folders == [base.parent]


def test_a_refusal_of_one_model_goes_when_another_was_read(
    qtbot: QtBot, page: AuditPage, tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as wrong:
        wrong.setenv("FAKE_MODEL", "refused")
        page.open_paths([make_model(tmp_path, "damaged.safetensors")])
        settle_audit(qtbot, page)
    assert page.messages.text
    with_base(qtbot, page, tmp_path, base)
    assert page.messages.text == ""
