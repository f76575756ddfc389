"""Paper mode: for explicit parameters, computes the same numbers as the authors' scripts (arXiv 2409.06280).

Their noise is Perlin's improved noise (SIGGRAPH 2002) with his permutation, read at pixel corners. It is scaled to
[0, 1] over the whole picture, put through a sine and reduced to signs. Nothing here is secret: this module is for
comparison with the paper, never for marking.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtgui.marking.arrays import Array, Space, space_of
from mtgui.marking.bands import whole_field
from mtgui.marking.pattern import pattern_part
from mtgui.marking.perlin import COLUMN_PARTS, ROW_PARTS, GradientField, Reading
from mtgui.marking.settings import MarkSettings
from mtgui.marking.stripes import Stripes

# Ken Perlin's permutation of 0 to 255, 2002, in hexadecimal.
_PERMUTATION = np.frombuffer(
    bytes.fromhex(
        "97a0895b5a0f830dc95f6035c2e907e18c24671e458e086325f0150a17be0694f778ea4b001ac53e5efcdbcb75230b2039b12158"
        "ed953857ae147d88aba844af4aa547868b301ba64d929ee7536fe57a3cd385e6dc695c29372ef528f4668f3641193fa101d85049"
        "d14c84bbd05912a9c8c4878274bc9f56a4646dc6adba034034d9e2fa7c7b05ca2693767eff5255d4cfce3be32f103a11b6bd1c2a"
        "dfb7aad577f898022c9aa346dd99659ba72bac09811627fd13626c6e4f71e0e8b2b97068daf661e4fb22f2c1eed2900cbfb3a2f1"
        "513391ebf90eef6b31c0d61fb5c76a9db854ccb07379322d7f0496fe8aeccd5dde72431d1848f38d80c34e42d73d9cb4"
    ),
    dtype=np.uint8,
)


@dataclass(frozen=True)
class PaperNoise:
    """The authors' noise parameters: period in pixels, octaves, sine frequency in half waves."""

    period: float
    octaves: int
    frequency: float


def paper_field(noise: PaperNoise, height: int, width: int, space: Space) -> Array:
    """Return the raw Perlin field, (height, width), roughly −1 to 1, within 10⁻⁵ of ``pnoise2``."""
    steps = tuple((2.0**level / noise.period,) * 2 for level in range(noise.octaves))
    lattices = tuple(_paper_lattice(int((height - 1) * step) + 2, int((width - 1) * step) + 2) for step, _ in steps)
    reading = Reading((0, 0), (height, width), 0.0, 23)
    field = GradientField(lattices, steps, tuple(0.5**level for level in range(noise.octaves)), 0.0, reading)
    return whole_field(field, space) / (2.0 - 2.0 ** (1 - noise.octaves))


def paper_signs(noise: PaperNoise, height: int, width: int, space: Space) -> Array:
    """Return the authors' signs, (height, width) uint8: 1 where their noise is −ε."""
    # Single precision and their order of steps matter: at the field's extremes the sine is zero except for rounding.
    xp = space.xp
    field = xp.astype(paper_field(noise, height, width, space), xp.float32)
    low, high = xp.min(field), xp.max(field)
    waves = xp.sin((field - low) / (high - low) * noise.frequency * float(np.pi))
    low, high = xp.min(waves), xp.max(waves)
    return xp.astype((waves - low) / (high - low) < 0.5, xp.uint8)


def paper_mark(pixels: Array, parameters: PaperNoise, stripe_colours: tuple[int, ...], settings: MarkSettings) -> Array:
    """Return the authors' marked copy of one picture, not rounded. pixels and result: (3, H, W) float32 in [0, 1]."""
    space = space_of(pixels)
    height, width = pixels.shape[1:]
    signs = paper_signs(parameters, height, width, space)
    xp = space.xp
    noise = (1.0 - 2.0 * xp.astype(signs, xp.float32)) * settings.noise_budget
    noisy = xp.clip(pixels * 255.0 + noise[None, :, :], 0.0, 255.0)
    stripes = pattern_part(Stripes(stripe_colours), 3, height, width, (0, height, 0, width), space) / 256.0
    return (noisy * settings.blend_ratio + stripes * (1.0 - settings.blend_ratio)) / 255.0


def _paper_lattice(rows: int, columns: int) -> NDArray[np.int8]:
    row, column = np.arange(rows) & 255, np.arange(columns) & 255
    corner = _PERMUTATION[(_PERMUTATION[row].astype(np.int64)[:, None] + column[None, :]) & 255]
    # The low four bits of one more permutation step choose the gradient.
    direction = _PERMUTATION[corner] & 15
    return np.array((ROW_PARTS, COLUMN_PARTS), dtype=np.int8)[:, direction]
