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
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.utils import parametrize

from mtgui.auditing.diffusion.plans import NoiseSchedule
from mtgui.auditing.diffusion.schedule import signal_shares
from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.common.hashing import sha256_file
from mtgui.marking.settings import NO_MARK
from mtgui.publishing.export_job import mark_and_export
from mtgui.publishing.export_request import MarkRequest
from mtgui.publishing.sources import Source
from mtgui.records.draw import PublishRule
from mtgui.records.journal import read_record
from tests.coins import coins
from tests.torch_threads import torch_threads

SIDE, PICTURES, RANK, EXPOSURES, BASE_STEPS = 32, 24, 4, 100, 60
SHARES = torch.from_numpy(signal_shares(NoiseSchedule("linear", 1e-4, 0.02, 1000, "this test"))).float()
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


class Trained(nn.Module):
    """A weight with a low-rank change that is being trained."""

    def __init__(self, weight: Tensor, chance: torch.Generator) -> None:
        super().__init__()
        columns = weight[0].numel()
        self.down = nn.Parameter(torch.randn((RANK, columns), generator=chance) / columns**0.5)
        self.up = nn.Parameter(torch.zeros((len(weight), RANK)))

    def forward(self, weight: Tensor) -> Tensor:
        return torch.addmm(weight.flatten(1), self.up, self.down).view_as(weight)


def pictures_of(count: int, seed: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Smooth pictures with grain, no two alike: (count, 32, 32, 3), uint8."""
    chance = np.random.default_rng(seed)
    made = []
    for _ in range(count):
        coarse = chance.integers(0, 256, (5, 5, 3), dtype=np.uint8)
        smooth = np.asarray(Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC)).astype(int)
        made.append(np.clip(smooth + chance.integers(-20, 21, smooth.shape), 0, 255).astype(np.uint8))
    return np.stack(made)


def learn(network: nn.Module, pixels: Tensor, optimiser: torch.optim.Optimizer, chance: torch.Generator) -> None:
    clean = pixels.float() / 127.5 - 1
    timesteps = torch.randint(0, 500, (len(clean),), generator=chance)
    noise = torch.randn(clean.shape, generator=chance)
    share = SHARES[timesteps][:, None, None, None]
    answer = network(share.sqrt() * clean + (1 - share).sqrt() * noise, timesteps).sample
    optimiser.zero_grad()
    torch.autograd.backward(nn.functional.mse_loss(answer, noise))
    optimiser.step()


def as_tensor(pictures: np.ndarray[Any, np.dtype[np.uint8]]) -> Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2)


def save_lora(
    path: Path, changes: Mapping[str, Trained], layers: Mapping[str, nn.Linear | nn.Conv2d], base: Path
) -> Path:
    """Write a LoRA as peft spells it; its header names the base as kohya's scripts do."""
    tensors: dict[str, Tensor] = {}
    for name, change in changes.items():
        weight = layers[name].weight
        up, down = change.up.detach(), change.down.detach()
        if weight.ndim == 4:
            up, down = up[:, :, None, None], down.reshape(RANK, *weight.shape[1:])
        tensors |= {f"unet.{name}.lora_A.weight": down.contiguous(), f"unet.{name}.lora_B.weight": up.contiguous()}
    save_file(tensors, path, {"ss_sd_model_name": base.name, "ss_new_sd_model_hash": sha256_file(base)})
    return path


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
        optimiser = torch.optim.AdamW(network.parameters(), 2e-3)
        for _ in range(BASE_STEPS):
            learn(network, others[torch.randint(0, len(others), (16,), generator=chance)], optimiser, chance)
        folder = root / "base"
        network.save_pretrained(folder)
        base = folder / "diffusion_pytorch_model.safetensors"
        network.requires_grad_(False)
        layers = {n: m for n, m in network.named_modules() if isinstance(m, nn.Linear | nn.Conv2d)}
        changes = {name: Trained(layer.weight, chance) for name, layer in layers.items()}
        idle = save_lora(root / "idle.safetensors", changes, layers, base)
        for name, layer in layers.items():
            parametrize.register_parametrization(layer, "weight", changes[name])
        optimiser = torch.optim.AdamW([one for change in changes.values() for one in change.parameters()], 4e-3)
        for _ in range(EXPOSURES):
            learn(network, as_tensor(own[published]), optimiser, chance)
        guilty = save_lora(root / "guilty.safetensors", changes, layers, base)
    return World(base, guilty, idle, root / "own.mtrecord", originals)
