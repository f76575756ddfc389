"""Finds marked copies in an export folder of which the record at hand knows nothing: another draw was made before."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtgui.common.errors import PictureError, UsageError, printable, readable_name
from mtgui.common.hashing import sha256_bytes
from mtgui.common.words import counted
from mtgui.marking.settings import MarkSettings
from mtgui.pictures.decoding import Picture, decode
from mtgui.pictures.picture_files import read
from mtgui.pictures.xmp import commitments_in
from mtgui.publishing.examine import Examined
from mtgui.publishing.export_request import MarkRequest
from mtgui.records.record import Record

_NUMBER = re.compile(r" \(\d+\)$")
_TOLERANCE = 8.0
_WITHIN = 0.99
"""Lossy formats move few pixels by more than the tolerance, in 255ths; this share lies within it."""


@dataclass(frozen=True)
class _Stranger:
    """A file at the place of the copy of ``picture``, which the record does not know."""

    file: Path
    picture: Examined


def check_for_unknown_copies(request: MarkRequest, record: Record | None, fresh: Sequence[Examined]) -> str | None:
    """Refuse to draw ``fresh`` pictures of which the export folder holds marked copies that ``record`` does not know.

    Such copies come from another draw. With a record, the record is older than they are; without one, they belong to
    another record. To draw these pictures again would withhold some whose copies are to be published, and two marks of
    one picture would lie side by side. A copy is known by the commitment in it, or because a mark of these settings can
    make it out of the picture of its name. Returns a note about other files with names of these pictures, which may be
    copies; None without any. Raises UsageError.
    """
    strangers = list(_strangers(request, record, fresh))
    settings = request.settings if record is None else record.blocks[0].settings
    for stranger in strangers:
        if _is_marked_copy(stranger, settings):
            raise _refusal(request, record, stranger)
    if not strangers:
        return None
    files = counted(len({stranger.file for stranger in strangers}), "file")
    return (
        f"It holds {files} with names of these pictures already. What is a marked copy of another record must not be "
        "published beside these: use that record, or an empty folder."
    )


def _strangers(request: MarkRequest, record: Record | None, fresh: Sequence[Examined]) -> Iterator[_Stranger]:
    places = {request.out / one.source.subfolder / one.source.path.stem: one for one in fresh}
    known = set() if record is None else {entry.file_hash for entry in record.log if entry.file_hash}
    known.update(one.picture_id for one in fresh)
    if record is not None:
        known.update(picture.picture_id for _, _, picture in record.pictures())
    for folder in sorted({place.parent for place in places if place.parent.is_dir()}):
        for file in sorted(folder.iterdir()):
            stem = file.with_suffix("")
            one = places.get(stem) or places.get(stem.with_name(_NUMBER.sub("", stem.name) or stem.name))
            if one is not None and not _is_known(file, known):
                yield _Stranger(file, one)


def _is_known(file: Path, known: set[str]) -> bool:
    try:
        return sha256_bytes(read(file)) in known
    except PictureError:
        return False


def _is_marked_copy(stranger: _Stranger, settings: MarkSettings) -> bool:
    try:
        data = read(stranger.file)
        if commitments_in(data):
            return True
        found = decode(stranger.file, data)
        picture = stranger.picture
        if (found.height, found.width) != (picture.height, picture.width):
            return False
        original = decode(picture.source.path)
    except PictureError:
        return False
    if original.pixels.shape == found.pixels.shape and np.array_equal(original.pixels, found.pixels):
        return False
    return _can_be_marked(_grey(original), _grey(found), settings)


def _can_be_marked(original: NDArray[np.float32], found: NDArray[np.float32], settings: MarkSettings) -> bool:
    """True when a mark of ``settings`` can make ``found`` out of ``original``, both (height, width) in 255ths.

    A mark adds at most the noise budget, and then blends with a pattern of 0 to 255.
    """
    rest = found - settings.blend_ratio * original
    slack = settings.blend_ratio * settings.noise_budget + _TOLERANCE
    within = (rest >= -slack) & (rest <= (1 - settings.blend_ratio) * 255 + slack)
    return float(within.mean()) >= _WITHIN


def _grey(picture: Picture) -> NDArray[np.float32]:
    """Return the mean of the channels, (height, width), in 255ths."""
    mean: NDArray[np.float32] = picture.pixels.mean(axis=0, dtype=np.float32)
    return mean * np.float32(255 / ((1 << picture.bit_depth) - 1))


def _refusal(request: MarkRequest, record: Record | None, stranger: _Stranger) -> UsageError:
    out, name = printable(request.out), readable_name(stranger.file)
    if record is None:
        return UsageError(
            f"The export folder “{out}” holds marked copies of these pictures from another record ({name} looks like "
            "one), and two marks of one picture must not lie side by side. Continue that record, or choose another "
            "folder."
        )
    return UsageError(
        f"The mark record {readable_name(request.record)} is older than the marked copies in “{out}”: it does not "
        f"know {name}, which looks like a marked copy of {readable_name(stranger.picture.source.path)}. Find the newer "
        "record, in a backup or on another computer, and continue that; or choose a new folder and a new record."
    )
