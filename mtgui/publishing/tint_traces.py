"""Tells whether a picture can be a copy of another that was marked with a tint of any key.

The change is averaged over areas and fitted with the waves of a tint, scaled by the texture of the original. A tint is
explained by its waves; an edit of light or contrast is explained better by a curve of the pixels' own levels; other
edits by neither.
"""

import numpy as np
from numpy.typing import NDArray

from mtgui.marking.texture import WEIGHT_ONE, texture_of
from mtgui.marking.tint import ACROSS, DOWN, cosines, texture_weights

_AREAS = 24
"""A picture is cut into this many areas in each direction."""
_LEAST_CHANGE = 0.35
"""Least root mean square of the areas' changes, in 255ths: lossy formats alone change them by less."""
_LEAST_SHARE = 0.7
"""Least share of the changes' energy that the waves explain. Of 102 edits of photographs with 15 kinds of edits none
reached it without being explained better by a curve; of 102 copies with tints, saved as JPEG, 3 did not reach it."""


def can_be_tinted(original: NDArray[np.float32], found: NDArray[np.float32]) -> bool:
    """True when a tint can make ``found`` out of ``original``, both (1 or 3, height, width) in 255ths."""
    before, change = _areas(original), _areas(found - original)
    energy = float(np.square(change).sum())
    if energy < _LEAST_CHANGE**2 * change.size:
        return False
    texture = texture_of(np.clip(original, 0, 255).astype(np.uint8))
    every = np.arange(_AREAS)
    weights = texture_weights(texture, (_AREAS, _AREAS), every, every) / WEIGHT_ONE
    waves = np.einsum("rj,ci->jirc", cosines(DOWN, _AREAS), cosines(ACROSS, _AREAS)).reshape(-1, _AREAS, _AREAS)[1:]
    levels = before.reshape(len(before), -1).T / 255
    curve = np.concatenate([np.ones((_AREAS**2, 1)), levels, levels**2, levels**3], axis=1)
    tint_share = _explained(change, (waves * weights).reshape(len(waves), -1).T, energy)
    return tint_share >= _LEAST_SHARE and tint_share > _explained(change, curve, energy)


def _areas(picture: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the means of the areas: (channels, areas, areas)."""
    down, across = (np.linspace(0, side, _AREAS + 1).astype(np.intp) for side in picture.shape[1:])
    rows = np.add.reduceat(picture.astype(np.float64), down[:-1], axis=1)
    sums = np.add.reduceat(rows, across[:-1], axis=2)
    return np.asarray(sums / np.maximum(1, np.outer(np.diff(down), np.diff(across))))


def _explained(change: NDArray[np.float64], parts: NDArray[np.float64], energy: float) -> float:
    """Return the share of the energy of ``change`` that sums of ``parts``, (areas, parts), explain in each channel."""
    wanted = change.reshape(len(change), -1).T
    fitted = parts @ np.linalg.lstsq(parts, wanted, rcond=None)[0]
    return 1.0 - float(np.square(wanted - fitted).sum()) / energy
