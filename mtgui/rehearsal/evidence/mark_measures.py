"""What is measured on the presets without a model of marked pictures: how visible they are, and attacks on them.

Results are kept in the work folder under a name that changes if the program makes the copies of a preset otherwise.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.engine.devices import choose_device
from mtgui.common.codec import from_values, to_values
from mtgui.common.files import replace
from mtgui.common.generators import Following
from mtgui.marking.settings import PRESETS, MarkSettings, Preset
from mtgui.records.evidence_table import Attacked, Visibility
from mtgui.rehearsal.evidence.mark_attacks import average_correlation, detector, shuffled
from mtgui.rehearsal.evidence.sources import Effort, Sources
from mtgui.rehearsal.evidence.trainings import Recipe
from mtgui.rehearsal.evidence.visibility import SHRUNK, digest_of, photos_in, shrunk, small_pictures, visibility_of

_NAME = "marks.json"
_DETECTOR_PICTURES = 3_000
_VISIBILITY, _ATTACKS = "visibility", "attacks"

Pictures = Sequence[NDArray[np.uint8]]


class MarkMeasures:
    """The measures of all presets in one work folder."""

    def __init__(self, work: Path) -> None:
        """Read what ``work`` holds. Raises OSError, ValueError."""
        self._path = work / _NAME
        self._kept: dict[str, Any] = json.loads(self._path.read_bytes()) if self._path.exists() else {}

    def visibility(self, mark: MarkSettings) -> tuple[Visibility, ...]:
        """Return how visible ``mark`` is, on every collection that was measured."""
        return tuple(from_values(Visibility, values) for values in self._of(mark, _VISIBILITY).values())

    def attacks(self, mark: MarkSettings) -> tuple[Attacked, ...]:
        """Return what attacks on ``mark`` achieved, on every collection that was measured."""
        return tuple(from_values(Attacked, values) for values in self._of(mark, _ATTACKS).values())

    def complete(self, sources: Sources, effort: Effort, told: Callable[[str], None]) -> None:
        """Measure what is lacking of what ``sources`` allow; ``told`` gets a sentence before each. Raises OSError."""
        for preset in PRESETS:
            seen, attacked = self._of(preset.mark, _VISIBILITY), self._of(preset.mark, _ATTACKS)
            for title, pictures in _collections(sources):
                if title not in seen:
                    told(f"visibility of {preset.name}, {title}")
                    seen[title] = to_values(visibility_of(preset.mark, title, pictures()))
                    self._keep()
            for recipe in () if preset.mark.is_invisible else sources.recipes:
                if recipe.name not in attacked:
                    told(f"attacks on {preset.name}, {recipe.name}")
                    attacked[recipe.name] = to_values(_attacked(preset, recipe, sources, effort))
                    self._keep()

    def _of(self, mark: MarkSettings, kind: str) -> dict[str, Any]:
        own: dict[str, dict[str, Any]] = self._kept.setdefault(digest_of(mark), {})
        return own.setdefault(kind, {})

    def _keep(self) -> None:
        replace(self._path, json.dumps(self._kept, indent=1).encode())


def _attacked(preset: Preset, recipe: Recipe, sources: Sources, effort: Effort) -> Attacked:
    pile, device = shuffled(sources.of(recipe).pixels, _DETECTOR_PICTURES), choose_device(effort.device)
    attack = Following(detector(preset.mark, pile, device, effort.threads, effort.precision))
    for _ in attack:
        pass
    average = average_correlation(preset.mark, pile)
    return Attacked(recipe.name, recipe.side, preset.name, attack.answer, average)


def _collections(sources: Sources) -> Iterator[tuple[str, Callable[[], Pictures]]]:
    """Yield the collections on which visibility is measured: a title, and what reads them."""
    for recipe in sources.recipes:
        yield f"{recipe.name}, {recipe.side} px", partial(_small, sources, recipe)
    if sources.photos is not None:
        yield f"photos, {SHRUNK} px", partial(_shrunk, sources.photos)
        yield "photos, full size", partial(photos_in, sources.photos)


def _small(sources: Sources, recipe: Recipe) -> Pictures:
    return small_pictures(sources.of(recipe))


def _shrunk(photos: Path) -> Pictures:
    return [shrunk(pixels, SHRUNK) for pixels in photos_in(photos)]
