"""What the engine says of a model file, as far as the window shows it; nothing in it is taken for granted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mtgui.common.errors import printable

SHORT_HASH = 12


@dataclass(frozen=True)
class InputFacts:
    """How pictures become model input: values in words, and where each came from."""

    values: Mapping[str, Any]
    origins: Mapping[str, str]

    @property
    def sentence(self) -> str:
        """One line: sizes, and normalisation by name where it has one."""
        resize, crop = self.values.get("resize"), self.values.get("crop") or ()
        size = _size(crop)
        if resize:
            size = f"{_size(resize)} → {size}"
        mean = self.values.get("mean")
        scale = "ImageNet mean and std" if _is_imagenet(mean) else f"mean {_numbers(mean)}" if mean else ""
        return ", ".join(part for part in (size, scale) if part)

    @property
    def origin(self) -> str:
        """Where the values came from, each source once."""
        return ", ".join(dict.fromkeys(text for text in self.origins.values() if text))


@dataclass(frozen=True)
class ModelSummary:
    """A model as the engine read it.

    ``architecture`` is empty while none was recognised; ``class_names`` may be. ``is_graph``: an ONNX graph, which
    brings its own architecture and tells how many classes it has once it runs.
    """

    format: str = ""
    architecture: str = ""
    title: str = ""
    sureness: str = ""
    alternatives: tuple[str, ...] = ()
    problem: str = ""
    classes: int = 0
    class_names: tuple[str, ...] = ()
    class_names_origin: str = ""
    is_graph: bool = False
    size: int = 0
    parameters: int = 0
    file_hash: str = ""
    weights_hash: str = ""
    input: InputFacts | None = None
    renamed: int = 0
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()

    @property
    def is_recognised(self) -> bool:
        """True when an audit can be run on it as it is."""
        return bool(self.title) and (self.classes > 0 or self.is_graph)

    def class_title(self, index: int) -> str:
        """Return class ``index`` as a person reads it."""
        return f"{self.class_names[index]} (class {index})" if index < len(self.class_names) else f"Class {index}"


def summary_from_values(values: Mapping[str, Any]) -> ModelSummary:
    """Return what ``values``, the object of ``mtgui inspect --json``, say."""
    found = values.get("recognised")
    found = found if isinstance(found, dict) else {}
    files = [one for one in _list(values.get("files")) if isinstance(one, dict)]
    return ModelSummary(
        format=_text(values.get("format")),
        architecture=_text(found.get("architecture")),
        title=_text(found.get("title")) or _text(found.get("architecture")),
        sureness=_text(found.get("sureness")),
        alternatives=_names(found.get("fits_too")),
        problem=_text(values.get("not_recognised")),
        classes=_whole(found.get("classes")),
        class_names=_texts(found.get("class_names")),
        class_names_origin=_text(found.get("class_names_origin")),
        is_graph=isinstance(values.get("graph"), dict),
        size=sum(_whole(one.get("size")) for one in files) or _whole(values.get("bytes")),
        parameters=_whole(values.get("parameters")),
        file_hash=_text(files[0].get("sha256")) if len(files) == 1 else "",
        weights_hash=_text(values.get("weights_hash")),
        input=_input(found),
        renamed=len(_list(values.get("renamed"))) + len(_list(found.get("renamed"))),
        ignored=_texts(values.get("ignored")) + _texts(found.get("ignored")),
        notes=_texts(values.get("notes")) + _texts(found.get("notes")),
        limits=_texts(values.get("limits")),
    )


def _input(values: Mapping[str, Any]) -> InputFacts | None:
    found, origins = values.get("preprocessing"), values.get("origins")
    if not isinstance(found, dict):
        return None
    origins = origins if isinstance(origins, dict) else {}
    return InputFacts(found, {str(name): _text(text) for name, text in origins.items()})


def _text(value: object) -> str:
    return printable(value) if isinstance(value, str) else ""


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _texts(value: object) -> tuple[str, ...]:
    return tuple(printable(item) for item in _list(value) if isinstance(item, str))


def _names(value: object) -> tuple[str, ...]:
    named = (one.get("architecture") if isinstance(one, dict) else one for one in _list(value))
    return tuple(printable(one) for one in named if isinstance(one, str))


def _size(value: Any) -> str:
    if isinstance(value, list | tuple) and len(value) == 2:
        return str(value[0]) if value[0] == value[1] else f"{value[0]} × {value[1]}"
    return str(value) if value else "as they are"


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _is_imagenet(mean: object) -> bool:
    wanted = (0.485, 0.456, 0.406)
    found = _list(mean)
    return len(found) == 3 and all(abs(one - other) < 1e-6 for one, other in zip(found, wanted, strict=True))
