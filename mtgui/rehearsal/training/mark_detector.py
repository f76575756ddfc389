"""A detector of marks, trained on marks of other keys: a model maker throws out what it takes for marked.

It knows how marks are made and how strong they are, but no key of an artist. Every picture that it learns from is
marked under a key of its own.
"""

import hashlib
from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from mtgui.auditing.engine.devices import Device, computing
from mtgui.common.control import Control
from mtgui.common.events import Event, Paused, Progress, Resumed
from mtgui.common.generators import Following
from mtgui.marking.keys import MarkKey, subkey
from mtgui.marking.mark import make_mark, mark_picture
from mtgui.marking.pattern import PicturePattern
from mtgui.marking.settings import MarkSettings
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData
from mtgui.rehearsal.pictures.users import design_of
from mtgui.rehearsal.training.small_networks import Network, logits_in
from mtgui.rehearsal.training.training import train
from mtgui.rehearsal.training.training_plan import TrainingPlan
from mtgui.rehearsal.training.training_steps import normalisation
from mtgui.rehearsal.work import DETECTOR_EPOCHS, DETECTOR_PICTURES

PLAN = TrainingPlan(network="resnet8", epochs=DETECTOR_EPOCHS, batch=64)
_CLASSES = ("unmarked", "marked")
_AT_ONCE = 256
# Numbers of the pictures that the detector learns from begin here, so that their noise is not that of other pictures.
_ROWS = 1 << 33
_HEARD = (Progress, Paused, Resumed)


@dataclass(frozen=True)
class KnownMarks:
    """What the model maker knows of the marks: their settings, taken in turn, and a pattern picture if there is one."""

    settings: tuple[MarkSettings, ...]
    pattern_picture: PicturePattern | None = None


PAPER_MARKS = KnownMarks((MarkSettings(),))


@dataclass(frozen=True)
class Detector:
    """How a detector is made.

    marks: those that it learns to see. false_alarms: largest share of pictures without marks that it takes for marked.
    plan: of its training. seed: of its keys and its training.
    """

    marks: KnownMarks
    false_alarms: float
    seed: int = 0
    plan: TrainingPlan = PLAN


def suspected(
    detector: Detector,
    data: TrainingData,
    learned: TrainingData,
    unmarked: TrainingData,
    device: Device,
    control: Control,
) -> Generator[Event, None, NDArray[np.bool_]]:
    """Train ``detector``, yielding events of the progress; return whether it takes each picture of ``data`` for marked.

    learned: pictures without marks, which it sees without and with marks. unmarked: other pictures without marks, by
    which the false alarms are counted. Result: (N,) bool. Raises CancelledError.
    """
    plan = replace(detector.plan, seed=detector.seed)
    examples = _examples(detector, learned)
    # With one thread, another number of threads for the models does not change what is thrown out.
    work = Following(train(plan, examples, None, device, name="detector", control=control, threads=1))
    for event in work:
        if isinstance(event, _HEARD):
            yield event
    network = work.answer.network
    scores = np.sort(_scores(network, unmarked, device))
    allowed = int(detector.false_alarms * len(scores))
    return np.asarray(_scores(network, data, device) > scores[len(scores) - 1 - allowed])


def _examples(detector: Detector, learned: TrainingData) -> TrainingData:
    """Return pairs of pictures without and with marks, labelled 0 and 1."""
    marks, secret = detector.marks, hashlib.sha256(f"mtgui mark detector {detector.seed}".encode()).digest()
    chosen = learned.sampled(DETECTOR_PICTURES, detector.seed)
    marked = []
    for number, pixels in enumerate(chosen.pixels):
        settings = marks.settings[number % len(marks.settings)]
        if settings.is_invisible:
            marked.append(pixels)
            continue
        key = MarkKey(subkey(MarkKey(secret), "detector key", number.to_bytes(8, "big")))
        mark = make_mark(key, settings, marks.pattern_picture if settings.needs_picture else None)
        marked.append(np.asarray(mark_picture(pixels, mark, design_of(pixels, _ROWS + number))))
    pixels, labels = np.concatenate([chosen.pixels, np.stack(marked)]), np.repeat([0, 1], len(chosen))
    return TrainingData(pixels, labels.astype(np.int64), _CLASSES)


@torch.no_grad()
def _scores(network: Network, data: TrainingData, device: Device) -> NDArray[np.float32]:
    """Return how surely each picture is taken for marked, (N,): the difference of the two logits."""
    scale, shift = normalisation(network, device.torch_device)
    found = []
    with computing(device, "float32"):
        for start in range(0, len(data), _AT_ONCE):
            pixels = torch.from_numpy(data.pixels[start : start + _AT_ONCE]).to(device.torch_device)
            logits = logits_in(network.module(pixels.float().mul_(scale).add_(shift)))
            found.append((logits[:, 1] - logits[:, 0]).float().cpu().numpy())
    return np.concatenate(found) if found else np.empty(0, dtype=np.float32)
