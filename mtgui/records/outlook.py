"""The outlook of a mark: would it be found? The shipped table of evidence answers.

Every choice counts against the claim. A mark or a number of pictures that was not measured takes the numbers of the
next weaker mark and interpolates towards smaller numbers of pictures; of several collections of pictures, the least
favourable one speaks; nothing is extrapolated upwards.
"""

import bisect
import functools
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from mtgui.common.texts import text
from mtgui.common.words import counted
from mtgui.marking.settings import MarkSettings
from mtgui.records.attainable_p import planned_size
from mtgui.records.evidence_table import Detection, EvidenceTable, MeasuredMark, Rate, Regime, evidence_table

Level = Literal["not possible", "hardly", "perhaps", "very likely"]
LEVELS: tuple[Level, ...] = ("not possible", "hardly", "perhaps", "very likely")
ERROR_CHANCE = Fraction(1, 100)
"""An audit finds an artist, and convinces, if its error chance is at most this."""
VERY_LIKELY_FROM = 0.8
"""Smallest lower end of the interval of “very likely”."""
PERHAPS_FROM = 0.3
"""Smallest share of “perhaps”."""
MOST_MORE = 400
_NOBODY = Rate(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Outlook:
    """How likely an audit is to find pictures that a model was trained on.

    share, low, high: share of artists found with an error chance of at most 1 in 100, by models that augment, with
    its 95 % interval. memorising: the same three by models that memorise; None if that was not measured. basis: a
    sentence that says where the numbers come from. shortfall: how many more pictures reach the next level, half of them
    private, or none where chance keeps none private; None if no number that was measured does.
    """

    level: Level
    share: float
    low: float
    high: float
    memorising: tuple[float, float, float] | None
    basis: str
    shortfall: int | None


@functools.lru_cache(maxsize=512)
def outlook_for(
    settings: MarkSettings, published: int, pool: int, pinned_public: int = 0, pinned_private: int = 0
) -> Outlook:
    """Return the outlook if ``published`` of ``pool`` pictures are published, marked with ``settings``.

    ``pinned_public`` and ``pinned_private`` count pictures that the person decided to publish, or to keep private;
    both are among the others' counts. Raises StorageError when the installation is incomplete.
    """
    return outlook_in(evidence_table(), settings, published, pool, pinned_public, pinned_private)


def outlook_in(
    table: EvidenceTable,
    settings: MarkSettings,
    published: int,
    pool: int,
    pinned_public: int = 0,
    pinned_private: int = 0,
) -> Outlook:
    """Return what `outlook_for` returns, by the numbers of ``table``."""
    return _outlook(table, settings, _Plan(published - pinned_public, pool - published - pinned_private, pinned_public))


@dataclass(frozen=True)
class _Plan:
    """Numbers of pictures that chance publishes or withholds, and of those that the person chose to publish."""

    drawn: int
    withheld: int
    pinned: int

    @property
    def published(self) -> int:
        return self.drawn + self.pinned

    @property
    def balanced(self) -> float:
        """The number n for which n published and n private pictures tell as much: the harmonic mean of both."""
        both = self.drawn + self.withheld
        return 2 * self.drawn * self.withheld / both if both else 0.0

    def with_more(self, pictures: int) -> "_Plan":
        """Return the plan with ``pictures`` more: half of them private, or none where chance keeps none private."""
        if not self.withheld and self.drawn:
            return _Plan(self.drawn + pictures, 0, self.pinned)
        return _Plan(self.drawn + (pictures + 1) // 2, self.withheld + pictures // 2, self.pinned)


def _outlook(table: EvidenceTable, settings: MarkSettings, plan: _Plan) -> Outlook:
    level, rate = _judged(table, settings, plan)
    memorising = _rate(table, settings, plan, "memorises") if level != "not possible" else _NOBODY
    reached = LEVELS.index(level)
    more = bisect.bisect_left(
        range(1, MOST_MORE + 1),
        True,
        key=lambda count: LEVELS.index(_judged(table, settings, plan.with_more(count))[0]) > reached,
    )
    return Outlook(
        level=level,
        share=rate.share,
        low=rate.low,
        high=rate.high,
        memorising=None if memorising is None else (memorising.share, memorising.low, memorising.high),
        basis=_basis(table),
        shortfall=more + 1 if more < MOST_MORE else None,
    )


def _judged(table: EvidenceTable, settings: MarkSettings, plan: _Plan) -> tuple[Level, Rate]:
    if not _is_possible(settings, plan):
        return "not possible", _NOBODY
    rate = _rate(table, settings, plan, "augmented") or _NOBODY
    return level_of(rate.share, rate.low), rate


def level_of(share: float, low: float) -> Level:
    """Return the level of a ``share`` of artists found whose interval begins at ``low``; an audit must be possible."""
    if low >= VERY_LIKELY_FROM:
        return "very likely"
    return "perhaps" if share >= PERHAPS_FROM else "hardly"


def _is_possible(settings: MarkSettings, plan: _Plan) -> bool:
    if plan.published < 1:
        return False
    size = planned_size(settings, plan.drawn, plan.drawn + plan.withheld, plan.pinned)
    return size.smallest_p <= ERROR_CHANCE


def _rate(table: EvidenceTable, settings: MarkSettings, plan: _Plan, regime: Regime) -> Rate | None:
    """Return the least share and bounds of all collections of pictures; None if ``regime`` was not measured."""
    mark = nearest_mark(table, settings)
    names = dict.fromkeys(row.data for row in table.detections if row.regime == regime and row.mark == mark.name)
    rates = []
    for data in names:
        rows = [r for r in table.detections if (r.data, r.regime, r.mark) == (data, regime, mark.name)]
        by_private = _interpolated(_balanced_points(rows), plan.balanced)
        by_key = _interpolated(_key_points(rows), plan.published)
        rates.append(_combined(max, [by_private, by_key]))
    return _combined(min, rates) if rates else None


def _combined(choose: Callable[[Iterable[float]], float], rates: Sequence[Rate]) -> Rate:
    """Return share and both bounds, each chosen among ``rates``; so none falls if those of ``rates`` rise."""
    return Rate(*(choose(values) for values in zip(*((one.share, one.low, one.high) for one in rates), strict=True)))


def nearest_mark(table: EvidenceTable, settings: MarkSettings) -> MeasuredMark:
    """Return the strongest mark of ``table`` that is nowhere stronger than ``settings``; the first has no mark."""
    return [one for one in table.marks if _is_at_most(one.mark, settings)][-1]


def _is_at_most(one: MarkSettings, other: MarkSettings) -> bool:
    """True when mark ``one`` is of the kind of ``other`` and nowhere stronger, or is no mark at all."""
    if one.is_invisible:
        return True
    if one.kind != other.kind:
        return False
    if one.kind == "tint":
        return one.tint_quarters <= other.tint_quarters and one.tint_is_coloured <= other.tint_is_coloured
    is_weaker = one.original_share >= other.original_share and one.noise_budget <= other.noise_budget
    return is_weaker and (one.noise_kind, one.pattern_kind) == (other.noise_kind, other.pattern_kind)


def _balanced_points(rows: Iterable[Detection]) -> list[tuple[int, Rate]]:
    """Return (number, rate) of audits of as many published as private pictures.

    They are audits by both coins, and by private pictures alone where both coins were not measured.
    """
    points: dict[int, Rate] = {}
    for coins in ("withheld only", "both"):
        for row in rows:
            rate = row.rate_at(ERROR_CHANCE)
            if row.coins == coins and row.published == row.withheld and rate is not None:
                points[row.published] = rate
    return sorted(points.items())


def _key_points(rows: Iterable[Detection]) -> list[tuple[int, Rate]]:
    found = [(row.published, row.rate_at(ERROR_CHANCE)) for row in rows if row.coins == "keys only"]
    return sorted((count, rate) for count, rate in found if rate is not None)


def _interpolated(points: Sequence[tuple[int, Rate]], count: float) -> Rate:
    """Return the rate at ``count`` pictures: 0 at none, linear between measured numbers, and constant above the last.

    More pictures cannot be found less often. So an upper bound holds for all smaller numbers too, a lower bound for all
    larger ones, and a share above that of a larger number is lowered to it.
    """
    if not points:
        return _NOBODY
    counts, rates = [0, *(number for number, _ in points)], [_NOBODY, *(rate for _, rate in points)]
    lows = itertools.accumulate((rate.low for rate in rates), max)
    highs, shares = (
        _accumulated_back(values) for values in zip(*((rate.high, rate.share) for rate in rates), strict=True)
    )
    values = [(max(low, share), low, max(low, high)) for low, high, share in zip(lows, highs, shares, strict=True)]
    above = bisect.bisect_right(counts, count)
    if above == len(counts):
        return Rate(*values[-1])
    weight = (count - counts[above - 1]) / (counts[above] - counts[above - 1])
    return Rate(*(low + weight * (high - low) for low, high in zip(values[above - 1], values[above], strict=True)))


def _accumulated_back(values: Sequence[float]) -> list[float]:
    """Return the least of each value and all later ones."""
    return list(itertools.accumulate(reversed(values), min))[::-1]


def _basis(table: EvidenceTable) -> str:
    models = sum(len(one.seeds) for one in table.trainings)
    names = ", ".join(dict.fromkeys(one.data for one in table.trainings))
    if table.is_pilot:
        return text(
            "A first estimate, from {models} that learned public pictures ({names}); larger trials may change it.",
            models=counted(models, "small model"),
            names=names,
        )
    return text(
        "Measured with {models} that learned public pictures ({names}).",
        models=counted(models, "small model"),
        names=names,
    )
