"""Where marked copies go, and how they get there: no original touched, nothing overwritten unasked."""

import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mtgui.common import files
from mtgui.common.hashing import sha256_bytes, sha256_file
from mtgui.publishing.request import Conflict


@dataclass(frozen=True)
class Placed:
    """What became of a copy: its name below the export folder, and whether anything was written."""

    name: str
    is_written: bool


class CopyFolder:
    """The export folder of one run. Safe to use from several threads.

    Names count as equal when they differ only in case, so that the copies can be moved to any system.
    """

    def __init__(self, out: Path, originals: Iterable[Path], on_conflict: Conflict) -> None:
        self._out, self._on_conflict = out, on_conflict
        self._lock = threading.Lock()
        self._claimed: set[str] = set()
        self._originals = {identity for path in originals if (identity := _file_identity(path))}

    def holds(self, name: str, file_hash: str) -> bool:
        """True when the copy called ``name`` lies there with exactly that content."""
        path = self._out / PurePosixPath(name)
        try:
            return path.is_file() and sha256_file(path) == file_hash
        except OSError:
            return False

    def claim(self, name: str) -> None:
        """Reserve ``name`` for a copy that is there already."""
        with self._lock:
            self._claimed.add(name.casefold())

    def choose(self, wanted: PurePosixPath, data: bytes) -> Placed:
        """Reserve a name for ``data``: ``wanted``, or by the rule for names that are taken, another."""
        with self._lock:
            target = self._out / wanted
            free = not os.path.lexists(target) and wanted.as_posix().casefold() not in self._claimed
            is_original = _file_identity(target) in self._originals
            if not free and not is_original and wanted.as_posix().casefold() not in self._claimed:
                if self._is_same(target, data):
                    return self._reserve(wanted, is_written=False)
                if self._on_conflict == "skip":
                    return self._reserve(wanted, is_written=False)
                if self._on_conflict == "overwrite" and target.is_file():
                    return self._reserve(wanted, is_written=True)
            return self._reserve(wanted if free else self._next_free(wanted), is_written=True)

    def write(self, name: str, data: bytes) -> None:
        """Write a copy under the name chosen for it. Raises OSError; then nothing of it is there."""
        target = self._out / PurePosixPath(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        if self._on_conflict == "overwrite" and _file_identity(target) not in self._originals:
            files.replace(target, data, durable=False)
        else:
            files.write_new(target, data, durable=False)

    def _reserve(self, name: PurePosixPath, *, is_written: bool) -> Placed:
        self._claimed.add(name.as_posix().casefold())
        return Placed(name.as_posix(), is_written)

    def _next_free(self, wanted: PurePosixPath) -> PurePosixPath:
        number = 2
        while True:
            candidate = wanted.with_name(f"{wanted.stem} ({number}){wanted.suffix}")
            number += 1
            taken = candidate.as_posix().casefold() in self._claimed or os.path.lexists(self._out / candidate)
            if not taken:
                return candidate

    @staticmethod
    def _is_same(target: Path, data: bytes) -> bool:
        try:
            return target.is_file() and target.stat().st_size == len(data) and sha256_file(target) == sha256_bytes(data)
        except OSError:
            return False


def _file_identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
