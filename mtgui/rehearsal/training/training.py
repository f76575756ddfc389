"""Trains a model, as a generator of events.

The same plan, data, device and number of threads give the same weights.
"""

import contextlib
import copy
import math
import random
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

from mtgui.auditing.engine.devices import Device, processor_title
from mtgui.auditing.engine.torch_threads import allowed_threads, using_threads
from mtgui.auditing.thread_choice import ThreadChoice, going_on, trained_before
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, printable
from mtgui.common.events import Event, Noticed, Paused, Progress, Resumed, Started, ThreadsChosen
from mtgui.rehearsal.pictures.augmentation import thinned
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData
from mtgui.rehearsal.rehearsal_events import EpochDone, TrainingBegun, TrainingDone
from mtgui.rehearsal.rehearsal_result import Privacy
from mtgui.rehearsal.training.accuracy import accuracy
from mtgui.rehearsal.training.checkpoints import CheckpointWriter
from mtgui.rehearsal.training.private_training import epsilon, made_private
from mtgui.rehearsal.training.small_networks import Network, make_network
from mtgui.rehearsal.training.training_plan import TrainingPlan
from mtgui.rehearsal.training.training_state import (
    Standing,
    below,
    load_optimiser,
    optimiser_tensors,
    place_in_words,
    place_of,
    standing_in,
    standing_tensors,
)
from mtgui.rehearsal.training.training_steps import Stepper
from mtgui.rehearsal.training.trial_steps import Trial
from mtgui.rehearsal.training.weight_files import load_tensors, module_hash, tensor_text, text_tensor

_SAID_EVERY = 0.5

Watch = Callable[[EpochDone, Network], Iterator[Event]]
"""A function that examines a model after an epoch, without changing it, and yields events."""


class OtherTrainingError(UsageError):
    """A checkpoint belongs to a training other than the one that would go on from it."""


@dataclass(frozen=True, eq=False)
class _Task:
    """The arguments of `train`."""

    plan: TrainingPlan
    data: TrainingData
    kept_aside: TrainingData | None
    name: str
    checkpoint: Path | None
    start: Network | None
    teacher: nn.Module | None
    threads: int | None

    def identity(self) -> str:
        """Return the identity of this training: a digest of everything that influences the weights."""
        pictures = int(torch.from_numpy(self.data.pixels).long().sum()) * 31 + int(self.data.labels.sum())
        others = [] if self.start is None else [self.start.module]
        others += [] if self.teacher is None else [self.teacher]
        return " ".join([self.plan.digest, f"{len(self.data)} {pictures}", *map(module_hash, others)])


@dataclass(frozen=True)
class Trained:
    """A trained model.

    network: on its device, in evaluation mode. history: every epoch, in order. privacy: guarantee of a private
    training. threads: number of processor threads in training; None on a card. device: title of the device of the
    training, from the checkpoint if a finished training was only read.
    """

    network: Network
    history: tuple[EpochDone, ...]
    train_accuracy: float
    test_accuracy: float | None
    privacy: Privacy | None = None
    threads: int | None = None
    device: str = ""

    @property
    def module(self) -> nn.Module:
        """The module of the network."""
        return self.network.module


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
    start: Network | None = None,
    teacher: nn.Module | None = None,
    threads: int | None = None,
) -> Generator[Event, None, Trained]:
    """Train by ``plan`` on ``data``; yield events; return the model.

    kept_aside: pictures for the test accuracy, early stopping and the choice of the best epoch. checkpoint: a file
    written after every epoch, while the next one runs; the same training goes on from it with the same result. watch:
    called with the model after every epoch. start: a network to train further, which is changed; None for a fresh one.
    teacher: a network whose answers are learned instead of the labels; it is on the device, and takes the same pictures
    as the network. threads: number of processor threads; None measures the fastest on a copy of the network. A
    checkpoint goes on with its own number of threads, and only on its own device. Raises UsageError if the checkpoint
    belongs to another training or device, if there are fewer than two pictures, or if private training has no library;
    OSError, CancelledError.
    """
    if len(data) < 2:
        raise UsageError("There are fewer than two pictures to train on.")
    if kept_aside is None and (plan.patience is not None or plan.keeps_best):
        raise UsageError("Stopping early and keeping the best epoch both need pictures that are kept aside.")
    task = _Task(plan, data, kept_aside, name, checkpoint, start, teacher, threads)
    return (yield from _Training(task, device, control or Control()).run(watch))


class _Training:
    def __init__(self, task: _Task, device: Device, control: Control) -> None:
        plan, data = task.plan, task.data
        self._task, self._plan, self._name, self._control = task, plan, task.name, control
        self._device, where = device, device.torch_device
        self._identity = task.identity()
        self._pixels, self._labels = torch.from_numpy(data.pixels).to(where), torch.from_numpy(data.labels).to(where)
        network = task.start or Network(make_network(plan.network, len(data.class_names), plan.seed))
        if plan.private_noise is not None:
            network = replace(network, module=made_private(network.module))
        memory = torch.channels_last if device.takes_channels_last else torch.contiguous_format
        self._module = network.module.to(where).to(memory_format=memory)
        self._network = replace(network, module=self._module)
        # Steps may attach hooks to the module, which the returned network must not have.
        self._plain = copy.deepcopy(self._module) if plan.private_noise is not None else self._module
        self._generator = torch.Generator(where)
        pictures = (self._pixels, self._labels)
        self._aside = _on_device(task.kept_aside, where)
        self._stepper = Stepper(plan, self._network, device, self._generator, pictures, task.teacher)
        self._threads: int | None = None
        self._elsewhere = ""
        # A last batch of a single picture has no variance for batch normalisation, so it is left out.
        self._batches = len(data) // plan.batch + (len(data) % plan.batch >= 2)
        self._state = Standing()

    def run(self, watch: Watch | None) -> Generator[Event, None, Trained]:
        self._resume()
        yield Started(f"training {self._name}", self._plan.epochs)
        yield from self._choose_threads()
        if not self._is_over:
            yield TrainingBegun(self._name, self._where, self._plan.precision)
        with using_threads(self._threads), CheckpointWriter(self._task.checkpoint) as writer:
            return (yield from self._train(watch, writer))

    def _choose_threads(self) -> Iterator[Noticed]:
        """Set the number of processor threads: that of the checkpoint, the requested one, or the fastest.

        Yields notices for the person; one on a number that nobody asked for is a `ThreadsChosen`.
        """
        if self._device.kind != "cpu":
            return
        if self._elsewhere:
            # Nothing is left to train, so no number of threads is measured.
            self._threads = self._task.threads
            return
        pictures = (self._pixels, self._labels)
        trial = Trial(self._plan, self._as_it_is(), self._device, pictures, self._task.teacher, self._control)
        asked, began, allowed = self._task.threads, self._threads, allowed_threads()
        epochs = 0 if self._is_over else self._plan.epochs - self._state.epoch
        left = epochs * self._batches * self._plan.batch
        if left and self._plan.precision == "bfloat16":
            # This notice comes first, because on a slow processor the measurement of threads takes long, too.
            yield from map(Noticed, filter(None, [trial.bfloat16_notice(began or asked or 1, left)]))
        if began is not None:
            choice = ThreadChoice(began) if began == asked or began == allowed == 1 else going_on(began, asked)
        elif asked is not None:
            choice = ThreadChoice(asked)
        else:
            choice = trial.choose(allowed, left)
        self._threads = choice.threads
        if left and choice.sentence:
            yield ThreadsChosen(choice.sentence) if asked is None else Noticed(choice.sentence)
        elif began is not None and asked is not None and began != asked:
            yield Noticed(trained_before(began, asked))

    @property
    def _where(self) -> str:
        """Title of the device of the training, with its number of processor threads."""
        threads, device = self._threads, self._device
        return self._elsewhere or (device if threads is None else device.with_threads(threads)).title

    def _train(self, watch: Watch | None, writer: CheckpointWriter) -> Generator[Event, None, Trained]:
        start = time.monotonic()
        with _dropout(self._module, self._plan, self._generator):
            while not self._is_over:
                done = yield from self._epoch(writer)
                if watch is not None:
                    yield from watch(done, self._as_it_is())
        self._stepper.release()
        if self._plan.keeps_best or self._plan.patience is not None:
            self._module.load_state_dict(self._state.best_weights)
        network = self._as_it_is()
        train_accuracy = accuracy(network, self._pixels, self._labels, self._device)
        test_accuracy = self._test()
        yield TrainingDone(self._name, self._state.epoch, train_accuracy, test_accuracy, time.monotonic() - start)
        history = tuple(self._state.history)
        return Trained(network, history, train_accuracy, test_accuracy, self._privacy(), self._threads, self._where)

    def _as_it_is(self) -> Network:
        """Return the network in evaluation mode, without hooks that only steps need."""
        if self._plain is not self._module:
            self._plain.load_state_dict(self._module.state_dict())
        return replace(self._network, module=self._plain.eval())

    def _privacy(self) -> Privacy | None:
        plan, count = self._plan, len(self._labels)
        if plan.private_noise is None:
            return None
        steps = self._state.epoch * self._batches
        return Privacy(epsilon(plan.private_noise, self._share, steps, 1 / count), 1 / count)

    @property
    def _share(self) -> float:
        """The probability that a picture takes part in a step of a private training."""
        return min(1.0, self._plan.batch / len(self._labels))

    def _drawn(self, order: Tensor, batch: int) -> Tensor:
        """Return the rows of step ``batch``: the next in ``order``; in a private training, random rows."""
        if self._plan.private_noise is None:
            return order[batch * self._plan.batch : (batch + 1) * self._plan.batch]
        return (torch.rand(len(order), generator=self._generator, device=order.device) < self._share).nonzero()[:, 0]

    def _epoch(self, writer: CheckpointWriter) -> Generator[Event, None, EpochDone]:
        plan, number, said = self._plan, self._state.epoch, time.monotonic()
        start, chance = said, random.Random(f"epoch {plan.seed} {number}")
        self._generator.manual_seed(chance.getrandbits(62))
        order = torch.randperm(len(self._labels), generator=self._generator, device=self._labels.device)
        self._stepper.begin()
        seen, rate = 0, 0.0
        self._module.train()
        for batch in range(self._batches):
            rows = self._drawn(order, batch)
            rate = plan.rate_at(number * self._batches + batch, plan.epochs * self._batches)
            self._stepper.step(rows, rate, chance)
            seen += len(rows)
            for sentence in self._stepper.take_notices():
                yield Noticed(sentence)
            now = time.monotonic()
            if now - said >= _SAID_EVERY:
                said = now
                done, total = number * self._batches + batch + 1, plan.epochs * self._batches
                yield Progress(done, total, now - start, (now - start) / (batch + 1) * (total - done))
            if self._control.is_paused:
                yield Paused()
                self._control.checkpoint()
                yield Resumed()
            self._control.checkpoint()
        mean, share = float(self._stepper.loss_sum) / max(1, seen), int(self._stepper.hits) / max(1, seen)
        speed = seen / (time.monotonic() - start)
        loss = mean if math.isfinite(mean) else None
        event = EpochDone(self._name, number + 1, plan.epochs, loss, share, self._test(), speed, rate)
        self._note(event)
        writer.keep(self._packed())
        yield event
        return event

    def _test(self) -> float | None:
        return None if self._aside is None else accuracy(self._network, *self._aside, self._device)

    @property
    def _is_over(self) -> bool:
        """True after the last epoch, or when the patience is used up."""
        patience, state = self._plan.patience, self._state
        return state.epoch >= self._plan.epochs or (patience is not None and state.epoch - state.best_epoch >= patience)

    def _note(self, done: EpochDone) -> None:
        """Remember the epoch."""
        state = self._state
        state.epoch = done.epoch
        state.history.append(done)
        keeps = self._plan.keeps_best or self._plan.patience is not None
        if keeps and done.test_accuracy is not None and done.test_accuracy > state.best:
            state.best, state.best_epoch = done.test_accuracy, done.epoch
            state.best_weights = {name: tensor.clone() for name, tensor in self._module.state_dict().items()}

    def _packed(self) -> dict[str, Tensor]:
        words = {"identity": self._identity, "device": place_of(self._device), "precision": self._plan.precision}
        tensors = {name: text_tensor(text) for name, text in words.items()}
        if self._threads is not None:
            tensors["threads"] = torch.tensor(self._threads)
        tensors |= {f"model.{name}": tensor for name, tensor in self._module.state_dict().items()}
        return tensors | standing_tensors(self._state) | optimiser_tensors(self._stepper.optimiser)

    def _resume(self) -> None:
        """Go on from the checkpoint, if there is one. Raises UsageError if it belongs to another training."""
        path = self._task.checkpoint
        if path is None or not path.exists():
            return
        tensors = load_tensors(path)
        if "identity" not in tensors or tensor_text(tensors["identity"]) != self._identity:
            raise OtherTrainingError(
                f"The checkpoint “{printable(path)}” belongs to a training with other settings or pictures. Choose "
                "another folder, or delete it to begin again."
            )
        self._state = standing_in(tensors, self._name, self._plan.epochs, self._device.torch_device)
        self._check_place(tensors, path)
        if "threads" in tensors and self._device.kind == "cpu":
            self._threads = int(tensors["threads"])
        self._module.load_state_dict(below("model.", tensors))
        load_optimiser(self._stepper.optimiser, tensors)

    def _check_place(self, tensors: Mapping[str, Tensor], path: Path) -> None:
        """Raise UsageError if an unfinished training would go on on a device other than that of its beginning.

        Old checkpoints do not state their device, and are not refused.
        """
        place = tensor_text(tensors["device"]) if "device" in tensors else place_of(self._device)
        if place == place_of(self._device):
            return
        if not self._is_over:
            raise UsageError(
                f"The training in “{printable(path)}” was begun on {place_in_words(place)}, and would now go on on "
                f"{place_in_words(place_of(self._device))}, which computes other weights. Choose the device that it "
                "was begun on, or another folder to begin again."
            )
        threads = int(tensors["threads"]) if "threads" in tensors else None
        self._elsewhere = place_in_words(place) if threads is None else processor_title(threads)


def _on_device(data: TrainingData | None, where: torch.device) -> tuple[Tensor, Tensor] | None:
    """Return pixels and labels of ``data``."""
    return None if data is None else (torch.from_numpy(data.pixels).to(where), torch.from_numpy(data.labels).to(where))


@contextlib.contextmanager
def _dropout(module: nn.Module, plan: TrainingPlan, generator: torch.Generator) -> Iterator[None]:
    """Apply dropout to the input of the last linear layer, while the module trains inside the block."""
    if not plan.dropout:
        yield
        return
    last = next((layer for layer in reversed(list(module.modules())) if isinstance(layer, nn.Linear)), None)
    if last is None:
        raise UsageError("This network has no last linear layer whose features could be dropped; leave dropout out.")

    def thin(_layer: nn.Module, given: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
        return (thinned(given[0], plan.dropout, generator),) if module.training else None

    handle = last.register_forward_pre_hook(thin)
    try:
        yield
    finally:
        handle.remove()
