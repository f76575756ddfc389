"""The messages between the process that runs an ONNX model and its parent: lengths, then bytes.

First come a JSON object and the model. Then each question is four lengths and a batch of float32. Each answer is one
byte, two lengths and scores of float32; or one byte and a reason.
"""

import struct
from io import FileIO

BATCH = struct.Struct("<4I")
SCORES = struct.Struct("<2I")
GOOD, BAD = b"\0", b"\1"
LARGEST_NOTE = 1 << 20
_LENGTH = struct.Struct("<Q")


class BrokenFrameError(Exception):
    """The other process ended, or sent an invalid message."""


def send(file: FileIO, *parts: bytes | memoryview) -> None:
    """Write ``parts`` as one frame. Raises OSError if the other process is gone."""
    file.write(_LENGTH.pack(sum(len(part) for part in parts)))
    for part in parts:
        view = memoryview(part)
        while view:
            view = view[file.write(view) or 0 :]
    file.flush()


def receive(file: FileIO, most: int) -> bytearray:
    """Read one frame of at most ``most`` bytes. Raises BrokenFrameError, OSError."""
    (length,) = _LENGTH.unpack(_exactly(file, _LENGTH.size))
    if length > most:
        raise BrokenFrameError
    return _exactly(file, length)


def _exactly(file: FileIO, count: int) -> bytearray:
    data = bytearray(count)
    view = memoryview(data)
    while view:
        found = file.readinto(view)
        if not found:
            raise BrokenFrameError
        view = view[found:]
    return data
