"""Whether an export is worth offering, and the words of its button."""

from fractions import Fraction

from mtgui.common.texts import plural, text
from mtgui.common.words import one_time_in, whole
from mtgui.desktop.mark.publish_numbers import PublishNumbers
from mtgui.marking.settings import MarkSettings

MOST_ERROR = Fraction(1, 20)
"""If even the smallest chance of error that an audit could state is larger, nothing could be proved."""


def why_not(settings: MarkSettings, numbers: PublishNumbers, *, goes_on: bool) -> str:
    """Return why nothing is exported, in one sentence; empty if there is something to export.

    goes_on: a record is continued; the numbers of its earlier pictures count then, so it is not refused as too small.
    """
    if not numbers.pool:
        return text("Add pictures first.")
    if not numbers.published:
        return text("Nothing goes out: all of them stay home by your own choice.")
    if goes_on:
        return ""
    smallest = numbers.smallest_p(settings)
    if smallest <= MOST_ERROR:
        return ""
    if smallest == 1:
        return text("Nothing could be proved: no coin decides which stay home, and there is no mark.")
    # How many more are needed stands with the gauge.
    times = whole(one_time_in(smallest))
    too_few = text("Too few to prove anything: chance alone does as well 1 time in {times}.", times=times)
    return f"{too_few} {text('Add more, or choose a mark.') if settings.is_invisible else text('Add more.')}"


def button_words(published: int, *, is_marked: bool, goes_on: bool) -> str:
    """Return the text of the export button; copies are called marked only where there is a mark.

    goes_on: a record is continued; ``published`` counts only new pictures then, and is 0 where none are known.
    """
    if goes_on and published and is_marked:
        return plural(published, "&Export {count} more marked copy…", "&Export {count} more marked copies…")
    if goes_on and published:
        return plural(published, "&Export {count} more copy…", "&Export {count} more copies…")
    if goes_on:
        return text("&Export marked copies…") if is_marked else text("&Export copies…")
    if is_marked:
        return plural(published, "&Export {count} marked copy…", "&Export {count} marked copies…")
    return plural(published, "&Export {count} copy…", "&Export {count} copies…")
