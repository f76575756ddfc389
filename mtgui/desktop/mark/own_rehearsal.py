"""The person's own rehearsal of some settings, as far as the gauge of the Mark page needs it."""

from collections.abc import Sequence
from dataclasses import dataclass

from mtgui.common.texts import text
from mtgui.common.words import moment
from mtgui.marking.settings import MarkSettings
from mtgui.records.outlook import PERHAPS_FROM, VERY_LIKELY_FROM, Level


@dataclass(frozen=True)
class OwnRehearsal:
    """A finished rehearsal: the mark, the numbers of pictures, and the share of artists that it found.

    share, low, high: the share with its 95 % interval. created: when, as in the history.
    """

    mark: MarkSettings
    published: int
    withheld: int
    share: float
    low: float
    high: float
    created: str

    @property
    def level(self) -> Level:
        """How likely an audit is to find the pictures, by the bounds of the shipped table."""
        if self.low >= VERY_LIKELY_FROM:
            return "very likely"
        return "perhaps" if self.share >= PERHAPS_FROM else "hardly"

    @property
    def in_words(self) -> str:
        """Where the numbers come from."""
        return text("Measured in your own rehearsal of {moment}.", moment=moment(self.created))

    def suits(self, settings: MarkSettings, published: int, withheld: int) -> bool:
        """True when the rehearsal was of this mark and of no more pictures than these."""
        is_same = self.mark.values() == settings.values() or (self.mark.is_invisible and settings.is_invisible)
        return is_same and self.published <= published and self.withheld <= withheld


def fitting(
    rehearsals: Sequence[OwnRehearsal], settings: MarkSettings, published: int, withheld: int
) -> OwnRehearsal | None:
    """Return the rehearsal of ``settings`` with the most pictures that suit; of equals, the newest."""
    suited = [one for one in rehearsals if one.suits(settings, published, withheld)]
    return max(suited, key=_size, default=None)


def _size(one: OwnRehearsal) -> tuple[int, int, str]:
    return one.published, one.withheld, one.created
