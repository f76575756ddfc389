"""The words of the status line of the Mark page, and of an export that was stopped."""

from mtgui.common.texts import plural, text
from mtgui.common.words import whole
from mtgui.desktop.mark.publish_numbers import PublishNumbers

STOPPED_BEFORE = "The export was stopped. Nothing was drawn and no copy was written."
STOPPED_AFTER = "The export was stopped. Copies written so far are whole; export again to go on from there."


def status_in_words(numbers: PublishNumbers, new: int | None) -> str:
    """Return how many pictures there are and what becomes of them; empty if there are none.

    new: how many came after the draw of a record that is continued; None if there is no such record.
    """
    if not numbers.pool:
        return ""
    pool = plural(numbers.pool, "{count} picture", "{count} pictures")
    if new is not None:
        return f"{pool} · {text('{new} new', new=whole(new)) if new else text('the coin has decided')}"
    out = plural(numbers.published, "{count} goes out", "{count} go out")
    return f"{pool} · {out}, {plural(numbers.kept, '{count} stays home', '{count} stay home')}"
