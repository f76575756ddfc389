"""The paper's baselines: other statistics of the same losses, measured beside the set loss (its figure 4)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.loss_kinds import UNITS_PER_LOSS
from mtgui.auditing.statistics.metrics import SetMetrics, set_metrics

_LEAST_LOSS = 0.5 / UNITS_PER_LOSS


@dataclass(frozen=True)
class BaselineMetrics:
    """The measures of two other statistics.

    logit_set: sets are judged by the sum of their logit-scaled losses. picture: every picture is judged by its own
    loss. A logit-scaled loss grows with the loss, so judging every picture by it gives the same measures.
    """

    logit_set: SetMetrics
    picture: SetMetrics


def baseline_metrics(members: NDArray[np.int64], others: NDArray[np.int64]) -> BaselineMetrics:
    """Return the measures for the losses of ``members`` and ``others``, both (sets, pictures of a set), in units of
    2⁻²⁰ nat.

    Raises UsageError if one of them is empty.
    """
    return BaselineMetrics(
        logit_set=set_metrics(logit_scaled(members).sum(axis=1), logit_scaled(others).sum(axis=1)),
        picture=set_metrics(members.ravel(), others.ravel()),
    )


def logit_scaled(losses: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ``losses``, in units of 2⁻²⁰ nat, as −ln(q / (1 − q)) in the same unit, for the confidence q = exp(−loss)
    in the label; lower still means better remembered.

    The logit scaling of Carlini et al., "Membership Inference Attacks From First Principles", 2022, section VI-A, with
    its sign turned. A loss below half a unit counts as half a unit. The result is rounded, so that sums are exact.
    """
    nats = np.maximum(losses / UNITS_PER_LOSS, _LEAST_LOSS)
    return np.asarray(np.rint((nats + np.log(-np.expm1(-nats))) * UNITS_PER_LOSS), dtype=np.int64)
