"""What rehearsals in the history say about a mark and numbers of pictures: the share of artists that was found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mtgui.desktop.jobs.history_store import HistoryEntry
from mtgui.marking.settings import MarkSettings

_NO_STRENGTH = ("pattern_kind", "design_resolution")
_ALIKE = 0.1
"""By how much the share of published pictures may differ from that of the rehearsal."""


@dataclass(frozen=True)
class RehearsedShare:
    """The answer of one rehearsal.

    share: of artists found, 0 to 1. low, high: its 95 % interval. artists: how many there were. source: “made”,
    “pictures” or “record”, as on the Rehearse page. is_between: the share lies between two rehearsed numbers of
    pictures. created, number: of the entry in the history.
    """

    share: float
    low: float
    high: float
    artists: int
    source: str
    is_between: bool
    created: str
    number: int


@dataclass(frozen=True)
class _Point:
    published: int
    withheld: int
    share: float
    low: float
    high: float

    @property
    def pictures(self) -> int:
        return self.published + self.withheld


def mark_values(mark: MarkSettings) -> dict[str, Any]:
    """Return what the strength of ``mark`` depends on; nothing where there is no mark at all."""
    if mark.is_invisible:
        return {}
    return {name: value for name, value in mark.values().items() if name not in _NO_STRENGTH}


def rehearsed_share(
    entries: Sequence[HistoryEntry], mark: MarkSettings, published: int, withheld: int
) -> RehearsedShare | None:
    """Return what the newest rehearsal of ``mark`` in ``entries``, newest first, found with these numbers of pictures.

    Only rehearsals without countermeasures count. Between two rehearsed numbers the shares are interpolated; fewer or
    more pictures than were rehearsed have no answer. Returns None if no rehearsal has one.
    """
    wanted = mark_values(mark)
    for entry in entries:
        facts = entry.facts
        if entry.kind != "rehearsal" or entry.state != "finished" or facts.get("mark") != wanted:
            continue
        artists = facts.get("artists")
        point = None if facts.get("measures") else _at(_points(facts), published, withheld)
        if point is not None and isinstance(artists, int):
            found, is_between = point
            return RehearsedShare(
                found.share, found.low, found.high, artists, str(facts.get("source", "")), is_between, entry.created,
                entry.number,
            )  # fmt: skip
    return None


def _points(facts: Mapping[str, Any]) -> list[_Point]:
    found = []
    for values in facts.get("curve") or ():
        if isinstance(values, list) and len(values) == 5 and all(isinstance(one, int | float) for one in values):
            published, withheld, share, low, high = values
            found.append(_Point(int(published), int(withheld), float(share), float(low), float(high)))
    return sorted(found, key=lambda point: point.pictures)


def _at(points: Sequence[_Point], published: int, withheld: int) -> tuple[_Point, bool] | None:
    """Return the point for these numbers, and whether it lies between two others; None outside of all points."""
    for point in points:
        if (point.published, point.withheld) == (published, withheld):
            return point, False
    pictures = published + withheld
    if not points or not pictures or not points[0].pictures <= pictures <= points[-1].pictures:
        return None
    largest = points[-1]
    if abs(published / pictures - largest.published / largest.pictures) > _ALIKE or (not withheld) != (
        not largest.withheld
    ):
        return None
    below = max((one for one in points if one.pictures <= pictures), key=lambda one: one.pictures)
    above = min((one for one in points if one.pictures >= pictures), key=lambda one: one.pictures)
    part = (pictures - below.pictures) / max(1, above.pictures - below.pictures)

    def between(one: float, other: float) -> float:
        return one + part * (other - one)

    shares = between(below.share, above.share), between(below.low, above.low), between(below.high, above.high)
    return _Point(published, withheld, *shares), True
