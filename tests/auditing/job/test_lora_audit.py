"""Audits of LoRAs, from files to verdicts: a small pixel model as base, and a LoRA trained on published pictures."""

import json
import shutil
from fractions import Fraction
from pathlib import Path

import pytest

pytest.importorskip("diffusers", reason="needs the extra “diffusion”")

import torch
from safetensors.torch import save_file

from mtgui.auditing.architectures.cifar.network import network as network_of
from mtgui.auditing.architectures.cifar.residual.names import small
from mtgui.auditing.job.audit_events import ModelRead
from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.auditing.report.report_files import read_report
from mtgui.auditing.report.verify import verify
from mtgui.cli.main import run
from mtgui.common.errors import UsageError
from mtgui.reading.errors import ModelError
from tests.auditing.job.job_helpers import exact, finish, of_kind, result
from tests.auditing.job.trained_lora import World, make_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("lora"))


def classifier(folder: Path) -> Path:
    """Write the weights of a small network that sorts pictures into classes."""
    path = folder / "classifier.safetensors"
    torch.manual_seed(1)
    save_file(network_of(small(8, width=8), 4).state_dict(), path)
    return path


def notes_of(request: AuditRequest) -> tuple[str, ...]:
    (read,) = of_kind(finish(request), ModelRead)
    assert read.summary.recognised is not None
    return read.summary.recognised.notes


def test_a_lora_of_the_published_pictures_is_found(world: World, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    found = result(world.request(world.guilty, reports=(report,), draws=9_999))
    assert exact(found, "p_value") <= Fraction(1, 200)
    assert found["loss_kind"] == "denoising difference"
    assert "nats" not in found["sentence"]
    stored, is_unchanged = read_report(report)
    assert verify(stored, is_unchanged=is_unchanged).is_proved
    facts = stored.results[0].loss_facts
    assert facts.passes == 24
    assert facts.base is not None
    assert facts.base.name == "diffusion_pytorch_model.safetensors"


def test_the_command_says_what_it_compares(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = ["--model", world.guilty, "--base", world.base, "--record", world.record, "--pictures", world.originals]
    log = ["--log", tmp_path / "log", "--state", tmp_path / "state"]
    assert run(["audit", *map(str, files + log), "--device", "cpu", "--threads", "1"]) == 0
    said = capsys.readouterr().err
    assert "a LoRA for a model that works on pixels. " in said
    assert "The SHA-256 of the base is the one that the LoRA names." in said
    assert "576 forward passes on CPU" in said
    assert "class" not in said


def test_a_lora_that_changes_nothing_is_not_found(world: World) -> None:
    found = result(world.request(world.idle, stops_early=False))
    assert exact(found, "p_value") == 1


def test_the_base_that_a_lora_names_is_found_for_any_family(world: World) -> None:
    request = world.request(world.idle, models=(ModelChoice(world.idle),), stops_early=False)
    assert "The SHA-256 of the base is the one that the LoRA names." in notes_of(request)


def test_a_lora_of_another_strength_is_another_audit(world: World, tmp_path: Path) -> None:
    """Strength and noise stand in files beside the tensors, so equal tensors may be different models."""
    lora = tmp_path / "adapter_model.safetensors"
    lora.write_bytes(world.guilty.read_bytes())
    first, again = (result(world.request(lora)) for _ in range(2))
    settings = {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": []}
    (tmp_path / "adapter_config.json").write_text(json.dumps(settings))
    doubled = result(world.request(lora))
    assert (first["runs"], again["runs"], doubled["runs"]) == (1, 1, 2)
    assert first["set_loss"] == again["set_loss"] != doubled["set_loss"]
    assert "The settings of the LoRA multiply its changes by 2." in notes_of(world.request(lora))


def test_the_name_of_a_base_makes_no_other_audit(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "renamed"
    shutil.copytree(world.base.parent, folder)
    found = [
        result(world.request(world.guilty, models=(ModelChoice(world.guilty, base=base),), log=tmp_path / "log"))
        for base in (world.base, folder)
    ]
    assert [one["runs"] for one in found] == [1, 1]


def test_a_folder_is_no_file_that_a_lora_names(world: World) -> None:
    said = notes_of(world.request(world.idle, models=(ModelChoice(world.idle, base=world.base.parent),)))
    assert any(note.startswith("The base is a folder") for note in said)


def test_labels_and_wrong_bases_are_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no classes; leave out --label"):
        result(world.request(world.guilty, label="0"))
    with pytest.raises(ModelError, match="it is a LoRA itself; choose the whole model"):
        result(world.request(world.guilty, models=(ModelChoice(world.guilty, base=world.idle),)))
    with pytest.raises(ModelError, match="it is the audited model itself"):
        result(world.request(world.base))
    with pytest.raises(UsageError, match="is no diffusion model and no LoRA; audit it by itself"):
        result(world.request(classifier(tmp_path)))
