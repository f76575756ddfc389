"""Which files a person meant: single pictures as they are, folders with everything below them."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mtgui.common.errors import UsageError, printable
from mtgui.common.files import is_folder


@dataclass(frozen=True)
class Source:
    """One picture to mark: its path, the folder its copy goes to below the export folder, and its label."""

    path: Path
    subfolder: Path = field(default_factory=Path)
    label: str | None = None


def collect_sources(
    paths: Iterable[Path],
    looks_like_picture: Callable[[Path], bool],
    *,
    leave_out: Path | None = None,
    label_from_folders: bool = False,
) -> list[Source]:
    """Return the pictures at ``paths``, each once, in the order given and by name within a folder.

    A file is taken whatever its name. Of a folder come the files ``looks_like_picture`` accepts, hidden ones
    and whatever lies in ``leave_out`` (the export folder) excepted; their place below it is mirrored, beside one
    another where several folders are given. With ``label_from_folders`` the first folder below the one given is
    the label. A folder below that cannot be opened counts as a picture, so that it is named among the failures.
    Raises UsageError for a path that does not exist, and for a folder in ``leave_out``.
    """
    paths = list(paths)
    folders = sum(is_folder(path) for path in paths)
    barred = Path(os.path.realpath(leave_out)) if leave_out is not None and is_folder(leave_out) else None
    found: dict[Path, Source] = {}
    for path in paths:
        if not os.path.lexists(path):
            raise UsageError(f"There is no file or folder “{printable(path)}”. Check the name.")
        if not is_folder(path):
            found.setdefault(_identity(path), Source(path))
            continue
        real = Path(os.path.realpath(path))
        if barred is not None and (real == barred or barred in real.parents):
            raise UsageError(
                f"The originals in “{printable(path)}” would lie in the export folder, among the copies to publish. "
                "Choose another export folder."
            )
        above = Path(real.name) if folders > 1 else Path()
        for file in _walk(path, barred):
            if looks_like_picture(file) or is_folder(file):
                below = file.parent.relative_to(path)
                label = below.parts[0] if label_from_folders and below.parts else None
                found.setdefault(_identity(file), Source(file, above / below, label))
    return list(found.values())


def _identity(path: Path) -> Path:
    return Path(os.path.realpath(path.parent)) / path.name


def _walk(folder: Path, barred: Path | None) -> Iterator[Path]:
    closed: list[Path] = []
    for root, folders, names in os.walk(folder, onerror=lambda error: closed.append(Path(error.filename))):
        here = Path(root)
        if barred is not None and Path(os.path.realpath(here)) == barred:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (here / name for name in sorted(names) if not name.startswith("."))
    yield from closed
