"""What a person asks of a rehearsal, before anything is read: the options of ``mtgui rehearse`` as one frozen value."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, get_args

from mtgui.marking.settings import NoiseKind
from mtgui.records.chances import KEYS_ALONE, KEYS_BESIDE_WITHHELD

MADE = "made"
PUBLISHED, WITHHELD = 25, 25
SIDE = 32
"""Pixels of a picture's side."""
Classes = Literal["one each", "all the same", "mixed"]
CLASSES: tuple[Classes, ...] = get_args(Classes)
WantedPrecision = Literal["auto", "float32", "bfloat16"]
WANTED_PRECISIONS: tuple[WantedPrecision, ...] = get_args(WantedPrecision)
Kind = Literal["marked", "unmarked", "absent"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class RehearsalSettings:
    """A rehearsal; None where what is usual is taken.

    data: folder, archive, or “made” for pictures that mtgui draws. side: pixels. limit: pictures taken. threads: 0 to
    let what was measured decide. pictures: files and folders of the person's own. blend, noise, noise_kind: in place
    of those of ``preset`` or ``record``. models: which to train. What a model maker may do stands with its bounds in
    `Countermeasures` and `TrainingPlan`. alpha: exact. sets: of held-out pictures.
    """

    data: str = MADE
    side: int = SIDE
    limit: int | None = None
    seed: int = 0
    device: str = "auto"
    threads: int = 0
    out: Path | None = None
    users: int = 10
    published: int | None = None
    withheld: int | None = None
    pictures: tuple[Path, ...] = ()
    record: Path | None = None
    classes: Classes = "one each"
    preset: str | None = None
    blend: float | None = None
    noise: int | None = None
    noise_kind: NoiseKind | None = None
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
    jpeg: int | None = None
    resize: int | None = None
    blur: float | None = None
    colour_shift: int | None = None
    crop: float | None = None
    output_digits: int | None = None
    filter: float | None = None
    fine_tune_afterwards: int | None = None
    distil: int | None = None
    private_noise: float | None = None
    private_clip: float | None = None
    mixup: float | None = None
    cutmix: float | None = None
    label_smoothing: float | None = None
    dropout: float | None = None
    weight_decay: float | None = None
    early_stop: int | None = None
    audit_every: int | None = None
    alpha: Fraction = Fraction(1, 100)
    keys: int = KEYS_ALONE
    keys_beside: int = KEYS_BESIDE_WITHHELD
    sets: int = 200
