"""The person's own rehearsals, as far as the gauge of the Mark page needs them."""

from collections.abc import Sequence

from mtgui.common.texts import text
from mtgui.common.words import moment
from mtgui.desktop.jobs.rehearsed_shares import RehearsedShare
from mtgui.marking.settings import MarkSettings


def basis_of(rehearsed: RehearsedShare) -> str:
    """Return where the numbers come from, in a sentence."""
    return text("Measured in your own rehearsal of {moment}.", moment=moment(rehearsed.created))


def fitting(
    rehearsals: Sequence[RehearsedShare], settings: MarkSettings, published: int, withheld: int
) -> RehearsedShare | None:
    """Return the rehearsal of this mark with the most pictures, but no more than these; of equals, the newest."""
    values = settings.strength_values()
    suited = [
        one
        for one in rehearsals
        if one.mark.strength_values() == values and one.published <= published and one.withheld <= withheld
    ]
    return max(suited, key=_size, default=None)


def _size(one: RehearsedShare) -> tuple[int, int, str]:
    return one.published, one.withheld, one.created
