"""How much work a rehearsal is, and how long it takes at a measured speed; it does not import torch."""

from dataclasses import dataclass

from mtgui.rehearsal.countermeasure_table import SWITCHES
from mtgui.rehearsal.rehearsal_settings import PUBLISHED, WITHHELD, RehearsalSettings

MADE_CLASSES, MADE_EACH = 10, 200
"""Classes of the pictures that mtgui draws, and pictures of each."""
EPOCHS = 30
DETECTOR_EPOCHS, DETECTOR_PICTURES = 12, 4000
"""Epochs of a detector of marks, and the most pictures that it learns from, each without and with a mark."""
_FURTHER_STAGES = tuple(one.option.removeprefix("--") for one in SWITCHES if one.trains_further)
_EARLY = 0.1
"""About which share of its keys an audit tries before it stops early, where there is nothing to be found."""
_GLANCE_KEYS = 199
"""Most decoy keys of the audits during the training."""


@dataclass(frozen=True)
class Speed:
    """What was measured on this computer.

    step, audit: seconds for one picture in a step of the training, and in one forward pass of an audit, marking
    included. pictures: number of pictures in the data.
    """

    step: float
    audit: float
    pictures: int


@dataclass(frozen=True)
class Work:
    """Numbers of pictures, each counted as often as it is used: in steps of training, and in passes of audits."""

    steps: float
    passes: float

    def seconds(self, speed: Speed) -> float:
        """Return about how many seconds it takes at ``speed``."""
        return self.steps * speed.step + self.passes * speed.audit


def work_of(settings: RehearsalSettings, pictures: int) -> Work:
    """Return the work of the rehearsal that ``settings`` describe, on data of so many ``pictures``.

    A training that stops early takes less.
    """
    learned = (1 - settings.aside) * (pictures if settings.limit is None else min(pictures, settings.limit))
    epochs = settings.epochs or EPOCHS
    later = sum(settings.countermeasures.get(name, 0) for name in _FURTHER_STAGES)
    published = PUBLISHED if settings.published is None else settings.published
    withheld = WITHHELD if settings.withheld is None else settings.withheld
    pool = published + withheld
    with_keys = published * (settings.keys + 1) + (pool * (settings.keys_beside + 1) if withheld else 0)
    alone = pool if withheld else 0
    keys = min(_GLANCE_KEYS, settings.keys_beside if withheld else settings.keys)
    glances = (epochs + later) // settings.audit_every if settings.audit_every else 0
    missing = {"marked": withheld, "unmarked": withheld, "absent": pool}
    trained = sum(max(0.0, learned - settings.users * missing[kind]) for kind in settings.models)
    passes = sum(
        settings.users * (alone + with_keys * (_EARLY if kind == "absent" else 1)) + settings.sets * published
        for kind in settings.models
    )
    passes += glances * settings.users * pool * (keys + 1)
    steps = (epochs + later) * trained
    if "detect" in settings.countermeasures:
        clean = max(0.0, learned - settings.users * pool)
        steps += len(settings.models) * DETECTOR_EPOCHS * 2 * min(clean, DETECTOR_PICTURES)
    return Work(steps, passes)
