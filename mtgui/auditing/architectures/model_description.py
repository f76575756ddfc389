"""Everything known about a model file, as one object ready for JSON and as lines for a person."""

from pathlib import Path
from typing import Any

from mtgui.auditing.architectures.match import Recognition
from mtgui.common.errors import printable, readable_name
from mtgui.common.hashing import sha256_file
from mtgui.reading.dtypes import TITLES
from mtgui.reading.errors import quoted
from mtgui.reading.facts import ModelFacts
from mtgui.reading.onnx_facts import onnx_to_values

_MOST_SHOWN = 8


def files_of(path: Path, facts: ModelFacts) -> list[dict[str, Any]]:
    """Return name, size and SHA-256 of each file that the model at ``path`` was read from. Raises OSError."""
    folder = path if path.is_dir() else path.parent
    return [
        {"name": name, "size": (folder / name).stat().st_size, "sha256": sha256_file(folder / name)}
        for name in facts.files
        if name == Path(name).name
    ]


def summarise_model(
    facts: ModelFacts, files: list[dict[str, Any]], recognition: Recognition | None, not_recognised: str = ""
) -> dict[str, Any]:
    """Return everything known about a model, ready for JSON; ``not_recognised`` says why nothing fits."""
    guess = facts.guessed_classes
    return {
        "kind": "model",
        "format": facts.format,
        "files": files,
        "tensors": len(facts.tensors),
        "parameters": facts.parameters,
        "bytes": facts.size,
        "dtypes": facts.dtypes,
        "taken": facts.taken,
        "reason": facts.reason,
        "others": list(facts.others),
        "renamed": [list(pair) for pair in facts.renamed],
        "ignored": list(facts.ignored),
        "guessed_classes": None if guess is None else {"number": guess[0], "weight": guess[1]},
        "notes": list(facts.notes),
        "limits": list(facts.limits),
        "graph": None if facts.onnx is None else onnx_to_values(facts.onnx),
        "recognised": None if recognition is None else summarise_recognition(recognition),
        "not_recognised": not_recognised,
    }


def summarise_recognition(recognition: Recognition) -> dict[str, Any]:
    """Return the architecture, its classes and preprocessing, and where each value came from, ready for JSON."""
    best, preprocessing = recognition.best, recognition.preprocessing
    return {
        "architecture": best.architecture,
        "title": best.title,
        "sureness": best.sureness,
        "options": dict(best.options),
        "renamed": [list(pair) for pair in best.renamed],
        "ignored": list(best.ignored),
        "fits_too": [{"architecture": m.architecture, "title": m.title} for m in recognition.matches[1:]],
        "classes": best.classes,
        "class_names": list(recognition.class_names),
        "class_names_origin": recognition.class_names_origin,
        "preprocessing": {
            "resize": preprocessing.resize,
            "crop": list(preprocessing.crop),
            "interpolation": preprocessing.interpolation,
            "mean": list(preprocessing.mean),
            "std": list(preprocessing.std),
            "channels": preprocessing.channels,
        },
        "origins": vars(recognition.origins),
        "notes": list(recognition.notes),
    }


def model_in_words(path: Path, summary: dict[str, Any]) -> str:
    """Return `summarise_model`'s findings as lines for a person."""
    kinds = ", ".join(f"{kind} ({count})" for kind, count in summary["dtypes"].items())
    lines = [f"{readable_name(path)}: a model, {summary['format']}"]
    for file in summary["files"]:
        name = "" if len(summary["files"]) == 1 else f"{printable(file['name'])}, "
        lines.append(f"  File: {name}{file['size']:,} bytes, SHA-256 {file['sha256']}")
    lines.append(f"  Weights: {summary['tensors']:,} tensors, {summary['parameters']:,} parameters; {kinds}")
    if summary["graph"]:
        lines.append(_graph_in_words(summary["graph"]))
    else:
        lines.append(f"  State dict: {summary['taken']}; taken because {summary['reason']}")
    lines += some_lines("Also found", summary["others"])
    lines += _renamings("Renamed", summary["renamed"])
    lines += some_lines("Left out", summary["ignored"])
    if summary["recognised"]:
        lines += recognition_in_words(summary["recognised"])
    else:
        lines += _unrecognised(summary)
    lines += [f"  Note: {note}" for note in summary["notes"]]
    limits = "; ".join(summary["limits"]) or "none that this system offers"
    lines.append(f"  Nothing in the file was run. It was read in a process of its own, limited to: {limits}.")
    return "\n".join(lines)


def recognition_in_words(found: dict[str, Any]) -> list[str]:
    """Return `summarise_recognition`'s findings as lines for a person."""
    lines = [f"  Architecture: {found['title']}, {found['architecture']}", f"  How sure: {found['sureness']}"]
    lines += some_lines("Fits too", [f"{other['title']}, {other['architecture']}" for other in found["fits_too"]])
    lines += _renamings("Renamed for this architecture", found["renamed"])
    lines += some_lines("Of no use to it", [printable(name) for name in found["ignored"]])
    names = [printable(name) for name in found["class_names"]]
    shown = ", ".join(f"{number} {name}" for number, name in enumerate(names[:_MOST_SHOWN]))
    more = ", …" if len(names) > _MOST_SHOWN else ""
    said = f"; names from {found['class_names_origin']}: {shown}{more}" if names else "; their names were not found"
    lines.append(f"  Classes: {found['classes']:,}{said}" if found["classes"] else "  Classes: seen once it runs")
    return [*lines, *preprocessing_in_words(found), *(f"  Note: {note}" for note in found["notes"])]


def preprocessing_in_words(found: dict[str, Any]) -> list[str]:
    """Return the preprocessing in `summarise_recognition`'s findings as lines, each value with its origin."""
    values, origins = found["preprocessing"], found["origins"]
    resize = values["resize"]
    resized = (
        "no resizing"
        if resize is None
        else f"short side to {resize} pixels"
        if isinstance(resize, int)
        else f"to {resize[0]} × {resize[1]} pixels"
    )
    channels = "" if values["channels"] == "RGB" else f", channels in the order {values['channels']}"
    scale = f"mean {_numbers(values['mean'])}, standard deviation {_numbers(values['std'])}{channels}"
    height, width = values["crop"]
    return [
        "  Preprocessing:",
        f"    resize: {resized} ({origins['resize']})",
        f"    crop: {height} × {width} pixels from the middle ({origins['crop']})",
        f"    interpolation: {values['interpolation']} ({origins['interpolation']})",
        f"    normalisation: {scale} ({origins['normalisation']})",
    ]


def some_lines(title: str, entries: list[str]) -> list[str]:
    """Return ``entries`` as lines under ``title``, the first few of them; nothing where there are none."""
    if not entries:
        return []
    more = [f"    … and {len(entries) - _MOST_SHOWN:,} more (all with --json)"] if len(entries) > _MOST_SHOWN else []
    return [f"  {title}: {len(entries):,}", *(f"    {entry}" for entry in entries[:_MOST_SHOWN]), *more]


def _graph_in_words(graph: dict[str, Any]) -> str:
    shape = "×".join("any" if length is None else str(length) for length in graph["input_shape"])
    maker = f", made by {printable(graph['producer'])}" if graph["producer"] else ""
    return (
        f"  Graph: input {quoted(graph['input'])} ({TITLES[graph['input_dtype']]}, {shape}), output "
        f"{quoted(graph['output'])} ({graph['ending']}){maker}"
    )


def _unrecognised(summary: dict[str, Any]) -> list[str]:
    lines = [f"  Architecture: not recognised; {summary['not_recognised']}"] if summary["not_recognised"] else []
    if summary["guessed_classes"]:
        guess = summary["guessed_classes"]
        lines.append(
            f"  Classes: perhaps {guess['number']:,}, a guess from the shape of “{printable(guess['weight'])}”"
        )
    return lines


def _renamings(title: str, pairs: list[list[str]]) -> list[str]:
    return some_lines(title, [f"{printable(old)} → {printable(new)}" for old, new in pairs])


def _numbers(values: list[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)
