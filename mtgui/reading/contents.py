"""Sources of the bytes of a tensor: a stretch of a file, a compressed entry, or bytes in memory."""

import zlib
from dataclasses import dataclass, field
from typing import IO, Protocol

from mtgui.reading.bounds import CHUNK
from mtgui.reading.errors import cut_off, damaged


class Content(Protocol):
    """A run of bytes of known size."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def read(self, start: int, count: int) -> bytes:
        """Return ``count`` bytes from ``start``. Raises RefusalError if the file is shorter than it states."""


@dataclass(frozen=True)
class Stretch:
    """``size`` bytes of ``file`` from byte ``start``."""

    file: IO[bytes]
    start: int
    size: int

    def read(self, start: int, count: int) -> bytes:
        """Return ``count`` bytes from ``start``. Raises RefusalError."""
        self.file.seek(self.start + start)
        data = self.file.read(count)
        if len(data) != count or start + count > self.size:
            raise cut_off("its numbers")
        return data


@dataclass
class Deflated:
    """An entry of a ZIP archive that is unpacked when first needed, to exactly ``size`` bytes."""

    packed: Stretch
    size: int
    _data: bytes | None = field(default=None, repr=False)

    def read(self, start: int, count: int) -> bytes:
        """Return ``count`` bytes from ``start``. Raises RefusalError."""
        if self._data is None:
            self._data = self._unpack()
        return self._data[start : start + count]

    def _unpack(self) -> bytes:
        unpacker = zlib.decompressobj(-15)
        pieces, left = [], self.size
        try:
            for start in range(0, self.packed.size, CHUNK):
                data = self.packed.read(start, min(CHUNK, self.packed.size - start))
                piece = unpacker.decompress(data, left + 1)
                left -= len(piece)
                if left < 0:
                    break
                pieces.append(piece)
        except zlib.error as error:
            raise damaged("a packed part of it cannot be unpacked") from error
        if left or not unpacker.eof:
            raise damaged("a packed part of it does not unpack to the size it states")
        return b"".join(pieces)


@dataclass(frozen=True)
class Bytes:
    """Bytes in memory."""

    data: bytes

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return len(self.data)

    def read(self, start: int, count: int) -> bytes:
        """Return ``count`` bytes from ``start``."""
        return self.data[start : start + count]
