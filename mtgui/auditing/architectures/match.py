"""What is said of a model's architecture: one that fits, all that fit, and what was known beforehand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mtgui.auditing.preprocessing import Interpolation, Origins, Preprocessing
from mtgui.reading.hints import Settings


@dataclass(frozen=True)
class PreprocessingHint:
    """What one source says about preprocessing; None where it says nothing. ``origin`` names it, as in `Origins`.

    resize: as in `Preprocessing`, with “none” for no resizing.
    """

    origin: str
    resize: int | tuple[int, int] | Literal["none"] | None = None
    crop: tuple[int, int] | None = None
    interpolation: Interpolation | None = None
    mean: tuple[float, float, float] | None = None
    std: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class ModelHints:
    """What lies beside a model's tensors and speaks of it; nothing here is needed, and nothing is trusted.

    preprocessing: sources in order of precedence. class_names: index by index, from ``class_names_origin``. sha256:
    of the one model file, to know released files by. notes: what was found and not used, each one sentence. config:
    what the model's own ``config.json`` says.
    """

    preprocessing: tuple[PreprocessingHint, ...] = ()
    class_names: tuple[str, ...] = ()
    class_names_origin: str = ""
    sha256: str = ""
    notes: tuple[str, ...] = ()
    config: Settings = field(default_factory=Settings)


@dataclass(frozen=True)
class Match:
    """An architecture beside the tensors of a file, and how far they agree.

    architecture: its name, such as ``torchvision/resnet18``; the part before the slash is its family. title: what
    people call it. options: everything else that builds it, ready for JSON. classes: how many labels. renamed: names
    in the file with those in the network, where they differ. ignored: names in the file that no network needs.
    missing, unexpected: names that only the network, only the file has. misshapen: sentences about tensors of another
    shape or kind. sureness: one sentence. preprocessing: the architecture's default, from ``preprocessing_origin``;
    has_fixed_size: its crop is the only one that the network takes.
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
        """Which family of architectures it belongs to: the key to the function that builds it."""
        return self.architecture.partition("/")[0]

    @property
    def is_exact(self) -> bool:
        """True when every tensor of the file has its place in the network, and no place stays empty."""
        return not (self.missing or self.unexpected or self.misshapen)

    @property
    def faults(self) -> int:
        """How many names and shapes disagree."""
        return len(self.missing) + len(self.unexpected) + len(self.misshapen)


@dataclass(frozen=True)
class Recognition:
    """What a model file holds: all ``matches`` that fit exactly, the best first, and what follows from the best."""

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
