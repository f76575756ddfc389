"""Finds the pictures to mark: single files, and folders with everything below them."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from mtgui.common.errors import MtguiError, UsageError, printable
from mtgui.common.files import is_folder
from mtgui.common.folder_walk import plain_key, walk
from mtgui.common.hashing import sha256_file
from mtgui.records.journal import read_record
from mtgui.records.record_suffix import RECORD_SUFFIX


@dataclass(frozen=True)
class Source:
    """One picture to mark: its path, the folder of its copy below the export folder, and its label."""

    path: Path
    subfolder: Path = field(default_factory=Path)
    label: str | None = None


def collect_sources(
    paths: Iterable[Path],
    looks_like_picture: Callable[[Path], bool],
    *,
    leave_out: Path | None = None,
    label_from_folders: bool = False,
    on_link: Callable[[Path], None] = lambda _: None,
) -> list[Source]:
    """Return the pictures at ``paths``, each once, in the order given and by name within a folder.

    A single file is taken whatever its name. Of a folder, all files below it that ``looks_like_picture`` accepts are
    taken, except hidden files and files in ``leave_out`` (the export folder). The export repeats the folder's
    structure; several folders lie side by side. With ``label_from_folders`` the label is the first folder below the
    given one. A subfolder that cannot be opened counts as a picture, so that it appears among the failures. Export
    folders of earlier records are left out too, because they hold marked copies, not originals. Links to folders are
    not followed; ``on_link`` is called with each.
    Raises UsageError for a path that does not exist, for originals in ``leave_out``, and for marked copies.
    """
    paths = list(paths)
    folders = sum(is_folder(path) for path in paths)
    barred = Path(os.path.realpath(leave_out)) if leave_out is not None and is_folder(leave_out) else None
    found: dict[Path, Source] = {}
    for path in paths:
        if not os.path.lexists(path):
            raise UsageError(f"There is no file or folder “{printable(path)}”. Check the name.")
        real = Path(os.path.realpath(path))
        if barred is not None and (real == barred or barred in real.parents):
            raise UsageError(
                f"The original “{printable(path)}” would lie in the export folder, among the copies to publish. "
                "Choose another export folder."
            )
        if not is_folder(path):
            found.setdefault(_identity(path), Source(path))
            continue
        refuse_copies(path)
        above = Path(real.name) if folders > 1 else Path()
        for file in _walk(path, barred, on_link):
            if looks_like_picture(file) or is_folder(file):
                below = file.parent.relative_to(path)
                label = below.parts[0] if label_from_folders and below.parts else None
                found.setdefault(_identity(file), Source(file, above / below, label))
    return list(found.values())


def _identity(path: Path) -> Path:
    return Path(os.path.realpath(path.parent)) / path.name


def _walk(folder: Path, barred: Path | None, on_link: Callable[[Path], None]) -> Iterator[Path]:
    """Yield all files that may be pictures, and then the folders that cannot be opened."""

    def enters(below: Path) -> bool:
        return Path(os.path.realpath(below)) != barred and not is_export_folder(below)

    closed: list[Path] = []
    for found in walk(folder, key=plain_key, enters=enters):
        if found.kind == "closed":
            closed.append(found.path)
        elif found.kind == "linked":
            on_link(found.path)
        elif found.kind != "hidden":
            yield found.path
    yield from closed


def refuse_copies(folder: Path) -> None:
    """Raise UsageError if ``folder`` holds marked copies, which must not be marked again."""
    real = Path(os.path.realpath(folder))
    if is_export_folder(real):
        raise UsageError(
            f"“{printable(folder)}” holds marked copies that the record {real.name}{RECORD_SUFFIX} beside it speaks "
            "of. Name the folder of the originals instead."
        )


def is_export_folder(folder: Path) -> bool:
    """True when a record of the same name lies beside ``folder``, and copies of that record are still in it."""
    if not folder.name:
        return False
    record = folder.with_name(folder.name + RECORD_SUFFIX)
    if not record.is_file():
        return False
    try:
        exports = read_record(record).exports().values()
        for entry in exports:
            copy = folder / PurePosixPath(entry.file or "")
            if copy.is_file():
                return sha256_file(copy) == entry.file_hash
    except (MtguiError, OSError):
        return False
    return False
