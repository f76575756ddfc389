"""The one walk through folders: yields every file below a folder, in order; obstacles are yielded, not raised."""

import heapq
import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["file", "special", "hidden", "closed", "linked"]
Key = Callable[[str], Any]
_SORTED_AT_ONCE = 1000
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a walk came upon.

    kind: “file”; “special” for pipes, devices and links to nothing; “hidden” for files and folders that are passed
    over; “closed” for folders that cannot be read; “linked” for links to folders that are not entered. error: what the
    system said, where it said anything.
    """

    path: Path
    kind: Kind
    is_link: bool = False
    error: OSError | None = None


def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key with which ``2.png`` comes before ``10.png``."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part.casefold()) for part in _DIGITS.split(name) if part
    )


def plain_key(name: str) -> str:
    """Return a sort key by code points, used wherever a seed decides over the files."""
    return name


def has_dot(item: os.DirEntry[str]) -> bool:
    """True for names that begin with a dot."""
    return item.name.startswith(".")


def is_hidden(item: os.DirEntry[str]) -> bool:
    """True for names that begin with a dot and for what Windows hides. Raises OSError."""
    if has_dot(item):
        return True
    if os.name != "nt":
        return False
    attributes: int = getattr(item.stat(follow_symlinks=False), "st_file_attributes", 0)
    return bool(attributes & stat.FILE_ATTRIBUTE_HIDDEN)


def _always(_: Path) -> bool:
    return True


def _nothing() -> None:
    return None


def walk(
    root: Path,
    *,
    key: Key = natural_key,
    hides: Callable[[os.DirEntry[str]], bool] = has_dot,
    enters: Callable[[Path], bool] = _always,
    follows_links: bool = False,
    checkpoint: Callable[[], None] = _nothing,
    seen: set[tuple[int, int]] | None = None,
) -> Iterator[Found]:
    """Yield everything below ``root``: first the files of a folder, sorted by ``key`` of the name, then its subfolders.

    enters: decides which subfolders are walked. follows_links: also enter linked folders, each folder once.
    checkpoint: called for every item; an error that it raises ends the walk. seen: (device, inode) of folders that are
    not entered again; several walks may share it. Errors of the disk are yielded as `Found`, never raised.
    """
    known = seen if seen is not None else set[tuple[int, int]]() if follows_links else None
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        found: list[Found] = []
        folders: list[str] = []
        try:
            if known is not None:
                about = folder.stat()
                if (about.st_dev, about.st_ino) in known:
                    continue
                known.add((about.st_dev, about.st_ino))
            with os.scandir(folder) as listing:
                for item in listing:
                    checkpoint()
                    _sort_in(folder, item, hides, follows_links, found, folders)
        except OSError as error:
            found.append(Found(folder, "closed", error=error))
        yield from _in_order(found, lambda one: (key(one.path.name), one.path.name))
        inner = [folder / name for name in _in_order(folders, lambda name: (key(name), name)) if enters(folder / name)]
        waiting.extend(reversed(inner))


def files_in(folder: Path) -> list[Path]:
    """Return the files in ``folder`` itself, sorted by name: links to files too, hidden files not. Raises OSError."""
    with os.scandir(folder) as listing:
        names = sorted(item.name for item in listing if not has_dot(item) and _is(item.is_file))
    return [folder / name for name in names]


def folders_in(folder: Path, *, hidden: bool = False) -> list[Path]:
    """Return the folders in ``folder`` itself, sorted by name: linked ones too, hidden ones if ``hidden``.

    Raises OSError.
    """
    with os.scandir(folder) as listing:
        names = sorted(item.name for item in listing if (hidden or not has_dot(item)) and _is(item.is_dir))
    return [folder / name for name in names]


def _is(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except OSError:
        return False


def _is_link(item: os.DirEntry[str]) -> bool:
    """True for links; also for Windows' junctions, from Python 3.12 on."""
    is_junction: Callable[[], bool] | None = getattr(item, "is_junction", None)
    return item.is_symlink() or (is_junction is not None and is_junction())


def _sort_in(
    folder: Path,
    item: os.DirEntry[str],
    hides: Callable[[os.DirEntry[str]], bool],
    follows_links: bool,
    found: list[Found],
    folders: list[str],
) -> None:
    path = folder / item.name
    try:
        if hides(item):
            found.append(Found(path, "hidden"))
        elif item.is_dir():
            if follows_links or not _is_link(item):
                folders.append(item.name)
            else:
                found.append(Found(path, "linked", is_link=True))
        else:
            found.append(Found(path, "file" if item.is_file() else "special", item.is_symlink()))
    except OSError as error:
        found.append(Found(path, "special", error=error))


def _in_order(items: Sequence[Any], key: Callable[[Any], Any]) -> Iterator[Any]:
    """Sort in pieces and merge them, so that a folder of 100,000 files never blocks other threads for long."""
    pieces = [sorted(items[at : at + _SORTED_AT_ONCE], key=key) for at in range(0, len(items), _SORTED_AT_ONCE)]
    return heapq.merge(*pieces, key=key)
