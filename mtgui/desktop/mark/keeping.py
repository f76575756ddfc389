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

_MOST_NAMES = 1000
_PRIVATE = 0o600


def back_up(record: Path, folder: Path, out: Path) -> Path:
    """Copy the file ``record`` into ``folder``, read the copy again, and return its path.

    out: the folder of the copies, which is published. A file of the same name stays; the backup gets a number then,
    unless that file is equal. Raises UsageError for a place that is no backup, StorageError if the disk refuses.
    """
    where = Path(os.path.realpath(folder))
    published = Path(os.path.realpath(out))
    if where == published or published in where.parents:
        raise UsageError(text("That folder will be published with the copies. Choose a place that stays private."))
    if where == Path(os.path.realpath(record)).parent:
        raise UsageError(text("The record lies there already. Choose another place, best on another disk."))
    try:
        data = record.read_bytes()
        target = _written(where, record, data)
        is_whole = hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(data).digest()
    except OSError as error:
        raise _refused(folder, error) from error
    if not is_whole:
        raise StorageError(
            text("The backup “{name}” is not what was written. Use another disk.", name=readable_name(target))
        )
    return target


def _written(folder: Path, record: Path, data: bytes) -> Path:
    for number in range(1, _MOST_NAMES):
        target = folder / (record.name if number == 1 else f"{record.stem} {number}{record.suffix}")
        try:
            files.write_new(target, data, mode=_PRIVATE)
        except FileExistsError:
            if target.read_bytes() != data:
                continue
        return target
    raise StorageError(text("“{folder}” is full of files with the name of the record.", folder=printable(folder)))


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
    where, published = Path(os.path.realpath(folder)), Path(os.path.realpath(out))
    if where == published or published in where.parents:
        raise UsageError(text("That folder will be published with the copies. Choose a place that stays private."))
    copied, missing = 0, []
    for picture in pictures:
        try:
            if not picture.is_file():
                missing.append(readable_name(picture))
                continue
            _copy_one(picture, where)
            copied += 1
        except OSError as error:
            raise _refused(folder, error) from error
    return Copied(copied, tuple(missing))


def _copy_one(picture: Path, folder: Path) -> None:
    data = picture.read_bytes()
    for number in range(1, _MOST_NAMES):
        target = folder / (picture.name if number == 1 else f"{picture.stem} {number}{picture.suffix}")
        try:
            files.write_new(target, data, durable=False)
        except FileExistsError:
            if target.read_bytes() != data:
                continue
        else:
            shutil.copystat(picture, target)
        return


def _refused(folder: Path, error: OSError) -> StorageError:
    reason = error.strerror or str(error)
    return StorageError(text("Nothing can be kept in “{folder}”: {reason}.", folder=printable(folder), reason=reason))
