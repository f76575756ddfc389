"""The artists of a rehearsal, here called users: the pictures, marked copies and withheld pictures of each.

Their mark records exist only in memory, and all their random values (keys, decoy seeds, draws) come from ONE SEED, so
that a rehearsal can be repeated. This is right only for rehearsals: a real record uses the system's random source, and
a key made from a seed protects nothing.
"""

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mtgui.common.errors import UsageError
from mtgui.common.words import counted
from mtgui.marking.keys import MarkKey, subkey
from mtgui.marking.mark import PictureDesign, mark_pictures
from mtgui.marking.pattern import PicturePattern
from mtgui.marking.settings import MarkSettings
from mtgui.records.record import Block, PoolPicture
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData, joined
from mtgui.rehearsal.pictures.own_pictures import OwnPictures
from mtgui.rehearsal.rehearsal_settings import CLASSES, Classes, counts_beside

# Numbers of own pictures begin here, so that they differ from those of the data.
_OWN_ROWS = 1 << 32
_CREATED = "2000-01-01T00:00:00Z"


@dataclass(frozen=True)
class UserPlan:
    """Who takes part.

    users: number of users. published, withheld: numbers of pictures of each user. settings: of the marks.
    more_settings: other settings; users get all settings in turn, so that several kinds of marks share one model.
    classes: “one each” gives user u pictures of class u (modulo the number of classes), “all the same” gives all users
    pictures of class 0 (both are the paper's: the pictures of a user share a class), “mixed” gives pictures of any
    class.
    """

    users: int = 10
    published: int = 25
    withheld: int = 25
    settings: MarkSettings = field(default_factory=MarkSettings)
    pattern_picture: PicturePattern | None = None
    classes: Classes = "one each"
    more_settings: tuple[MarkSettings, ...] = ()

    @property
    def all_settings(self) -> tuple[MarkSettings, ...]:
        """The settings of all kinds of marks, in the order in which users get them."""
        return (self.settings, *self.more_settings)

    def __post_init__(self) -> None:
        """Raise UsageError if a number is impossible."""
        if self.users < 1 or self.published < 1 or self.withheld < 0:
            raise UsageError("A rehearsal needs at least one artist with one published picture.")
        if self.classes not in CLASSES:
            raise UsageError(f"Artists' pictures are of classes “{'”, “'.join(CLASSES)}”, not “{self.classes}”.")


@dataclass(frozen=True)
class User:
    """One user.

    rows: rows in the data of the user's pictures, in pool order. labels: classes of these pictures. pixels: the
    unmarked originals, (pool, 3, h, w) uint8. block: the mark record, in memory. copies: the marked copies of the
    published pictures, in pool order. is_own: True for the person's own pictures, which are not in the data.
    """

    number: int
    rows: NDArray[np.intp]
    labels: NDArray[np.int64]
    pixels: NDArray[np.uint8]
    block: Block
    copies: NDArray[np.uint8]
    is_own: bool = False

    @property
    def published(self) -> NDArray[np.intp]:
        """Indices into the pool of the published pictures, ascending."""
        return np.array(self.block.published, dtype=np.intp)

    @property
    def counts(self) -> tuple[int, int]:
        """Numbers of published and withheld pictures."""
        return len(self.published), len(self.block.pool) - len(self.published)


def draw_users(data: TrainingData, plan: UserPlan, seed: int, own: OwnPictures | None = None) -> tuple[User, ...]:
    """Return the users of ``plan``; no picture of ``data`` has two users. Raises UsageError if there are too few.

    The draw of published pictures is uniform over the pool of each user; all random values come from ``seed``. With
    ``own`` pictures, user 0 has these, and no other user publishes or withholds more than user 0 does.
    """
    chance = random.Random(f"mtgui rehearsal {seed}")
    order = list(range(len(data)))
    chance.shuffle(order)
    users = [] if own is None else [_own_user(data, plan, seed, own)]
    published, withheld = plan.published, plan.withheld
    if own is not None:
        published, withheld = counts_beside(own.counts, (published, withheld))
    size = published + withheld
    taken: set[int] = set()
    for number in range(len(users), plan.users):
        label = {"one each": number % len(data.class_names), "all the same": 0}.get(plan.classes)
        rows = [row for row in order if row not in taken and (label is None or data.labels[row] == label)][:size]
        if len(rows) < size:
            raise UsageError(
                f"Artist {number + 1} needs {counted(size, 'picture')} of their own, and the data has "
                f"{len(rows):,} left. Take fewer artists or pictures, or more data."
            )
        taken.update(rows)
        drawn = sorted(chance.sample(range(size), published))
        chosen = np.array(rows, dtype=np.intp)
        users.append(_user(data.chosen(chosen), plan, seed, number, chosen, tuple(drawn)))
    return tuple(users)


FURTHER = 4
_LEFT = 8
"""Pictures of a class that further artists leave for the training, at least."""


def draw_further(data: TrainingData, plan: UserPlan, seed: int, users: Sequence[User], reach: int) -> tuple[User, ...]:
    """Return up to `FURTHER` artists more, who publish and withhold ``reach`` pictures each, or as many as user 0.

    They withhold none if user 0 withholds none. Their pictures are of no one else. Where ``data`` has too few pictures
    there are fewer artists, down to none; and there are none if user 0 has as many pictures already.
    """
    own = users[0].counts
    published, withheld = max(own[0], reach), max(own[1], reach) if own[1] else 0
    if (published, withheld) == own:
        return ()
    chance = random.Random(f"mtgui rehearsal further {seed}")
    taken = {int(row) for user in users for row in user.rows}
    order = [row for row in range(len(data)) if row not in taken]
    chance.shuffle(order)
    size, found = published + withheld, list[User]()
    for number in range(plan.users, plan.users + FURTHER):
        label = {"one each": number % len(data.class_names), "all the same": 0}.get(plan.classes)
        free = [row for row in order if label is None or data.labels[row] == label]
        if len(free) < size + _LEFT:
            break
        rows = free[:size]
        order = [row for row in order if row not in set(rows)]
        drawn = tuple(sorted(chance.sample(range(size), published)))
        chosen = np.array(rows, dtype=np.intp)
        found.append(_user(data.chosen(chosen), plan, seed, number, chosen, drawn))
    return tuple(found)


def marked_training(data: TrainingData, users: Sequence[User]) -> TrainingData:
    """Return training data with the marked copies: ``data`` without all users' originals, plus the published copies.

    Withheld pictures are not in it in any form.
    """
    parts = [_without(data, users)]
    parts += [TrainingData(user.copies, user.labels[user.published], data.class_names) for user in users]
    return joined(parts)


def unmarked_training(data: TrainingData, users: Sequence[User]) -> TrainingData:
    """Return training data as `marked_training`, but with unmarked originals in place of the marked copies."""
    parts = [_without(data, users)]
    parts += [
        TrainingData(user.pixels[user.published], user.labels[user.published], data.class_names) for user in users
    ]
    return joined(parts)


def absent_training(data: TrainingData, users: Sequence[User]) -> TrainingData:
    """Return ``data`` without any of the users' pictures, the training data of an innocent model."""
    return _without(data, users)


def _without(data: TrainingData, users: Sequence[User]) -> TrainingData:
    rows = np.ones(len(data), dtype=np.bool_)
    for user in users:
        rows[user.rows] = False
    return data.chosen(np.flatnonzero(rows))


def _own_user(data: TrainingData, plan: UserPlan, seed: int, own: OwnPictures) -> User:
    """Return user 0, who has the wanted number of ``own`` pictures, drawn by ``seed``."""
    chance = random.Random(f"mtgui rehearsal own {seed}")
    published, withheld = own.counts
    size = published + withheld
    chosen = sorted(chance.sample(range(len(own.pixels)), size))
    labels = own.labels(data.class_names, seed, is_mixed=plan.classes == "mixed")
    pictures = TrainingData(own.pixels[chosen], labels[chosen], data.class_names)
    drawn = tuple(sorted(chance.sample(range(size), published)))
    rows = np.array(chosen, dtype=np.intp) + _OWN_ROWS
    return replace(_user(pictures, plan, seed, 0, rows, drawn), rows=np.empty(0, dtype=np.intp), is_own=True)


def _user(
    pictures: TrainingData, plan: UserPlan, seed: int, number: int, rows: NDArray[np.intp], published: tuple[int, ...]
) -> User:
    pixels = pictures.pixels
    settings = plan.all_settings[number % len(plan.all_settings)]
    secret = MarkKey(hashlib.sha256(f"mtgui rehearsal {seed}".encode()).digest())
    mine = number.to_bytes(8, "big")
    block = Block(
        record_id=subkey(secret, "rehearsal record", mine).hex()[:32],
        number=0,
        created=_CREATED,
        mark_algorithm=settings.algorithm,
        key=MarkKey(subkey(secret, "rehearsal key", mine)),
        decoy_seed=subkey(secret, "rehearsal decoys", mine),
        salt=subkey(secret, "rehearsal salt", mine),
        settings=settings,
        pattern_picture=plan.pattern_picture if settings.needs_picture else None,
        pool=tuple(_pool_picture(one, int(row)) for one, row in zip(pixels, rows, strict=True)),
        published=published,
    )
    copies = pixels[list(published)]
    if not settings.is_invisible:
        copies = mark_pictures(copies, block.mark, [picture.design for picture in block.published_pictures])
    return User(number, rows, pictures.labels, pixels, block, np.asarray(copies))


def _pool_picture(pixels: NDArray[np.uint8], row: int) -> PoolPicture:
    return PoolPicture(
        picture_id=picture_id(pixels, row),
        pixel_hash=hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest(),
        name=f"picture {row}",
        height=pixels.shape[1],
        width=pixels.shape[2],
    )


def picture_id(pixels: NDArray[np.uint8], row: int) -> str:
    """Return the picture id of picture ``row``: a hash that replaces that of a file, because there is no file."""
    return hashlib.sha256(row.to_bytes(8, "big") + np.ascontiguousarray(pixels).tobytes()).hexdigest()


def design_of(pixels: NDArray[np.uint8], row: int) -> PictureDesign:
    """Return what a mark needs to know about picture ``row``."""
    return PictureDesign(picture_id(pixels, row), pixels.shape[1], pixels.shape[2])
