"""The tensors taken out of a hostile file: one safetensors file, checked before anything is read from it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mtgui.reading.dtypes import NUMPY_CODES
from mtgui.reading.errors import RefusalError
from mtgui.reading.safetensors import TensorPlace, read_places


@dataclass(frozen=True)
class TensorFile:
    """A checked safetensors file and the places of its tensors, in the order of the model."""

    path: Path
    places: Mapping[str, TensorPlace]

    def raw(self, name: str) -> bytes:
        """Return the bytes of tensor ``name``, row-major, little-endian. Raises KeyError, OSError."""
        place = self.places[name]
        with self.path.open("rb") as file:
            file.seek(place.start)
            data = file.read(place.end - place.start)
        if len(data) != place.end - place.start:
            raise OSError("the file of tensors was changed")
        return data

    def array(self, name: str) -> npt.NDArray[Any]:
        """Return tensor ``name`` as an array of its shape; bfloat16 becomes float32, exactly.

        Raises KeyError, OSError, and RefusalError for float8, which NumPy does not have.
        """
        place = self.places[name]
        if place.dtype == "BF16":
            wide = np.frombuffer(self.raw(name), "<u2").astype("<u4") << 16
            return wide.view("<f4").reshape(place.shape)
        if place.dtype not in NUMPY_CODES:
            raise RefusalError("its numbers are of a kind that NumPy does not have")
        return np.frombuffer(self.raw(name), NUMPY_CODES[place.dtype]).reshape(place.shape)


def open_tensors(path: Path) -> TensorFile:
    """Return the tensors in the file at ``path``, an ordinary file. Raises RefusalError, OSError."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        return TensorFile(path, read_places(file))
