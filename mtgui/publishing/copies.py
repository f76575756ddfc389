"""Names and writes marked copies: originals are never touched, and other files only overwritten on request."""

import errno
import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from mtgui.common import files
from mtgui.common.hashing import sha256_file
from mtgui.publishing.export_request import Conflict

Way = Literal["new", "in place", "there already", "left alone"]


@dataclass(frozen=True)
class Place:
    """The name of a copy below the export folder, and what is done with it.

    "new": write under a free name. "in place": overwrite another file. "there already": a file with exactly the
    content of the copy exists. "left alone": a file with other content exists and must not be touched.
    """

    name: str
    way: Way


class CopyFolder:
    """The export folder of one run.

    Names that differ only in case or in the encoding of accents count as equal, so that the copies can be moved to any
    system.
    """

    def __init__(self, out: Path, protected: Iterable[Path], hashes: Iterable[str], on_conflict: Conflict) -> None:
        """Never overwrite the files ``protected``, nor files whose SHA-256 is among ``hashes``."""
        self._out, self._on_conflict = out, on_conflict
        self._claimed: set[str] = set()
        self._found: dict[Path, set[str]] = {}
        self._hashes = set(hashes)
        self._protected = {identity for path in protected if (identity := _file_identity(path))}

    def tidy(self, subfolders: Iterable[Path]) -> None:
        """Remove half-written files that a killed run left in ``subfolders``."""
        for folder in {self._out / subfolder for subfolder in subfolders}:
            files.remove_partials(folder)

    def holds(self, name: str, file_hash: str) -> bool:
        """True when the copy called ``name`` lies there with exactly that content."""
        return self._hash(self._out / PurePosixPath(name)) == file_hash

    def claim(self, name: str) -> None:
        """Reserve ``name`` for a copy that is there already."""
        self._claimed.add(_folded(name))

    def choose(self, wanted: PurePosixPath, file_hash: str) -> Place:
        """Reserve a name for a copy with the SHA-256 ``file_hash``: ``wanted``, or another if that is taken.

        The rule for names that are taken decides which.
        """
        target = self._out / wanted
        if _folded(wanted.as_posix()) in self._claimed or _file_identity(target) in self._protected:
            return self._reserve(self._next_free(wanted), "new")
        if not self._is_taken(wanted):
            return self._reserve(wanted, "new")
        if os.path.lexists(target):
            found = self._hash(target)
            if found == file_hash:
                return self._reserve(wanted, "there already")
            if self._on_conflict == "skip":
                return Place(wanted.as_posix(), "left alone")
            if self._on_conflict == "overwrite" and found is not None and found not in self._hashes:
                return self._reserve(wanted, "in place")
        return self._reserve(self._next_free(wanted), "new")

    def write(self, place: Place, data: bytes) -> None:
        """Write a copy to its place. Raises OSError; then no part of the copy is there.

        FileExistsError means that another program has taken the name in the meantime.
        """
        target = self._out / PurePosixPath(place.name)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(target.parent)) from error
        if place.way == "in place":
            files.replace(target, data, durable=False)
        elif place.way == "new":
            files.write_new(target, data, durable=False)

    def _reserve(self, name: PurePosixPath, way: Way) -> Place:
        self._claimed.add(_folded(name.as_posix()))
        return Place(name.as_posix(), way)

    def _next_free(self, wanted: PurePosixPath) -> PurePosixPath:
        number = 2
        while self._is_taken(candidate := wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")):
            number += 1
        return candidate

    def _is_taken(self, name: PurePosixPath) -> bool:
        if _folded(name.as_posix()) in self._claimed or os.path.lexists(self._out / name):
            return True
        return _folded(name.name) in self._names_in((self._out / name).parent)

    def _names_in(self, folder: Path) -> set[str]:
        """Return the names that ``folder`` held at the first call."""
        if folder not in self._found:
            try:
                self._found[folder] = {_folded(path.name) for path in folder.iterdir()}
            except OSError:
                return set()
        return self._found[folder]

    @staticmethod
    def _hash(target: Path) -> str | None:
        try:
            return sha256_file(target) if target.is_file() else None
        except OSError:
            return None


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _file_identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
