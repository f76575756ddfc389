"""Where the pictures of the table of evidence come from, and how much is trained on them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mtgui.rehearsal.evidence.trainings import Recipe
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData, read_pictures
from mtgui.rehearsal.training.training_plan import TrainingPrecision


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
