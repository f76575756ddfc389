"""The person's own rehearsals, as far as the gauge of the Mark page needs them."""

from collections.abc import Sequence

from mtgui.common.texts import plural, text
from mtgui.common.words import moment, whole
from mtgui.desktop.jobs.rehearsed_shares import RehearsedShare
from mtgui.marking.settings import MarkSettings


def basis_of(rehearsed: RehearsedShare) -> str:
    """Return where the numbers come from, or what the rehearsal found and why the shipped table counts all the same."""
    when = moment(rehearsed.created)
    if rehearsed.is_evidence:
        return text("Measured in your own rehearsal of {moment}.", moment=when)
    places = {"moment": when, "low": whole(round(100 * rehearsed.low)), "high": whole(round(100 * rehearsed.high))}
    if rehearsed.is_drawn:
        return text(
            "Your own rehearsal of {moment} gives {low} to {high}; it had drawn pictures, so the shipped table counts.",
            **places,
        )
    return plural(
        rehearsed.artists,
        "Your own rehearsal of {moment} gives {low} to {high}; it had {count} artist, so the shipped table counts.",
        "Your own rehearsal of {moment} gives {low} to {high}; it had only {count} artists, so the shipped table "
        "counts.",
        **places,
    )


def fitting(
    rehearsals: Sequence[RehearsedShare], settings: MarkSettings, published: int, withheld: int
) -> RehearsedShare | None:
    """Return the rehearsal of this mark with the most pictures, but no more than these; of equals, the newest.

    One that is better evidence than the shipped table comes before all others.
    """
    values = settings.strength_values()
    suited = [
        one
        for one in rehearsals
        if one.mark.strength_values() == values and one.published <= published and one.withheld <= withheld
    ]
    return max(suited, key=_weight, default=None)


def _weight(one: RehearsedShare) -> tuple[bool, int, int, str]:
    return one.is_evidence, one.published, one.withheld, one.created
