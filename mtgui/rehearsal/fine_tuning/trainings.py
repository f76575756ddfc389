"""The trainings of a rehearsal of LoRAs: the base, and what is made of each artist's copies. Generators of events.

The same settings, pictures, device and number of threads give the same weights.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mtgui.auditing.diffusion.network_building import new_pixel_network
from mtgui.auditing.engine.devices import Device
from mtgui.common.events import Event
from mtgui.common.hashing import sha256_file
from mtgui.rehearsal.fine_tuning.denoising_steps import DenoisingSteps
from mtgui.rehearsal.fine_tuning.low_rank import add_changes, learning_weights, save_lora
from mtgui.rehearsal.fine_tuning.pixel_network import network_settings, save_model, trainable
from mtgui.rehearsal.fine_tuning.tuning_progress import Pace
from mtgui.rehearsal.fine_tuning.tuning_settings import FineTune, TuningSettings
from mtgui.rehearsal.fine_tuning.tuning_work import BATCH
from mtgui.rehearsal.rehearsal_events import StepsDone

BASE_NAME = "base"
_BASE_RATE, _RISE = 1.2e-3, 0.1
"""Highest learning rate of the base, and the share of the steps in which it rises; then it falls to a tenth."""
_RATES: Mapping[FineTune, float] = {"lora": 2e-3, "full": 4e-4}
_TOLD = 60
"""About how many losses are told of each training."""


@dataclass
class _Losses:
    """The losses since the last event, of the training ``name`` with so many ``steps``."""

    name: str
    steps: int
    clock: Callable[[], float] = time.monotonic
    seen: int = 0
    losses: list[Tensor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._since = self.clock()

    def add(self, step: int, loss: Tensor, pictures: int) -> Iterator[Event]:
        """Take the loss of ``step``, from 1; yield an event now and then."""
        self.losses.append(loss)
        self.seen += pictures
        if step % max(1, self.steps // _TOLD) and step != self.steps:
            return
        mean, now = float(torch.stack(self.losses).mean()), self.clock()
        rate = self.seen / max(1e-9, now - self._since)
        self.losses, self.seen, self._since = [], 0, now
        yield StepsDone(self.name, step, self.steps, mean if math.isfinite(mean) else None, rate)


def settings_of(settings: TuningSettings) -> dict[str, Any]:
    """Return the settings of the network."""
    return network_settings(settings.side, settings.width)


def train_base(path: Path, pixels: Tensor, settings: TuningSettings, device: Device, pace: Pace) -> Iterator[Event]:
    """Train a base on ``pixels``, (N, 3, side, side) uint8, half of the steps mirrored, and write it to ``path``.

    Raises OSError, CancelledError.
    """
    network = new_pixel_network(settings_of(settings), settings.seed).to(device.torch_device)
    shown, steps = pixels.to(device.torch_device), settings.base_steps
    learner = DenoisingSteps(network, network.parameters(), _BASE_RATE, settings.seed)
    losses = _Losses(BASE_NAME, steps)
    for step in range(steps):
        learner.set_rate(_BASE_RATE * rate_share(step, steps))
        batch = shown[learner.rows(BATCH, len(shown)).to(shown.device)]
        loss = learner.learn(batch.flip(3) if step % 2 else batch)
        yield from losses.add(step + 1, loss, BATCH)
        yield from pace.did(BATCH)
    texts = {"mtgui": f"the base of a rehearsal, trained on {len(pixels)} pictures in {steps} steps"}
    save_model(path, network, settings_of(settings), texts)


def rate_share(step: int, steps: int) -> float:
    """Return the share of the highest learning rate with which ``step``, from 0, of a base is taken."""
    rise = max(1, round(_RISE * steps))
    return (step + 1) / rise if step < rise else 1 - 0.9 * (step - rise) / max(1, steps - rise)


@dataclass(frozen=True)
class ArtistTask:
    """The training of what is made of the copies of one artist.

    base: the file to begin with. copies: (N, 3, side, side), uint8. artist: number from 0. paths: of the model after
    each number of exposures.
    """

    base: Path
    copies: Tensor
    artist: int
    paths: Mapping[int, Path]

    @property
    def name(self) -> str:
        """The name of the model in events."""
        return f"artist {self.artist + 1}"


def train_artist(task: ArtistTask, settings: TuningSettings, device: Device, pace: Pace) -> Iterator[Event]:
    """Make a LoRA, or a full fine-tune, of the copies, and write it after each number of exposures.

    Raises OSError, CancelledError.
    """
    network = trainable(task.base, settings_of(settings))
    seed = 1000 * (settings.seed + 1) + task.artist
    network.to(device.torch_device)
    copies, is_lora = task.copies.to(device.torch_device), settings.fine_tune == "lora"
    changes = add_changes(network, settings.rank, torch.Generator().manual_seed(seed)) if is_lora else {}
    learning = learning_weights(changes) if is_lora else list(network.parameters())
    learner = DenoisingSteps(network, learning, _RATES[settings.fine_tune], seed)
    base_hash, losses = sha256_file(task.base), _Losses(task.name, settings.exposures[-1])
    for exposure in range(1, settings.exposures[-1] + 1):
        order = learner.order(len(copies)).to(copies.device)
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            loss = learner.learn(copies[rows])
            yield from pace.did(len(rows))
        yield from losses.add(exposure, loss, len(copies))
        if exposure in task.paths:
            path, texts = task.paths[exposure], _header(task, exposure, settings, base_hash)
            if is_lora:
                path.parent.mkdir(parents=True, exist_ok=True)
                save_lora(path, changes, texts)
            else:
                save_model(path, network, settings_of(settings), texts)


def _header(task: ArtistTask, exposures: int, settings: TuningSettings, base_hash: str) -> dict[str, str]:
    """Return what a file says of its training, in the words of kohya's scripts."""
    return {
        "ss_sd_model_name": task.base.name,
        "ss_new_sd_model_hash": base_hash,
        "ss_dataset_dirs": f'{{"1_{task.name}": {{"n_repeats": 1, "img_count": {len(task.copies)}}}}}',
        "ss_num_train_images": str(len(task.copies)),
        "ss_epoch": str(exposures),
        "modelspec.prediction_type": "epsilon",
        "ss_resolution": f"({settings.side}, {settings.side})",
    }
