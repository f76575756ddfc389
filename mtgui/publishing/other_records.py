"""Finds pictures that another record knows already: a second draw could publish what the first keeps private."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mtgui.common.errors import MtguiError, UsageError, readable_name
from mtgui.common.texts import plural
from mtgui.common.words import counted
from mtgui.publishing.examine import Examined
from mtgui.records.journal import read_record
from mtgui.records.record_suffix import RECORD_SUFFIX


@dataclass(frozen=True)
class OtherRecord:
    """A record of earlier exports, and the folder of its copies."""

    record: Path
    out: Path


def other_records(known: Iterable[OtherRecord], out: Path, record: Path) -> tuple[OtherRecord, ...]:
    """Return the ``known`` records and those beside the folder ``out``, each once, without ``record`` itself."""
    found = {one.record: one for one in known}
    try:
        beside = sorted(path for path in out.parent.iterdir() if path.suffix == RECORD_SUFFIX)
    except OSError:
        beside = []
    for path in beside:
        found.setdefault(path, OtherRecord(path, path.with_suffix("")))
    itself = os.path.realpath(record)
    return tuple(other for path, other in found.items() if os.path.realpath(path) != itself)


class AlreadyRecordedError(UsageError):
    """Pictures that are to be drawn were drawn before, for another record."""

    def __init__(
        self, other: OtherRecord, names: Sequence[str], pictures: int, also: Sequence[OtherRecord] = ()
    ) -> None:
        """Name the ``other`` record, which knows those of the ``pictures`` with these ``names``.

        also: further records that know some of the pictures.
        """
        self.other, self.names, self.also = other, tuple(names), tuple(also)
        self.known = known = len(self.names)
        super().__init__(
            plural(
                known,
                "{count} of {pictures} is in the record {name} already. Continue that record.",
                "{count} of {pictures} are in the record {name} already. Continue that record.",
                pictures=counted(pictures, "picture"),
                name=readable_name(other.record),
            )
        )


def refuse_recorded(fresh: Iterable[Examined], others: Iterable[OtherRecord]) -> None:
    """Raise AlreadyRecordedError if one of ``others`` knows pictures of ``fresh``, by their bytes or their pixels.

    The record that knows most of them is named. A record that cannot be read is passed over.
    """
    pictures = list(fresh)
    found = [(known, other) for other in others if (known := _known(pictures, other.record))]
    if found:
        known, other = max(found, key=_number)
        also = [one for _, one in found if one is not other]
        raise AlreadyRecordedError(other, [one.source.path.name for one in known], len(pictures), also)


def _number(found: tuple[list[Examined], OtherRecord]) -> int:
    return len(found[0])


def _known(pictures: Iterable[Examined], path: Path) -> list[Examined]:
    """Return those of ``pictures`` that the record at ``path`` knows."""
    try:
        record = read_record(path)
    except (MtguiError, OSError):
        return []
    ids = {picture.picture_id for _, _, picture in record.pictures()}
    pixels = {picture.pixel_hash for _, _, picture in record.pictures()}
    return [one for one in pictures if one.picture_id in ids or one.pixel_hash in pixels]
