"""A small pixel model as base, a LoRA trained on published pictures and one that changes nothing, and their record."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.common.hashing import sha256_file
from mtgui.marking.settings import NO_MARK
from mtgui.publishing.export_job import mark_and_export
from mtgui.publishing.export_request import MarkRequest
from mtgui.publishing.sources import Source
from mtgui.records.draw import PublishRule
from mtgui.records.journal import read_record
from mtgui.rehearsal.fine_tuning.denoising_steps import DenoisingSteps
from mtgui.rehearsal.fine_tuning.low_rank import add_changes, learning_weights, save_lora
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


def make_world(root: Path) -> World:
    """Train and write everything below ``root``."""
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
