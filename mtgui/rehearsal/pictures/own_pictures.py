"""A person's own pictures in a rehearsal, with or without the mark record of them."""

import hashlib
import os
import random
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.engine.prepared_originals import Original, prepare_picture
from mtgui.auditing.job.originals import find_originals, not_followed
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.common.control import Control
from mtgui.common.errors import PictureError, UsageError, printable, readable_name
from mtgui.common.events import Event, ItemFailed, Noticed, Progress, Started
from mtgui.marking.mark import PictureDesign
from mtgui.pictures.decoding import decode
from mtgui.pictures.formats import looks_like_picture
from mtgui.publishing.sources import collect_sources
from mtgui.publishing.workers import workers
from mtgui.records.journal import read_record
from mtgui.records.record import Block
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData

FEWEST = 2


@dataclass(frozen=True)
class OwnPictures:
    """A person's own pictures.

    pixels: (N, 3, side, side) uint8, as in `TrainingData`. folders: the name of the subfolder of each picture, or None.
    wanted: numbers to publish and to withhold; None for half of the pictures each.
    """

    pixels: NDArray[np.uint8]
    folders: tuple[str | None, ...]
    wanted: tuple[int, int] | None = None

    @property
    def counts(self) -> tuple[int, int]:
        """Numbers of published and withheld pictures: as wanted, or scaled down if there are fewer pictures."""
        there = len(self.pixels)
        published, withheld = self.wanted or (there - there // 2, there // 2)
        if published + withheld <= there:
            return published, withheld
        scaled = round(there * published / (published + withheld))
        scaled = max(1, min(scaled, there - min(withheld, 1)))
        return scaled, there - scaled if withheld else 0

    def labels(self, class_names: Sequence[str], seed: int, *, is_mixed: bool) -> NDArray[np.int64]:
        """Return the class of every picture, (N,) int64: the class with the name of its folder, else a random class.

        Without ``is_mixed``, all pictures without such a class get the same random class.
        """
        chance = random.Random(f"mtgui rehearsal labels {seed}")
        number = {name: index for index, name in enumerate(class_names)}
        shared = chance.randrange(len(class_names))
        labels = [
            number.get(folder or "", chance.randrange(len(class_names)) if is_mixed else shared)
            for folder in self.folders
        ]
        return np.array(labels, dtype=np.int64)


def read_own_pictures(
    paths: Iterable[Path], side: int, control: Control | None = None
) -> Generator[Event, None, OwnPictures]:
    """Read the pictures at ``paths``, files and folders, as `read_pictures` does; yield events.

    A picture that cannot be read gives an `ItemFailed`, and the others go on. Raises UsageError if fewer than two can
    be used, CancelledError.
    """
    linked: list[Path] = []
    sources = collect_sources(paths, looks_like_picture, label_from_folders=True, on_link=linked.append)
    for link in linked:
        yield Noticed(not_followed(link))
    return (yield from _read([(source.path, source.label) for source in sources], side, control or Control()))


def own_of_record(
    record: Path, paths: Sequence[Path], side: int, control: Control | None = None
) -> Generator[Event, None, tuple[OwnPictures, Block]]:
    """Read the originals of ``record`` from ``paths``, or from the folder of the record.

    Returns them with the record's numbers of published and withheld pictures, and the record's first block, which has
    the settings of the marks. Labels of the record replace names of subfolders. Raises RecordError, UsageError if fewer
    than two originals are found, CancelledError.
    """
    control = control or Control()
    read = read_record(record)
    pool = [(block, index, picture) for block, index, picture in read.pictures()]
    originals = find_originals([picture for *_, picture in pool], paths or [record.absolute().parent], control)
    for link in originals.linked:
        yield Noticed(not_followed(link))
    found = originals.found
    places = [(found[picture.picture_id].path, picture.label) for *_, picture in pool if picture.picture_id in found]
    if len(places) < FEWEST:
        raise UsageError(
            f"Of the {len(pool):,} originals of {readable_name(record)} only {len(places)} were found, and a rehearsal "
            "needs two. Name the folder they lie in with --pictures."
        )
    own = yield from _read(places, side, control)
    published = sum(block.is_published(index) for block, index, _ in pool)
    return replace(own, wanted=(published, len(pool) - published)), read.blocks[0]


def without_own(data: TrainingData, own: OwnPictures) -> TrainingData:
    """Return ``data`` without pictures that are also in ``own``, because these must belong to one user only."""
    known = {_hash(pixels) for pixels in own.pixels}
    return data.chosen(np.array([row for row, one in enumerate(data.pixels) if _hash(one) not in known], dtype=np.intp))


def _read(
    places: Sequence[tuple[Path, str | None]], side: int, control: Control
) -> Generator[Event, None, OwnPictures]:
    yield Started("own pictures", len(places))
    preprocessing = Preprocessing(resize=side, crop=(side, side))

    def prepare(place: tuple[Path, str | None]) -> NDArray[np.uint8] | PictureError:
        try:
            picture = decode(place[0])
        except PictureError as error:
            return error
        height, width = picture.pixels.shape[1:]
        return prepare_picture(Original(picture, PictureDesign("0" * 64, height, width)), preprocessing).pixels

    pixels: dict[str, tuple[NDArray[np.uint8], str | None]] = {}
    with workers(os.cpu_count() or 1, control) as crew:
        for number, ((path, folder), one) in enumerate(crew.each(prepare, places), 1):
            yield from crew.pauses()
            if isinstance(one, PictureError):
                yield ItemFailed(path, one.reason)
                continue
            pixels.setdefault(_hash(one), (one, folder))
            yield Progress(number, len(places), 0.0)
    if len(pixels) < FEWEST:
        names = ", ".join(f"“{printable(path)}”" for path, _ in places[:3]) or "what was named"
        raise UsageError(
            f"A rehearsal needs at least two of your own pictures; of {names} {len(pixels) or 'none'} could be used. "
            "Choose more pictures, or a folder of them."
        )
    return OwnPictures(np.stack([one for one, _ in pixels.values()]), tuple(folder for _, folder in pixels.values()))


def _hash(pixels: NDArray[np.uint8]) -> str:
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest()
