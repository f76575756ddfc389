"""Makes the table of evidence: runs the trainings that are lacking, and collects those that are there."""

import json
import platform
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from mtgui.auditing.engine.devices import choose_device
from mtgui.common.codec import from_values, to_values
from mtgui.common.control import Control
from mtgui.common.events import Event
from mtgui.common.files import replace
from mtgui.common.generators import Following
from mtgui.marking.settings import PRESETS, MarkSettings
from mtgui.records.evidence_table import FORMAT, Attacked, EvidenceTable, Made, MeasuredMark, Visibility
from mtgui.rehearsal.evidence.collecting import comparisons, countered, detections, finished_trainings, trained_models
from mtgui.rehearsal.evidence.mark_attacks import average_correlation, detector, shuffled
from mtgui.rehearsal.evidence.trainings import (
    Group,
    Recipe,
    audits_with,
    countered_groups,
    main_groups,
)
from mtgui.rehearsal.evidence.visibility import SHRUNK, digest_of, photos_in, shrunk, small_pictures, visibility_of
from mtgui.rehearsal.grid import run_grid
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData, read_pictures
from mtgui.rehearsal.training.training_plan import TrainingPrecision
from mtgui.version import __version__

_MARKS_NAME = "marks.json"
_DETECTOR_PICTURES = 3_000


@dataclass
class Sources:
    """Where the pictures are; each collection is read when it is first needed.

    archives: an archive or folder for each recipe. countered: the recipe of the trainings with countermeasures, which
    takes the pictures of the recipe with the same name; None for none. photos: a folder, or None.
    """

    archives: Mapping[Recipe, Path]
    countered: Recipe | None
    photos: Path | None
    _read: dict[str, TrainingData] = field(default_factory=dict)

    def of(self, recipe: Recipe) -> TrainingData:
        """Return the pictures of ``recipe``. Raises UsageError, PictureError."""
        if recipe.name not in self._read:
            path = next(path for one, path in self.archives.items() if one.name == recipe.name)
            self._read[recipe.name] = read_pictures(path, side=recipe.side)
        return self._read[recipe.name]

    @property
    def recipes(self) -> list[Recipe]:
        """The recipes of the trainings without countermeasures."""
        return list(self.archives)


@dataclass(frozen=True)
class Effort:
    """How much is trained. seeds, countered_seeds: trainings of each group. keys, countered_keys: decoy keys."""

    seeds: int
    countered_seeds: int
    keys: int
    countered_keys: int
    precision: TrainingPrecision
    device: str
    threads: int | None


def groups_of(sources: Sources, precision: TrainingPrecision) -> tuple[list[Group], list[Group]]:
    """Return the groups without countermeasures, and those that compare countermeasures."""
    more = () if sources.countered is None else countered_groups(sources.countered, precision)
    return list(main_groups(sources.recipes, precision)), list(more)


def train_lacking(sources: Sources, work: Path, effort: Effort, control: Control) -> Iterator[Event]:
    """Run the trainings that have no result in ``work``; yield their events.

    The first seed of every group comes before the second of any. A training that was stopped goes on after its last
    epoch. Raises the errors of rehearsals.
    """
    main, more = groups_of(sources, effort.precision)
    for groups, seeds, keys in (
        (main, effort.seeds, effort.keys),
        (more, effort.countered_seeds, effort.countered_keys),
    ):
        for seed in range(seeds):
            for group in groups:
                data = sources.of(group.recipe)
                cell = group.cell(data, seed, audits_with(keys), effort.device, effort.threads)
                yield from run_grid([cell], work / group.folder, control)


def measure_marks(sources: Sources, work: Path, effort: Effort, told: Callable[[str], None]) -> None:
    """Measure visibility and attacks of every preset on what the sources have, and keep it in ``work``."""
    kept = _kept_marks(work)
    collections = _collections(sources)
    for preset in PRESETS:
        mine = kept.setdefault(digest_of(preset.mark), {"visibility": {}, "attacks": {}})
        for title, pictures in collections.items():
            if title not in mine["visibility"]:
                told(f"visibility of {preset.name}, {title}")
                mine["visibility"][title] = to_values(visibility_of(preset.mark, title, pictures()))
        if preset.mark.is_invisible:
            continue
        for title, pile in _piles(sources).items():
            if title not in mine["attacks"]:
                told(f"attacks on {preset.name}, {title}")
                pictures = pile()
                device = choose_device(effort.device)
                attack = Following(detector(preset.mark, pictures, device, effort.threads, effort.precision))
                for _ in attack:
                    pass
                side, average = pictures.pixels.shape[2], average_correlation(preset.mark, pictures)
                mine["attacks"][title] = to_values(Attacked(title, side, preset.name, attack.answer, average))
            replace(work / _MARKS_NAME, json.dumps(kept, indent=1).encode())
    replace(work / _MARKS_NAME, json.dumps(kept, indent=1).encode())


def make_table(sources: Sources, work: Path, command: str, effort: Effort) -> EvidenceTable:
    """Return the table of all that lies finished in ``work``. Raises OSError, ValueError."""
    main, more = groups_of(sources, effort.precision)
    kept = {group: trainings for group in main if (trainings := finished_trainings(group, work))}
    against = {group: trainings for group in more if (trainings := finished_trainings(group, work))}
    marks = _kept_marks(work)
    return EvidenceTable(
        format=FORMAT,
        is_pilot=False,
        made=Made(
            command=command,
            date=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            program=__version__,
            torch=f"{torch.__version__}, Python {platform.python_version()}",
            decoy_keys=effort.keys,
        ),
        marks=tuple(
            MeasuredMark(preset.name, preset.title, preset.mark.values(), _visibility(marks, preset.mark))
            for preset in PRESETS
        ),
        trainings=tuple(trained_models(group, trainings) for group, trainings in kept.items()),
        detections=tuple(row for group, trainings in kept.items() for row in detections(group, trainings)),
        comparisons=tuple(row for group, trainings in kept.items() for row in comparisons(group, trainings)),
        countered=tuple(row for group, trainings in against.items() for row in countered(group, trainings)),
        attacks=tuple(
            from_values(Attacked, one)
            for preset in PRESETS
            for one in marks.get(digest_of(preset.mark), {"attacks": {}})["attacks"].values()
        ),
    )


def table_text(table: EvidenceTable) -> str:
    """Return ``table`` as JSON with one line for each row."""
    parts = []
    for name, value in to_values(table).items():
        if isinstance(value, list):
            rows = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in value)
            parts.append(f"{json.dumps(name)}: [\n{rows}\n]" if rows else f"{json.dumps(name)}: []")
        else:
            parts.append(f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}")
    return "{" + ",\n".join(parts) + "}\n"


def _kept_marks(work: Path) -> dict[str, Any]:
    path = work / _MARKS_NAME
    return dict(json.loads(path.read_bytes())) if path.exists() else {}


def _visibility(marks: Mapping[str, Any], mark: MarkSettings) -> tuple[Visibility, ...]:
    kept = marks.get(digest_of(mark), {"visibility": {}})["visibility"]
    return tuple(from_values(Visibility, values) for values in kept.values())


def _collections(sources: Sources) -> dict[str, Callable[[], Any]]:
    """Return how to read the pictures on which visibility is measured, by title."""
    found: dict[str, Callable[[], Any]] = {}
    for recipe in sources.recipes:
        found[f"{recipe.name}, {recipe.side} px"] = _Small(sources, recipe)
    if sources.photos is not None:
        photos = _Photos(sources.photos)
        found[f"photos, {SHRUNK} px"], found["photos, full size"] = photos.small, photos.whole
    return found


@dataclass(frozen=True)
class _Small:
    sources: Sources
    recipe: Recipe

    def __call__(self) -> Any:
        return small_pictures(self.sources.of(self.recipe))


@dataclass(frozen=True)
class _Photos:
    folder: Path

    def whole(self) -> Any:
        return photos_in(self.folder)

    def small(self) -> Any:
        return [shrunk(pixels, SHRUNK) for pixels in photos_in(self.folder)]


def _piles(sources: Sources) -> dict[str, Callable[[], Any]]:
    found: dict[str, Callable[[], Any]] = {}
    for recipe in sources.recipes:
        found[recipe.name] = _Pile(sources, recipe)
    return found


@dataclass(frozen=True)
class _Pile:
    sources: Sources
    recipe: Recipe

    def __call__(self) -> Any:
        return shuffled(self.sources.of(self.recipe).pixels, _DETECTOR_PICTURES)
