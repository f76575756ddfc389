"""Shared by the benchmarks of LoRAs: artists of CIFAR-10, a small model on pixels as base, and what is made of them."""

import io
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import diffusers
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from mtgui.auditing.diffusion.networks import LoraFile, ModelFile
from mtgui.auditing.diffusion.plans import DiffusionPlan, NetworkPlan, WeightPart
from mtgui.reading.tensors import open_tensors
from mtgui.rehearsal.fine_tuning.denoising_steps import DenoisingSteps
from mtgui.rehearsal.fine_tuning.low_rank import LearnedChange, add_changes, learning_weights, read_lora, save_lora
from mtgui.rehearsal.fine_tuning.pixel_network import SCHEDULE, network_settings
from mtgui.rehearsal.fine_tuning.trainings import rate_share

SIDE, POOL, PUBLISHED, RANK = 32, 50, 25, 4
_BATCH, _BASE_RATE, _LORA_RATE, _FULL_RATE = 32, 1.2e-3, 2e-3, 1e-4
_AT_ONCE, _SHIFT = 25, 3
_KEPT = 500
"""So many pictures of each class, the last ones, are for artists, whatever the seed."""


@dataclass(frozen=True)
class Artist:
    """An artist. pixels: (50, 3, 32, 32), uint8. published: rows of the true draw, ascending."""

    pixels: Tensor
    published: tuple[int, ...]


@dataclass(frozen=True)
class Way:
    """How a model is made of pictures. is_lora: or all weights learn. augments: mirrored and shifted by chance."""

    is_lora: bool = True
    augments: bool = False


def read_pixels(archive: Path) -> dict[str, Tensor]:
    """Return the pictures of each class: (N, 3, 32, 32), uint8."""
    found: dict[str, list[NDArray[np.uint8]]] = {}
    with tarfile.open(archive) as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is not None:
                pixels = np.asarray(Image.open(io.BytesIO(content.read())).convert("RGB"))
                found.setdefault(member.name.split("/")[-2], []).append(pixels)
    return {name: torch.from_numpy(np.stack(many)).permute(0, 3, 1, 2).clone() for name, many in sorted(found.items())}


def for_base(classes: Sequence[Tensor]) -> Tensor:
    """Return the pictures that no artist has."""
    return torch.cat([pixels[:-_KEPT] for pixels in classes])


def artists_of(classes: Sequence[Tensor], count: int, seed: int) -> list[Artist]:
    """Return artists with 50 pictures each, from the last 500 of a class, and their draws."""
    chance = torch.Generator().manual_seed(seed)
    artists = []
    for number in range(count):
        rows = torch.randperm(_KEPT, generator=chance)[:POOL]
        published = sorted(torch.randperm(POOL, generator=chance)[:PUBLISHED].tolist())
        artists.append(Artist(classes[number % len(classes)][-_KEPT:][rows], tuple(published)))
    return artists


def base_file(folder: Path, pixels: Tensor, steps: int, width: int) -> ModelFile:
    """Return the base, trained on ``pixels``, half of the steps mirrored; an earlier one is used again.

    width: channels of the first block, a multiple of 8.
    """
    path = folder / f"base-{steps}-{width}.safetensors"
    torch.manual_seed(0)
    settings = network_settings(SIDE, width)
    network = diffusers.UNet2DModel(**settings)
    if not path.exists():
        network.to(pixels.device)
        learner = DenoisingSteps(network, network.parameters(), _BASE_RATE, 0)
        for step in range(steps):
            learner.set_rate(_BASE_RATE * rate_share(step, steps))
            batch = pixels[learner.rows(_BATCH, len(pixels)).to(pixels.device)]
            learner.learn(batch.flip(3) if step % 2 else batch)
        save_file(_weights(network), path)
    weights = {name: WeightPart(name, tuple(weight.shape)) for name, weight in network.state_dict().items()}
    unet = NetworkPlan("unet", "UNet2DModel", settings, weights)
    plan = DiffusionPlan("pixel", "the base", "single file", SIDE, {"unet": unet}, SCHEDULE)
    return ModelFile(plan, open_tensors(path), path)


class Made:
    """What is made of the pictures of one or several artists."""

    def __init__(self, base: ModelFile, way: Way, pixels: Tensor, seed: int, device: str) -> None:
        """Begin with ``base``. pixels: (N, 3, 32, 32), uint8."""
        self._base, self._way, self._pixels, self._device = base, way, pixels, device
        self._network = diffusers.UNet2DModel(**base.plan.networks["unet"].settings)
        self._network.load_state_dict(load_file(base.path))
        self._network.to(device)
        self._chance = torch.Generator().manual_seed(seed)
        self._changes: dict[str, LearnedChange] = {}
        if way.is_lora:
            self._changes = add_changes(self._network, RANK, self._chance)
        learning = learning_weights(self._changes) if way.is_lora else list(self._network.parameters())
        self._learner = DenoisingSteps(self._network, learning, _LORA_RATE if way.is_lora else _FULL_RATE, seed)

    def after(self, exposures: Sequence[int], folder: Path) -> Iterator[ModelFile | LoraFile]:
        """Yield it after each number of exposures of every picture, ascending, as a file in ``folder``."""
        for exposure in range(1, exposures[-1] + 1):
            order = self._learner.order(len(self._pixels))
            for start in range(0, len(order), _AT_ONCE):
                shown = self._pixels[order[start : start + _AT_ONCE]]
                self._learner.learn((self._augmented(shown) if self._way.augments else shown).to(self._device))
            if exposure in exposures:
                yield self._saved(folder / "made.safetensors")

    def _saved(self, path: Path) -> ModelFile | LoraFile:
        if self._way.is_lora:
            save_lora(path, self._changes, {})
            return read_lora(path, self._changes, RANK)
        save_file(_weights(self._network), path)
        return ModelFile(self._base.plan, open_tensors(path), path)

    def _augmented(self, pixels: Tensor) -> Tensor:
        """Return pictures that are mirrored half of the time and shifted by up to 3 pixels, as at their borders."""
        flips = torch.rand(len(pixels), generator=self._chance) < 0.5
        pixels = torch.where(flips[:, None, None, None], pixels.flip(3), pixels)
        shifts = torch.randint(0, 2 * _SHIFT + 1, (len(pixels), 2), generator=self._chance).tolist()
        wide = nn.functional.pad(pixels.float(), (_SHIFT,) * 4, mode="reflect").to(torch.uint8)
        return torch.stack(
            [one[:, y : y + SIDE, x : x + SIDE] for one, (y, x) in zip(wide, shifts, strict=True)],
        )


def _weights(network: nn.Module) -> dict[str, Tensor]:
    return {name: weight.cpu().contiguous() for name, weight in network.state_dict().items()}
