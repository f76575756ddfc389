"""The options of ``mtgui rehearse`` as one frozen dataclass, before any file is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal, get_args

from mtgui.common.errors import UsageError, printable
from mtgui.marking.settings import NoiseKind
from mtgui.records.chances import KEYS_ALONE, KEYS_BESIDE_WITHHELD
from mtgui.rehearsal.countermeasure_table import COUNTERMEASURES

MADE = "made"
PUBLISHED, WITHHELD = 25, 25
USERS = 10
"""Default number of artists."""
SIDE = 32
"""Default side of a picture, in pixels."""
Classes = Literal["one each", "all the same", "mixed"]
CLASSES: tuple[Classes, ...] = get_args(Classes)
WantedPrecision = Literal["auto", "float32", "bfloat16"]
WANTED_PRECISIONS: tuple[WantedPrecision, ...] = get_args(WantedPrecision)
Kind = Literal["marked", "unmarked", "absent"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def counts_beside(own: tuple[int, int], wanted: tuple[int, int]) -> tuple[int, int]:
    """Return how many pictures other artists publish and withhold: as ``wanted``, but no more than the ``own``."""
    return min(own[0], wanted[0]), min(own[1], wanted[1])


@dataclass(frozen=True)
class PictureSettings:
    """The options that all rehearsals have: pictures, artists, marks and the machine; None means the default.

    data: folder, archive, or “made” for pictures that mtgui draws. side: pixels. limit: largest number of pictures.
    threads: 0 to choose the number. users: number of artists. pictures: the person's own files and folders. blend,
    noise, noise_kind, and tint (in 255ths, another kind of mark) with tint_colour (True if it shifts colours, too):
    replace those of ``preset`` or ``record``. alpha: exact.
    """

    data: str = MADE
    side: int = SIDE
    limit: int | None = None
    seed: int = 0
    device: str = "auto"
    threads: int = 0
    out: Path | None = None
    users: int = USERS
    published: int | None = None
    withheld: int | None = None
    pictures: tuple[Path, ...] = ()
    record: Path | None = None
    classes: Classes = "one each"
    preset: str | None = None
    blend: float | None = None
    noise: int | None = None
    noise_kind: NoiseKind | None = None
    tint: float | None = None
    tint_colour: bool = False
    alpha: Fraction = Fraction(1, 100)


@dataclass(frozen=True)
class RehearsalSettings(PictureSettings):
    """The options of a rehearsal with classifiers; None means the default.

    models: kinds of models to train. countermeasures: values by the names of their rows in the table of
    countermeasures. reach: the curve goes on to so many pictures published and withheld. sets: number of held-out sets.
    """

    models: tuple[Kind, ...] = ("marked", "absent")
    paper: bool = False
    network: str | None = None
    start_from: Path | None = None
    epochs: int | None = None
    batch: int | None = None
    rate: float | None = None
    augment: bool = False
    precision: WantedPrecision = "auto"
    aside: float = 0.2
    countermeasures: Mapping[str, float] = field(default_factory=dict)
    audit_every: int | None = None
    reach: int | None = None
    keys: int = KEYS_ALONE
    keys_beside: int = KEYS_BESIDE_WITHHELD
    sets: int = 200

    def __post_init__(self) -> None:
        """Raise UsageError for a negative seed, an unknown kind of model or an unknown countermeasure."""
        if self.seed < 0:
            raise UsageError(f"A seed is 0 or more; {self.seed} is not.")
        if not self.models or not set(self.models) <= set(KINDS):
            raise UsageError(f"Models to train are called {', '.join(KINDS)}.")
        known = [row.name for row in COUNTERMEASURES]
        for name in self.countermeasures:
            if name not in known:
                raise UsageError(f"There is no countermeasure “{printable(name)}”; choose {', '.join(known)}.")
