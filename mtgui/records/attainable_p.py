"""The smallest p that an audit can reach, with everything that has a say in it: the one place that works it out.

The engine refuses by it, the window says by it whether an audit is worth running, and advice on marking is given by it.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from mtgui.common.errors import UsageError
from mtgui.marking.settings import MarkSettings
from mtgui.records.chances import REFERENCE_DRAWS, decoy_keys_for, possible_draws

if TYPE_CHECKING:
    from mtgui.records.record import Block

_NEGLIGIBLE = 1e-20
_DOUBT = math.log(1e12)
"""Sampled draws are counted so low that fewer have a probability of at most 10⁻¹²."""


@dataclass(frozen=True)
class StratumSize:
    """Pictures among which chance chose: ``published`` of ``pool``; ``lost_published`` and ``lost_private`` of them are
    originals that are missing.
    """

    published: int
    pool: int
    lost_published: int = 0
    lost_private: int = 0

    @property
    def lost(self) -> int:
        """How many originals are missing."""
        return self.lost_published + self.lost_private


@dataclass(frozen=True)
class AuditSize:
    """What of the audit of one record bounds its p.

    keys: the mark key and its decoys. draws: reference draws asked for beside the true one. pinned: pictures that the
    user chose to publish, in every draw; lost_pinned: how many of their originals are missing. has_key_coin: whether
    another key would make another mark.
    """

    strata: tuple[StratumSize, ...]
    keys: int
    draws: int = REFERENCE_DRAWS
    pinned: int = 0
    lost_pinned: int = 0
    has_key_coin: bool = True

    @property
    def pictures(self) -> int:
        """How many pictures take part."""
        return self.pinned + sum(stratum.pool for stratum in self.strata)

    @property
    def published(self) -> int:
        """How many of them were published."""
        return self.pinned + sum(stratum.published for stratum in self.strata)

    @property
    def lost(self) -> int:
        """How many originals are missing and count against the claim."""
        return self.lost_pinned + sum(stratum.lost for stratum in self.strata)

    @property
    def draws_made(self) -> int:
        """How many draws the grid has, the true one included: all that are possible where they are few enough."""
        return possible_draws(((s.published, s.pool) for s in self.strata), self.draws + 1)

    @property
    def grid(self) -> int:
        """The size of the grid of draws × keys."""
        return self.draws_made * self.keys

    @property
    def lost_entries(self) -> tuple[int, int]:
        """How many entries of the grid count against the claim whatever the model answers: of the column of the mark
        key, the true draw included, and of each column of a decoy key.
        """
        return _lost_entries(replace(self, keys=1)) if self.lost else (1, 0)

    @property
    def smallest_p(self) -> Fraction:
        """The smallest p of the grid, before it is multiplied for other runs, models and records."""
        own, decoy = self.lost_entries
        return Fraction(own + (self.keys - 1) * decoy, self.grid)


@dataclass(frozen=True)
class Attainable:
    """What the audit of one record on one model can reach at best.

    family: by how much Holm's adjustment multiplies p at least. runs: how many runs of this record on this model there
    are, this one included.
    """

    size: AuditSize
    family: int = 1
    runs: int = 1

    @property
    def factor(self) -> int:
        """What p is multiplied by, at least."""
        return self.family * run_factor(self.runs)

    @property
    def smallest_p(self) -> Fraction:
        """The smallest p that can stand in the verdict."""
        return min(Fraction(1), self.factor * self.size.smallest_p)

    def reaches(self, alpha: Fraction) -> bool:
        """Return whether evidence at ``alpha`` can come out at all."""
        return self.smallest_p <= alpha

    def decoy_keys_needed(self, alpha: Fraction) -> int | None:
        """Return with how many decoy keys ``alpha`` can be reached, None where no number of them helps."""
        if not self.size.has_key_coin:
            return None
        draws = self.size.draws_made
        own, decoy = self.size.lost_entries
        # factor · (own + K · decoy) ≤ α · draws · (K + 1), solved for K.
        gain = alpha * draws - self.factor * decoy
        return None if gain <= 0 else max(0, math.ceil((self.factor * own - alpha * draws) / gain))


def attainable(
    sizes: Sequence[AuditSize], models: int = 1, runs: Sequence[int] | None = None
) -> tuple[Attainable, ...]:
    """Return for each record what its audit can reach where all of ``sizes`` are audited on each of ``models``.

    runs: how many runs of each record on the model there are, this one included; None: one each. That the others of the
    same run have earlier runs too is left out of Holm's factor, which is then at most too small.
    """
    counts = [1] * len(sizes) if runs is None else list(runs)
    found = []
    for place, (size, count) in enumerate(zip(sizes, counts, strict=True)):
        own = run_factor(count) * size.smallest_p
        others = [other.smallest_p for number, other in enumerate(sizes) if number != place] * models
        others += [size.smallest_p] * (models - 1)
        found.append(Attainable(size, 1 + sum(other >= own for other in others), count))
    return tuple(found)


def run_factor(runs: int) -> int:
    """Return what p is multiplied by in the k-th of several ``runs`` of one record on one model: 1, then k·(k + 1).

    Going on until a run says evidence gives as many chances as there are runs. The reciprocals 1, 1/6, 1/12, … sum to
    1.5, so that all the runs together, however many, call an innocent model guilty with a probability of at most 1.5·α.
    (With k in place of k·(k + 1) there would be no such bound.) Raises UsageError for less than one run.
    """
    if runs < 1:
        raise UsageError("An audit counts at least as one run.")
    return 1 if runs == 1 else runs * (runs + 1)


def audit_size(
    blocks: "Sequence[Block]", keys: int | None = None, draws: int = REFERENCE_DRAWS, lost: Collection[str] = ()
) -> AuditSize:
    """Return the size of an audit of all ``blocks`` of a record.

    keys: decoy keys, None for as many as the design proposes. lost: picture ids of missing originals.
    """
    strata: list[StratumSize] = []
    pinned = lost_pinned = 0
    for block in blocks:
        is_lost = [picture.picture_id in lost for picture in block.pool]
        for (_, choice), members in block.strata().items():
            published = [index for index in members if block.is_published(index)]
            gone, gone_published = sum(is_lost[i] for i in members), sum(is_lost[i] for i in published)
            if choice == "drawn":
                strata.append(StratumSize(len(published), len(members), gone_published, gone - gone_published))
            elif choice == "always publish":
                pinned, lost_pinned = pinned + len(members), lost_pinned + gone
    has_key_coin = all(block.settings.has_key_coin for block in blocks)
    decoys = proposed_keys(blocks[0].settings, strata) if keys is None else keys
    return AuditSize(tuple(strata), decoys + 1 if has_key_coin else 1, draws, pinned, lost_pinned, has_key_coin)


def planned_size(settings: MarkSettings, published: int, pool: int, pinned: int = 0) -> AuditSize:
    """Return the size of an audit with default settings of pictures that are still to be marked with ``settings``:
    chance publishes ``published`` of ``pool``, beside ``pinned`` that are published anyway.
    """
    strata = (StratumSize(published, pool),)
    return AuditSize(strata, proposed_keys(settings, strata) + 1, pinned=pinned, has_key_coin=settings.has_key_coin)


def proposed_keys(settings: MarkSettings, strata: Sequence[StratumSize]) -> int:
    """Return how many decoy keys an audit of ``strata`` has where nobody says otherwise."""
    return decoy_keys_for(settings, possible_draws((stratum.published, stratum.pool) for stratum in strata))


@lru_cache(maxsize=64)
def _lost_entries(size: AuditSize) -> tuple[int, int]:
    """Return `AuditSize.lost_entries` of a ``size`` with missing originals; its keys have no say.

    At best, every published picture that was found has the loss 0 under the mark key, and every other loss is the
    largest that counts, c; a missing picture has c in the column of the mark key if it was published, else 0
    (`mtgui.auditing.statistics.missing`). With m published pictures missing, the true sum is m · c. A draw has no
    larger sum in the column of the mark key if at most m of its pictures are missing published or found private ones;
    in a decoy's column if at most m of its pictures were found.
    """
    lost = [(s.lost_published + (s.pool - s.published - s.lost_private), s) for s in size.strata]
    there = [(s.pool - s.lost, s) for s in size.strata]
    lost_drawn = sum(s.lost_published for s in size.strata)
    limit = lost_drawn + size.lost_pinned - (size.pinned - size.lost_pinned)
    is_true_counted = sum(s.published - s.lost_published for s in size.strata) <= limit
    if possible_draws(((s.published, s.pool) for s in size.strata), size.draws + 2) <= size.draws + 1:
        return _ways(lost, lost_drawn), _ways(there, limit)
    return 1 + _sampled(lost, lost_drawn, size.draws), is_true_counted + _sampled(there, limit, size.draws)


def _ways(parts: Sequence[tuple[int, StratumSize]], limit: int) -> int:
    """Return how many draws hold at most ``limit`` of the marked-off pictures, so many of each stratum."""
    ways = [1]
    for marked, s in parts:
        here = [
            math.comb(marked, n) * math.comb(s.pool - marked, s.published - n)
            for n in range(min(marked, s.published) + 1)
        ]
        longer = [0] * (len(ways) + len(here) - 1)
        for place, count in enumerate(ways):
            for more, one in enumerate(here):
                longer[place + more] += count * one
        ways = longer
    return sum(ways[: max(0, limit + 1)])


def _sampled(parts: Sequence[tuple[int, StratumSize]], limit: int, draws: int) -> int:
    """Return how many of ``draws`` random draws hold at most ``limit`` of the marked-off pictures, counted low."""
    first, chances = 0, [1.0]
    for marked, s in parts:
        low, here = _hypergeometric(marked, s)
        longer = [0.0] * (len(chances) + len(here) - 1)
        for place, chance in enumerate(chances):
            for more, one in enumerate(here):
                longer[place + more] += chance * one
        first, chances = first + low, longer
    mean = draws * min(1.0, math.fsum(chances[: max(0, limit + 1 - first)]))
    # Chernoff: of a binomial number with this mean, less than that has a probability of at most exp(-_DOUBT).
    return max(0, math.floor(mean - math.sqrt(2 * _DOUBT * mean)))


def _hypergeometric(marked: int, s: StratumSize) -> tuple[int, list[float]]:
    """Return how likely each number of marked-off pictures is in a draw of stratum ``s``, from the first number on that
    is not all but impossible.
    """
    low = max(0, s.published - (s.pool - marked))
    whole = _log_ways(s.pool, s.published)
    chances = [
        math.exp(_log_ways(marked, n) + _log_ways(s.pool - marked, s.published - n) - whole)
        for n in range(low, min(marked, s.published) + 1)
    ]
    there = [place for place, chance in enumerate(chances) if chance > _NEGLIGIBLE]
    return low + there[0], chances[there[0] : there[-1] + 1]


def _log_ways(pool: int, chosen: int) -> float:
    return math.lgamma(pool + 1) - math.lgamma(chosen + 1) - math.lgamma(pool - chosen + 1)
