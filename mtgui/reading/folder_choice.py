"""Chooses the file of weights in a folder, or says which file to choose. Runs in the child."""

import re
from collections.abc import Sequence
from pathlib import Path

from mtgui.reading.errors import RefusalError, quoted
from mtgui.reading.model_suffixes import IN_FOLDERS

_MOST_LISTED_FILES = 10_000
_MOST_SHOWN = 5
_FIRST_CHOICES = (
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "model.onnx",
)
_OF_TRAINING = re.compile(
    r"(?:training_args|optimizer|optim|scheduler|lr_scheduler|scaler|rng_state|random_states)(?:_\d+)?\.\w+(?:\.\w+)?"
)
"""Files that training scripts put beside the weights, to go on with the training."""
_BEST = re.compile(r"(?:model|checkpoint|weights|ckpt)?[_.-]?best(?:[_.-].*)?", re.IGNORECASE)
_STEP = re.compile(r"(?:checkpoint|epoch|step)[-_](\d{1,12})")


def choose_in(folder: Path) -> Path:
    """Return the file of weights in ``folder``. Raises RefusalError if there is none, or more than one; OSError."""
    names, steps = [], []
    for number, entry in enumerate(folder.iterdir()):
        if number >= _MOST_LISTED_FILES:
            raise RefusalError("it is a folder of very many files; choose the model file in it")
        names.append(entry.name)
        if _STEP.fullmatch(entry.name) and entry.is_dir():
            steps.append(entry.name)
    for name in _FIRST_CHOICES:
        if name in names:
            return folder / name
    indices = [name for name in names if name.endswith((".safetensors.index.json", ".bin.index.json"))]
    models = [name for name in names if name.endswith(IN_FOLDERS) and not _OF_TRAINING.fullmatch(name)]
    found = sorted(indices or models)
    if len(found) == 1:
        return folder / found[0]
    raise RefusalError(_which(found) if found else _no_model(steps))


def _which(found: Sequence[str]) -> str:
    best = [name for name in found if _BEST.fullmatch(name)]
    advice = f", usually {quoted(best[0])}, the best of its training" if len(best) == 1 else ""
    return f"it is a folder with several models ({_listed(found)}); choose one{advice}"


def _no_model(steps: Sequence[str]) -> str:
    if steps:
        inside = sorted(steps, key=lambda name: int(name.rpartition("-")[2].rpartition("_")[2]))
        return (
            f"it is the folder of a training, with a folder for each state of it ({_listed(inside)}); choose one of "
            f"them, usually the last, {quoted(inside[-1])}"
        )
    return "it is a folder without a model in it; choose the model file itself"


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(quoted(name) for name in names[:_MOST_SHOWN])}{', …' if len(names) > _MOST_SHOWN else ''}"
