"""What the marking room asks of an array library: the Array API, through array-api-compat."""

from dataclasses import dataclass
from typing import Any, TypeAlias

import array_api_compat
import numpy as np

Array: TypeAlias = Any
"""A NumPy array or a torch tensor; the docstrings say its shape, dtype and range."""


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
        """True for ordinary memory, where small tiles that fit the cache are fastest."""
        return str(self.device).startswith("cpu")

    @property
    def is_numpy(self) -> bool:
        """True when the library is NumPy."""
        return self.xp is np

    def array(self, values: Any, dtype: Any = None) -> Array:
        """Return ``values`` (NumPy array or nested sequence) as an array of this space."""
        if self.is_numpy:
            return np.asarray(values, dtype=dtype)
        made = self.xp.asarray(values, device=self.device)
        return made if dtype is None else self.xp.astype(made, dtype)


def space_of(array: Array) -> Space:
    """Return the space ``array`` lives in."""
    if isinstance(array, np.ndarray):
        return NUMPY_SPACE
    xp = array_api_compat.array_namespace(array)
    device = array_api_compat.device(array)
    return Space(xp, device, xp.float32 if str(device).startswith("mps") else xp.float64)


# NumPy itself keeps to the Array API from version 2.1 on; asking it directly spares a layer of calls.
NUMPY_SPACE = Space(np, "cpu", np.float64)
