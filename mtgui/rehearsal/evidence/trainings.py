"""The trainings behind the table of evidence: collections of pictures, regimes, countermeasures, marks and seeds.

Every model carries artists of all presets, so that differences between marks are not differences between models.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from mtgui.marking.settings import MarkSettings, preset_named
from mtgui.records.evidence_table import Regime
from mtgui.rehearsal.countermeasure_table import COUNTERMEASURES, Countermeasure, Countermeasures, rows_of
from mtgui.rehearsal.findings.user_audits import AuditPlan
from mtgui.rehearsal.grid import Cell
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData
from mtgui.rehearsal.pictures.users import UserPlan
from mtgui.rehearsal.rehearsal_request import RehearsalRequest
from mtgui.rehearsal.training.training_plan import Augmentation, TrainingPlan, TrainingPrecision

SLOTS = ("invisible", "faint", "clear", "paper", "invisible", "clear", "paper", "faint", "invisible")
"""The presets that artists get in turn; nine and ten classes have no common divisor, so each mark meets every class."""
NO_EARLY_STOP = Fraction(999_999, 1_000_000)
_FEW_DRAWS = 99
"""Draws of the audits in a rehearsal; the table makes its own of the losses that are kept."""
_AUGMENTATION: Mapping[Regime, Augmentation] = {"memorises": "none", "augmented": "flip and crop"}
_WITHOUT_SWITCH = {"label-smoothing": 0.1, "cutmix": 1.0, "dropout": 0.5}


@dataclass(frozen=True)
class Recipe:
    """How models of one collection of pictures are trained.

    name: of the collection. side: of a picture in pixels. limit: largest number of pictures taken, None for all. aside:
    share kept aside for the test accuracy. epochs: of each regime. users: artists in each model. published,
    withheld: pictures of each.
    """

    name: str
    side: int
    limit: int | None
    aside: float
    network: str
    batch: int
    rate: float
    epochs: tuple[tuple[Regime, int], ...]
    users: int
    published: int = 25
    withheld: int = 25


CIFAR = Recipe("CIFAR-10", 32, 5_200, 0.1, "fast-large", 64, 0.1, (("memorises", 16), ("augmented", 44)), 27)
TINY = Recipe("Tiny ImageNet", 64, 2_300, 0.15, "fast-large", 32, 0.05, (("memorises", 24), ("augmented", 42)), 18)
COUNTERED = replace(CIFAR, limit=3_200, users=18, epochs=(("memorises", 16),))
"""Trainings with countermeasures: the regime in which most is found, so that there is most to lose."""


@dataclass(frozen=True)
class Group:
    """Trainings that differ in their seeds alone. countermeasure: its name and value in words, empty for none."""

    recipe: Recipe
    regime: Regime
    countermeasure: str
    measures: Countermeasures
    training: TrainingPlan
    is_small: bool = False

    @property
    def title(self) -> str:
        """Its name for people."""
        parts = (self.recipe.name, self.regime, self.countermeasure or "no countermeasure")
        return ", ".join(parts) + (", small" if self.is_small else "")

    @property
    def folder(self) -> str:
        """The name of its folder."""
        return re.sub(r"[^a-z0-9.]+", "-", self.title.lower()).strip("-")

    def cell(self, data: TrainingData, seed: int, audits: AuditPlan, device: str, threads: int | None) -> Cell:
        """Return the training with ``seed``; its artists, pictures and weights depend on the seed, too."""
        marks = slots_of(seed)
        recipe = self.recipe
        request = RehearsalRequest(
            data=data if recipe.limit is None else data.sampled(recipe.limit, seed),
            users=UserPlan(recipe.users, recipe.published, recipe.withheld, settings=marks[0], more_settings=marks[1:]),
            training=replace(self.training, seed=seed),
            measures=self.measures,
            audits=audits,
            kinds=("marked",),
            aside=recipe.aside,
            seed=seed,
            device=device,
            threads=threads,
        )
        return Cell(self.recipe.name, self.countermeasure or self.regime, seed, request)


def slots_of(seed: int) -> tuple[MarkSettings, ...]:
    """Return the marks that artists get in turn; seeds begin at different places, so no mark has the same classes."""
    first = seed % len(SLOTS)
    return tuple(preset_named(name).mark for name in SLOTS[first:] + SLOTS[:first])


def main_groups(recipes: Sequence[Recipe], precision: TrainingPrecision) -> Iterator[Group]:
    """Yield the trainings without countermeasures: every regime of every recipe."""
    for recipe in recipes:
        for regime, epochs in recipe.epochs:
            yield Group(recipe, regime, "", Countermeasures(), _plan(recipe, regime, epochs, precision))


def countered_groups(recipe: Recipe, precision: TrainingPrecision) -> Iterator[Group]:
    """Yield one group without countermeasures, and one for each row of the table of countermeasures with a value."""
    regime, epochs = recipe.epochs[0]
    plan = _plan(recipe, regime, epochs, precision)
    yield Group(recipe, regime, "", Countermeasures(), plan, is_small=True)
    on_pictures = {row.name for row in rows_of(Countermeasures)}
    for row in COUNTERMEASURES:
        value = _usual(row)
        if value is None:
            continue
        title = f"{row.name} {value:g}"
        values: dict[str, Any] = {row.field: row.kind(value)}
        if row.name in on_pictures:
            yield Group(recipe, regime, title, Countermeasures(**values), plan, is_small=True)
        else:
            if row.field == "private_noise":
                values["precision"] = "float32"
            yield Group(recipe, regime, title, Countermeasures(), replace(plan, **values), is_small=True)


def audits_with(keys: int) -> AuditPlan:
    """Return the plan of complete audits with ``keys`` decoy keys; no sets of held-out pictures are audited."""
    return AuditPlan(keys=keys, draws=_FEW_DRAWS, alpha=NO_EARLY_STOP, sets=0)


def _plan(recipe: Recipe, regime: Regime, epochs: int, precision: TrainingPrecision) -> TrainingPlan:
    return TrainingPlan(
        network=recipe.network,
        epochs=epochs,
        batch=recipe.batch,
        rate=recipe.rate,
        augmentation=_AUGMENTATION[regime],
        precision=precision,
    )


def _usual(row: Countermeasure) -> float | None:
    """Return the value of a countermeasure that the window proposes; None if it has none."""
    if row.switch is not None:
        return row.switch.usual * row.switch.factor
    return _WITHOUT_SWITCH.get(row.name)


def finished(group_folder: Path) -> list[Path]:
    """Return the folders of the finished trainings in the folder of a group."""
    return sorted(path.parent for path in group_folder.glob("cells/*/results.json"))
