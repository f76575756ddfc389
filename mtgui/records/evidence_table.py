"""The shipped table of evidence: how often artists were found in models that were trained for this purpose.

``packaging/make_evidence_table.py`` makes it from real trainings. This module only reads it, without torch.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any, Literal, get_args

from mtgui.common.codec import Positive, Range, Time, from_values, parse_object
from mtgui.common.resources import resource_path
from mtgui.marking.settings import MarkSettings

EVIDENCE_NAME = "evidence/evidence.json"
"""The name of the table among the shipped files."""
FORMAT = "mtgui-evidence-1"
Regime = Literal["memorises", "augmented"]
REGIMES: tuple[Regime, ...] = get_args(Regime)
Coins = Literal["keys only", "withheld only", "both"]
COINS: tuple[Coins, ...] = get_args(Coins)
Share = Annotated[float, Range(0, 1)]


@dataclass(frozen=True)
class Rate:
    """The share of artists who were found, 0 to 1, with its 95 % interval from ``low`` to ``high``."""

    share: Share
    low: Share
    high: Share


@dataclass(frozen=True)
class FoundAt:
    """The artists with p ≤ ``alpha``; None if the audits had too few keys or draws to reach ``alpha``."""

    alpha: Fraction
    rate: Rate | None


@dataclass(frozen=True)
class Detection:
    """How often the artists of one kind of mark were found in one collection of pictures.

    mark: the name of a `MeasuredMark`. coins: what decides, the key, the private pictures, or both. published,
    withheld: numbers of pictures that each audit looks at. models, artists: how many there were. z: how far the
    published set lies below the mean of its alternatives, in their standard deviations, as a mean; None if there are
    several kinds of alternatives.
    """

    data: str
    regime: Regime
    mark: str
    coins: Coins
    published: Positive
    withheld: Annotated[int, Range(0)]
    models: Positive
    artists: Positive
    found: tuple[FoundAt, ...]
    z: float | None

    def rate_at(self, alpha: Fraction) -> Rate | None:
        """Return the share of artists with p ≤ ``alpha``, None if it was not measured."""
        return next((one.rate for one in self.found if one.alpha == alpha), None)


@dataclass(frozen=True)
class Visibility:
    """How visible a mark is on pictures of one size, as means. delta_e: ΔE2000. All None if nothing is changed."""

    pictures: str
    count: Positive
    psnr: float | None
    ssim: float | None
    delta_e: float | None


@dataclass(frozen=True)
class MeasuredMark:
    """A kind of mark that was measured. settings: as records keep them."""

    name: str
    title: str
    settings: Mapping[str, Any]
    visibility: tuple[Visibility, ...]

    @property
    def mark(self) -> MarkSettings:
        """The settings of the mark."""
        return MarkSettings(**self.settings)


@dataclass(frozen=True)
class TrainedModels:
    """Models of one collection of pictures and one regime.

    side: of a picture in pixels. pictures: that each model was trained on. seeds: one for each model. train_accuracy:
    of the model with the lowest. test_accuracy: mean. machines: processors and precisions of the trainings.
    """

    data: str
    regime: Regime
    side: Positive
    network: str
    pictures: Positive
    epochs: Positive
    seeds: tuple[int, ...]
    train_accuracy: Share
    test_accuracy: Share
    machines: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """Two marks in the same models, found by the same coins at p ≤ ``alpha``.

    difference: mean over the models of the share of ``first`` less that of ``second``, from −1 to 1. low, high: its
    95 % interval, Student’s over the models.
    """

    data: str
    regime: Regime
    coins: Coins
    alpha: Fraction
    first: str
    second: str
    first_share: Share
    second_share: Share
    models: Positive
    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class Countered:
    """What a countermeasure of the model maker leaves: artists found by both coins at p ≤ 1/100.

    countermeasure: its option and value; empty for a training without any.
    """

    countermeasure: str
    data: str
    regime: Regime
    mark: str
    published: Positive
    withheld: Annotated[int, Range(0)]
    models: Positive
    artists: Positive
    rate: Rate
    by_key: Rate | None
    test_accuracy: Share


@dataclass(frozen=True)
class Attacked:
    """What attacks on the marks alone achieve.

    caught: share of marked copies that a small network, trained on marks of other keys, finds with 1 % false alarms.
    average: correlation of the mark with an average of 25 copies of one artist, less that of other pictures.
    """

    pictures: str
    side: Positive
    mark: str
    caught: Rate
    average: float


@dataclass(frozen=True)
class Made:
    """How the table was made. date: UTC. program, torch: versions. decoy_keys: of each audit by key."""

    command: str
    date: Time
    program: str
    torch: str
    decoy_keys: Positive


@dataclass(frozen=True)
class EvidenceTable:
    """The whole table. is_pilot: True if its numbers come from trials and are replaced later. marks: weakest first."""

    format: str
    is_pilot: bool
    made: Made
    marks: tuple[MeasuredMark, ...]
    trainings: tuple[TrainedModels, ...]
    detections: tuple[Detection, ...]
    comparisons: tuple[Comparison, ...]
    countered: tuple[Countered, ...]
    attacks: tuple[Attacked, ...]

    def mark_named(self, name: str) -> MeasuredMark:
        """Return the mark called ``name``. Raises LookupError."""
        return next(mark for mark in self.marks if mark.name == name)


def read_evidence(content: bytes) -> EvidenceTable:
    """Return the table in ``content``, JSON. Raises ValueError or MtguiError if it is no such table."""
    return from_values(EvidenceTable, parse_object(content))


@functools.cache
def evidence_table() -> EvidenceTable:
    """Return the shipped table; it is read once. Raises StorageError when the installation is incomplete."""
    return read_evidence(resource_path(EVIDENCE_NAME).read_bytes())
