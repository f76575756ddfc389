"""The architectures that can be chosen by hand, the most likely ones first."""

import difflib
from collections.abc import Sequence

MOST_NEAR = 8


def known_architectures() -> tuple[str, ...]:
    """Return the names of all architectures that can be chosen by hand."""
    from mtgui.auditing.architectures.recognise import architectures

    return architectures()


def closest_first(closest: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return ``closest`` and then the rest of ``known``, each name once."""
    return tuple(dict.fromkeys([*closest, *known]))


def named_in(text: str, known: Sequence[str]) -> tuple[str, ...]:
    """Return the names in ``known`` that occur in ``text`` (a refusal, or the name of a file), longest first."""
    words = text.casefold().replace("_", "-")
    short = {name: name.rpartition("/")[2].casefold().replace("_", "-") for name in known}
    named = sorted((name for name in known if short[name] in words), key=lambda name: -len(short[name]))
    if named:
        return tuple(named)
    near = difflib.get_close_matches(words, list(short.values()), n=MOST_NEAR, cutoff=0.5)
    return tuple(name for name in known if short[name] in near)
