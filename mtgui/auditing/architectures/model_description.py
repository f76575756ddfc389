"""The description of a model file: a frozen dataclass for programs, and lines for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mtgui.auditing.architectures.generator_description import GeneratorDescription, generator_in_words
from mtgui.auditing.architectures.match import Recognition
from mtgui.auditing.preprocessing import Origins, Preprocessing
from mtgui.common.errors import printable, readable_name
from mtgui.common.hashing import sha256_file
from mtgui.reading.dtypes import TITLES
from mtgui.reading.errors import quoted
from mtgui.reading.facts import ModelFacts
from mtgui.reading.onnx_facts import onnx_to_values
from mtgui.reading.pipeline_parts import PARTS

_MOST_SHOWN = 8


@dataclass(frozen=True)
class FileDescription:
    """One file of a model; ``size`` in bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class GuessedClasses:
    """A guess at the number of classes, from the shape of the tensor ``weight``."""

    number: int
    weight: str


@dataclass(frozen=True)
class NamedArchitecture:
    """An architecture: its name, such as ``torchvision/resnet18``, and its title for people."""

    architecture: str
    title: str


@dataclass(frozen=True)
class RecognitionDescription:
    """The architecture that fits best, its classes and preprocessing, and the source of each value.

    is_undecided: True if only unmarked originals can decide between it and others that fit too.
    """

    architecture: str
    title: str
    sureness: str
    options: Mapping[str, Any]
    renamed: tuple[tuple[str, str], ...]
    ignored: tuple[str, ...]
    fits_too: tuple[NamedArchitecture, ...]
    classes: int
    class_names: tuple[str, ...]
    class_names_origin: str
    preprocessing: Preprocessing
    origins: Origins
    notes: tuple[str, ...]
    is_undecided: bool = False


@dataclass(frozen=True)
class ModelDescription:
    """Everything known about a model file, as ``mtgui inspect --json`` prints it.

    files: names with sizes and hashes. bytes: size of all tensors. taken, reason: the chosen state dict, and why it
    was chosen before ``others``. graph: facts about an ONNX graph. recognised: None if no architecture fits; then
    ``not_recognised`` says why. generator: a diffusion model or a LoRA, else None. weights_hash: independent of the
    file's format; empty if the weights were not read.
    """

    kind: Literal["model"]
    format: str
    files: tuple[FileDescription, ...]
    tensors: int
    parameters: int
    bytes: int
    dtypes: Mapping[str, int]
    taken: str
    reason: str
    others: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    ignored: tuple[str, ...]
    guessed_classes: GuessedClasses | None
    notes: tuple[str, ...]
    limits: tuple[str, ...]
    graph: Mapping[str, Any] | None
    recognised: RecognitionDescription | None
    not_recognised: str
    weights_hash: str = ""
    generator: GeneratorDescription | None = None


def files_of(path: Path, facts: ModelFacts) -> tuple[FileDescription, ...]:
    """Return name, size and SHA-256 of each file of the model at ``path``. Raises OSError."""
    folder = path if path.is_dir() else path.parent
    return tuple(
        FileDescription(name, (folder / name).stat().st_size, sha256_file(folder / name))
        for name in facts.files
        if is_inside(name)
    )


def is_inside(name: str) -> bool:
    """True for the name of a file in a model's folder, or in the folder of one of its parts (“unet/…”)."""
    part, _, file = name.rpartition("/")
    return part in ("", *PARTS) and file not in ("", ".", "..") and file == Path(file).name


def describe_model(
    facts: ModelFacts,
    files: tuple[FileDescription, ...],
    recognition: Recognition | None,
    not_recognised: str = "",
    weights_hash: str = "",
    generator: GeneratorDescription | None = None,
) -> ModelDescription:
    """Return the description of a model; ``not_recognised`` says why no architecture fits.

    generator: the description of a diffusion model or of a LoRA, if it is one.
    """
    guess = facts.guessed_classes
    return ModelDescription(
        kind="model",
        format=facts.format,
        files=files,
        tensors=len(facts.tensors),
        parameters=facts.parameters,
        bytes=facts.size,
        dtypes=facts.dtypes,
        taken=facts.taken,
        reason=facts.reason,
        others=tuple(facts.others),
        renamed=tuple((old, new) for old, new in facts.renamed),
        ignored=tuple(facts.ignored),
        guessed_classes=None if guess is None else GuessedClasses(*guess),
        notes=tuple(facts.notes),
        limits=tuple(facts.limits),
        graph=None if facts.onnx is None else onnx_to_values(facts.onnx),
        recognised=None if recognition is None else describe_recognition(recognition),
        not_recognised=not_recognised,
        weights_hash=weights_hash,
        generator=generator,
    )


def describe_recognition(recognition: Recognition) -> RecognitionDescription:
    """Return the description of ``recognition``."""
    best = recognition.best
    return RecognitionDescription(
        architecture=best.architecture,
        title=best.title,
        sureness=recognition.sureness,
        options=best.options,
        renamed=tuple((old, new) for old, new in best.renamed),
        ignored=tuple(best.ignored),
        fits_too=tuple(NamedArchitecture(m.architecture, m.title) for m in recognition.matches[1:]),
        classes=best.classes,
        class_names=recognition.class_names,
        class_names_origin=recognition.class_names_origin,
        preprocessing=recognition.preprocessing,
        origins=recognition.origins,
        notes=tuple(recognition.notes),
        is_undecided=recognition.is_undecided,
    )


def model_in_words(path: Path, model: ModelDescription) -> str:
    """Return ``model`` as lines for a person."""
    kinds = ", ".join(f"{kind} ({count})" for kind, count in model.dtypes.items())
    lines = [f"{readable_name(path)}: a model, {model.format}"]
    for file in model.files:
        name = "" if len(model.files) == 1 else f"{printable(file.name)}, "
        lines.append(f"  File: {name}{file.size:,} bytes, SHA-256 {file.sha256}")
    lines.append(f"  Weights: {model.tensors:,} tensors, {model.parameters:,} parameters; {kinds}")
    if model.graph:
        lines.append(_graph_in_words(model.graph))
    else:
        lines.append(f"  State dict: {model.taken}; taken because {model.reason}")
    lines += some_lines("Also found", model.others)
    lines += _renamings("Renamed", model.renamed)
    lines += some_lines("Left out", model.ignored)
    if model.generator:
        lines += generator_in_words(model.generator)
    elif model.recognised:
        lines += recognition_in_words(model.recognised)
    else:
        lines += _unrecognised(model)
    lines += [f"  Note: {note}" for note in model.notes]
    limits = "; ".join(model.limits) or "none that this system offers"
    lines.append(f"  Nothing in the file was run. It was read in a process of its own, limited to: {limits}.")
    return "\n".join(lines)


def recognition_in_words(found: RecognitionDescription) -> list[str]:
    """Return ``found`` as lines for a person."""
    lines = [f"  Architecture: {found.title}, {found.architecture}", f"  How sure: {found.sureness}"]
    lines += some_lines("Fits too", [f"{other.title}, {other.architecture}" for other in found.fits_too])
    lines += _renamings("Renamed for this architecture", found.renamed)
    lines += some_lines("Of no use to it", [printable(name) for name in found.ignored])
    names = [printable(name) for name in found.class_names]
    shown = ", ".join(f"{number} {name}" for number, name in enumerate(names[:_MOST_SHOWN]))
    more = ", …" if len(names) > _MOST_SHOWN else ""
    said = f"; names from {found.class_names_origin}: {shown}{more}" if names else "; their names were not found"
    lines.append(f"  Classes: {found.classes:,}{said}" if found.classes else "  Classes: seen once it runs")
    return [*lines, *preprocessing_in_words(found), *(f"  Note: {note}" for note in found.notes)]


def preprocessing_in_words(found: RecognitionDescription) -> list[str]:
    """Return the preprocessing in ``found`` as lines, each value with its source."""
    values, origins = found.preprocessing, found.origins
    resize = values.resize
    resized = (
        "no resizing"
        if resize is None
        else f"short side to {resize} pixels"
        if isinstance(resize, int)
        else f"to {resize[0]} × {resize[1]} pixels"
    )
    channels = "" if values.channels == "RGB" else f", channels in the order {values.channels}"
    scale = f"mean {_numbers(values.mean)}, standard deviation {_numbers(values.std)}{channels}"
    height, width = values.crop
    return [
        "  Preprocessing:",
        f"    resize: {resized} ({origins.resize})",
        f"    crop: {height} × {width} pixels from the middle ({origins.crop})",
        f"    interpolation: {values.interpolation} ({origins.interpolation})",
        f"    normalisation: {scale} ({origins.normalisation})",
    ]


def some_lines(title: str, entries: Sequence[str]) -> list[str]:
    """Return the first few ``entries`` as lines under ``title``; empty if there are none."""
    if not entries:
        return []
    more = [f"    … and {len(entries) - _MOST_SHOWN:,} more (all with --json)"] if len(entries) > _MOST_SHOWN else []
    return [f"  {title}: {len(entries):,}", *(f"    {entry}" for entry in entries[:_MOST_SHOWN]), *more]


def _graph_in_words(graph: Mapping[str, Any]) -> str:
    shape = "×".join("any" if length is None else str(length) for length in graph["input_shape"])
    maker = f", made by {printable(graph['producer'])}" if graph["producer"] else ""
    return (
        f"  Graph: input {quoted(graph['input'])} ({TITLES[graph['input_dtype']]}, {shape}), output "
        f"{quoted(graph['output'])} ({graph['ending']}){maker}"
    )


def _unrecognised(model: ModelDescription) -> list[str]:
    lines = [f"  Architecture: not recognised; {model.not_recognised}"] if model.not_recognised else []
    if model.guessed_classes:
        guess = model.guessed_classes
        lines.append(f"  Classes: perhaps {guess.number:,}, a guess from the shape of “{printable(guess.weight)}”")
    return lines


def _renamings(title: str, pairs: Sequence[tuple[str, str]]) -> list[str]:
    return some_lines(title, [f"{printable(old)} → {printable(new)}" for old, new in pairs])


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)
