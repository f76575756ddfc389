"""Audits of LoRAs, from files to verdicts: a small pixel model as base, and a LoRA trained on published pictures."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("diffusers", reason="needs the extra “diffusion”")

import diffusers
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor

from mtgui.auditing.architectures.cifar.network import network as network_of
from mtgui.auditing.architectures.cifar.residual.names import small
from mtgui.auditing.architectures.recognise import RecognitionError
from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.auditing.report.report_files import read_report
from mtgui.auditing.report.verify import verify
from mtgui.cli.main import run
from mtgui.common.errors import UsageError
from mtgui.common.hashing import sha256_file
from mtgui.marking.settings import NO_MARK
from mtgui.publishing.export_job import mark_and_export
from mtgui.publishing.export_request import MarkRequest
from mtgui.publishing.sources import Source
from mtgui.records.draw import PublishRule
from mtgui.records.journal import read_record
from mtgui.rehearsal.fine_tuning.denoising_steps import DenoisingSteps
from mtgui.rehearsal.fine_tuning.low_rank import add_changes, learning_weights, save_lora
from tests.auditing.job.job_helpers import exact, result
from tests.coins import coins
from tests.torch_threads import torch_threads

SIDE, PICTURES, RANK, EXPOSURES, BASE_STEPS = 32, 24, 4, 100, 60
SETTINGS: Mapping[str, Any] = {
    "sample_size": SIDE,
    "block_out_channels": (16, 32),
    "down_block_types": ("DownBlock2D", "AttnDownBlock2D"),
    "up_block_types": ("AttnUpBlock2D", "UpBlock2D"),
    "layers_per_block": 1,
    "norm_num_groups": 8,
    "attention_head_dim": 16,
}


@dataclass(frozen=True)
class World:
    """A base, a LoRA of the published pictures, one that changes nothing, the record and the originals."""

    base: Path
    guilty: Path
    idle: Path
    record: Path
    originals: Path

    def request(self, lora: Path, **changes: Any) -> AuditRequest:
        plain = AuditRequest((ModelChoice(lora, base=self.base),), (self.record,), (self.originals,), device="cpu")
        return replace(plain, **changes)


def pictures_of(count: int, seed: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Smooth pictures with grain, no two alike: (count, 32, 32, 3), uint8."""
    chance = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        coarse = chance.integers(0, 256, (5, 5, 3), dtype=np.uint8)
        smooth = np.asarray(Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC)).astype(int)
        made.append(np.clip(smooth + chance.integers(-20, 21, smooth.shape), 0, 255).astype(np.uint8))
    return np.stack(made)


def as_tensor(pictures: np.ndarray[Any, np.dtype[np.uint8]]) -> Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    root = tmp_path_factory.mktemp("lora")
    originals = root / "originals"
    originals.mkdir()
    own = pictures_of(PICTURES, seed=1)
    for number, pixels in enumerate(own):
        Image.fromarray(pixels).save(originals / f"{number:02d}.png")
    sources = tuple(Source(path) for path in sorted(originals.iterdir()))
    with coins(5):
        list(
            mark_and_export(
                MarkRequest(
                    sources,
                    root / "copies",
                    record=root / "own.mtrecord",
                    settings=NO_MARK,
                    publish=PublishRule(share=Fraction(1, 2)),
                )
            )
        )
    (block,) = read_record(root / "own.mtrecord").blocks
    published = [int(block.pool[index].name[:2]) for index in block.published]
    with torch_threads(1):
        torch.manual_seed(0)
        network = diffusers.UNet2DModel(**SETTINGS)
        chance = torch.Generator().manual_seed(2)
        others = as_tensor(pictures_of(200, seed=3))
        learner = DenoisingSteps(network, network.parameters(), 2e-3, 2)
        for _ in range(BASE_STEPS):
            learner.learn(others[learner.rows(16, len(others))])
        folder = root / "base"
        network.save_pretrained(folder)
        base = folder / "diffusion_pytorch_model.safetensors"
        changes = add_changes(network, RANK, chance)
        header = {"ss_sd_model_name": base.name, "ss_new_sd_model_hash": sha256_file(base)}
        idle, guilty = root / "idle.safetensors", root / "guilty.safetensors"
        save_lora(idle, changes, header)
        learner = DenoisingSteps(network, learning_weights(changes), 4e-3, 2)
        for _ in range(EXPOSURES):
            learner.learn(as_tensor(own[published]))
        save_lora(guilty, changes, header)
    return World(base, guilty, idle, root / "own.mtrecord", originals)


def classifier(folder: Path) -> Path:
    """Write the weights of a small network that sorts pictures into classes."""
    path = folder / "classifier.safetensors"
    torch.manual_seed(1)
    save_file(network_of(small(8, width=8), 4).state_dict(), path)
    return path


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


def test_labels_and_wrong_bases_are_refused(world: World, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no classes; leave out --label"):
        result(world.request(world.guilty, label="0"))
    with pytest.raises(RecognitionError, match="it is a LoRA"):
        result(world.request(world.guilty, models=(ModelChoice(world.guilty, base=world.idle),)))
    with pytest.raises(UsageError, match="is the audited model itself"):
        result(world.request(world.base))
    with pytest.raises(UsageError, match="is no diffusion model and no LoRA; leave out --base"):
        result(world.request(classifier(tmp_path)))
