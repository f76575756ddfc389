"""How long an audit will take: its work is counted, and what each part takes is measured with black pictures."""

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass

from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.engine.memory import OUT_OF_MEMORY, release_memory, smaller_batch
from mtgui.auditing.engine.task import keys_at_once
from mtgui.auditing.engine.torch_threads import Stopwatch, allowed_threads
from mtgui.auditing.job.choosing_passes import choosing_passes
from mtgui.common.control import Control
from mtgui.common.events import Event, Started


@dataclass(frozen=True)
class Speed:
    """What a model takes on this computer, in seconds: to encode one picture, and for one forward pass of it."""

    encoding: float
    forward_pass: float


@dataclass(frozen=True)
class AuditWork:
    """The work of an audit of one record on one model.

    encodings: pictures to be encoded, each key and each view counted. passes: forward passes, those of keys that fill
    the last batches included.
    """

    encodings: int
    passes: int

    def seconds(self, speed: Speed) -> float:
        """Return how long it takes at ``speed``."""
        return self.encodings * speed.encoding + self.passes * speed.forward_pass


@dataclass(frozen=True)
class AuditSetting:
    """What the work depends on, beside the model.

    keys: decoy keys. batch: pictures at a time. views: of each picture. chooses_label: True if the model chooses the
    label or prompt. trial_passes: passes of each picture by which originals decide before what the model predicts.
    """

    pictures: int
    keys: int
    batch: int
    views: int
    chooses_label: bool
    trial_passes: int = 0

    @property
    def shown_at_once(self) -> int:
        """How many pictures a batch has."""
        if self.batch < self.pictures:
            return math.ceil(self.pictures / math.ceil(self.pictures / self.batch))
        return self.pictures * keys_at_once(self.pictures, self.keys + 1, self.batch)


def work_of(model: AuditedModel, setting: AuditSetting) -> AuditWork:
    """Return the work of an audit, without comparisons with other people's pictures."""
    group = keys_at_once(setting.pictures, setting.keys + 1, setting.batch)
    keys = group * math.ceil((setting.keys + 1) / group)
    seen = setting.pictures * setting.views
    encodings, passes = keys * seen, keys * seen * model.loss_facts.passes
    encodings += seen * setting.chooses_label + setting.pictures * bool(setting.trial_passes)
    chosen = model.class_passes * setting.views if setting.chooses_label else 0
    passes += choosing_passes(setting.pictures, 1, chosen, setting.trial_passes)
    if model.precision != "float32":
        # Afterwards the originals are shown at this precision and at float32.
        encodings, passes = encodings + 2 * seen, passes + 2 * seen * model.loss_facts.passes
    return AuditWork(encodings, passes)


def measured_speed(model: AuditedModel, count: int, control: Control) -> Generator[Event, None, Speed]:
    """Return the speed of ``model``, measured with ``count`` black pictures at a time, fewer if memory is short.

    Raises ModelError, DeviceError when not even one picture fits, CancelledError before each measurement.
    """
    yield Started("measuring how long a step takes", 2)
    while True:
        try:
            # The first step of a network also prepares it.
            control.checkpoint()
            model.try_step(1)
            encoding = _seconds_each(model.try_encoding, 1, control)
            step = _seconds_each(model.try_step, count, control)
            return Speed(encoding, step * model.steps / model.loss_facts.passes)
        except OUT_OF_MEMORY:
            count = smaller_batch(count)
        release_memory(model.device)


def _seconds_each(work: Callable[[int], None], count: int, control: Control) -> float:
    def measured(items: int) -> None:
        control.checkpoint()
        work(items)

    return Stopwatch(measured, count, fewest=count)(allowed_threads())
