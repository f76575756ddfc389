"""Training a model: a generator of events, the same weights for the same plan, data, device and number of threads."""

import contextlib
import random
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtgui.auditing.engine.devices import Device, computing
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, printable
from mtgui.common.events import Event, Paused, Progress, Resumed, Started
from mtgui.rehearsal.augment import flipped_and_cropped, mixed, pasted, thinned
from mtgui.rehearsal.data import TrainingData
from mtgui.rehearsal.events import EpochDone, TrainingDone
from mtgui.rehearsal.networks import make_network
from mtgui.rehearsal.plan import TrainingPlan
from mtgui.rehearsal.weights import load_tensors, save_tensors, tensor_text, text_tensor

MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
"""What pictures are normalised with: the numbers that the audit takes for granted in networks for small pictures."""
_TEST_BATCH = 500
_SAID_EVERY = 0.5

Watch = Callable[[EpochDone, nn.Module], Iterator[Event]]
"""Looks at a model after an epoch, without changing it, and says what it sees."""


@dataclass(frozen=True)
class Trained:
    """A trained model. module: on its device, for evaluation. history: every epoch, the last one last."""

    module: nn.Module
    history: tuple[EpochDone, ...]
    train_accuracy: float
    test_accuracy: float | None


@dataclass
class _Progress:
    """Where a training stands."""

    epoch: int = 0
    history: list[EpochDone] = field(default_factory=list)
    best: float = -1.0
    best_epoch: int = 0
    best_weights: dict[str, Tensor] = field(default_factory=dict)


def train(
    plan: TrainingPlan,
    data: TrainingData,
    kept_aside: TrainingData | None,
    device: Device,
    *,
    name: str = "model",
    checkpoint: Path | None = None,
    control: Control | None = None,
    watch: Watch | None = None,
) -> Generator[Event, None, Trained]:
    """Train after ``plan`` on ``data``; yield what happens; return the model.

    kept_aside: pictures for the test accuracy, early stopping and the choice of the best epoch. checkpoint: a file
    that is written after every epoch, and from which the same training goes on with the same result. watch: is shown
    the model after every epoch. Raises UsageError where a checkpoint belongs to another training or there are fewer
    than two pictures, CancelledError.
    """
    if len(data) < 2:
        raise UsageError("There are fewer than two pictures to train on.")
    if kept_aside is None and (plan.patience is not None or plan.keeps_best):
        raise UsageError("Stopping early and keeping the best epoch both need pictures that are kept aside.")
    training = _Training(plan, data, kept_aside, device, name, checkpoint, control or Control())
    return (yield from training.run(watch))


class _Training:
    def __init__(
        self,
        plan: TrainingPlan,
        data: TrainingData,
        kept_aside: TrainingData | None,
        device: Device,
        name: str,
        checkpoint: Path | None,
        control: Control,
    ) -> None:
        self._plan, self._name, self._checkpoint, self._control = plan, name, checkpoint, control
        self._device, where = device, device.torch_device
        self._pixels, self._labels = torch.from_numpy(data.pixels).to(where), torch.from_numpy(data.labels).to(where)
        self._kept_aside = kept_aside
        self._format = torch.channels_last if device.takes_channels_last else torch.contiguous_format
        self._module = make_network(plan.network, len(data.class_names), plan.seed)
        self._module = self._module.to(where).to(memory_format=self._format)
        self._optimiser = _optimiser(plan, self._module)
        self._generator = torch.Generator(where)
        self._scale, self._shift = _normalisation(where)
        # A last batch of one picture has no variance to normalise by; it is left out, as one short of two.
        self._batches = len(data) // plan.batch + (len(data) % plan.batch >= 2)
        self._state = _Progress()

    def run(self, watch: Watch | None) -> Generator[Event, None, Trained]:
        self._resume()
        yield Started(f"training {self._name}", self._plan.epochs)
        start = time.monotonic()
        with _dropout(self._module, self._plan, self._generator):
            while self._state.epoch < self._plan.epochs and not self._has_lost_patience():
                done = yield from self._epoch()
                if watch is not None:
                    yield from watch(done, self._module)
        if self._plan.keeps_best or self._plan.patience is not None:
            self._module.load_state_dict(self._state.best_weights)
        module = self._module.eval()
        train_accuracy = accuracy(module, self._pixels, self._labels, self._device)
        test_accuracy = self._test()
        yield TrainingDone(self._name, self._state.epoch, train_accuracy, test_accuracy, time.monotonic() - start)
        return Trained(module, tuple(self._state.history), train_accuracy, test_accuracy)

    def _epoch(self) -> Generator[Event, None, EpochDone]:
        plan, number, said = self._plan, self._state.epoch, time.monotonic()
        start, chance = said, random.Random(f"epoch {plan.seed} {number}")
        self._generator.manual_seed(chance.getrandbits(62))
        order = torch.randperm(len(self._labels), generator=self._generator, device=self._labels.device)
        losses, right = torch.zeros((), device=order.device), torch.zeros((), dtype=torch.int64, device=order.device)
        seen, rate = 0, 0.0
        self._module.train()
        for batch in range(self._batches):
            rows = order[batch * plan.batch : (batch + 1) * plan.batch]
            rate = plan.rate_at(number * self._batches + batch, plan.epochs * self._batches)
            loss, hits = self._step(rows, rate, chance)
            losses, right, seen = losses + loss * len(rows), right + hits, seen + len(rows)
            now = time.monotonic()
            if now - said >= _SAID_EVERY:
                said = now
                done = number * self._batches + batch + 1
                yield Progress(done, plan.epochs * self._batches, now - start)
            if self._control.is_paused:
                yield Paused()
                self._control.checkpoint()
                yield Resumed()
            self._control.checkpoint()
        mean, share = float(losses) / seen, int(right) / seen
        speed = seen / (time.monotonic() - start)
        event = EpochDone(self._name, number + 1, plan.epochs, mean, share, self._test(), speed, rate)
        self._note(event)
        yield event
        return event

    def _step(self, rows: Tensor, rate: float, chance: random.Random) -> tuple[Tensor, Tensor]:
        """Take one step on the pictures at ``rows``; return their mean loss and how many were classified rightly."""
        plan = self._plan
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        pixels, labels = self._pixels[rows], self._labels[rows]
        if plan.augmentation == "flip and crop":
            pixels = flipped_and_cropped(pixels, self._generator)
        inputs = self._normalised(pixels)
        inputs, partner, share = self._blended(inputs, chance)
        with computing(self._device, "tf32"):
            with torch.autocast(self._device.kind, dtype=torch.bfloat16, enabled=plan.precision == "bfloat16"):
                logits = self._module(inputs)
            logits = logits.float()
            loss = functional.cross_entropy(logits, labels, label_smoothing=plan.label_smoothing)
            if partner is not None:
                other = functional.cross_entropy(logits, labels[partner], label_smoothing=plan.label_smoothing)
                loss = share * loss + (1 - share) * other
            self._optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            self._optimiser.step()
        return loss.detach(), (logits.detach().argmax(1) == labels).sum()

    def _blended(self, inputs: Tensor, chance: random.Random) -> tuple[Tensor, Tensor | None, float]:
        """Return the inputs mixed with partners, who these are, and the share of each picture's own."""
        mixup, cutmix = self._plan.mixup, self._plan.cutmix
        if not mixup and not cutmix:
            return inputs, None, 1.0
        pastes = bool(cutmix) and (not mixup or chance.random() < 0.5)
        strength = cutmix if pastes else mixup
        share = chance.betavariate(strength, strength)
        partner = torch.randperm(len(inputs), generator=self._generator, device=inputs.device)
        if not pastes:
            return mixed(inputs, share, partner), partner, share
        result, own = pasted(inputs, share, partner, (chance.random(), chance.random()))
        return result, partner, own

    def _normalised(self, pixels: Tensor) -> Tensor:
        return pixels.to(torch.float32, memory_format=self._format).mul_(self._scale).add_(self._shift)

    def _test(self) -> float | None:
        if self._kept_aside is None:
            return None
        pixels, labels = torch.from_numpy(self._kept_aside.pixels), torch.from_numpy(self._kept_aside.labels)
        return accuracy(self._module, pixels, labels, self._device)

    def _has_lost_patience(self) -> bool:
        patience, state = self._plan.patience, self._state
        return patience is not None and state.epoch - state.best_epoch >= patience

    def _note(self, done: EpochDone) -> None:
        """Remember the epoch and, on disk, everything needed to go on after it."""
        state = self._state
        state.epoch = done.epoch
        state.history.append(done)
        keeps = self._plan.keeps_best or self._plan.patience is not None
        if keeps and done.test_accuracy is not None and done.test_accuracy > state.best:
            state.best, state.best_epoch = done.test_accuracy, done.epoch
            state.best_weights = {name: tensor.clone() for name, tensor in self._module.state_dict().items()}
        if self._checkpoint is not None:
            save_tensors(self._checkpoint, self._packed())

    def _identity(self) -> str:
        pictures = int(self._pixels.long().sum()) * 31 + int(self._labels.sum())
        return f"{self._plan.digest} {len(self._labels)} {pictures}"

    def _packed(self) -> dict[str, Tensor]:
        state = self._state
        history = [
            (e.epoch, e.loss, e.train_accuracy, _in_numbers(e.test_accuracy), e.pictures_per_second, e.rate)
            for e in state.history
        ]
        tensors = {
            "identity": text_tensor(self._identity()),
            "history": torch.tensor(history, dtype=torch.float64),
            "best": torch.tensor([state.best, state.best_epoch], dtype=torch.float64),
        }
        tensors |= {f"model.{name}": tensor for name, tensor in self._module.state_dict().items()}
        tensors |= {f"best.{name}": tensor for name, tensor in state.best_weights.items()}
        for number, values in self._optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{number}.{key}": v for key, v in values.items() if isinstance(v, Tensor)}
        return tensors

    def _resume(self) -> None:
        """Go on from the checkpoint, if there is one. Raises UsageError where it is of another training."""
        path = self._checkpoint
        if path is None or not path.exists():
            return
        tensors = load_tensors(path)
        if "identity" not in tensors or tensor_text(tensors["identity"]) != self._identity():
            raise UsageError(
                f"The checkpoint “{printable(path)}” belongs to a training with other settings or pictures. Choose "
                "another folder, or delete it to begin anew."
            )
        where = self._device.torch_device
        self._module.load_state_dict(_below("model.", tensors))
        fresh = self._optimiser.state_dict()
        numbers: dict[int, dict[str, Any]] = {}
        for name, tensor in _below("optimiser.", tensors).items():
            number, _, key = name.partition(".")
            numbers.setdefault(int(number), {})[key] = tensor
        self._optimiser.load_state_dict({**fresh, "state": numbers})
        state = self._state
        state.history = [
            EpochDone(self._name, int(e), self._plan.epochs, loss, own, None if test < 0 else test, speed, rate)
            for e, loss, own, test, speed, rate in tensors["history"].tolist()
        ]
        state.epoch = len(state.history)
        state.best, best_epoch = tensors["best"].tolist()
        state.best_epoch = int(best_epoch)
        state.best_weights = {name: tensor.to(where) for name, tensor in _below("best.", tensors).items()}


@torch.no_grad()
def accuracy(module: nn.Module, pixels: Tensor, labels: Tensor, device: Device) -> float:
    """Return the share of ``pixels``, (N, 3, h, w) uint8, that ``module`` classifies as ``labels`` say; the module is
    left in the mode for evaluation.
    """
    module.eval()
    scale, shift = _normalisation(device.torch_device)
    right = 0
    with computing(device, "tf32"):
        for start in range(0, len(labels), _TEST_BATCH):
            some = slice(start, start + _TEST_BATCH)
            inputs = pixels[some].to(device.torch_device).float().mul_(scale).add_(shift)
            guesses = module(inputs).argmax(1)
            right += int((guesses == labels[some].to(guesses.device)).sum())
    return right / max(1, len(labels))


def _in_numbers(value: float | None) -> float:
    """Return ``value``, or for None a number that no accuracy is."""
    return -1.0 if value is None else value


def _normalisation(device: torch.device) -> tuple[Tensor, Tensor]:
    mean, std = (torch.tensor(values, dtype=torch.float64).view(1, 3, 1, 1) for values in (MEAN, STD))
    return (1 / (255 * std)).float().to(device), (-mean / std).float().to(device)


def _optimiser(plan: TrainingPlan, module: nn.Module) -> torch.optim.Optimizer:
    if plan.optimiser == "adamw":
        return torch.optim.AdamW(module.parameters(), lr=plan.rate, weight_decay=plan.weight_decay)
    return torch.optim.SGD(module.parameters(), lr=plan.rate, momentum=plan.momentum, weight_decay=plan.weight_decay)


@contextlib.contextmanager
def _dropout(module: nn.Module, plan: TrainingPlan, generator: torch.Generator) -> Iterator[None]:
    """Thin out what the last linear layer is given, while the module trains inside the block."""
    last = [layer for layer in module.modules() if isinstance(layer, nn.Linear)][-1]

    def thin(_layer: nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
        return (thinned(given[0], plan.dropout, generator),) if module.training and plan.dropout else None

    handle = last.register_forward_pre_hook(thin)
    try:
        yield
    finally:
        handle.remove()


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
