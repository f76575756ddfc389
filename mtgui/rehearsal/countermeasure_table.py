"""The table of countermeasures against marks, one row each.

A row is a field of one of two dataclasses, `Countermeasures` or `TrainingMeasures`, with all its texts and bounds. The
table gives the check of values, the options of ``mtgui rehearse``, the keys of grid files and the switches of the
window. A new countermeasure needs one row here, the function that carries it out, and a word in the guide. A row may
stand anywhere among those of its stage, and `_FIRST` stays as it is.
"""

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal

from mtgui.common.errors import UsageError

Stage = Literal["With the pictures", "While training", "Afterwards"]
PICTURES: Stage = "With the pictures"
TRAINING: Stage = "While training"
AFTERWARDS: Stage = "Afterwards"
STAGES: tuple[Stage, ...] = (PICTURES, TRAINING, AFTERWARDS)
_ROW = "mtgui countermeasure"


@dataclass(frozen=True)
class Bounds:
    """Bounds of a value: from ``low`` to ``high``; ``high`` itself is excluded if the interval is open."""

    low: float
    high: float
    is_open: bool = False

    def check(self, name: str, value: float) -> None:
        """Raise UsageError unless ``value`` of the countermeasure ``name`` lies within the bounds."""
        if self.low <= value < self.high or (value == self.high and not self.is_open):
            return
        if self.high == math.inf:
            raise UsageError(f"The {name} is not below {self.low:g}; it is {value:g}.")
        if self.is_open:
            raise UsageError(f"The {name} lies between {self.low:g} and {self.high:g}; it is {value:g}.")
        raise UsageError(f"The countermeasure “{name}” takes {self.low:g} to {self.high:g}, not {value:g}.")


@dataclass(frozen=True)
class Switch:
    """How the window shows a countermeasure: title, meaning, and its value between ``least`` and ``most``.

    key: the window stores the value under it, so it never changes. factor: option's value divided by window's value,
    such as 0.01 for percent. more: additional words of the command line. trains_further: True if the value is a number
    of additional epochs. cost: a sentence on the time that it takes. option, stage: of the row.
    """

    key: str
    title: str
    meaning: str
    usual: float
    least: float
    most: float
    step: float = 1
    decimals: int = 0
    prefix: str = ""
    suffix: str = ""
    factor: float = 1
    more: tuple[str, ...] = ()
    trains_further: bool = False
    cost: str = ""
    option: str = ""
    stage: Stage = PICTURES

    def words(self, value: float) -> list[str]:
        """Return the words of the command line for ``value``."""
        return [self.option, f"{value * self.factor:g}", *self.more]


@dataclass(frozen=True)
class Countermeasure:
    """One row of the table. field: name of the dataclass field. name: name in the option and in grid files.

    kind: type of the value. bounds: None if the training plan checks the value together with other values.
    """

    stage: Stage
    kind: type[int] | type[float]
    bounds: Bounds | None
    metavar: str
    help: str
    switch: Switch | None = None
    name: str = ""
    field: str = ""

    @property
    def option(self) -> str:
        """The option of ``mtgui rehearse``."""
        return f"--{self.name}"

    @property
    def destination(self) -> str:
        """The name of the parsed option."""
        return self.name.replace("-", "_")


def _row(
    stage: Stage,
    kind: type[int] | type[float],
    bounds: Bounds | None,
    metavar: str,
    help_text: str,
    switch: Switch | None = None,
    *,
    name: str = "",
    default: float | None = None,
) -> Any:
    row = Countermeasure(stage, kind, bounds, metavar, help_text, switch, name)
    return field(default=default, metadata={_ROW: row})


@dataclass(frozen=True)
class Countermeasures:
    """Countermeasures on pictures and on the finished model; None turns a countermeasure off."""

    jpeg: int | None = _row(
        PICTURES, int, Bounds(1, 100), "Q", "encode pictures again as JPEG of this quality",
        Switch(
            "jpeg", "Save as JPEG again", "Compression smooths fine grain, and with it some of the mark’s noise.",
            50, 1, 100, 5, prefix="quality ",
        ),
    )  # fmt: skip
    resize: int | None = _row(
        PICTURES, int, Bounds(4, 4096), "N", "shrink pictures to N pixels and enlarge them again",
        Switch(
            "resize", "Shrink and enlarge", "Detail finer than the small size is lost for good.",
            16, 4, 256, 4, prefix="to ", suffix=" px",
        ),
    )  # fmt: skip
    blur: float | None = _row(
        PICTURES, float, Bounds(0, 64), "S", "blur pictures by this standard deviation in pixels",
        Switch(
            "blur", "Blur", "A soft focus takes the noise first, the stripes last.",
            1, 0.1, 8, 0.1, 1, suffix=" px",
        ),
    )  # fmt: skip
    crop: float | None = _row(
        PICTURES, float, Bounds(0.1, 1), "S", "keep a part of each side, at a random place",
        Switch(
            "crop", "Crop",
            "A part of every picture, cut at a random place and enlarged: the mark no longer lies where it was.",
            80, 10, 99, 5, prefix="keep ", suffix=" %", factor=0.01,
        ),
    )  # fmt: skip
    colour_shift: int | None = _row(
        PICTURES, int, Bounds(0, 255), "N", "move each channel by up to N levels",
        Switch(
            "colours", "Shift colours", "Red, green and blue of every picture are moved up or down by chance.",
            20, 1, 255, 5, prefix="by ", suffix=" /255",
        ),
    )  # fmt: skip
    filter: float | None = _row(
        PICTURES, float, Bounds(0, 0.9), "S",
        "leave out this share of the pictures, those that look most unusual",
        Switch(
            "filter", "Throw out odd ones",
            "Pictures that look least like the others, as marked ones may, are not trained on.",
            5, 1, 90, 1, suffix=" %", factor=0.01,
        ),
    )  # fmt: skip
    detect: float | None = _row(
        PICTURES, float, Bounds(0, 0.5), "S",
        "leave out what a detector, trained on marks of other keys, takes for marked; S is its share of false alarms",
        Switch(
            "detect", "Detect marks",
            "A detector that learned marks of other keys throws out the pictures that it takes for marked.",
            1, 0.1, 20, 1, 1, suffix=" % false", factor=0.01,
            cost="Each model gets a detector of its own, which takes about half as long.",
        ),
    )  # fmt: skip
    average: float | None = _row(
        PICTURES, float, Bounds(0.1, 64), "S",
        "subtract what all copies of an artist have in common, blurred by this standard deviation in pixels",
        Switch(
            "average", "Subtract averages",
            "What all copies of one artist have in common is taken for the mark; it costs pictures without one, too.",
            0.5, 0.1, 16, 0.5, 1, prefix="blur ", suffix=" px",
        ),
    )  # fmt: skip
    output_digits: int | None = _row(
        AFTERWARDS, int, Bounds(0, 12), "N", "round the model's probabilities",
        Switch(
            "digits", "Round answers",
            "The model tells its probabilities with few decimal places, so that small differences vanish.",
            2, 0, 12, 1, suffix=" places",
        ),
    )  # fmt: skip
    fine_tune_afterwards: int | None = _row(
        AFTERWARDS, int, Bounds(1, 10_000), "N", "train N epochs more, on pictures that are no artist's",
        Switch(
            "tune", "Fine-tune", "Trained on with other people’s pictures, it may forget some of yours.",
            5, 1, 99, 1, suffix=" rounds", trains_further=True,
        ),
    )  # fmt: skip
    distil: int | None = _row(
        AFTERWARDS, int, Bounds(1, 10_000), "N",
        "let a fresh model learn the answers to such pictures for N epochs",
        Switch(
            "distil", "Distil",
            "A fresh model learns the answers of the first one, and never sees your pictures’ labels.",
            10, 1, 200, 1, suffix=" rounds", trains_further=True,
        ),
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Raise UsageError if a value is out of bounds."""
        check_bounds(self)


@dataclass(frozen=True)
class TrainingMeasures:
    """Countermeasures in the training itself: the part of a `TrainingPlan` that may be used against marks."""

    mixup: float = _row(
        TRAINING, float, Bounds(0, math.inf, True), "A", "mix pictures in pairs, Beta(A, A)",
        Switch(
            "mixup", "Mix pictures",
            "The model sees blends of two pictures at a time, and learns single ones less by heart.",
            1, 0.1, 8, 0.1, 1, prefix="α ",
        ),
        default=0.0,
    )  # fmt: skip
    cutmix: float = _row(
        TRAINING, float, Bounds(0, math.inf, True), "A", "paste parts of pictures into others", default=0.0
    )
    label_smoothing: float = _row(
        TRAINING, float, Bounds(0, 1, True), "S", "spread this share over all classes",
        Switch(
            "smooth", "Soften labels",
            "The model is told “mostly a castle”, not “a castle”, and learns single pictures less by heart.",
            10, 1, 90, 5, suffix=" %", factor=0.01,
        ),
        default=0.0,
    )  # fmt: skip
    dropout: float = _row(
        TRAINING, float, Bounds(0, 1, True), "S", "leave out this share of the last features", default=0.0
    )
    weight_decay: float = _row(TRAINING, float, Bounds(0, math.inf, True), "D", "default 0.0005", default=5e-4)
    patience: int | None = _row(
        TRAINING, int, None, "N", "stop after N epochs without gain, and keep the best epoch",
        Switch(
            "early", "Stop early",
            "Training ends once the model gets no better on pictures it never saw, before it learns them by heart.",
            3, 1, 99, 1, suffix=" rounds",
        ),
        name="early-stop",
    )  # fmt: skip
    private_noise: float | None = _row(
        TRAINING, float, None, "S",
        "train with differential privacy (DP-SGD): noise in multiples of --private-clip. Needs the extra dp",
        Switch(
            "private", "Train privately",
            "Noise in every step bounds what any one picture can do (DP-SGD). Needs the extra “dp”; costs time and "
            "accuracy.",
            1, 0.1, 8, 0.1, 1, prefix="noise ", more=("--private-clip", "1"),
            cost="Private training takes several times longer.",
        ),
    )  # fmt: skip
    private_clip: float = _row(
        TRAINING, float, None, "C", "bound of each picture's gradient (default 1), for --private-noise", default=1.0
    )


def rows_of(measures: type[Countermeasures] | type[TrainingMeasures]) -> tuple[Countermeasure, ...]:
    """Return the rows of all fields of ``measures``."""
    found = [(one.name, one.metadata[_ROW]) for one in fields(measures) if _ROW in one.metadata]
    return tuple(replace(row, field=name, name=row.name or name.replace("_", "-")) for name, row in found)


def check_bounds(values: Countermeasures | TrainingMeasures) -> None:
    """Raise UsageError if one of ``values`` is out of bounds."""
    for row in rows_of(type(values)):
        value = getattr(values, row.field)
        if value is not None and row.bounds is not None:
            row.bounds.check(row.field.replace("_", " "), value)


_FIRST = frozenset(
    {
        "jpeg", "resize", "blur", "crop", "colour_shift", "filter", "output_digits", "fine_tune_afterwards", "distil",
        "mixup", "cutmix", "label_smoothing", "dropout", "weight_decay", "patience", "private_noise", "private_clip",
    }
)  # fmt: skip
"""The rows of the first version. A later one that is off leaves no trace in what tells rehearsals apart."""


def values_of(measures: Countermeasures | TrainingMeasures, first: frozenset[str] = _FIRST) -> dict[str, Any]:
    """Return the fields of ``measures`` ready for JSON, without those of later rows that are off: whatever was begun
    before such a row was added is still known to be the same.
    """
    values = asdict(measures)
    later = {row.field for row in rows_of(Countermeasures) + rows_of(TrainingMeasures)} - first
    usual = {field.name: field.default for field in fields(measures)}
    return {name: value for name, value in values.items() if name not in later or value != usual[name]}


def _by_stage(rows: Iterable[Countermeasure]) -> tuple[Countermeasure, ...]:
    return tuple(sorted(rows, key=lambda row: STAGES.index(row.stage)))


COUNTERMEASURES = _by_stage([*rows_of(Countermeasures), *rows_of(TrainingMeasures)])
"""All rows; countermeasures on pictures come first."""
SWITCHES = tuple(
    replace(row.switch, option=row.option, stage=row.stage) for row in COUNTERMEASURES if row.switch is not None
)
"""The switches of the window. Their order must not change, because the folder of a begun rehearsal depends on it."""


def switch_named(key: str) -> Switch | None:
    """Return the switch with ``key``; None if there is none."""
    return next((one for one in SWITCHES if one.key == key), None)
