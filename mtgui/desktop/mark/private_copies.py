"""Copies that a person makes after an export: a backup of the record, and the pictures that stay home.

Both functions read and write files, and are called on a worker thread.
"""

import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mtgui.common import files
from mtgui.common.errors import StorageError, UsageError, printable, readable_name
from mtgui.common.texts import text

MOST_NAMES = 1000
_PRIVATE = 0o600


def back_up(record: Path, folder: Path, out: Path) -> Path:
    """Copy the file ``record`` into ``folder``, read the copy again, and return its path.

    out: the folder of the copies, which is published. A file of the same name stays; the backup gets a number then,
    unless that file is equal. Raises UsageError for a place that is no backup, StorageError if the disk refuses.
    """
    where = _private(folder, out)
    if where == Path(os.path.realpath(record)).parent:
        raise UsageError(text("The record lies there already. Choose another place, best on another disk."))
    try:
        data = record.read_bytes()
        target = _copied(record, data, where, is_secret=True)
        is_whole = hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(data).digest()
    except OSError as error:
        raise _refused(folder, error) from error
    if not is_whole:
        raise StorageError(
            text("The backup “{name}” is not what was written. Use another disk.", name=readable_name(target))
        )
    return target


@dataclass(frozen=True)
class Copied:
    """How many pictures were copied or were there already, and the names of those that are not where they were."""

    copied: int
    missing: tuple[str, ...] = ()


def copy_kept(pictures: Sequence[Path], folder: Path, out: Path) -> Copied:
    """Copy the files ``pictures`` into ``folder``; equal files that are there already count.

    out: the folder of the copies, which is published. Raises UsageError for a folder in it, StorageError if the disk
    refuses.
    """
    where = _private(folder, out)
    copied, missing = 0, []
    for picture in pictures:
        try:
            if not picture.is_file():
                missing.append(readable_name(picture))
                continue
            _copied(picture, picture.read_bytes(), where, is_secret=False)
            copied += 1
        except OSError as error:
            raise _refused(folder, error) from error
    return Copied(copied, tuple(missing))


def _private(folder: Path, out: Path) -> Path:
    """Return the real path of ``folder``. Raises UsageError if it lies in ``out``, which is published."""
    where, published = Path(os.path.realpath(folder)), Path(os.path.realpath(out))
    if where == published or published in where.parents:
        raise UsageError(text("That folder will be published with the copies. Choose a place that stays private."))
    return where


def _copied(file: Path, data: bytes, folder: Path, *, is_secret: bool) -> Path:
    """Write ``data``, the bytes of ``file``, into ``folder``; return the path, which has a number if the name is taken.

    An equal file that is there counts. is_secret: the copy is for its owner alone; else it has the times and the rights
    of ``file``. Raises StorageError if too many other files have that name.
    """
    for number in range(1, MOST_NAMES):
        target = folder / (file.name if number == 1 else f"{file.stem} {number}{file.suffix}")
        try:
            files.write_new(target, data, mode=_PRIVATE)
        except FileExistsError:
            if target.read_bytes() != data:
                continue
        else:
            if not is_secret:
                shutil.copystat(file, target)
        return target
    raise StorageError(
        text("“{folder}” is full of files with the name “{name}”.", folder=printable(folder), name=readable_name(file))
    )


def _refused(folder: Path, error: OSError) -> StorageError:
    reason = error.strerror or str(error)
    return StorageError(text("Nothing can be kept in “{folder}”: {reason}.", folder=printable(folder), reason=reason))
