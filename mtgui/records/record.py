"""The mark record in memory: keys, settings, pictures and draws.

A record holds one or more blocks. A block is made by one draw: a key, a decoy seed, settings, an ordered pool, and
which of its pictures are published. It never changes; pictures added later form a new block.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from mtgui.marking.keys import MarkKey
from mtgui.marking.mark import Mark, PictureDesign, make_mark
from mtgui.marking.pattern import PicturePattern
from mtgui.marking.settings import MarkSettings
from mtgui.records.coin_choice import Choice

SCHEMA = 1


@dataclass(frozen=True)
class PoolPicture:
    """One picture of a pool.

    picture_id: SHA-256 of the original file. pixel_hash: SHA-256 of its decoded pixels, used only to find the picture.
    name: file name when marked. height, width: pixels, orientation applied. label: its class, if it has one.
    choice: "drawn" takes part in the picture coin; the other two are decisions of the user and do not.
    """

    picture_id: str
    pixel_hash: str
    name: str
    height: int
    width: int
    label: str | None = None
    choice: Choice = "drawn"

    @property
    def design(self) -> PictureDesign:
        """What the mark needs to know about this picture."""
        return PictureDesign(self.picture_id, self.height, self.width)


@dataclass(frozen=True)
class Block:
    """One block: the result of one draw.

    published: indices into ``pool``, ascending. made_with: (name, version) of the software that made the marks.
    """

    record_id: str
    number: int
    created: str
    mark_algorithm: str
    key: MarkKey = field(repr=False)
    decoy_seed: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    settings: MarkSettings
    pattern_picture: PicturePattern | None = field(repr=False)
    pool: tuple[PoolPicture, ...]
    published: tuple[int, ...]
    made_with: tuple[tuple[str, str], ...] = ()

    @property
    def mark(self) -> Mark:
        """The mark of this block under its mark key."""
        return make_mark(self.key, self.settings, self.pattern_picture)

    def is_published(self, index: int) -> bool:
        """True when picture ``index`` of the pool was drawn or chosen for publication."""
        place = bisect_left(self.published, index)
        return self.published[place : place + 1] == (index,)

    @property
    def published_pictures(self) -> tuple[PoolPicture, ...]:
        """The pictures drawn or chosen for publication, in pool order."""
        return tuple(self.pool[index] for index in self.published)

    @property
    def withheld_pictures(self) -> tuple[PoolPicture, ...]:
        """The pictures kept private as controls, in pool order."""
        return tuple(picture for index, picture in enumerate(self.pool) if not self.is_published(index))

    def strata(self) -> dict[tuple[str | None, Choice], tuple[int, ...]]:
        """Return the pool's indices by stratum: label and choice. The draw was uniform within each."""
        return strata_of(self.pool)


Stratum = tuple[str | None, Choice]


def strata_of(pool: Sequence[PoolPicture]) -> dict[Stratum, tuple[int, ...]]:
    """Return the indices of ``pool`` by label and choice, in pool order.

    A stratum of a single drawn picture would leave nothing to chance. So pictures whose label no other drawn picture
    has share one stratum with each other and with the pictures without a label.
    """
    counts = Counter(picture.label for picture in pool if picture.choice == "drawn")
    strata: dict[Stratum, list[int]] = {}
    for index, picture in enumerate(pool):
        label = None if picture.choice == "drawn" and counts[picture.label] == 1 else picture.label
        strata.setdefault((label, picture.choice), []).append(index)
    return {stratum: tuple(indices) for stratum, indices in strata.items()}


@dataclass(frozen=True)
class LogEntry:
    """One line of the log: ``kind`` is "export", "pause", "resume", "failure" or "note".

    picture_id: the picture, if the entry is about one. file: path of the copy below the export folder, with "/".
    file_hash: SHA-256 of the copy. text: reason or note.
    """

    kind: str
    time: str
    picture_id: str | None = None
    file: str | None = None
    file_hash: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Record:
    """A record as it was read: its blocks, its log, the commitment of each block, and notes about the reading."""

    blocks: tuple[Block, ...]
    commitments: tuple[str, ...]
    log: tuple[LogEntry, ...]
    notes: tuple[str, ...] = ()

    @property
    def record_id(self) -> str:
        """The record's own id, 32 hexadecimal digits."""
        return self.blocks[0].record_id

    @property
    def commitment(self) -> str:
        """SHA-256 of the stored bytes of the first design block."""
        return self.commitments[0]

    @property
    def picture_count(self) -> int:
        """How many pictures there are in all pools."""
        return sum(len(block.pool) for block in self.blocks)

    @property
    def published_count(self) -> int:
        """How many pictures of all pools were drawn or chosen for publication."""
        return sum(len(block.published) for block in self.blocks)

    def pictures(self) -> Iterator[tuple[Block, int, PoolPicture]]:
        """Yield every picture of every pool with its block and its index in that block's pool."""
        for block in self.blocks:
            for index, picture in enumerate(block.pool):
                yield block, index, picture

    def exports(self) -> dict[str, LogEntry]:
        """Return the last export of each picture id, unless it is known to have failed."""
        last: dict[str, LogEntry] = {}
        for entry in self.log:
            if entry.picture_id and entry.kind == "export":
                last[entry.picture_id] = entry
            elif entry.picture_id and entry.kind == "failure":
                last.pop(entry.picture_id, None)
        return last
