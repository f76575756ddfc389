"""Finds the originals of a record's pool: by the hash of the file, then by the hash of the pixels."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from mtgui.common.control import Control
from mtgui.common.errors import PictureError, UsageError, printable
from mtgui.common.files import is_folder, is_ordinary
from mtgui.common.folder_walk import plain_key, walk
from mtgui.common.hashing import sha256_file
from mtgui.common.texts import plural
from mtgui.pictures.decoding import decode, probe
from mtgui.pictures.formats import looks_like_picture
from mtgui.publishing.examine import hash_pixels
from mtgui.records.record import PoolPicture

MOST_FILES = 200_000

Way = Literal["file", "pixels"]


@dataclass(frozen=True)
class FoundOriginal:
    """The path of an original, and whether its whole file or only its pixels are unchanged."""

    path: Path
    way: Way


@dataclass(frozen=True)
class Originals:
    """The result of a search: originals by picture id, and the names of those not found.

    ``changed`` are pictures for which only a file of the same name with other content was found. ``linked`` are links
    to folders that were not followed, where pictures are missing that may lie there. ``copies`` is the number of
    published copies of the record that lie there, where pictures are missing.
    """

    found: Mapping[str, FoundOriginal]
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    linked: tuple[Path, ...] = ()
    copies: int = 0


def not_followed(link: Path) -> str:
    """Return the sentence on a link to a folder in which originals may lie."""
    return (
        f"“{printable(link)}” is a link to a folder and was not followed; name that folder too if pictures lie in it."
    )


def copies_there(record: str, copies: int) -> str:
    """Return the sentence on published copies that lie where the originals of ``record`` were searched."""
    return plural(
        copies,
        "{count} file there is a published copy of {record}, not an original. Name the folder of the originals.",
        "{count} files there are published copies of {record}, not originals. Name the folder of the originals.",
        record=record,
    )


def find_originals(
    pool: Sequence[PoolPicture],
    places: Iterable[Path],
    control: Control | None = None,
    published: Collection[str] = (),
) -> Originals:
    """Search ``places``, files and whole folders, for the originals of ``pool``.

    Files with names of the pool come first, and the search ends when all are found. published: SHA-256 of the record's
    own copies, which are no changed originals. Raises UsageError for a place that
    does not exist, CancelledError.
    """
    wanted = {picture.picture_id: picture for picture in pool}
    found: dict[str, FoundOriginal] = {}
    others: list[Path] = []
    copies: set[Path] = set()
    linked: list[Path] = []
    for path in _by_likelihood(pool, places, linked):
        if len(found) == len(wanted):
            break
        (control or Control()).checkpoint()
        picture_id = _file_hash(path)
        if picture_id in wanted:
            found.setdefault(picture_id, FoundOriginal(path, "file"))
        elif picture_id is not None:
            others.append(path)
            if picture_id in published:
                copies.add(path)
    missing = [picture for picture in wanted.values() if picture.picture_id not in found]
    _find_by_pixels(missing, others, found, control or Control())
    missing = [picture for picture in missing if picture.picture_id not in found]
    names = {path.name for path in others if path not in copies}
    return Originals(
        found,
        changed=tuple(picture.name for picture in missing if picture.name in names),
        missing=tuple(picture.name for picture in missing if picture.name not in names),
        linked=tuple(linked) if missing else (),
        copies=len(copies) if missing else 0,
    )


def _find_by_pixels(
    missing: Sequence[PoolPicture], paths: Sequence[Path], found: dict[str, FoundOriginal], control: Control
) -> None:
    """Add pictures to ``found`` whose pixels are in one of ``paths``; only pictures of the right size are decoded."""
    by_hash = {picture.pixel_hash: picture.picture_id for picture in missing}
    sizes = {(picture.height, picture.width) for picture in missing}
    for path in paths:
        if not by_hash:
            return
        control.checkpoint()
        try:
            info = probe(path)
            if (info.height, info.width) in sizes:
                picture_id = by_hash.pop(hash_pixels(decode(path)), None)
                if picture_id is not None:
                    found[picture_id] = FoundOriginal(path, "pixels")
        except PictureError:
            continue


def _by_likelihood(pool: Sequence[PoolPicture], places: Iterable[Path], linked: list[Path]) -> list[Path]:
    """Return the pictures at ``places``, each once; those with a name of the pool come first.

    Links to folders are added to ``linked``.
    """
    names = {picture.name for picture in pool}
    files = dict.fromkeys(islice(_files(places, names, linked), MOST_FILES))
    return sorted(files, key=lambda path: path.name not in names)


def _files(places: Iterable[Path], names: set[str], linked: list[Path]) -> Iterator[Path]:
    for place in places:
        if is_folder(place):
            for found in walk(place, key=plain_key):
                if found.kind == "linked":
                    linked.append(found.path)
                elif found.kind in ("file", "special") and (found.path.name in names or looks_like_picture(found.path)):
                    yield found.path
        elif os.path.lexists(place):
            yield place
        else:
            raise UsageError(f"There is no file or folder “{printable(place)}” to find pictures in. Check the name.")


def _file_hash(path: Path) -> str | None:
    try:
        return sha256_file(path) if is_ordinary(path) else None
    except OSError:
        return None
