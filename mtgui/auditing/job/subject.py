"""The record's side of an audit: rows, design, originals found, and the mark of every row under every key."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.job.originals import Originals, find_originals
from mtgui.auditing.job.request import MOST_KEYS, Missing
from mtgui.auditing.statistics.design import AuditDesign, audited_rows, design_from_blocks
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, printable, readable_name
from mtgui.records.chances import decoy_keys_for
from mtgui.records.journal import read_record
from mtgui.records.record import Block, PoolPicture, Record

_NAMED = 5


@dataclass(frozen=True)
class Subject:
    """One record to be audited. ``rows`` are the pictures that some draw could publish, in the order of the design."""

    path: Path
    record: Record
    design: AuditDesign
    rows: tuple[tuple[Block, int], ...]
    originals: Originals

    @property
    def pool(self) -> tuple[PoolPicture, ...]:
        """The picture of every row."""
        return tuple(block.pool[index] for block, index in self.rows)

    @property
    def is_missing(self) -> NDArray[np.bool_]:
        """(rows,): True where the original was not found."""
        return np.array([picture.picture_id not in self.originals.found for picture in self.pool], dtype=np.bool_)

    @property
    def has_key_coin(self) -> bool:
        """True when another key would make another mark."""
        return all(block.settings.has_key_coin for block in self.record.blocks)

    def decoy_keys(self, wanted: int | None) -> int:
        """Return how many decoy keys to use: ``wanted``, or what the design proposes. Raises UsageError."""
        if self.has_key_coin:
            settings = self.record.blocks[0].settings
            return decoy_keys_for(settings, self.design.draws(MOST_KEYS)) if wanted is None else wanted
        if wanted:
            raise UsageError(
                f"The marks of {readable_name(self.path)} do not depend on a key, so decoy keys have nothing to say; "
                "leave out --keys. Only its withheld pictures speak."
            )
        return 0


def load_subject(path: Path, places: Sequence[Path], control: Control) -> Subject:
    """Read the record at ``path`` and find its originals in ``places``, or else in the folder of the record.

    Raises RecordError, UsageError, CancelledError.
    """
    record = read_record(path)
    try:
        design = design_from_blocks(record.blocks)
    except UsageError as error:
        raise UsageError(f"{readable_name(path)}: {error}") from error
    rows = audited_rows(record.blocks)
    pool = [block.pool[index] for block, index in rows]
    return Subject(path, record, design, rows, find_originals(pool, places or [path.absolute().parent], control))


def check_missing(subject: Subject, rule: Missing, places: Iterable[Path]) -> None:
    """Raise UsageError where originals are lacking and ``rule`` does not allow that, or where none is there at all."""
    lost = (*subject.originals.changed, *subject.originals.missing)
    if not lost:
        return
    looked = ", ".join(f"“{printable(place)}”" for place in places) or f"the folder of {readable_name(subject.path)}"
    total = len(subject.rows)
    if not subject.originals.found:
        raise UsageError(
            f"None of the {total} originals of {readable_name(subject.path)} was found in {looked}. Point at the "
            "folder that holds the unmarked originals (--pictures DIR); is this the right record for these pictures?"
        )
    if rule == "refuse":
        names = ", ".join(printable(name) for name in lost[:_NAMED]) + (", …" if len(lost) > _NAMED else "")
        raise UsageError(
            f"{len(lost)} of the {total} originals of {readable_name(subject.path)} were changed or not found in "
            f"{looked}: {names}. Point at the unmarked originals as they were (--pictures DIR), or let the missing "
            "ones count against the claim (--missing against)."
        )
