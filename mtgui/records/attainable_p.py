"""The smallest p that an audit can reach; this is the only place that computes it.

The engine uses it to refuse an audit, the window to say whether an audit is worth running, and the advice on marking.
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
"""The lower bound on sampled draws is wrong with a probability of at most 10⁻¹²."""


@dataclass(frozen=True)
class StratumSize:
    """A stratum: the draw published ``published`` of ``pool`` pictures.

    lost_published, lost_private: how many originals of published and of private pictures are missing.
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
    """The numbers of an audit of one record that bound its p.

    keys: number of keys, the mark key included. draws: reference draws asked for, the true draw not counted. pinned:
    pictures that the user chose to publish, which are in every draw. lost_pinned: how many of their originals are
    missing. has_key_coin: True when the mark depends on the key.
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
        """How many draws the grid has, the true one included: all possible draws if they are few enough."""
        return possible_draws(((s.published, s.pool) for s in self.strata), self.draws + 1)

    @property
    def grid(self) -> int:
        """The size of the grid of draws × keys."""
        return self.draws_made * self.keys

    @property
    def lost_entries(self) -> tuple[int, int]:
        """How many entries of the grid count against the claim for every possible answer of the model.

        Two numbers: in the column of the mark key, the true draw included, and in each column of a decoy key.
        """
        return _lost_entries(replace(self, keys=1)) if self.lost else (1, 0)

    @property
    def smallest_p(self) -> Fraction:
        """The smallest p of the grid, before it is multiplied for other runs, models and records."""
        own, decoy = self.lost_entries
        return Fraction(own + (self.keys - 1) * decoy, self.grid)


@dataclass(frozen=True)
class Attainable:
    """The best result that the audit of one record on one model can reach.

    family: smallest factor of Holm's correction. runs: number of runs of this record on this model, this one included.
    """

    size: AuditSize
    family: int = 1
    runs: int = 1

    @property
    def factor(self) -> int:
        """The smallest factor by which p is multiplied."""
        return self.family * run_factor(self.runs)

    @property
    def smallest_p(self) -> Fraction:
        """The smallest p that can stand in the verdict."""
        return min(Fraction(1), self.factor * self.size.smallest_p)

    def reaches(self, alpha: Fraction) -> bool:
        """True when a verdict of evidence at ``alpha`` is possible."""
        return self.smallest_p <= alpha

    def decoy_keys_needed(self, alpha: Fraction) -> int | None:
        """Return how many decoy keys are needed to reach ``alpha``; None if no number of them is enough."""
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
    """Return, for each record, the best result if all of ``sizes`` are audited on each of ``models`` models.

    runs: number of runs of each record on the model, this one included; None means one each. Holm's factor ignores
    earlier runs of the other records, so it can be too small but never too large.
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
    """Return the run multiplier, by which p is multiplied in run k = ``runs`` of one record on one model.

    It is 1 in the first run, then k·(k + 1). Each further run is one more chance of wrong evidence. The reciprocals 1,
    1/6, 1/12, … sum to 1.5, so any number of runs together accuse an innocent model with a probability of at most
    1.5·α. (The factor k would give no such bound.) Raises UsageError for less than one run.
    """
    if runs < 1:
        raise UsageError("An audit counts at least as one run.")
    return 1 if runs == 1 else runs * (runs + 1)


def audit_size(
    blocks: "Sequence[Block]",
    keys: int | None = None,
    draws: int = REFERENCE_DRAWS,
    lost: Collection[str] = (),
    *,
    are_keys_dear: bool = False,
) -> AuditSize:
    """Return the size of an audit of all ``blocks`` of a record.

    keys: number of decoy keys; None takes the proposed number. lost: picture ids of missing originals. are_keys_dear:
    as in `decoy_keys_for`.
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
    decoys = proposed_keys(blocks[0].settings, strata, are_keys_dear=are_keys_dear) if keys is None else keys
    return AuditSize(tuple(strata), decoys + 1 if has_key_coin else 1, draws, pinned, lost_pinned, has_key_coin)


def planned_size(settings: MarkSettings, published: int, pool: int, pinned: int = 0) -> AuditSize:
    """Return the size of an audit, with default settings, of pictures that will be marked with ``settings``.

    The draw publishes ``published`` of ``pool`` pictures; ``pinned`` more are published by the user's choice.
    """
    strata = (StratumSize(published, pool),)
    return AuditSize(strata, proposed_keys(settings, strata) + 1, pinned=pinned, has_key_coin=settings.has_key_coin)


def proposed_keys(settings: MarkSettings, strata: Sequence[StratumSize], *, are_keys_dear: bool = False) -> int:
    """Return the default number of decoy keys of an audit of ``strata``. are_keys_dear: as in `decoy_keys_for`."""
    draws = possible_draws((stratum.published, stratum.pool) for stratum in strata)
    return decoy_keys_for(settings, draws, are_keys_dear=are_keys_dear)


@lru_cache(maxsize=64)
def _lost_entries(size: AuditSize) -> tuple[int, int]:
    """Return `AuditSize.lost_entries` of a ``size`` with missing originals; its keys have no say.

    In the best case, every published picture that was found has loss 0 under the mark key, and every other loss is the
    largest that counts, c. A missing picture has c in the column of the mark key if it was published, else 0
    (`mtgui.auditing.statistics.missing`). With m published pictures missing, the true sum is m · c. In the column of
    the mark key, the sum of a draw is at most m · c if at most m of its pictures are missing published pictures or
    found private pictures; in the column of a decoy key, if at most m of its pictures were found.
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
    """Return how many draws contain at most ``limit`` special pictures. parts: (number of these, stratum)."""
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
    """Return a lower bound on how many of ``draws`` random draws contain at most ``limit`` special pictures."""
    first, chances = 0, [1.0]
    for marked, s in parts:
        low, here = _hypergeometric(marked, s)
        longer = [0.0] * (len(chances) + len(here) - 1)
        for place, chance in enumerate(chances):
            for more, one in enumerate(here):
                longer[place + more] += chance * one
        first, chances = first + low, longer
    mean = draws * min(1.0, math.fsum(chances[: max(0, limit + 1 - first)]))
    # Chernoff's bound: a binomial number with this mean is smaller with a probability of at most exp(-_DOUBT).
    return max(0, math.floor(mean - math.sqrt(2 * _DOUBT * mean)))


def _hypergeometric(marked: int, s: StratumSize) -> tuple[int, list[float]]:
    """Return the hypergeometric probabilities of the number of special pictures in a draw of stratum ``s``.

    marked: how many of the pool are special. Returns the smallest number whose probability is not negligible, and the
    probabilities from that number on.
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
