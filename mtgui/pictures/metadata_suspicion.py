"""Find metadata that may show the unmarked picture or its place, although their names do not say so."""

from mtgui.pictures.hidden_data import hides_data, plain_readings
from mtgui.pictures.places import tells_place
from mtgui.pictures.wording import is_disguised

HIDDEN_DROPPED = "A text in it that may show the unmarked picture was left out."
PLACE_DROPPED = "A text in it that tells the place was left out."

LARGEST_BINARY = 256
"""Bytes of unknown meaning beyond which a field could hold the pixels of a small picture."""
LARGEST_MAKER_NOTE = 1 << 16


def objection(text: bytes | str, *, remove_places: bool) -> str | None:
    """Return the note with which ``text``, from any field of any container, is left out; None to keep it."""
    if hides_data(text) or _is_no_text(text):
        return HIDDEN_DROPPED
    return PLACE_DROPPED if remove_places and tells_place(text) else None


def _is_no_text(text: bytes | str) -> bool:
    """True when a long ``text`` is binary data, or has no words in any encoding that it can be in."""
    if isinstance(text, str):
        return is_disguised(text)
    if len(text) <= LARGEST_BINARY:
        return False
    found = plain_readings(text)
    return not found or all(map(is_disguised, found))
