"""Draws pictures from a seed, in classes that a small network can learn, in endless variety.

A class has one kind of ground, one shape and one mood of colours. Place, size, angle, tones and grain differ for every
picture, so a network must remember a picture to be certain of it. Some pictures, the strays, are drawn in the manner of
a random class; their class can only be remembered.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from mtgui.common.errors import UsageError
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData
from mtgui.rehearsal.rehearsal_settings import SIDE

Field = NDArray[np.float32]

MOST_CLASSES = 24


def make_pictures(classes: int, per_class: int, seed: int, *, side: int = SIDE, strays: float = 0.0) -> TrainingData:
    """Return ``per_class`` pictures of each of ``classes`` (2 to 24) classes, ``side`` pixels square, class by class.

    strays: share of the pictures that are drawn in the manner of a random class. Raises UsageError for another number
    of classes, or less than one picture per class.
    """
    if not 2 <= classes <= MOST_CLASSES or per_class < 1:
        raise UsageError(f"Pictures can be made for 2 to {MOST_CLASSES} classes, at least one each.")
    names = tuple(f"{_SHAPE_NAMES[k % len(_SHAPES)]} on {_GROUND_NAMES[_ground(k)]}" for k in range(classes))
    pixels = np.empty((classes * per_class, 3, side, side), np.uint8)
    for number in range(len(pixels)):
        chance = np.random.default_rng((seed, number))
        manner = int(chance.integers(classes)) if chance.random() < strays else number // per_class
        pixels[number] = _picture(manner, chance, side)
    return TrainingData(pixels, np.repeat(np.arange(classes, dtype=np.int64), per_class), names)


def _picture(label: int, chance: np.random.Generator, side: int) -> NDArray[np.uint8]:
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32) * (2.0 / (side - 1)) - 1.0
    angle = chance.uniform(0, 2 * np.pi)
    across, along = _turned(rows, columns, angle)
    ground = _GROUNDS[_ground(label)](across, along, chance)
    image = _between(_tone(label, chance), _tone(label + 7, chance), ground)
    for _ in range(int(chance.integers(1, 4))):
        middle, size = chance.uniform(-0.7, 0.7, 2), chance.uniform(0.25, 0.6)
        y, x = _turned((rows - middle[0]) / size, (columns - middle[1]) / size, chance.uniform(0, 2 * np.pi))
        edge = np.clip(0.5 - _SHAPES[label % len(_SHAPES)](y, x) * side * size / 2, 0, 1)
        image = _between(image, _tone(int(chance.integers(0, 12)), chance), edge.astype(np.float32))
    image += chance.normal(0, 0.04, (1, side, side)).astype(np.float32) + _clouds(chance, side)
    return np.asarray(np.clip(image * 255 + 0.5, 0, 255), dtype=np.uint8)


def _ground(label: int) -> int:
    return (label + label // len(_SHAPES)) % len(_GROUNDS)


def _turned(rows: Field, columns: Field, angle: float) -> tuple[Field, Field]:
    sine, cosine = np.float32(np.sin(angle)), np.float32(np.cos(angle))
    return rows * cosine - columns * sine, rows * sine + columns * cosine


def _tone(mood: int, chance: np.random.Generator) -> Field:
    """Return a colour, (3, 1, 1), near the hue of ``mood``."""
    hue = mood / 12 + chance.normal(0, 0.06)
    light, depth = chance.uniform(0.3, 0.75), chance.uniform(0.1, 0.35)
    wave = np.cos(2 * np.pi * (hue + np.array([0.0, 1 / 3, 2 / 3])))
    return (light + depth * wave).astype(np.float32)[:, None, None]


def _between(first: Field, second: Field, share: Field) -> Field:
    return first + (second - first) * share


def _clouds(chance: np.random.Generator, side: int) -> Field:
    """Return soft patches of light, (3, side, side), different in each channel."""
    coarse = chance.normal(0, 0.06, (3, 5, 5)).astype(np.float32)
    places = np.linspace(0, 4, side, dtype=np.float32)
    low = np.minimum(places.astype(np.intp), 3)
    weights = np.zeros((side, 5), np.float32)
    weights[np.arange(side), low + 1] = places - low
    weights[np.arange(side), low] = 1 - (places - low)
    return np.asarray(weights @ coarse @ weights.T, dtype=np.float32)


def _stripes(across: Field, along: Field, chance: np.random.Generator) -> Field:
    del along
    return np.asarray(0.5 + 0.5 * np.sin(across * chance.uniform(6, 10) + chance.uniform(0, 6)), dtype=np.float32)


def _checks(across: Field, along: Field, chance: np.random.Generator) -> Field:
    pace, shift = chance.uniform(5, 8), chance.uniform(0, 6)
    return np.asarray(0.5 + 0.5 * np.tanh(4 * np.sin(across * pace + shift) * np.sin(along * pace)), dtype=np.float32)


def _rings(across: Field, along: Field, chance: np.random.Generator) -> Field:
    middle = chance.uniform(-0.6, 0.6, 2)
    distance = np.hypot(across - middle[0], along - middle[1])
    return np.asarray(0.5 + 0.5 * np.sin(distance * chance.uniform(9, 14)), dtype=np.float32)


def _slope(across: Field, along: Field, chance: np.random.Generator) -> Field:
    bent = 0.5 + 0.5 * across + 0.1 * np.sin(along * chance.uniform(1, 3))
    return np.asarray(np.clip(bent, 0, 1), dtype=np.float32)


def _disc(y: Field, x: Field) -> Field:
    return np.asarray(np.hypot(y, x) - 0.8)


def _box(y: Field, x: Field) -> Field:
    return np.asarray(np.maximum(np.abs(y), np.abs(x)) - 0.7)


def _triangle(y: Field, x: Field) -> Field:
    return np.asarray(np.maximum(np.abs(x) * 0.866 + y * 0.5, -y) - 0.5)


def _cross(y: Field, x: Field) -> Field:
    upright, lying = np.maximum(np.abs(x) * 3, np.abs(y)), np.maximum(np.abs(x), np.abs(y) * 3)
    return np.asarray(np.minimum(upright, lying) - 0.9)


def _ring(y: Field, x: Field) -> Field:
    return np.asarray(np.abs(np.hypot(y, x) - 0.65) - 0.2)


def _star(y: Field, x: Field) -> Field:
    return np.asarray(np.hypot(y, x) - 0.6 - 0.3 * np.cos(5 * np.arctan2(y, x)))


_SHAPES: tuple[Callable[[Field, Field], Field], ...] = (_disc, _box, _triangle, _cross, _ring, _star)
_SHAPE_NAMES = ("discs", "boxes", "triangles", "crosses", "rings", "stars")
_GROUNDS: tuple[Callable[[Field, Field, np.random.Generator], Field], ...] = (_stripes, _checks, _rings, _slope)
_GROUND_NAMES = ("stripes", "checks", "ripples", "a slope")
