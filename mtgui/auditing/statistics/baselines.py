"""The paper's baselines, for evaluation: other statistics of the same losses."""

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.statistics.metrics import SetMetrics, set_metrics
from mtgui.auditing.statistics.sums import UNITS_PER_NAT

_LEAST_LOSS = 0.5 / UNITS_PER_NAT


def instance_metrics(members: NDArray[np.number], others: NDArray[np.number]) -> SetMetrics:
    """Return the measures of instance-based membership inference: every picture judged by its own loss.

    members, others: losses of any shape in one unit, such as (sets, pictures of a set).
    """
    return set_metrics(members.ravel(), others.ravel())


def logit_scaled(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return losses in nats rescaled to −ln(q / (1 − q)), q = exp(−loss) the model's confidence in the label; lower
    still means better remembered.

    The logit scaling of Carlini et al., "Membership Inference Attacks From First Principles", 2022, section VI-A, with
    its sign turned. A loss below half of the audit's unit of 2⁻²⁰ nat counts as that.
    """
    bounded = np.maximum(losses, _LEAST_LOSS)
    return bounded + np.log(-np.expm1(-bounded))


def set_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of each set: ``values`` is (sets, pictures of a set)."""
    return np.asarray(values.mean(axis=1), dtype=np.float64)
