"""The stripes of a mark: the palette they are drawn from, and the draw."""

from dataclasses import dataclass, field
from itertools import islice

from mtgui.marking.keys import MarkKey, subkey, uniform_integers

STRIPES = 16

# The palette of the paper's scripts, levels from 0 to 255; it contains green twice.
PALETTE: tuple[tuple[int, int, int], ...] = (
    (255, 255, 255),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (0, 255, 0),
    (255, 0, 255),
    (255, 165, 0),
    (0, 0, 0),
    (128, 128, 128),
    (165, 42, 42),
    (255, 192, 203),
)


@dataclass(frozen=True)
class Stripes:
    """Colours of the stripes from top to bottom, as indices into `PALETTE`."""

    colours: tuple[int, ...] = field(repr=False)


def draw_stripes(key: MarkKey) -> Stripes:
    """Draw the colours of the stripes under ``key``, uniform over the palette."""
    seed = subkey(key, "stripes")
    return Stripes(tuple(islice(uniform_integers(seed, "colours", len(PALETTE)), STRIPES)))
