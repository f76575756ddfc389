"""The access to array libraries that marking needs: the Array API, through array-api-compat."""

import math
import threading
from dataclasses import dataclass
from typing import Any, TypeAlias

import array_api_compat
import numpy as np

Array: TypeAlias = Any
"""A NumPy array or a torch tensor; the docstrings say its shape, dtype and range."""

_KEPT_BYTES = 1 << 22
_MOST_VIEWS = 256


class Workspace(threading.local):
    """Buffers for intermediate results, per thread, used again by the next call.

    The system hands out fresh memory of a few hundred kilobytes page by page, which takes longer than the arithmetic.
    """

    def __init__(self, most: int = _KEPT_BYTES) -> None:
        """Start empty in every thread; keep at most ``most`` bytes for each use."""
        self._most = most
        self._kept: dict[str, Array] = {}
        self._views: dict[tuple[str, tuple[int, ...], Any], Array] = {}

    def array(self, use: str, shape: tuple[int, ...], dtype: Any) -> Array:
        """Return an uninitialised NumPy array for one ``use``; it overwrites the last array of the same use.

        An array of more than ``most`` bytes is allocated freshly.
        """
        wanted = (use, shape, dtype)
        view = self._views.get(wanted)
        return self._make(*wanted) if view is None else view

    def _make(self, use: str, shape: tuple[int, ...], dtype: Any) -> Array:
        size = math.prod(shape) * np.dtype(dtype).itemsize
        if size > self._most:
            return np.empty(shape, dtype)
        kept = self._kept.get(use)
        if kept is None or kept.nbytes < size or len(self._views) >= _MOST_VIEWS:
            # Views keep their memory alive, so they are dropped together with it.
            self._views.clear()
        if kept is None or kept.nbytes < size:
            kept = self._kept[use] = np.empty(min(1 << max(16, size.bit_length()), self._most), np.uint8)
        view = self._views[use, shape, dtype] = kept[:size].view(dtype).reshape(shape)
        return view


WORKSPACE = Workspace()


@dataclass(frozen=True)
class Space:
    """Where arrays are made: a library's Array API functions, a device, and the dtype for exact sums.

    ``exact`` is float64, or float32 on devices that have no float64 (Apple's GPUs).
    """

    xp: Any
    device: Any
    exact: Any

    @property
    def is_cpu(self) -> bool:
        """True when the arrays lie in main memory, not on a graphics card."""
        return str(self.device).startswith("cpu")

    @property
    def is_numpy(self) -> bool:
        """True when the library is NumPy."""
        return self.xp is np

    def array(self, values: Any, dtype: Any = None) -> Array:
        """Return ``values`` (NumPy array or nested sequence) as an array of this space."""
        if self.is_numpy:
            return np.asarray(values, dtype=dtype)
        if isinstance(values, np.ndarray) and values.dtype == np.float64 and self.exact is not self.xp.float64:
            values = values.astype(np.float32)
        made = self.xp.asarray(values, device=self.device)
        return made if dtype is None else self.xp.astype(made, dtype)

    def cast(self, values: Array, dtype: Any, use: str) -> Array:
        """Return ``values`` as ``dtype``, decimals cut off. NumPy arrays lie in the thread's buffer for ``use``."""
        if not self.is_numpy:
            return self.xp.astype(values, dtype)
        cast = WORKSPACE.array(use, values.shape, dtype)
        np.copyto(cast, values, casting="unsafe")
        return cast

    def into(self, use: str, shape: tuple[int, ...], dtype: Any) -> dict[str, Array]:
        """Return ``{"out": …}``, which makes a NumPy function write into the thread's buffer for ``use``.

        Empty for other libraries.
        """
        return {"out": WORKSPACE.array(use, shape, dtype)} if self.is_numpy else {}


def space_of(array: Array) -> Space:
    """Return the space ``array`` lives in."""
    if isinstance(array, np.ndarray):
        return NUMPY_SPACE
    xp = array_api_compat.array_namespace(array)
    device = array_api_compat.device(array)
    return Space(xp, device, xp.float32 if str(device).startswith("mps") else xp.float64)


# NumPy follows the Array API from version 2.1 on; calling it directly saves one layer of calls.
NUMPY_SPACE = Space(np, "cpu", np.float64)
