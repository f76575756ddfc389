"""What the numbers of a rehearsal mean for other pictures than those that were rehearsed."""

from mtgui.common.texts import plural, text
from mtgui.common.words import whole


def published_of(published: int, withheld: int, pool: int) -> int:
    """Return how many of ``pool`` pictures are published, for the same share as in a rehearsal.

    It is ``published`` itself if there are no pictures yet, or as many as in the rehearsal.
    """
    wanted = published + withheld
    return published if pool in (0, wanted) else max(1, round(pool * published / wanted))


def numbers_in_words(published: int, withheld: int, pool: int) -> str:
    """Return what becomes of the ``pool`` pictures that are loaded, if the numbers of a rehearsal are used for them."""
    if not pool:
        return text(
            "No pictures are loaded: of {pool} pictures, {out} would go out and {home} stay home.",
            pool=whole(published + withheld),
            out=whole(published),
            home=whole(withheld),
        )
    out = published_of(published, withheld, pool)
    return plural(
        pool,
        "{count} picture is loaded: {out} would go out and {home} stay home.",
        "{count} pictures are loaded: {out} would go out and {home} stay home.",
        out=whole(out),
        home=whole(pool - out),
    )
