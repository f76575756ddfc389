"""Perlin noise of many pictures at once: the results of `draw_noise` and `noise_field`, computed for a batch.

Audits need thousands of fields a second while a graphics card waits. So the part of the hash that pictures of one key
share is computed once, and the rest is arithmetic on whole arrays. The streams and the order of operations are those
of `noise_field`, so the bits are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtgui.marking.keys import MarkKey, Subkeys, picture_context, shake_streams, uniform_integer
from mtgui.marking.noise import (
    DRAWN,
    HALF_WAVES,
    PHASE_STEPS,
    WEIGHT_BITS,
    wave_scale,
)
from mtgui.marking.perlin import COLUMN_PARTS, ROW_PARTS, FieldBatch

_CENTRE = 0.5
# The two gradients that each byte of a stream encodes, high half first: row part and column part of each.
_GRADIENTS = (
    np.array(
        [[(ROW_PARTS[half], COLUMN_PARTS[half]) for half in (byte >> 4, byte & 15)] for byte in range(256)],
        dtype=np.int8,
    )
    .reshape(256, 4)
    .view(np.int32)[:, 0]
)


@dataclass(frozen=True)
class Places:
    """Where N windows lie, all of one ``shape`` (rows, columns).

    frames: (N, 3) int64, the original picture's height and width in pixels and its design resolution. sizes: (N, 2),
    height and width at which the whole picture is sampled. starts: (N, 2), first row and column of the window in it.
    """

    frames: NDArray[np.int64]
    sizes: NDArray[np.int64]
    starts: NDArray[np.int64]
    shape: tuple[int, int]


@dataclass(frozen=True)
class NoiseDraws:
    """`NoiseDraw` of N pictures: one seed per picture, and the other fields as (N,) arrays."""

    seeds: Sequence[bytes]
    periods: NDArray[np.int64]
    octaves: NDArray[np.int64]
    frequencies: NDArray[np.int64]
    phases: NDArray[np.float64]


def draw_many(keys: Sequence[MarkKey], picture_ids: Sequence[str]) -> NoiseDraws:
    """Return the draws of each of ``keys`` for the picture at the same place, as `draw_noise` with kind “perlin”.

    Raises UsageError for a malformed picture id.
    """
    subkeys = {key: Subkeys(key, "noise perlin") for key in dict.fromkeys(keys)}
    seeds = [subkeys[key](picture_context(picture)) for key, picture in zip(keys, picture_ids, strict=True)]
    periods, octaves, frequencies = (low + _integers(seeds, name, high - low + 1) for name, (low, high) in DRAWN)
    return NoiseDraws(seeds, periods, octaves, frequencies, _integers(seeds, "phase", PHASE_STEPS) * 2.0 / PHASE_STEPS)


def perlin_batch(draws: NoiseDraws, places: Places) -> FieldBatch:
    """Return the fields of ``draws`` over the windows at ``places``, equal to the `stack` of each `noise_field`."""
    heights, widths, resolutions = places.frames.T
    short = np.minimum(heights, widths)
    levels = range(int(draws.octaves.max()))
    design = resolutions[:, None] * places.frames[:, :2] / short[:, None]
    first = design / (draws.periods[:, None] * places.sizes)
    has = draws.octaves[:, None] > np.arange(len(levels))
    # (N, octaves, 2): lattice cells per pixel, zero where a picture has fewer octaves.
    steps = first[:, None, :] * (2.0 ** np.arange(len(levels)))[:, None] * has[:, :, None]
    frequencies, octaves, periods, scales = (
        values.tolist() for values in (draws.frequencies, draws.octaves, draws.periods, resolutions)
    )
    scale = np.array([wave_scale(*one) for one in zip(frequencies, octaves, periods, scales, strict=True)])
    return FieldBatch(
        gradients=tuple(_gradients(draws, places, steps[:, level], short, level) for level in levels),
        rows=_positions(steps[:, :, 0], places.starts[:, 0], places.shape[0]),
        columns=_positions(steps[:, :, 1], places.starts[:, 1], places.shape[1]),
        factors=scale[:, None] * (0.5 ** np.arange(len(levels))) * has,
        constants=draws.phases + HALF_WAVES,
        bits=WEIGHT_BITS,
    )


def _integers(seeds: Sequence[bytes], label: str, bound: int) -> NDArray[np.int64]:
    """Return `uniform_integer` of every seed."""
    values = np.frombuffer(shake_streams(seeds, f"{label} 0", [2] * len(seeds)), dtype=">u2").astype(np.int64)
    drawn = values % bound
    for place in np.flatnonzero(values >= 65536 - 65536 % bound).tolist():
        drawn[place] = uniform_integer(seeds[place], label, bound)
    return np.asarray(drawn)


def _positions(steps: NDArray[np.float64], starts: NDArray[np.int64], pixels: int) -> NDArray[np.float64]:
    centres = starts[:, None] + (np.arange(pixels) + _CENTRE)
    positions = steps[:, :, None] * centres[:, None, :]
    positions -= np.floor(positions[:, :, :1])
    return np.asarray(positions)


def _gradients(
    draws: NoiseDraws, places: Places, steps: NDArray[np.float64], short: NDArray[np.int64], level: int
) -> NDArray[np.int8]:
    """Return the lattice gradients of one octave that the windows touch: (N, rows, columns, 2) int8.

    A picture that touches fewer lines is padded with arbitrary values, whose weight is zero.
    """
    members = np.flatnonzero(draws.octaves > level)
    steps, starts = steps[members], places.starts[members]
    cells = (places.frames[members, 2] << level)[:, None] * places.frames[members, :2]
    lattice = cells // (short[members] * draws.periods[members])[:, None] + 2
    first = (steps * (starts + _CENTRE)).astype(np.int64)
    touched = (steps * (starts + np.array(places.shape) - 1 + _CENTRE)).astype(np.int64) + 2 - first
    lengths = (lattice[:, 0] * lattice[:, 1] + 1) // 2
    seeds = [draws.seeds[place] for place in members.tolist()]
    stream = np.frombuffer(shake_streams(seeds, f"lattice {level}", lengths.tolist()), dtype=np.uint8)
    gradients = _GRADIENTS.take(stream).view(np.int16)
    rows, columns = touched.max(axis=0)
    begins = 2 * (np.cumsum(lengths) - lengths) + first[:, 0] * lattice[:, 1] + first[:, 1]
    lines = begins[:, None] + np.arange(rows) * lattice[:, 1:]
    places_in_stream = (lines[:, :, None] + np.arange(columns)).reshape(-1)
    found = gradients.take(places_in_stream, mode="clip").view(np.int8).reshape(len(members), rows, columns, 2)
    if len(members) == len(draws.seeds):
        return np.asarray(found)
    every = np.zeros((len(draws.seeds), rows, columns, 2), dtype=np.int8)
    every[members] = found
    return every
