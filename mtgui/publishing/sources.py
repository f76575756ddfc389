"""Which files a person meant: single pictures as they are, folders with everything below them."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mtgui.common.errors import UsageError


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
    the label. Raises UsageError for a path that does not exist.
    """
    paths = list(paths)
    folders = sum(path.is_dir() for path in paths)
    barred = leave_out.resolve() if leave_out is not None and leave_out.is_dir() else None
    found: dict[Path, Source] = {}
    for path in paths:
        if not os.path.lexists(path):
            raise UsageError(f"There is no file or folder “{path}”. Check the name.")
        if not path.is_dir():
            found.setdefault(_identity(path), Source(path))
            continue
        above = Path(path.resolve().name) if folders > 1 else Path()
        for file in _walk(path, barred):
            if looks_like_picture(file):
                below = file.parent.relative_to(path)
                label = below.parts[0] if label_from_folders and below.parts else None
                found.setdefault(_identity(file), Source(file, above / below, label))
    return list(found.values())


def _identity(path: Path) -> Path:
    return path.parent.resolve() / path.name


def _walk(folder: Path, barred: Path | None) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        here = Path(root)
        if barred is not None and here.resolve() == barred:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (here / name for name in sorted(names) if not name.startswith("."))
