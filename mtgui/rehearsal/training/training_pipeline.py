"""Makes a model from beginning to end: filters pictures, trains, and applies countermeasures to the model."""

import random
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from mtgui.auditing.engine.devices import Device
from mtgui.common.control import Control
from mtgui.common.errors import UsageError
from mtgui.common.events import Event, Started
from mtgui.common.generators import Following
from mtgui.rehearsal.countermeasure_table import Countermeasures
from mtgui.rehearsal.pictures.averaging import without_averages
from mtgui.rehearsal.pictures.filtering import without_suspicious
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData
from mtgui.rehearsal.rehearsal_events import EpochDone, TrainingDone
from mtgui.rehearsal.rehearsal_result import Detected, LeftOut
from mtgui.rehearsal.training.accuracy import accuracy
from mtgui.rehearsal.training.checkpoints import checkpoint_path
from mtgui.rehearsal.training.countermeasures import applied
from mtgui.rehearsal.training.mark_detector import PAPER_MARKS, Detector, KnownMarks, suspected
from mtgui.rehearsal.training.small_networks import Network
from mtgui.rehearsal.training.starting_weights import network_from
from mtgui.rehearsal.training.training import Trained, Watch, train
from mtgui.rehearsal.training.training_plan import TrainingPlan

FINE_TUNING_RATE = 0.1
"""The learning rate of fine-tuning, as a share of that of the training."""


@dataclass(frozen=True)
class Making:
    """How models are made.

    start: a file whose classifier is trained further; None begins with fresh weights. network: name of the network that
    the file must hold; None accepts any. seed: of countermeasures on pictures; the training has its own seed. marks:
    what a detector of marks learns to see.
    """

    training: TrainingPlan
    measures: Countermeasures
    start: Path | None = None
    network: str | None = None
    seed: int = 0
    marks: KnownMarks = PAPER_MARKS

    def __post_init__(self) -> None:
        """Raise UsageError if parts contradict each other."""
        if self.training.private_noise is not None and self.later:
            raise UsageError(
                "Fine-tuning and distilling afterwards would use pictures without the protection of private training. "
                "Choose one of the two."
            )

    @property
    def later(self) -> int:
        """Number of epochs after the training itself."""
        return (self.measures.fine_tune_afterwards or 0) + (self.measures.distil or 0)


@dataclass(frozen=True, eq=False)
class Ingredients:
    """The pictures for one model.

    data: training pictures; the last ``of_users`` of them belong to users, as copies or originals. clean: pictures
    without any of the users'. kept_aside: pictures for testing. sets: numbers of pictures of each user, in their order.
    """

    data: TrainingData
    of_users: int
    clean: TrainingData
    kept_aside: TrainingData
    sets: tuple[int, ...] = ()

    def set_of(self) -> NDArray[np.int64]:
        """Return the number of the user of each picture of ``data``, (N,); −1 for pictures of nobody."""
        found = np.full(len(self.data), -1, dtype=np.int64)
        if self.sets:
            found[len(found) - sum(self.sets) :] = np.repeat(np.arange(len(self.sets)), self.sets)
        return found


@dataclass(frozen=True, eq=False)
class MadeModel:
    """A finished model. pictures: number of training pictures; the clean ones of later stages are not counted."""

    trained: Trained
    pictures: int
    left_out: LeftOut | None
    detected: Detected | None = None


def make_model(
    making: Making,
    parts: Ingredients,
    device: Device,
    *,
    name: str,
    out: Path | None = None,
    control: Control | None = None,
    watch: Watch | None = None,
    threads: int | None = None,
) -> Generator[Event, None, MadeModel]:
    """Make the model called ``name``; yield events; return it. If it was stopped, it goes on from the folder ``out``.

    threads: see `train`; all stages use the number of the first. Epochs are numbered through all stages, and ``watch``
    is called after each. Raises what `train` and `network_from` raise.
    """
    control = control or Control()
    started = time.monotonic()
    parts = _averaged(making.measures, parts)
    parts, detected = yield from _undetected(making, parts, device, name, control)
    data, left_out = _filtered(making.measures, parts)
    data = applied(making.measures, data, making.seed)
    stages = _Stages(making, parts.kept_aside, device, name, out, control, watch, threads)
    trained = yield from stages.run("training", making.training, data, stages.beginning(data), later=making.later)
    if making.later:
        clean = applied(making.measures, parts.clean, making.seed)
        trained = yield from _afterwards(making, stages, trained, clean)
        pixels, labels = torch.from_numpy(data.pixels), torch.from_numpy(data.labels)
        known = accuracy(trained.network, pixels, labels, device)
        trained = replace(trained, history=tuple(stages.history), train_accuracy=known, device=stages.devices)
    seconds = time.monotonic() - started
    yield TrainingDone(name, len(trained.history), trained.train_accuracy, trained.test_accuracy, seconds)
    return MadeModel(trained, len(data), left_out, detected)


def _averaged(measures: Countermeasures, parts: Ingredients) -> Ingredients:
    if measures.average is None or not parts.sets:
        return parts
    return replace(parts, data=without_averages(parts.data, parts.set_of(), measures.average))


def _undetected(
    making: Making, parts: Ingredients, device: Device, name: str, control: Control
) -> Generator[Event, None, tuple[Ingredients, Detected | None]]:
    """Return ``parts`` without the pictures that a detector of marks takes for marked."""
    if making.measures.detect is None:
        return parts, None
    yield Started(f"detecting marks for {name}", 1)
    detector = Detector(making.marks, making.measures.detect, making.seed)
    taken = yield from suspected(detector, parts.data, parts.clean, parts.kept_aside, device, control)
    is_of_user = np.arange(len(taken)) >= len(taken) - parts.of_users
    caught, alarms = int(taken[is_of_user].sum()), int(taken[~is_of_user].sum())
    kept = parts.data.chosen(np.flatnonzero(~taken))
    left = replace(parts, data=kept, of_users=parts.of_users - caught, sets=())
    return left, Detected(caught, parts.of_users, alarms, len(taken) - parts.of_users)


def _filtered(measures: Countermeasures, parts: Ingredients) -> tuple[TrainingData, LeftOut | None]:
    if measures.filter is None:
        return parts.data, None
    kept = without_suspicious(parts.data, measures.filter)
    users = int((kept >= len(parts.data) - parts.of_users).sum())
    return parts.data.chosen(kept), LeftOut(len(parts.data) - len(kept), parts.of_users - users)


def _afterwards(
    making: Making, stages: "_Stages", trained: Trained, clean: TrainingData
) -> Generator[Event, None, Trained]:
    measures = making.measures
    plan = replace(making.training, patience=None, keeps_best=False)
    if measures.fine_tune_afterwards:
        rate = plan.rate * FINE_TUNING_RATE
        tuning = replace(plan, epochs=measures.fine_tune_afterwards, rate=rate, schedule="cosine")
        trained = yield from stages.run("fine-tuning", tuning, clean, trained.network, later=measures.distil or 0)
    if measures.distil:
        schedule = "cosine" if plan.schedule == "steps" else plan.schedule
        seed = random.Random(f"student {plan.seed}").getrandbits(62)
        distilling = replace(plan, epochs=measures.distil, schedule=schedule, seed=seed)
        trained = yield from stages.run(
            "distilling", distilling, clean, stages.beginning(clean), teacher=trained.module
        )
    return trained


class _Stages:
    """The trainings of one model, one after the other, reported as one."""

    def __init__(
        self,
        making: Making,
        kept_aside: TrainingData,
        device: Device,
        name: str,
        out: Path | None,
        control: Control,
        watch: Watch | None,
        threads: int | None,
    ) -> None:
        self._making, self._kept_aside, self._device = making, kept_aside, device
        self._name, self._out, self._control, self._watch = name, out, control, watch
        self._threads = threads
        self.history: list[EpochDone] = []
        self._devices: list[str] = []

    @property
    def devices(self) -> str:
        """Titles of the devices of all stages."""
        return "; ".join(dict.fromkeys(self._devices))

    def beginning(self, data: TrainingData) -> Network | None:
        """Return the network from the file that is trained further; None for a fresh one."""
        making = self._making
        if making.start is None:
            return None
        classes, side = len(data.class_names), data.pixels.shape[2]
        seed = making.training.seed
        return network_from(making.start, classes, side, seed, network=making.network, control=self._control)

    def run(
        self,
        stage: str,
        plan: TrainingPlan,
        data: TrainingData,
        start: Network | None,
        *,
        later: int = 0,
        teacher: nn.Module | None = None,
    ) -> Generator[Event, None, Trained]:
        """Train one stage; yield its events except `TrainingDone`, with epochs numbered through all stages.

        later: number of epochs in the stages after this one.
        """
        done_before = len(self.history)
        total = done_before + plan.epochs + later
        checkpoint = None if self._out is None else checkpoint_path(self._out, self._name, stage)
        name = self._name if stage == "training" else f"{self._name}, {stage}"

        def told(event: EpochDone) -> EpochDone:
            return replace(event, model=self._name, epoch=event.epoch + done_before, epochs=total, stage=stage)

        def watch(event: EpochDone, network: Network) -> Iterator[Event]:
            if self._watch is not None:
                yield from self._watch(told(event), network)

        work = Following(
            train(
                plan,
                data,
                self._kept_aside,
                self._device,
                name=name,
                checkpoint=checkpoint,
                control=self._control,
                watch=watch,
                start=start,
                teacher=teacher,
                threads=self._threads,
            )
        )
        for event in work:
            if isinstance(event, EpochDone):
                yield told(event)
            elif not isinstance(event, TrainingDone):
                yield event
        trained = work.answer
        self._threads = trained.threads
        self._devices.append(trained.device)
        self.history += [told(event) for event in trained.history]
        return trained
