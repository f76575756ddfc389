"""The request for an audit; it fixes everything that influences p before the first forward pass."""

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, get_args

from mtgui.auditing.architectures.match import PreprocessingHint
from mtgui.auditing.precision import Precision
from mtgui.auditing.thread_choice import check_threads
from mtgui.common.errors import UsageError, printable
from mtgui.records.chances import REFERENCE_DRAWS

Missing = Literal["refuse", "against"]
MISSING_RULES: tuple[Missing, ...] = get_args(Missing)
VIEWS = (1, 10)
PASSES = (12, 40)
"""Numbers of times that a diffusion model denoises each picture under each key: usual and thorough."""
NO_TEXT, OF_FILE = "none", "file"
LITERAL = "text:"
"""A prompt that begins with it is the text after it, whatever that text is."""
MOST_KEYS = 99_999
MOST_DRAWS = 999_999
_NUMBER = re.compile(r"(\d{1,9}(\.\d{1,30})?|\.\d{1,30})(e-?\d{1,2})?|\d{1,30}/\d{1,30}", re.ASCII)


@dataclass(frozen=True)
class ModelChoice:
    """One model: its file or folder, and what the person knows about it.

    ``input`` is the person's choice of resizing, crop and normalisation. ``factory`` names a Python file and a function
    that builds the model, as “net.py:factory”; the file is run only if ``is_trusted``. ``base``: of a LoRA or a
    fine-tuned diffusion model, the file or folder of the model from which it was made, or a folder in which a LoRA's
    base is searched.
    """

    path: Path
    architecture: str | None = None
    factory: str | None = None
    is_trusted: bool = False
    input: PreprocessingHint | None = None
    base: Path | None = None


@dataclass(frozen=True)
class AuditRequest:
    """An audit of every record on every model.

    places: files and folders in which originals are searched, in addition to the folders of the records. label: a class
    by number or name, "record" or "auto"; None takes the proposal for each record and model. keys: number of decoy
    keys; None takes the default of the design. alpha: the exact number that was written. population: folder of other
    people's pictures, one subfolder per class. passes: number of times that each picture is denoised by a diffusion
    model. prompt: the texts with which it is asked: “none”, “file”, “record”, “auto”, or one text; see
    `mtgui.auditing.job.prompts`. None takes the default. batch: pictures at a time; None depends on the device.
    threads: number of processor threads; None takes the number with which the same audit began, else the fastest.
    reports: files to write, ending in .json or .html. log: the audit log. state: folder for state files. None means the
    usual places. states_time_only: say how long the audit will take, and stop before the model sees any picture.
    """

    models: tuple[ModelChoice, ...]
    records: tuple[Path, ...]
    places: tuple[Path, ...] = ()
    label: str | None = None
    keys: int | None = None
    draws: int = REFERENCE_DRAWS
    stops_early: bool = True
    alpha: Fraction = Fraction(1, 100)
    missing: Missing = "refuse"
    population: Path | None = None
    population_sets: int = 1000
    views: int = 1
    passes: int = PASSES[0]
    prompt: str | None = None
    device: str = "auto"
    precision: Precision = "float32"
    batch: int | None = None
    threads: int | None = None
    reports: tuple[Path, ...] = ()
    log: Path | None = None
    state: Path | None = None
    states_time_only: bool = False

    def __post_init__(self) -> None:
        """Raise UsageError if a value is out of bounds."""
        if not self.models or not self.records:
            raise UsageError("An audit needs a model and a mark record.")
        if not 0 < self.alpha < 1:
            raise UsageError(f"α is a probability between 0 and 1, such as 0.01; it is {float(self.alpha):g}.")
        if self.keys is not None and not 0 <= self.keys <= MOST_KEYS:
            raise UsageError(f"The number of decoy keys lies between 0 and {MOST_KEYS:,}; it is {self.keys}.")
        if not 1 <= self.draws <= MOST_DRAWS:
            raise UsageError(f"The number of reference draws lies between 1 and {MOST_DRAWS:,}; it is {self.draws}.")
        if self.views not in VIEWS:
            raise UsageError(f"Each picture is shown in 1 or 10 views, not {self.views}.")
        if self.passes not in PASSES:
            raise UsageError(f"A diffusion model denoises each picture 12 or 40 times, not {self.passes}.")
        if self.batch is not None and self.batch < 1:
            raise UsageError(f"At least one picture is shown at a time, not {self.batch}.")
        check_threads(self.threads)
        if not 19 <= self.population_sets <= MOST_DRAWS:
            raise UsageError(f"The number of other people's sets lies between 19 and {MOST_DRAWS:,}.")
        if len({path.resolve() for path in self.reports}) < len(self.reports):
            raise UsageError("Two reports were to have the same name; name each once.")
        for path in self.reports:
            if path.suffix.lower() not in (".json", ".html", ".htm"):
                raise UsageError(f"A report ends in .json or .html; “{path.name}” does not.")


def parse_alpha(text: str) -> Fraction:
    """Read α as a person writes it: “0.01”, “1/100” or “1%”. Raises UsageError."""
    plain = text.strip()
    number = plain.removesuffix("%").rstrip()
    try:
        if _NUMBER.fullmatch(number):
            return Fraction(number) / (100 if plain.endswith("%") else 1)
    except ZeroDivisionError:
        pass
    raise UsageError(f"“{printable(text)}” is no probability; write α as 0.01, 1/100 or 1%.")
