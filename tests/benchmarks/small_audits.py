"""Audits of small pictures at array level: real marks, engine and statistics, and no files."""

import hashlib
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.auditing.engine.columns import loss_columns
from mtgui.auditing.engine.originals import all_original_losses
from mtgui.auditing.engine.prepared import PreparedPicture
from mtgui.auditing.engine.task import Column, MatrixTask, column_marks
from mtgui.auditing.statistics.design import design_from_blocks
from mtgui.auditing.statistics.draws import reference_draws
from mtgui.auditing.statistics.grid import RunningGrid
from mtgui.auditing.statistics.streams import key_slots, row_order, seed_of
from mtgui.auditing.statistics.sums import SetSums
from mtgui.marking.keys import MarkKey
from mtgui.marking.mark import ALGORITHM, mark_picture
from mtgui.marking.settings import MarkSettings
from mtgui.records.codec import block_to_values, encode_line
from mtgui.records.record import Block, PoolPicture

ALPHA = Fraction(1, 100)
_BATCH = 256


@dataclass(frozen=True)
class Outcome:
    """p of one audit, p with ties broken by chance, and after how many keys it may be stopped (None: never)."""

    p: float
    randomised: float
    stopped_after: int | None


def fresh_block(
    pixels: NDArray[np.uint8], settings: MarkSettings, published: int, chance: np.random.Generator
) -> Block:
    """Return a record of its own for ``pixels``, (N, 3, 32, 32): new key, decoy seed and salt, new draw."""
    pool = tuple(
        PoolPicture(found, found, f"{number}.png", 32, 32)
        for number, picture in enumerate(pixels)
        for found in [hashlib.sha256(picture.tobytes()).hexdigest()]
    )
    drawn = tuple(sorted(chance.permutation(len(pool))[:published].tolist()))
    return Block(
        record_id=chance.bytes(16).hex(),
        number=0,
        created="2026-01-01T00:00:00Z",
        mark_algorithm=ALGORITHM,
        key=MarkKey(chance.bytes(32)),
        decoy_seed=chance.bytes(32),
        salt=chance.bytes(32),
        settings=settings,
        pattern_picture=None,
        pool=pool,
        published=drawn,
    )


def marked_copies(block: Block, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the published pictures of ``block``, marked under its key."""
    mark = block.mark
    return np.stack([np.asarray(mark_picture(pixels[row], mark, block.pool[row].design)) for row in block.published])


def audit(
    model: TorchClassifier,
    block: Block,
    pixels: NDArray[np.uint8],
    label: int | None,
    decoy_keys: int,
    draws: int,
    chance: np.random.Generator,
) -> Outcome:
    """Audit ``model`` with ``block``, its originals ``pixels``; without a ``label``, by the model's choice."""
    commitment = hashlib.sha256(encode_line(block_to_values(block))[:-1]).hexdigest()
    seed = seed_of([commitment], hashlib.sha256(b"a small model").hexdigest())
    design = design_from_blocks([block])
    pictures = [
        PreparedPicture(picture, (32, 32), (0, 0), block.pool[row].design) for row, picture in enumerate(pixels)
    ]

    def task(label: int) -> MatrixTask:
        return MatrixTask(
            model=model,
            pictures=pictures,
            labels=[label] * len(pictures),
            marks=column_marks([block]),
            columns=decoy_keys + 1,
            rows=[int(row) for row in row_order(seed, len(pictures))],
            slots=lambda group: key_slots(seed, decoy_keys + 1, group),
        )

    if label is None:
        label = int(np.argmin(all_original_losses(task(0), batch=_BATCH).mean(axis=0)))
    reference = reference_draws(design, seed, draws)
    grid, sums, stopped = RunningGrid(reference, decoy_keys + 1, ALPHA), SetSums(reference), None
    columns = [event for event in loss_columns(task(label), batch=_BATCH) if isinstance(event, Column)]
    for number, column in enumerate(columns, start=1):
        grid.add(column.index, column.losses)
        if stopped is None and grid.counted and grid.must_exceed_alpha:
            stopped = number
    lower = sum(int(np.count_nonzero(sums(column.losses) < grid.true_sum)) for column in columns)
    randomised = (lower + chance.random() * (grid.at_most - lower)) / grid.grid
    return Outcome(float(grid.p_value), randomised, stopped)
