"""All results that follow from a loss matrix by arithmetic only."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.loss_kinds import UNITS_PER_LOSS
from mtgui.auditing.statistics.audit_design import AuditDesign
from mtgui.auditing.statistics.key_grid import RunningGrid
from mtgui.auditing.statistics.reference_draws import reference_draws
from mtgui.common.errors import UsageError


@dataclass(frozen=True)
class Findings:
    """The results of a grid.

    draws: number of reference draws, the true draw included. grid: draws × keys. counted: how many pairs of the grid
    were judged. at_most: how many of these have a set loss that does not exceed the true one. set_loss: mean loss of
    the published pictures under the mark key, in nats. picture_coin, key_coin: each coin alone, only as a description.
    """

    draws: int
    grid: int
    counted: int
    at_most: int
    stopped_early: bool
    p_value: Fraction
    smallest_p: Fraction
    set_loss: float
    picture_coin: Fraction
    key_coin: Fraction


def findings_of(grid: RunningGrid, design: AuditDesign) -> Findings:
    """Return the findings of a ``grid``. Raises UsageError unless it is complete or was stopped early."""
    return Findings(
        draws=grid.draws,
        grid=grid.grid,
        counted=grid.counted,
        at_most=grid.at_most,
        stopped_early=not grid.is_complete,
        p_value=grid.p_value,
        smallest_p=Fraction(1, grid.grid),
        set_loss=grid.true_sum / (len(design.published) * UNITS_PER_LOSS),
        picture_coin=grid.picture_coin,
        key_coin=grid.key_coin,
    )


def find(
    design: AuditDesign,
    seed: bytes,
    count: int,
    decoy_keys: int,
    alpha: Fraction,
    columns: Sequence[int],
    losses: NDArray[np.int64],
) -> Findings:
    """Return the findings of a stored loss matrix. Raises UsageError.

    losses: (columns, N) int64; its row i has the losses of column ``columns[i]``, a number from 0 to ``decoy_keys``.
    seed, count: of the reference draws.
    """
    if losses.shape != (len(columns), design.pictures):
        raise UsageError("The loss matrix has another size than its pictures and keys.")
    grid = RunningGrid(reference_draws(design, seed, count), decoy_keys + 1, alpha)
    for column, values in zip(columns, losses, strict=True):
        grid.add(column, values)
    return findings_of(grid, design)
