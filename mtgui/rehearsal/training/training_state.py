"""Converts the state of a training to tensors for its checkpoint, and back."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from mtgui.auditing.engine.devices import Device
from mtgui.common.errors import printable
from mtgui.rehearsal.rehearsal_events import EpochDone


@dataclass
class Standing:
    """The progress of a training: finished epochs, the results of each, and the best epoch."""

    epoch: int = 0
    history: list[EpochDone] = field(default_factory=list)
    best: float = -1.0
    best_epoch: int = 0
    best_weights: dict[str, Tensor] = field(default_factory=dict)


def standing_tensors(standing: Standing) -> dict[str, Tensor]:
    """Return ``standing`` as tensors by name."""
    history = [
        (
            e.epoch,
            math.nan if e.loss is None else e.loss,
            e.train_accuracy,
            _in_numbers(e.test_accuracy),
            e.pictures_per_second,
            e.rate,
        )
        for e in standing.history
    ]
    best = {f"best.{name}": tensor for name, tensor in standing.best_weights.items()}
    return {
        "history": torch.tensor(history, dtype=torch.float64),
        "best": torch.tensor([standing.best, standing.best_epoch], dtype=torch.float64),
        **best,
    }


def standing_in(tensors: Mapping[str, Tensor], name: str, epochs: int, where: torch.device) -> Standing:
    """Return the `Standing` in ``tensors``, the inverse of `standing_tensors`; weights lie on the device ``where``.

    name, epochs: of the training.
    """
    history = [
        EpochDone(
            name, int(e), epochs, None if math.isnan(loss) else loss, own, None if test < 0 else test, speed, rate
        )
        for e, loss, own, test, speed, rate in tensors["history"].tolist()
    ]
    best, best_epoch = tensors["best"].tolist()
    weights = {name: tensor.to(where) for name, tensor in below("best.", tensors).items()}
    return Standing(len(history), history, best, int(best_epoch), weights)


def optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the state of ``optimiser`` as tensors by name."""
    return {
        f"optimiser.{number}.{key}": value
        for number, values in optimiser.state_dict()["state"].items()
        for key, value in values.items()
        if isinstance(value, Tensor)
    }


def _loss_in_numbers(loss: float | None) -> float:
    return math.nan if loss is None else loss


def _loss_of(number: float) -> float | None:
    return None if math.isnan(number) else number


def load_optimiser(optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Load ``tensors`` of `optimiser_tensors` into ``optimiser``, with the memory layout of its parameters.

    Files store tensors in row-major order, but fused steps on a card need momentum with the layout of its parameter.
    """
    numbers: dict[int, dict[str, Any]] = {}
    for name, tensor in below("optimiser.", tensors).items():
        number, _, key = name.partition(".")
        numbers.setdefault(int(number), {})[key] = tensor
    optimiser.load_state_dict({**optimiser.state_dict(), "state": numbers})
    for parameter, values in optimiser.state.items():
        for key, value in values.items():
            if isinstance(value, Tensor) and key != "step" and value.shape == parameter.shape:
                values[key] = torch.empty_like(parameter, dtype=value.dtype, requires_grad=False).copy_(value)


def place_of(device: Device) -> str:
    """Return the place of a training for its checkpoint: the kind of device, and the name of a card."""
    return device.kind if device.kind == "cpu" else f"{device.kind} {device.title}"


def place_in_words(place: str) -> str:
    """Return a ``place`` of `place_of` in words for people."""
    return printable(place.partition(" ")[2]) or "the processor"


def below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the ``tensors`` whose names begin with ``prefix``, by the rest of their names."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _in_numbers(value: float | None) -> float:
    """Return ``value``; for None, a number that cannot be an accuracy."""
    return -1.0 if value is None else value
