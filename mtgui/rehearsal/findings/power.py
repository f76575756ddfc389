"""The power curve: the probability of being found, by the number of published and withheld pictures."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.statistics.audit_design import AuditDesign, DrawnStratum
from mtgui.auditing.statistics.reference_draws import reference_draws
from mtgui.auditing.statistics.sums import SetSums
from mtgui.common.control import Control
from mtgui.rehearsal.findings.intervals import share_interval
from mtgui.rehearsal.findings.user_audits import AuditPlan
from mtgui.rehearsal.rehearsal_result import CurvePoint

SUBSETS = 20
BEYOND = 3
"""Number of points beyond the numbers of the users."""
_SHARES = (0.08, 0.16, 0.24, 0.4, 0.6, 0.8, 1.0)


@dataclass(frozen=True)
class UserLosses:
    """The complete loss matrix of one user.

    losses: (K + 1, pool) int64, multiples of 2⁻²⁰ nat, the mark key's row first. published: (pool,) bool.
    is_found: True if the audit of all these pictures found evidence.
    """

    losses: NDArray[np.int64]
    published: NDArray[np.bool_]
    is_found: bool


def power_curve(
    users: Sequence[UserLosses], plan: AuditPlan, seed: int, control: Control | None = None
) -> tuple[CurvePoint, ...]:
    """Return the points of the curve, in ascending order of size, up to the number of pictures that every user has.

    For each size, random subsets of every user's published and withheld pictures are drawn by ``seed``, and p is
    computed again for each subset, over its own draws and all keys. The model learned *all* the published pictures, see
    `CURVE_NOTE`. Subsets of the same user are not independent. So the interval is that of Clopper and Pearson with one
    case per user, which counts with the share of its subsets that were found; it is the widest interval for such
    clusters. Raises CancelledError.
    """
    return _points(users, _sizes(users), plan, seed, 2, control)


def curve_beyond(
    users: Sequence[UserLosses],
    last: tuple[int, int],
    plan: AuditPlan,
    seed: int,
    control: Control | None = None,
) -> tuple[CurvePoint, ...]:
    """Return points for more pictures than ``last``, numbers published and withheld, up to those that ``users`` have.

    users: further artists. Otherwise as `power_curve`.
    """
    if not users:
        return ()
    published = min(int(user.published.sum()) for user in users)
    withheld = min(int((~user.published).sum()) for user in users)
    steps = [(number + 1) / BEYOND for number in range(BEYOND)]
    pairs = [(round(last[0] + s * (published - last[0])), round(last[1] + s * (withheld - last[1]))) for s in steps]
    sizes = [pair for pair in dict.fromkeys(pairs) if pair != last]
    return tuple(replace(one, is_beyond=True) for one in _points(users, sizes, plan, seed, 3, control))


def _points(
    users: Sequence[UserLosses],
    sizes: Sequence[tuple[int, int]],
    plan: AuditPlan,
    seed: int,
    stream: int,
    control: Control | None,
) -> tuple[CurvePoint, ...]:
    chance = np.random.default_rng((seed, stream))
    points = []
    for published, withheld in sizes:
        (control or Control()).checkpoint()
        judge = _Judge(published, withheld, plan, seed)
        shares, found, count = [], 0, 0
        for user in users:
            own, back = np.flatnonzero(user.published), np.flatnonzero(~user.published)
            if (published, withheld) == (len(own), len(back)):
                answers = [user.is_found]
            else:
                answers = [
                    judge.finds(user.losses, chance.permutation(own)[:published], chance.permutation(back)[:withheld])
                    for _ in range(SUBSETS)
                ]
            found, count = found + sum(answers), count + len(answers)
            shares.append(sum(answers) / len(answers))
        low, high = share_interval(sum(shares), len(users))
        points.append(CurvePoint(published, withheld, found, count, sum(shares) / len(users), low, high))
    return tuple(points)


class _Judge:
    """Audits of subsets of one size; the draws are made once, and the true draw is the first."""

    def __init__(self, published: int, withheld: int, plan: AuditPlan, seed: int) -> None:
        pool = published + withheld
        design = AuditDesign(pool, tuple(range(published)), (DrawnStratum(tuple(range(pool)), published),))
        stream = hashlib.sha256(f"mtgui rehearsal curve {seed} {published} {withheld}".encode()).digest()
        draws = reference_draws(design, stream, plan.draws)
        self._sums, self._draws, self._alpha = SetSums(draws), len(draws), plan.alpha

    def finds(self, losses: NDArray[np.int64], published: NDArray[np.intp], withheld: NDArray[np.intp]) -> bool:
        """True when these pictures alone give p ≤ α."""
        sums = self._sums(losses[:, np.concatenate([published, withheld])].T)
        return bool(np.count_nonzero(sums <= sums[0, 0]) <= self._alpha * self._draws * len(losses))


def _sizes(users: Sequence[UserLosses]) -> list[tuple[int, int]]:
    """Return ascending pairs (published, withheld), in the proportion of the numbers that every user has."""
    if not users:
        return []
    published = min(int(user.published.sum()) for user in users)
    withheld = min(int((~user.published).sum()) for user in users)
    pairs = [(max(1, round(share * published)), max(min(1, withheld), round(share * withheld))) for share in _SHARES]
    return list(dict.fromkeys(pairs))
