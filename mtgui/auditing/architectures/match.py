"""Matches of a model with architectures, and hints that are known before."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mtgui.auditing.architectures.trials import Trial
from mtgui.auditing.preprocessing import Interpolation, Origins, Preprocessing
from mtgui.reading.hints import Settings


@dataclass(frozen=True)
class PreprocessingHint:
    """The preprocessing according to one source; None for values that it does not state.

    origin: name of the source, as in `Origins`. resize: as in `Preprocessing`, with “none” for no resizing. channels:
    the order of the colours.
    """

    origin: str
    resize: int | tuple[int, int] | Literal["none"] | None = None
    crop: tuple[int, int] | None = None
    interpolation: Interpolation | None = None
    mean: tuple[float, float, float] | None = None
    std: tuple[float, float, float] | None = None
    channels: Literal["RGB", "BGR"] | None = None


@dataclass(frozen=True)
class ModelHints:
    """Facts about a model from files beside its tensors; all are optional, and none is trusted.

    preprocessing: sources in the order of precedence. class_names: in order, from ``class_names_origin``. sha256: of
    the single model file, by which released files are recognised. notes: one sentence for each finding that was not
    used. config: settings in the model's own ``config.json``. named: the architecture that a training checkpoint itself
    names; empty if it names none.
    """

    preprocessing: tuple[PreprocessingHint, ...] = ()
    class_names: tuple[str, ...] = ()
    class_names_origin: str = ""
    sha256: str = ""
    notes: tuple[str, ...] = ()
    config: Settings = field(default_factory=Settings)
    named: str = ""


@dataclass(frozen=True)
class Match:
    """The comparison of an architecture with the tensors of a file.

    architecture: its name, such as ``torchvision/resnet18``; the part before the slash is its family. title: its name
    for people. options: all other arguments for building it, ready for JSON. classes: number of classes. renamed: names
    in the file and in the network, where they differ. ignored: names in the file that no network needs. missing: names
    that only the network has. unexpected: names that only the file has. misshapen: sentences about tensors of another
    shape or kind. sureness: one sentence. is_proved: True if more than names and shapes says that it is this one.
    preprocessing: the architecture's default, from ``preprocessing_origin``. other_inputs: other preprocessings that
    are usual for it and differ in mean and deviation, each with words for its source. has_fixed_size: True if the
    network takes no other crop.
    """

    architecture: str
    title: str
    options: Mapping[str, Any]
    classes: int
    preprocessing: Preprocessing
    preprocessing_origin: str
    sureness: str
    other_inputs: tuple[tuple[Preprocessing, str], ...] = ()
    is_proved: bool = False
    has_fixed_size: bool = False
    renamed: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    misshapen: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def family(self) -> str:
        """Its family of architectures, which decides the function that builds it."""
        return self.architecture.partition("/")[0]

    @property
    def is_exact(self) -> bool:
        """True when every tensor of the file belongs to the network, and no tensor is missing."""
        return not (self.missing or self.unexpected or self.misshapen)

    @property
    def faults(self) -> int:
        """How many names and shapes disagree."""
        return len(self.missing) + len(self.unexpected) + len(self.misshapen)


@dataclass(frozen=True)
class Candidate:
    """A network that fits a model file exactly, with its preprocessing and the source of each value.

    other_inputs: other usual preprocessings, empty where mean and deviation are known. notes: sentences about it that
    follow from what the file says.
    """

    match: Match
    preprocessing: Preprocessing
    origins: Origins
    other_inputs: tuple[tuple[Preprocessing, Origins], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recognition:
    """What a model file is taken for.

    candidates: networks that fit exactly and equally well, so that only their answers can tell them apart; the first
    is built. others: networks that fit, too, but are ruled out, by the file itself or by a person's choice. trials:
    what originals did in each candidate; empty before they were shown to them, and where one is alone. reason, doubt:
    why the first was taken with this input, and why it may be wrong, in words. class_names: of all candidates alike,
    from ``class_names_origin``. file_notes: sentences that concern all candidates.
    """

    candidates: tuple[Candidate, ...]
    others: tuple[Match, ...] = ()
    trials: tuple[Trial, ...] = ()
    reason: str = ""
    doubt: str = ""
    class_names: tuple[str, ...] = ()
    class_names_origin: str = ""
    file_notes: tuple[str, ...] = ()

    @property
    def first(self) -> Candidate:
        """The network that is built."""
        return self.candidates[0]

    @property
    def best(self) -> Match:
        """The comparison of the network that is built with the file."""
        return self.first.match

    @property
    def preprocessing(self) -> Preprocessing:
        """How pictures become the input of the network that is built."""
        return self.first.preprocessing

    @property
    def origins(self) -> Origins:
        """The sources of `preprocessing`."""
        return self.first.origins

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that are worth knowing about the network that is built."""
        return (*self.best.notes, *self.first.notes, *self.file_notes)

    @property
    def is_undecided(self) -> bool:
        """True while several networks fit equally well."""
        return len(self.candidates) > 1 and not self.trials

    @property
    def sureness(self) -> str:
        """How certain the network that is built is, in words."""
        if self.is_undecided:
            return (
                f"One of {len(self.candidates)} networks with these names and shapes. Only what they do with pictures "
                "tells them apart: an audit shows all unmarked originals to each of them, and takes the one that fits "
                "best."
            )
        own = "" if self.trials else self.best.sureness
        return " ".join(part for part in (own, self.reason, self.doubt) if part)

    @property
    def matches(self) -> tuple[Match, ...]:
        """Every network that fits, the one that is built first."""
        return (*(candidate.match for candidate in self.candidates), *self.others)

    def taking(
        self, candidate: Candidate, reason: str, trials: tuple[Trial, ...] = (), doubt: str = ""
    ) -> "Recognition":
        """Return this recognition with ``candidate``, one of its own but perhaps with another input, as the first."""
        rest = [other for other in self.candidates if other.match.architecture != candidate.match.architecture]
        return replace(self, candidates=(candidate, *rest), trials=trials, reason=reason, doubt=doubt)
