"""Audits of made-up records on models in memory: both coins thrown anew for every record, no file written.

Everything between record and p is the program's own: commitments, marks, engine, draws, grid. Only the record is made
here, from a generator with a fixed seed, so that every run meets the same records.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.engine.devices import choose_device, starting_batch
from mtgui.auditing.engine.original_losses import all_original_losses
from mtgui.auditing.engine.prepared_originals import PreparedPicture
from mtgui.auditing.engine.task import MatrixTask, column_marks
from mtgui.auditing.job.judged_matrix import Judging, judge, passes_for
from mtgui.auditing.job.labels import ClassNames, label_of_model
from mtgui.auditing.statistics.audit_design import audited_rows, design_from_blocks
from mtgui.auditing.statistics.findings import Findings, findings_of
from mtgui.auditing.statistics.reference_draws import reference_draws
from mtgui.auditing.statistics.streams import key_slots, row_order, seed_of
from mtgui.auditing.statistics.sums import SetSums
from mtgui.common.control import Control
from mtgui.common.generators import Following
from mtgui.common.hashing import sha256_bytes
from mtgui.marking.keys import KEY_BYTES, MarkKey
from mtgui.marking.mark import textured
from mtgui.marking.settings import MarkSettings
from mtgui.records.chances import REFERENCE_DRAWS
from mtgui.records.record import Block, PoolPicture
from mtgui.records.record_lines import block_to_values, encode_line

STRONG = MarkSettings()


@dataclass(frozen=True)
class Gallery:
    """Pictures of one size in memory: ``pixels`` (M, 3, h, w) uint8, the class of each, the id of each."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]
    ids: tuple[str, ...]

    @cached_property
    def place_of(self) -> dict[str, int]:
        """Where each picture id stands."""
        return {picture_id: place for place, picture_id in enumerate(self.ids)}

    def prepared(self, picture: PoolPicture, block: int) -> PreparedPicture:
        """Return a picture of the pool of ``block`` ready for the engine; nothing is resized."""
        size, pixels = (picture.height, picture.width), self.pixels[self.place_of[picture.picture_id]]
        return PreparedPicture(pixels, size, (0, 0), textured(picture.design, pixels), block)


@dataclass(frozen=True)
class Audited:
    """An innocent or guilty model, with what the draws are seeded by. batch: None for the program's own choice."""

    model: AuditedModel
    weights_hash: str
    batch: int | None = None


@dataclass(frozen=True)
class Manner:
    """How a record is audited: number of decoy keys and of reference draws, label of each row or None for the model's
    choice, and whether hopeless audits stop early.
    """

    keys: int
    labels: Sequence[int] | None
    draws: int = REFERENCE_DRAWS
    alpha: Fraction = Fraction(1, 100)
    stops_early: bool = False


@dataclass(frozen=True)
class Outcome:
    """What an audit found. below: how much of the judged grid lies strictly below the true set loss, the rest of
    ``findings.at_most`` being ties. keys_done, passes: how far it went. label: of the first row.
    """

    findings: Findings
    below: int
    keys_done: int
    passes: int
    label: int

    def randomised_p(self, uniform: float) -> float:
        """Return p with ties broken by ``uniform``: exactly uniform on an innocent model."""
        return (self.below + uniform * (self.findings.at_most - self.below)) / self.findings.grid


def synthetic_block(
    gallery: Gallery,
    places: Sequence[int],
    published: int,
    chance: random.Random,
    *,
    settings: MarkSettings = STRONG,
    number: int = 0,
    is_labelled: bool = False,
) -> Block:
    """Return a block of the pictures at ``places`` with fresh secrets and a fresh draw of ``published`` of them.

    is_labelled: each class is then a stratum, of which the same share is drawn, rounded down.
    """
    pool = tuple(_picture(gallery, place, is_labelled=is_labelled) for place in places)
    block = Block(
        record_id=chance.randbytes(16).hex(),
        number=number,
        created="2026-04-01T12:00:00Z",
        mark_algorithm=settings.algorithm,
        key=MarkKey(chance.randbytes(KEY_BYTES)),
        decoy_seed=chance.randbytes(KEY_BYTES),
        salt=chance.randbytes(KEY_BYTES),
        settings=settings,
        pattern_picture=None,
        pool=pool,
        published=tuple(range(len(pool))),
    )
    drawn = [
        row
        for members in block.strata().values()
        for row in chance.sample(members, len(members) * published // len(pool))
    ]
    return replace(block, published=tuple(sorted(drawn)))


def commitment_of(block: Block) -> str:
    """Return the SHA-256 of the line that would hold ``block`` in a record."""
    return sha256_bytes(encode_line(block_to_values(block))[:-1])


def audit(blocks: Sequence[Block], gallery: Gallery, audited: Audited, manner: Manner) -> Outcome:
    """Audit a record of ``blocks`` as the program does, from its commitments to its findings."""
    design, rows = design_from_blocks(blocks), audited_rows(blocks)
    seed = seed_of([commitment_of(block) for block in blocks], audited.weights_hash)
    pictures = [gallery.prepared(block.pool[index], block.number) for block, index in rows]
    batch = audited.batch or starting_batch(choose_device("cpu"), audited.model.preprocessing.crop)

    def task(labels: Sequence[int]) -> MatrixTask:
        return MatrixTask(
            model=audited.model,
            pictures=pictures,
            labels=labels,
            marks=column_marks(blocks),
            columns=manner.keys + 1,
            rows=[int(row) for row in row_order(seed, len(pictures))],
            slots=lambda group: key_slots(seed, manner.keys + 1, group),
        )

    labels = manner.labels
    if labels is None:
        losses = all_original_losses(task([0] * len(pictures)), batch=batch)
        labels = label_of_model(losses, ClassNames(audited.model.classes, None)).labels
    draws = reference_draws(design, seed, manner.draws)
    judging = Judging(design, draws, manner.alpha, np.zeros(len(rows), np.bool_), manner.stops_early, (0, 0))
    matrix = task(labels)
    steps = Following(
        judge(matrix, judging, batch=batch, state=None, team=None, control=Control(), before_first_column=lambda: None)
    )
    for _ in steps:
        pass
    judged = steps.answer
    sums = SetSums(draws)
    below = sum(int(np.count_nonzero(sums(column) < judged.grid.true_sum)) for column in judged.losses)
    passes = passes_for(matrix, batch, judged.columns)
    return Outcome(findings_of(judged.grid, design), below, len(judged.columns), passes, int(labels[0]))


def most_exceedances(records: int, level: float, failure: float) -> int:
    """Return the least c with P(more than c of ``records`` successes) ≤ ``failure`` at a chance of ``level`` each."""
    chance = (1 - level) ** records
    beyond, count = 1 - chance, 0
    while beyond > failure:
        chance *= (records - count) / (count + 1) * level / (1 - level)
        count += 1
        beyond -= chance
    return count


def distance_from_uniform(values: Sequence[float]) -> float:
    """Return √n times the statistic of Kolmogorov and Smirnov: beyond 2.2253 once in 10,000 for uniform ``values``."""
    ordered, count = np.sort(values), len(values)
    steps = np.arange(count + 1) / count
    return float(max((steps[1:] - ordered).max(), (ordered - steps[:-1]).max()) * count**0.5)


def _picture(gallery: Gallery, place: int, *, is_labelled: bool) -> PoolPicture:
    picture_id, (height, width) = gallery.ids[place], gallery.pixels.shape[2:]
    label = str(gallery.labels[place]) if is_labelled else None
    return PoolPicture(picture_id, picture_id, f"{place}.png", height, width, label)
