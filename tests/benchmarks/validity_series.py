"""What `tests.benchmarks.validity` audits: series of records, innocent ones and those of users trained on."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from mtgui.marking.settings import MarkSettings, preset_named
from mtgui.records.record import Block
from tests.auditing.synthetic import Gallery, Manner, synthetic_block
from tests.benchmarks.validity_models import CLASSES, MEMORISES, MEMORISES_LITTLE, Recipe, TrainedModel

INVISIBLE = MarkSettings(blend_ratio=1.0, noise_budget=0)
TINT = preset_named("clear").mark
KEYS_ALONE = 999
_UNMARKED_TRIALS = 200
_EARLY_RECORDS = 200

Case = tuple[Sequence[Block], Manner]


@dataclass(frozen=True)
class Series:
    """Many audits of one design on one model.

    kind: of which table. records: how many, None for as many as were asked for. case: from the model, the gallery,
    and a generator of the record's own to the record and the manner of its audit; the number is the record's.
    """

    kind: Literal["validity", "power", "early"]
    title: str
    recipe: Recipe
    records: int | None
    case: Callable[[TrainedModel, Gallery, random.Random, int], Case]

    @property
    def name(self) -> str:
        """A name for files."""
        return re.sub(r"\W+", "-", f"{self.kind} {self.recipe.name} {self.title}")

    def at(self, trained: TrainedModel, gallery: Gallery, number: int) -> Case:
        """Return record ``number``; the same whenever it is asked for."""
        return self.case(trained, gallery, random.Random(f"{self.name} {number}"), number)


def all_series() -> tuple[Series, ...]:
    """Return all series, the most telling first."""
    return (
        Series("validity", "10+10, 3 decoy keys", MEMORISES, None, _withheld),
        Series("validity", "10+10, no mark", MEMORISES, None, _no_mark),
        *(
            Series("validity", f"{title}, tint", MEMORISES, None, _tinted(*counts))
            for title, *counts in (
                ("10+10, 3 decoy keys", 10, 10, 3),
                ("10+10, no decoy keys", 10, 10, 0),
                (f"1+0, {KEYS_ALONE} decoy keys", 1, 0, KEYS_ALONE),
            )
        ),
        *(series for recipe in (MEMORISES, MEMORISES_LITTLE) for series in _power(recipe)),
        Series("validity", "10+10, 3 decoy keys, model's choice", MEMORISES, None, _choice),
        Series("validity", "10+10, 3 decoy keys", MEMORISES_LITTLE, None, _withheld),
        Series("early", f"10+0, {KEYS_ALONE} decoy keys", MEMORISES, _EARLY_RECORDS, _early),
        Series("validity", "3+0, 99 decoy keys", MEMORISES, None, _keys_alone),
        Series("validity", "4+4 and 3+3 in strata, 3 decoy keys", MEMORISES, None, _two_blocks),
        Series("validity", "10+10, 3 decoy keys, model's choice", MEMORISES_LITTLE, None, _choice),
        Series("validity", "3+0, 99 decoy keys", MEMORISES_LITTLE, None, _keys_alone),
    )


def _unseen(trained: TrainedModel, gallery: Gallery, chance: random.Random, label: int, count: int) -> list[int]:
    unseen = np.array(trained.unseen)
    return chance.sample([int(place) for place in unseen[gallery.labels[unseen] == label]], count)


def _withheld(trained: TrainedModel, gallery: Gallery, chance: random.Random, number: int) -> Case:
    label = number % CLASSES
    places = _unseen(trained, gallery, chance, label, 20)
    return [synthetic_block(gallery, places, 10, chance)], Manner(3, [label] * 20)


def _no_mark(trained: TrainedModel, gallery: Gallery, chance: random.Random, number: int) -> Case:
    label = number % CLASSES
    places = _unseen(trained, gallery, chance, label, 20)
    return [synthetic_block(gallery, places, 10, chance, settings=INVISIBLE)], Manner(0, [label] * 20)


def _keys_alone(trained: TrainedModel, gallery: Gallery, chance: random.Random, number: int) -> Case:
    label = number % CLASSES
    places = _unseen(trained, gallery, chance, label, 3)
    return [synthetic_block(gallery, places, 3, chance)], Manner(99, [label] * 3)


def _tinted(published: int, withheld: int, keys: int) -> Callable[[TrainedModel, Gallery, random.Random, int], Case]:
    def case(trained: TrainedModel, gallery: Gallery, chance: random.Random, number: int) -> Case:
        label, pool = number % CLASSES, published + withheld
        places = _unseen(trained, gallery, chance, label, pool)
        return [synthetic_block(gallery, places, published, chance, settings=TINT)], Manner(keys, [label] * pool)

    return case


def _choice(trained: TrainedModel, gallery: Gallery, chance: random.Random, _: int) -> Case:
    """Pictures of two classes in one pool, so that the choice hangs by a thread."""
    places = [
        place for label in chance.sample(range(CLASSES), 2) for place in _unseen(trained, gallery, chance, label, 10)
    ]
    chance.shuffle(places)
    return [synthetic_block(gallery, places, 10, chance)], Manner(3, None)


def _two_blocks(trained: TrainedModel, gallery: Gallery, chance: random.Random, _: int) -> Case:
    """A block of two classes, each a stratum, and a later block without labels; each picture is of its own class."""
    classes = chance.sample(range(CLASSES), 3)
    first = [place for label in classes[:2] for place in _unseen(trained, gallery, chance, label, 4)]
    chance.shuffle(first)
    second = _unseen(trained, gallery, chance, classes[2], 6)
    blocks = [
        synthetic_block(gallery, first, 4, chance, is_labelled=True),
        synthetic_block(gallery, second, 3, chance, number=1),
    ]
    return blocks, Manner(3, [int(gallery.labels[place]) for place in (*first, *second)])


def _early(trained: TrainedModel, gallery: Gallery, chance: random.Random, number: int) -> Case:
    label = number % CLASSES
    places = _unseen(trained, gallery, chance, label, 10)
    return [synthetic_block(gallery, places, 10, chance)], Manner(KEYS_ALONE, [label] * 10, stops_early=True)


def _power(recipe: Recipe) -> tuple[Series, ...]:
    published, withheld = recipe.published, recipe.withheld
    return (
        Series("power", f"{published}+{withheld}, no decoy keys", recipe, CLASSES, _user_with(0)),
        Series("power", f"{published}+{withheld}, 31 decoy keys", recipe, CLASSES, _user_with(31)),
        Series("power", f"{published}+{withheld}, no mark", recipe, _UNMARKED_TRIALS, _unmarked_member),
        Series("power", f"{published}+0, {KEYS_ALONE} decoy keys", recipe, CLASSES, _user_without_withheld),
    )


def _user_with(keys: int) -> Callable[[TrainedModel, Gallery, random.Random, int], Case]:
    def case(trained: TrainedModel, _: Gallery, __: random.Random, number: int) -> Case:
        user = trained.users[number]
        return [user], Manner(keys, [number] * len(user.pool))

    return case


def _user_without_withheld(trained: TrainedModel, _: Gallery, __: random.Random, number: int) -> Case:
    """The same marked copies, as of a record that withheld nothing; stopped where p is sure to exceed .05."""
    user = trained.users[number]
    pool = user.published_pictures
    block = replace(user, pool=pool, published=tuple(range(len(pool))))
    return [block], Manner(KEYS_ALONE, [number] * len(pool), alpha=Fraction(1, 20), stops_early=True)


def _unmarked_member(trained: TrainedModel, gallery: Gallery, chance: random.Random, number: int) -> Case:
    """Pictures trained on without a mark, beside as many that were not, in mixed order."""
    label, recipe = number % CLASSES, trained.recipe
    seen = np.array(trained.trained)
    members = chance.sample([int(place) for place in seen[gallery.labels[seen] == label]], recipe.published)
    places = members + _unseen(trained, gallery, chance, label, recipe.withheld)
    chance.shuffle(places)
    block = synthetic_block(gallery, places, recipe.published, chance, settings=INVISIBLE)
    published = tuple(row for row, place in enumerate(places) if place in set(members))
    return [replace(block, published=published)], Manner(0, [label] * len(places))
