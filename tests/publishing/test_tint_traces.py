"""A tint is told from edits of the same picture."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mtgui.marking.keys import MarkKey
from mtgui.marking.mark import make_mark, mark_picture
from mtgui.marking.settings import preset_named
from mtgui.publishing.tint_traces import can_be_tinted
from tests.marking.marking_helpers import design

Levels = NDArray[np.float32]


def photograph(seed: int, height: int = 150, width: int = 200) -> Levels:
    """A smooth picture with large areas of light and colour, and grain."""
    chance = np.random.default_rng(seed)
    rows, columns = np.linspace(0, 1, height)[:, None], np.linspace(0, 1, width)[None, :]
    waves = [
        chance.normal(0, 35) * np.sin(chance.uniform(1, 9) * (rows * chance.normal() + columns)) for _ in range(12)
    ]
    planes = [120 + sum(waves[c::3]) + chance.normal(0, 8, (height, width)) for c in range(3)]
    return np.asarray(np.clip(np.round(np.stack(planes)), 0, 255), dtype=np.float32)


@pytest.mark.parametrize("preset", ["faint", "clear"])
@pytest.mark.parametrize("seed", range(6))
def test_a_copy_with_a_tint_of_any_key_is_told(preset: str, seed: int) -> None:
    original = photograph(seed)
    mark = make_mark(MarkKey(bytes([seed + 1]) * 32), preset_named(preset).mark)
    copy = mark_picture(original.astype(np.uint8), mark, design(seed, 150, 200)).astype(np.float32)
    grain = np.random.default_rng(seed).normal(0, 1.5, copy.shape)
    assert can_be_tinted(original, (copy + grain).astype(np.float32))


EDITS: dict[str, Callable[[Levels], NDArray[Any]]] = {
    "saved again": lambda picture: picture + np.random.default_rng(0).normal(0, 2, picture.shape),
    "brighter": lambda picture: picture * 1.1,
    "darker": lambda picture: picture * 0.9,
    "more contrast": lambda picture: (picture - 128) * 1.2 + 128,
    "gamma": lambda picture: 255 * (picture / 255) ** 0.9,
    "warmer": lambda picture: picture * np.array((1.06, 1.0, 0.94))[:, None, None],
    "moved": lambda picture: np.roll(picture, 4, axis=2),
    "signed": lambda picture: np.where(np.add.outer(np.arange(150), np.arange(200)) > 320, 255.0, picture),
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("seed", range(6))
def test_an_edit_is_no_tint(edit: str, seed: int) -> None:
    original = photograph(seed)
    edited = np.clip(np.round(EDITS[edit](original)), 0, 255).astype(np.float32)
    assert not can_be_tinted(original, edited)


def test_an_equal_picture_is_no_tint() -> None:
    assert not can_be_tinted(photograph(1), photograph(1))
