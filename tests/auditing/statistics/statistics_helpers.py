"""Shared by the tests of the statistics: seeds, designs and matrices made by hand."""

import hashlib
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.statistics.audit_design import AuditDesign, DrawnStratum
from mtgui.auditing.statistics.key_grid import RunningGrid
from mtgui.auditing.statistics.reference_draws import reference_draws

ALPHA = Fraction(1, 20)


def seed(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()


def one_stratum(pictures: int, published: int) -> AuditDesign:
    """A pool without choices or labels, its first pictures published."""
    return AuditDesign(
        pictures, tuple(range(published)), (DrawnStratum(tuple(range(pictures)), published),) if pictures else ()
    )


def filled(
    draws: NDArray[np.bool_], losses: NDArray[np.int64], alpha: Fraction = ALPHA, order: list[int] | None = None
) -> RunningGrid:
    """Return the grid of a whole loss matrix (N, columns), its columns added in ``order``."""
    grid = RunningGrid(draws, losses.shape[1], alpha)
    for column in range(losses.shape[1]) if order is None else order:
        grid.add(column, losses[:, column])
    return grid


def exact_p(design: AuditDesign, losses: NDArray[np.int64], stream: bytes, count: int) -> Fraction:
    return filled(reference_draws(design, stream, count), losses).p_value
