"""Whether an export is worth offering, and the words of its button."""

from fractions import Fraction

from mtgui.common.texts import plural, text
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
    if numbers.smallest_p(settings) <= MOST_ERROR:
        return ""
    if settings.is_invisible and numbers.drawn_home == 0:
        return text("Nothing could be proved: no coin decides which stay home, and there is no mark.")
    # How many more are needed stands with the gauge.
    if settings.is_invisible:
        return text("Too few to prove anything. Add more, or choose a mark.")
    return text("Too few to prove anything. Add more.")


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
