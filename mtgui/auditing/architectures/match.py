"""Matches of a model with architectures, and hints that are known before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

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
    shape or kind. sureness: one sentence. preprocessing: the architecture's default, from ``preprocessing_origin``.
    has_fixed_size: True if the network takes no other crop.
    """

    architecture: str
    title: str
    options: Mapping[str, Any]
    classes: int
    preprocessing: Preprocessing
    preprocessing_origin: str
    sureness: str
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
class Recognition:
    """The recognised architecture: all exact ``matches``, the best first, and facts that follow from the best."""

    matches: tuple[Match, ...]
    preprocessing: Preprocessing
    origins: Origins
    class_names: tuple[str, ...]
    class_names_origin: str
    notes: tuple[str, ...]

    @property
    def best(self) -> Match:
        """The architecture that is built."""
        return self.matches[0]
