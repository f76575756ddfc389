"""The record of an audit: its rows, its design and the originals that were found."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.engine.prepared_originals import Original
from mtgui.auditing.job.labels import (
    FROM_RECORD,
    MODEL_CHOICE,
    ClassNames,
    Labelling,
    label_for_all,
    labels_of_record,
    proposed_rule,
)
from mtgui.auditing.job.originals import Originals, find_originals
from mtgui.auditing.statistics.audit_design import AuditDesign, audited_rows, design_from_blocks
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, readable_name
from mtgui.records.attainable_p import AuditSize, audit_size
from mtgui.records.journal import read_record
from mtgui.records.record import Block, PoolPicture, Record


@dataclass(frozen=True)
class AuditSubject:
    """One record to be audited. ``rows`` are all pictures that a draw could publish, in the order of the design."""

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
        """(rows,) bool: True where the original was not found."""
        return np.array([picture.picture_id not in self.originals.found for picture in self.pool], dtype=np.bool_)

    @property
    def has_key_coin(self) -> bool:
        """True when another key would make another mark."""
        return all(block.settings.has_key_coin for block in self.record.blocks)

    def label_rule(self, label: str | None, names: ClassNames) -> str:
        """Return the rule for the labels of its pictures: ``label``, or the proposal if that is None.

        The proposal depends only on the record and the names of the classes, so it is the same in every run.
        """
        return proposed_rule([picture.label for picture in self.pool], names) if label is None else label

    def labelling(self, rule: str, names: ClassNames) -> Labelling | None:
        """Return the labels of all rows by ``rule``; None if the model chooses them. Raises UsageError."""
        if rule == MODEL_CHOICE:
            return None
        return labels_of_record(self.pool, names) if rule == FROM_RECORD else label_for_all(rule, len(self.rows), names)

    def unmarked(self) -> list[Original]:
        """Return every original that was found, in the order of the rows."""
        found = self.originals.found
        return [
            Original(
                found[block.pool[index].picture_id].path,
                block.pool[index].design,
                block.number,
                block.settings.has_tint,
            )
            for block, index in self.rows
            if block.pool[index].picture_id in found
        ]

    def size(self, keys: int | None, draws: int, *, are_keys_dear: bool = False) -> AuditSize:
        """Return the size of an audit with ``draws`` and ``keys`` decoy keys (None: the default of the design).

        are_keys_dear: as in `decoy_keys_for`. Raises UsageError.
        """
        if keys and not self.has_key_coin:
            raise UsageError(
                f"The marks of {readable_name(self.path)} do not depend on a key, so decoy keys have nothing to say; "
                "leave out --keys. Only its withheld pictures speak."
            )
        lost = {picture.picture_id for picture in self.pool} - set(self.originals.found)
        return audit_size(self.record.blocks, keys, draws, lost, are_keys_dear=are_keys_dear)


def load_subject(path: Path, places: Sequence[Path], control: Control) -> AuditSubject:
    """Read the record at ``path``, and find its originals in ``places`` or else in the folder of the record.

    Raises RecordError, UsageError, CancelledError.
    """
    record = read_record(path)
    try:
        design = design_from_blocks(record.blocks)
    except UsageError as error:
        raise UsageError(f"{readable_name(path)}: {error}") from error
    rows = audited_rows(record.blocks)
    pool = [block.pool[index] for block, index in rows]
    published = {entry.file_hash for entry in record.exports().values() if entry.file_hash}
    originals = find_originals(pool, places or [path.absolute().parent], control, published)
    return AuditSubject(path, record, design, rows, originals)
