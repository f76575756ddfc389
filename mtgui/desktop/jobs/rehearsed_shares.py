"""What rehearsals in the history found: for each mark and number of pictures, the share of artists."""

from collections.abc import Iterable
from dataclasses import dataclass

from mtgui.common.errors import MtguiError
from mtgui.desktop.jobs.history_store import HistoryEntry
from mtgui.marking.settings import NO_MARK, MarkSettings

FEWEST_ARTISTS = 20
"""With so many artists the 95 % interval of a share is less than half as wide as everything from none to all."""


@dataclass(frozen=True)
class RehearsedShare:
    """The share of artists that a rehearsal found with this mark and these numbers of pictures.

    share, low, high: the share (0 to 1) with its 95 % interval. created: when, as in the history.
    artists: how many were audited. is_drawn: the artists' pictures were drawn by mtgui, not taken from a folder.
    """

    mark: MarkSettings
    published: int
    withheld: int
    share: float
    low: float
    high: float
    created: str
    artists: int
    is_drawn: bool

    @property
    def is_evidence(self) -> bool:
        """True when it says more about a set like this than the shipped table: real pictures of enough artists."""
        return not self.is_drawn and self.artists >= FEWEST_ARTISTS


def rehearsed_shares(entries: Iterable[HistoryEntry]) -> tuple[RehearsedShare, ...]:
    """Return every share that rehearsals in ``entries`` found, in the order of the entries.

    Only finished rehearsals without countermeasures count. What cannot be read is left out.
    """
    found: list[RehearsedShare] = []
    for entry in entries:
        if entry.kind == "rehearsal" and entry.state == "finished" and not entry.facts.get("measures"):
            found += _shares_of(entry)
    return tuple(found)


def _shares_of(entry: HistoryEntry) -> list[RehearsedShare]:
    values, curve = entry.facts.get("mark"), entry.facts.get("curve")
    if not isinstance(values, dict) or not isinstance(curve, list):
        return []
    try:
        mark = MarkSettings(**values) if values else NO_MARK
    except (MtguiError, TypeError, ValueError):
        return []
    artists = entry.facts.get("artists")
    count = artists if isinstance(artists, int) else 0
    is_drawn = not entry.request.get("others")
    found = []
    for point in curve:
        if isinstance(point, list) and len(point) == 5 and all(isinstance(one, int | float) for one in point):
            published, withheld, share, low, high = point
            found.append(RehearsedShare(mark, published, withheld, share, low, high, entry.created, count, is_drawn))
    return found
