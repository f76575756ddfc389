"""The weights hash: one hash for one set of weights, independent of the file's format."""

import hashlib
import json
from typing import IO

from mtgui.reading.tensors import TensorFile

_PIECE = 1 << 22


def weights_hash(tensors: TensorFile) -> str:
    """Return SHA-256 over name, kind, shape and bytes of every tensor, sorted by name; 64 hexadecimal digits.

    Each tensor enters as the line ``[name, kind, shape]`` in JSON (ASCII, no spaces, the kind as safetensors names
    it), a line feed, and its bytes, row-major and little-endian. Raises OSError.
    """
    digest = hashlib.sha256()
    with tensors.path.open("rb") as file:
        for name in sorted(tensors.places):
            place = tensors.places[name]
            line = json.dumps([name, place.dtype, list(place.shape)], separators=(",", ":"))
            digest.update(line.encode("ascii") + b"\n")
            file.seek(place.start)
            _update(digest, file, place.end - place.start)
    return digest.hexdigest()


def _update(digest: "hashlib._Hash", file: IO[bytes], size: int) -> None:
    while size:
        data = file.read(min(size, _PIECE))
        if not data:
            raise OSError("the file of tensors was changed")
        digest.update(data)
        size -= len(data)
