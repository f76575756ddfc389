"""Sentences for people: whole ones in English, each with named places, so that a translation can look them up.

English is the source and no catalogue is shipped yet. A sentence is never built from parts of sentences; what is joined
are whole sentences. Numbers and times enter as text made by `mtgui.common.words`.
"""

import gettext

_catalogue = gettext.NullTranslations()


def text(sentence: str, **places: object) -> str:
    """Return ``sentence`` in the language of the user, each ``{name}`` in it replaced by the place of that name."""
    return _catalogue.gettext(sentence).format(**places)


def plural(count: int, one: str, several: str, **places: object) -> str:
    """Return the sentence that fits ``count``: ``one`` for 1, else ``several``; ``{count}`` is the number as text.

    Languages with more than two forms have theirs in the catalogue.
    """
    return _catalogue.ngettext(one, several, count).format(count=f"{count:,}", **places)
