"""Finds the base of a LoRA: the file that a person named, or one with the SHA-256 that the LoRA names; no torch."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from mtgui.auditing.architectures.generator_description import Agreement
from mtgui.auditing.diffusion.plans import LoraSays
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, printable, readable_name
from mtgui.common.files import is_folder
from mtgui.common.hashing import sha256_file
from mtgui.reading.pipeline_parts import INDEX

_MODEL_FILES = (INDEX, "config.json")
_SUFFIXES = (".safetensors", ".ckpt", ".pt", ".bin")
_SMALLEST = 1 << 18
_LARGEST = 1 << 36
"""No whole model is smaller or larger than this."""
_MOST_HASHED = 40


def find_base(lora: Path, says: LoraSays, asked: Path | None, control: Control) -> Path:
    """Return the base of the LoRA at ``lora``: ``asked`` if that is a model, else the file that ``says`` names.

    A folder without a model is searched, by default the folder of the LoRA; a file counts only if its SHA-256 agrees.
    Files with the name that the LoRA names are tried first. Raises UsageError, which says what is missing and where it
    was searched; CancelledError.
    """
    if asked is not None and not is_place_of_bases(asked):
        return asked
    folder = lora.absolute().parent if asked is None else asked
    found = search_base(lora, says, [folder], control)
    if found is None:
        raise UsageError(_not_found(lora, says, folder))
    return found


def search_base(lora: Path, says: LoraSays, folders: Sequence[Path], control: Control) -> Path | None:
    """Return the file in ``folders`` whose SHA-256 the LoRA at ``lora`` names; None if there is none.

    Files with the name that the LoRA names are tried first. Raises CancelledError.
    """
    if says.base_sha256 is None:
        return None
    for path in _candidates(folders, lora, says.base_name):
        if _has_hash(path, says.base_sha256, control):
            return path
    return None


def is_place_of_bases(path: Path) -> bool:
    """True for a folder that is no model by itself, in which bases are searched."""
    return is_folder(path) and not any((path / name).exists() for name in _MODEL_FILES)


def agreement(base: Path, says: LoraSays, control: Control) -> Agreement:
    """Return whether ``base`` is the file that the LoRA names. Raises CancelledError."""
    if says.base_sha256 is None:
        return "not named"
    if not base.is_file():
        return "folder"
    return "same" if _has_hash(base, says.base_sha256, control) else "other"


def _candidates(folders: Sequence[Path], lora: Path, name: str | None) -> Iterator[Path]:
    """Yield model files in ``folders`` and one level below: those of the wanted name first, then the largest."""
    found: list[tuple[bool, int, str, Path]] = []
    for path in dict.fromkeys(path for folder in folders for level in ("*", "*/*") for path in folder.glob(level)):
        try:
            if path.suffix.lower() in _SUFFIXES and path.is_file() and not path.samefile(lora):
                size = path.stat().st_size
                if _SMALLEST <= size <= _LARGEST:
                    found.append((path.stem != Path(name or "").stem, -size, path.name, path))
        except OSError:
            continue
    yield from (path for *_, path in sorted(found)[:_MOST_HASHED])


def _has_hash(path: Path, wanted: str, control: Control) -> bool:
    try:
        return sha256_file(path, control) == wanted.lower()
    except OSError:
        return False


def _not_found(lora: Path, says: LoraSays, folder: Path) -> str:
    beginning = f"{readable_name(lora)} is a LoRA, a change to another model, and is compared with that model, its base"
    if says.base_name is None and says.base_sha256 is None:
        return f"{beginning}. It does not say which one that is: name the file or folder of its base with --base."
    named = f"“{printable(says.base_name)}”" if says.base_name else "a file without a name"
    hashed = f" (SHA-256 {says.base_sha256[:12]}…)" if says.base_sha256 else ""
    looked = f"; no file in “{printable(folder)}” has that SHA-256" if says.base_sha256 else ""
    return f"{beginning}. It names {named}{hashed}{looked}. Name the file or folder of its base with --base."
