"""The plan of a training: everything that influences the weights, fixed before the first step."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from mtgui.common.errors import UsageError
from mtgui.rehearsal.countermeasure_table import TrainingMeasures, check_bounds, values_of
from mtgui.rehearsal.network_table import network_named

Optimiser = Literal["sgd", "adamw"]
Schedule = Literal["constant", "cosine", "one cycle", "steps"]
Augmentation = Literal["none", "flip and crop"]
TrainingPrecision = Literal["float32", "bfloat16"]
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "optimiser": get_args(Optimiser),
    "schedule": get_args(Schedule),
    "augmentation": get_args(Augmentation),
    "precision": get_args(TrainingPrecision),
}
_WARM_UP = 0.2


@dataclass(frozen=True)
class TrainingPlan(TrainingMeasures):
    """The plan of a training; its countermeasures are fields of `TrainingMeasures`.

    network: a name of `mtgui.rehearsal.network_table`. rate: the highest learning rate. schedule: “cosine”
    falls to 0; “one cycle” rises for a fifth of the time and falls to 0; “steps” multiplies by ``step_factor`` after
    each epoch in ``steps``. momentum: of SGD, without Nesterov. mixup, cutmix: α of the Beta distribution that mixes
    two pictures of a batch, 0 for off; if both are on, each batch chooses one at random. dropout: share of the last
    features set to zero. patience: stop after so many epochs without a better accuracy on the pictures kept aside;
    None never stops early. keeps_best: end with the weights of the epoch with the best accuracy on these. precision:
    “bfloat16” uses autocast. private_noise: trains privately (DP-SGD); it is the standard deviation of the noise, as a
    multiple of ``private_clip``, the L2 bound of each picture's gradient. Batches are then random, with ``batch``
    pictures on average.
    """

    network: str = "fast"
    epochs: int = 30
    batch: int = 128
    optimiser: Optimiser = "sgd"
    rate: float = 0.1
    momentum: float = 0.9
    schedule: Schedule = "one cycle"
    steps: tuple[int, ...] = ()
    step_factor: float = 0.2
    augmentation: Augmentation = "none"
    precision: TrainingPrecision = "float32"
    keeps_best: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise UsageError if a value is out of bounds."""
        network_named(self.network)
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise UsageError(
                    f"There is no {name} called “{getattr(self, name)}”; choose one of {', '.join(choices)}."
                )
        numbers = (("number of epochs", self.epochs, 1), ("batch", self.batch, 2), ("patience", self.patience, 1))
        for name, number, least in numbers:
            if number is not None and number < least:
                raise UsageError(f"The {name} is {least} or more; {number} is not.")
        for name in ("rate", "momentum"):
            if not 0 <= getattr(self, name) < math.inf:
                raise UsageError(f"The {name} is not below 0; it is {getattr(self, name):g}.")
        check_bounds(self)
        if self.private_noise is not None:
            self._check_privacy()

    def _check_privacy(self) -> None:
        if not 0 < (self.private_noise or 0) < math.inf or not 0 < self.private_clip < math.inf:
            raise UsageError("Private training needs noise and a clip above 0.")
        if self.mixup or self.cutmix:
            raise UsageError(
                "Private training bounds what each picture does, so pictures cannot be mixed: leave it out."
            )
        if self.precision != "float32":
            raise UsageError("Private training computes in float32; leave bfloat16 out.")

    @property
    def digest(self) -> str:
        """SHA-256 of all values, in hexadecimal digits; values of private training are left out if it is off."""
        values = values_of(self)
        if self.private_noise is None:
            del values["private_noise"], values["private_clip"]
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()

    def rate_at(self, step: int, steps: int) -> float:
        """Return the learning rate of ``step`` (0 to ``steps`` − 1) of all the training's ``steps``."""
        share = step / steps
        if self.schedule == "cosine":
            return self.rate * 0.5 * (1 + math.cos(math.pi * share))
        if self.schedule == "one cycle":
            rising, falling = (step + 1) / (_WARM_UP * steps), (1 - share) / (1 - _WARM_UP)
            return self.rate * min(rising, falling, 1.0)
        if self.schedule == "steps":
            epoch = step * self.epochs // steps
            return self.rate * self.step_factor ** sum(epoch > place for place in self.steps)
        return self.rate


PAPER = TrainingPlan(
    network="wrn-28-4",
    epochs=100,
    batch=256,
    rate=0.1,
    momentum=0.9,
    weight_decay=5e-4,
    schedule="steps",
    steps=(60, 80, 90),
    step_factor=0.2,
    augmentation="flip and crop",
    keeps_best=True,
)
"""The paper's training for CIFAR-10 and CIFAR-100, as in the authors' scripts (Chen and Pattabiraman, CCS 2025).
The weights are those of the epoch with the best accuracy on a fifth of the training pictures, which is kept aside."""
