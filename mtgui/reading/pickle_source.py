"""Reads the bytes of a pickle, with bounds on every read."""

import struct
from typing import IO

from mtgui.reading.bounds import LARGEST_PICKLE
from mtgui.reading.errors import cut_off, damaged

_LONGEST_LINE = 1 << 16


class PickleSource:
    """Reads a pickle from ``file``, from its present position to byte ``end``."""

    def __init__(self, file: IO[bytes], end: int) -> None:
        """Take ``file``, open for reading in binary."""
        self._file, self._end = file, end
        self._start = self._place = file.tell()

    @property
    def place(self) -> int:
        """Position of the next byte in the file."""
        return self._place

    def read(self, count: int) -> bytes:
        """Return exactly ``count`` bytes. Raises RefusalError if there are fewer."""
        if count < 0 or count > self._end - self._place:
            raise cut_off("its list of contents")
        if self._place + count - self._start > LARGEST_PICKLE:
            raise damaged("its list of contents is larger than any model needs")
        data = self._file.read(count)
        if len(data) != count:
            raise cut_off("its list of contents")
        self._place += count
        return data

    def line(self) -> bytes:
        """Return the bytes up to the next line break, without it. Raises RefusalError."""
        data = self._file.readline(min(_LONGEST_LINE, self._end - self._place))
        if not data.endswith(b"\n"):
            raise damaged("its list of contents holds an endless line") if data else cut_off("its list of contents")
        self._place += len(data)
        return data[:-1]

    def number(self, code: str) -> int:
        """Return one integer of the ``struct`` kind ``code``, little-endian. Raises RefusalError."""
        value: int = struct.unpack(f"<{code}", self.read(struct.calcsize(f"<{code}")))[0]
        return value
