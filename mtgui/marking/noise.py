"""The noise of a mark: one sign per pixel, its own for each key and picture, laid out in design pixels.

A picture's short side counts ``design_resolution`` design pixels whatever its real size, and noise is read at
pixel *centres*; so a trainer that shrinks a marked copy sees much the same noise as one marked after shrinking.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mtgui.common.errors import UsageError
from mtgui.marking.arrays import Array, Space
from mtgui.marking.keys import MarkKey, shake_stream, subkey, uniform_integers
from mtgui.marking.perlin import COLUMN_PARTS, ROW_PARTS, ColumnBlock, Octave, Reading
from mtgui.marking.settings import NoiseKind

PERIODS = (30, 60)
OCTAVES = (1, 4)
FREQUENCIES = (20, 60)
_PHASE_STEPS = 4096
HALF_WAVES = 1024.0
# 2 × 16 bits of weights, 5 + 3 of factors and 11 before the point: 51 of float64's 53, so sums are exact.
WEIGHT_BITS = 16
_FACTOR_STEPS = 32.0
_TILE_CELLS = 1 << 16
_TILE_COLUMNS = 1024
_BLOCK_ROWS = 1024
# Row and column parts of the two gradients each byte of a stream stands for, high half first.
_GRADIENT_PAIRS = np.array(
    [[(parts[byte >> 4], parts[byte & 15]) for byte in range(256)] for parts in (ROW_PARTS, COLUMN_PARTS)],
    dtype=np.int8,
)

# Typical distance between the least and the greatest value of a field with 1 to 4 octaves, over a square of
# so many lattice cells a side: medians over 400 keys. It stands in for the paper's own normalisation, which
# needs every pixel before the first one and changes with the sampling.
_SPAN_CELLS = (0.5, 1.0, 2.0, 4.0, 8.0)
_SPANS = (
    (0.49, 0.65, 1.0, 1.21, 1.38),
    (0.4, 0.59, 0.81, 0.98, 1.11),
    (0.36, 0.55, 0.76, 0.9, 1.02),
    (0.37, 0.53, 0.73, 0.87, 0.98),
)


@dataclass(frozen=True)
class Frame:
    """How a picture lies in its design pixels: original size in pixels (after orientation), and resolution."""

    height: int
    width: int
    design_resolution: int

    @property
    def design_height(self) -> float:
        """Height in design pixels."""
        return self.design_resolution * self.height / min(self.height, self.width)

    @property
    def design_width(self) -> float:
        """Width in design pixels."""
        return self.design_resolution * self.width / min(self.height, self.width)


@dataclass(frozen=True)
class NoiseDraw:
    """What one key draws for one picture.

    seed: 32 bytes for the streams; period in design pixels; octaves; sine frequency; phase in half waves, 0 to 2.
    """

    kind: NoiseKind
    seed: bytes = field(repr=False)
    period: int
    octaves: int
    frequency: int
    phase: float


def draw_noise(key: MarkKey, picture_id: str, kind: NoiseKind) -> NoiseDraw:
    """Draw the noise of the picture with SHA-256 ``picture_id`` (64 hexadecimal digits) under ``key``.

    Period, octaves and frequency are uniform over the paper's ranges (whole numbers, both ends included).
    Raises UsageError for a malformed picture id.
    """
    try:
        context = bytes.fromhex(picture_id)
    except ValueError:
        context = b""
    if len(context) != 32:
        raise UsageError(f"“{picture_id}” is not a picture id: a SHA-256 in hexadecimal digits.")
    seed = subkey(key, f"noise {kind}", context)
    period, octaves, frequency = (
        low + next(uniform_integers(seed, name, high - low + 1))
        for name, (low, high) in (("period", PERIODS), ("octaves", OCTAVES), ("frequency", FREQUENCIES))
    )
    phase = next(uniform_integers(seed, "phase", _PHASE_STEPS)) * 2.0 / _PHASE_STEPS
    return NoiseDraw(kind, seed, period, octaves, frequency, phase)


@dataclass(frozen=True)
class SignTile:
    """Signs of one rectangle of a batch: ``is_minus`` is (N, bottom − top, right − left), uint8: 1 where the
    noise is −ε, 0 where it is +ε.
    """

    top: int
    bottom: int
    left: int
    right: int
    is_minus: Array


def sign_tiles(
    draws: Sequence[NoiseDraw],
    frames: Sequence[Frame],
    height: int,
    width: int,
    space: Space,
    *,
    window: tuple[int, int, int, int] | None = None,
) -> Iterator[SignTile]:
    """Yield the noise signs of N pictures, each sampled at ``height`` × ``width`` pixels, tile by tile.

    draws, frames: one per picture, all draws of the same kind ("perlin" or "uniform").
    window: (top, bottom, left, right) in pixels, when only a part is needed.
    Signs are bit-identical on every CPU and library, and equal but for at most 0.1 % of pixels elsewhere.
    """
    top, bottom, left, right = window or (0, height, 0, width)
    if draws[0].kind == "uniform":
        part = (top, bottom, left, right)
        signs = [_uniform_signs(d, f, height, width, part) for d, f in zip(draws, frames, strict=True)]
        yield SignTile(*part, space.array(np.stack(signs)))
        return
    octaves = lay_out_octaves(draws, frames, [height] * len(draws), [width] * len(draws))
    # Half waves are counted from an even number up, so that cutting off decimals rounds down.
    reading = Reading(0.5, WEIGHT_BITS, tuple(draw.phase + HALF_WAVES for draw in draws))
    for first in range(left, right, _TILE_COLUMNS):
        last = min(first + _TILE_COLUMNS, right)
        for upper in range(top, bottom, _BLOCK_ROWS):
            lower = min(upper + _BLOCK_ROWS, bottom)
            block = ColumnBlock(octaves, reading, (upper, lower), (first, last), space)
            for rows in _row_tiles(upper, lower, last - first, space):
                halves = space.xp.astype(block.rows(*rows), space.xp.int32)
                halves &= 1
                yield SignTile(*rows, first, last, space.xp.astype(halves, space.xp.uint8))


def _row_tiles(top: int, bottom: int, columns: int, space: Space) -> Iterator[tuple[int, int]]:
    """Cut rows so that a tile stays in the processor's cache; other devices take all rows at once."""
    rows = max(16, min(256, _TILE_CELLS // columns)) if space.is_cpu else bottom - top
    for first in range(top, bottom, rows):
        yield first, min(first + rows, bottom)


def _wave_scale(draw: NoiseDraw, frame: Frame) -> float:
    """Return half waves per unit of the first octave, a multiple of 2⁻⁵."""
    amplitudes = 2.0 - 2.0 ** (1 - draw.octaves)
    waves = draw.frequency / (typical_span(draw.octaves, frame.design_resolution / draw.period) * amplitudes)
    return round(waves * _FACTOR_STEPS) / _FACTOR_STEPS


def typical_span(octaves: int, cells: float) -> float:
    """Return the typical span (greatest minus least value) of a normalised field over ``cells`` × ``cells``."""
    return float(np.interp(cells, _SPAN_CELLS, _SPANS[octaves - 1]))


def _lattice(seed: bytes, level: int, rows: int, columns: int) -> NDArray[np.int8]:
    """Return the gradients of a lattice: (2, rows, columns), row parts, then column parts."""
    stream = np.frombuffer(shake_stream(seed, f"lattice {level}", (rows * columns + 1) // 2), dtype=np.uint8)
    return _GRADIENT_PAIRS[:, stream].reshape(2, -1)[:, : rows * columns].reshape(2, rows, columns)


def lay_out_octaves(
    draws: Sequence[NoiseDraw], frames: Sequence[Frame], heights: Sequence[int], widths: Sequence[int]
) -> list[Octave]:
    """Lay out the lattices of a batch, each picture sampled at its own height and width; pictures with fewer octaves
    or cells are padded with zeros.
    """
    pairs = list(zip(draws, frames, strict=True))
    return [
        Octave(
            _gradients(pairs, level),
            tuple(
                f.design_height * 2**level / (d.period * height) for (d, f), height in zip(pairs, heights, strict=True)
            ),
            tuple(f.design_width * 2**level / (d.period * width) for (d, f), width in zip(pairs, widths, strict=True)),
            tuple(_wave_scale(d, f) * 0.5**level if level < d.octaves else 0.0 for d, f in pairs),
        )
        for level in range(max(draw.octaves for draw in draws))
    ]


def _gradients(pairs: Sequence[tuple[NoiseDraw, Frame]], level: int) -> NDArray[np.int8]:
    sizes = [_lattice_size(draw, frame, level) for draw, frame in pairs]
    if len(pairs) == 1:
        return _lattice(pairs[0][0].seed, level, *sizes[0])[:, None]
    shape = (len(pairs), max(rows for rows, _ in sizes), max(columns for _, columns in sizes))
    gradients = np.zeros((2, *shape), dtype=np.int8)
    for index, ((draw, _), (rows, columns)) in enumerate(zip(pairs, sizes, strict=True)):
        if level < draw.octaves:
            gradients[:, index, :rows, :columns] = _lattice(draw.seed, level, rows, columns)
    return gradients


def _lattice_size(draw: NoiseDraw, frame: Frame, level: int) -> tuple[int, int]:
    """Return lattice rows and columns that cover the whole frame, in whole-number arithmetic."""
    short = min(frame.height, frame.width) * draw.period
    cells = frame.design_resolution << level
    return cells * frame.height // short + 2, cells * frame.width // short + 2


def _uniform_signs(
    draw: NoiseDraw, frame: Frame, height: int, width: int, window: tuple[int, int, int, int]
) -> NDArray[np.uint8]:
    """One fair sign per design pixel; each pixel takes that of the design pixel its centre lies in."""
    short = min(frame.height, frame.width)
    rows = -(-frame.design_resolution * frame.height // short)
    columns = -(-frame.design_resolution * frame.width // short)
    stream = np.frombuffer(shake_stream(draw.seed, "signs", (rows * columns + 7) // 8), dtype=np.uint8)
    top, bottom, left, right = window
    row = ((np.arange(top, bottom) + 0.5) * (frame.design_height / height)).astype(np.int64)
    column = ((np.arange(left, right) + 0.5) * (frame.design_width / width)).astype(np.int64)
    bits: NDArray[np.uint8] = np.unpackbits(stream)[: rows * columns].reshape(rows, columns)
    return np.asarray(bits[np.ix_(np.minimum(row, rows - 1), np.minimum(column, columns - 1))])
