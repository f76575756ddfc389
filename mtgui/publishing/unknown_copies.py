"""Finds marked copies in an export folder of which the record at hand knows nothing: another draw was made.

Such copies come from another draw. Either the record is older than they are, or they belong to another record. To
export into that folder would publish copies of pictures that the record keeps private, and two marks of one picture
would lie side by side.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mtgui.common.errors import MtguiError, PictureError, UsageError, printable, readable_name, storage_errors
from mtgui.common.hashing import sha256_bytes, sha256_file
from mtgui.marking.settings import FORMER_PRESETS, PRESETS, MarkSettings
from mtgui.pictures.decoding import Picture, read_header
from mtgui.pictures.picture_files import read
from mtgui.publishing.examine import commitments_of
from mtgui.publishing.export_request import MarkRequest
from mtgui.publishing.memory_budget import MemoryBudget
from mtgui.publishing.other_records import OtherRecord
from mtgui.publishing.sources import Source
from mtgui.publishing.tint_traces import can_be_tinted
from mtgui.records.journal import read_record
from mtgui.records.record import Record

Kind = Literal["known", "other", "copy"]
"""What a file is: one that the record knows, another file of that name, or a marked copy of another draw."""
_NUMBER = re.compile(r" \(\d+\)$")
_TOLERANCE = 8.0
_WITHIN = 0.99
"""Lossy formats move few pixels by more than the tolerance, in 255ths; this share lies within it."""
_LEAST_SPREAD = 1.0
"""Variance within the rows, in 255ths squared, below which a picture is too flat to tell how much of it is left."""


@dataclass(frozen=True)
class Held:
    """A picture of this export, drawn already or not, which the export folder is searched for.

    height, width: in pixels. copy: the name below the export folder under which the record's log has its copy; None
    without a copy, as of a picture that is to be drawn or stays private.
    """

    source: Source
    picture_id: str
    height: int
    width: int
    copy: str | None = None


@dataclass(frozen=True)
class Namesake:
    """A file at the place of the copy of ``picture``."""

    file: Path
    picture: Held
    is_logged: bool = False
    """The record wrote its own copy of the picture under this name; the file may be that one, edited since."""


def namesakes(out: Path, held: Sequence[Held]) -> list[Namesake]:
    """Return files in the export folder ``out`` that have the names of copies of ``held``. Raises StorageError."""
    places: dict[Path, list[Held]] = {}
    for one in held:
        places.setdefault(out / one.source.subfolder / one.source.path.stem, []).append(one)
    found = []
    with storage_errors(f"The export folder “{printable(out)}” cannot be read"):
        for folder in sorted({place.parent for place in places if place.parent.is_dir()}):
            for file in sorted(folder.iterdir()):
                stem = file.with_suffix("")
                bare = stem.with_name(_NUMBER.sub("", stem.name) or stem.name)
                if not file.is_dir():
                    name = file.relative_to(out).as_posix()
                    found += [Namesake(file, one, one.copy == name) for one in places.get(stem, places.get(bare, []))]
    return found


def known_hashes(record: Record | None, held: Iterable[Held]) -> frozenset[str]:
    """Return the SHA-256 of all files that are no copies of another draw: those of ``record`` and the originals."""
    ids = {one.picture_id for one in held}
    if record is None:
        return frozenset(ids)
    logged = {entry.file_hash for entry in record.log if entry.file_hash}
    return frozenset({*logged, *ids, *(p.picture_id for _, _, p in record.pictures())})


def foreign_copies(others: Iterable[OtherRecord]) -> dict[str, tuple[Path, Record]]:
    """Return by the SHA-256 of their copies which of ``others`` wrote them; one that cannot be read is passed over."""
    found: dict[str, tuple[Path, Record]] = {}
    for other in others:
        try:
            record = read_record(other.record)
        except (MtguiError, OSError):
            continue
        for entry in record.exports().values():
            found.setdefault(entry.file_hash or "", (other.record, record))
    found.pop("", None)
    return found


@dataclass(frozen=True)
class Judge:
    """What is needed to tell copies of other draws from other files.

    record: the one that is continued, None for a new one. known: see `known_hashes`. foreign: see `foreign_copies`.
    settings: of the mark.
    """

    record: Record | None
    known: frozenset[str]
    foreign: Mapping[str, tuple[Path, Record]]
    settings: MarkSettings
    room: MemoryBudget

    def kind(self, namesake: Namesake) -> Kind:
        """Return what a file is, as far as can be told; waits for room in memory.

        A copy is known by its bytes, which another record's log has, by a commitment in it that is not the record's,
        or because a mark of the settings, or of a preset, can make it out of the picture of its name.
        """
        own = frozenset() if self.record is None else frozenset(self.record.commitments)
        try:
            data = read(namesake.file)
            file_hash = sha256_bytes(data)
            if file_hash in self.known:
                return "known"
            if file_hash in self.foreign:
                return "copy"
            unread = read_header(namesake.file, data)
            if stated := commitments_of(data, unread):
                return "other" if stated <= own else "copy"
            if namesake.is_logged:
                return "known"
            with self.room.held(2 * unread.size):
                return "copy" if _can_be_copy(unread.decode(), namesake.picture, self.settings) else "other"
        except PictureError:
            return "other"

    def refusal(self, request: MarkRequest, namesake: Namesake) -> UsageError:
        """Return what to say of ``namesake``, a marked copy of another draw. Raises OSError if it cannot be read."""
        out, name = printable(request.out), readable_name(namesake.file)
        writer = self.foreign.get(sha256_file(namesake.file))
        is_other = writer is not None and (self.record is None or writer[1].record_id != self.record.record_id)
        if writer is not None and is_other:
            return UsageError(
                f"The export folder “{out}” holds marked copies of these pictures from the record "
                f"{readable_name(writer[0])} ({name} is one). They could show what this record keeps private, and two "
                "marks of one picture must not lie side by side. Continue that record, or choose another folder."
            )
        if self.record is None:
            return UsageError(
                f"The export folder “{out}” holds marked copies of these pictures from another record ({name} looks "
                "like one), and two marks of one picture must not lie side by side. Continue that record, or choose "
                "another folder."
            )
        return UsageError(
            f"The mark record {readable_name(request.record)} is older than the marked copies in “{out}”, or they are "
            f"of another record: it does not know {name}, which looks like a marked copy of "
            f"{readable_name(namesake.picture.source.path)}. Find the newer record, in a backup or on another "
            "computer, and continue that; or choose a new folder and a new record."
        )


def _can_be_copy(found: Picture, picture: Held, settings: MarkSettings) -> bool:
    if (found.height, found.width) != (picture.height, picture.width):
        return False
    path = picture.source.path
    original = read_header(path, read(path)).decode()
    if original.pixels.shape == found.pixels.shape and np.array_equal(original.pixels, found.pixels):
        return False
    if original.pixels.shape == found.pixels.shape and can_be_tinted(_levels(original), _levels(found)):
        return True
    before, after = _grey(original), _grey(found)
    return any(_can_be_marked(before, after, one) for one in _likely_settings(settings))


def _likely_settings(settings: MarkSettings) -> list[MarkSettings]:
    """Return the settings of an earlier draw that are likely: those of this one, and the presets.

    Without a mark a copy is its original saved again, which only a draw that makes such copies has to tell apart.
    """
    presets = (preset.applied_to(settings) for preset in (*PRESETS, *FORMER_PRESETS))
    return [one for one in dict.fromkeys([settings, *presets]) if one.kind == "paper" and _is_told(one, settings)]


def _is_told(one: MarkSettings, settings: MarkSettings) -> bool:
    return one == settings or not one.is_invisible


def _can_be_marked(original: NDArray[np.float32], found: NDArray[np.float32], settings: MarkSettings) -> bool:
    """True when a mark of ``settings`` can make ``found`` out of ``original``, both (height, width) in 255ths.

    The paper's mark adds at most the noise budget, and then blends with a pattern of 0 to 255, so that the blend
    ratio is left of the original. Of a picture that was only saved again, or edited, about all is left.
    """
    ratio = settings.blend_ratio
    rest = found - ratio * original
    slack = ratio * settings.noise_budget + _TOLERANCE
    within = (rest >= -slack) & (rest <= (1 - ratio) * 255 + slack)
    if float(within.mean()) < _WITHIN:
        return False
    left = _share_left(original, found)
    return left is None or ratio == 1 or left < (1 + ratio) / 2


def _share_left(original: NDArray[np.float32], found: NDArray[np.float32]) -> float | None:
    """Return how much of ``original`` is in ``found`` (1: all of it), by the differences within rows.

    Stripes are the same along a row, so they do not count. None for a picture that is too flat.
    """
    before, after = (picture - picture.mean(axis=1, keepdims=True) for picture in (original, found))
    spread = float((before * before).mean())
    return None if spread < _LEAST_SPREAD else float((before * after).mean()) / spread


def _levels(picture: Picture) -> NDArray[np.float32]:
    """Return the pixels, (channels, height, width), in 255ths."""
    return picture.pixels * np.float32(255 / ((1 << picture.bit_depth) - 1))


def _grey(picture: Picture) -> NDArray[np.float32]:
    """Return the mean of the channels, (height, width), in 255ths."""
    return np.asarray(_levels(picture).mean(axis=0))
