"""Find metadata that may show the unmarked picture or its place, although their names do not say so."""

import re

from mtgui.pictures.hidden_data import hides_data, holds_picture, readings, reads_as_words

HIDDEN_DROPPED = "A text in it that may show the unmarked picture was left out."
PLACE_DROPPED = "A text in it that tells the place was left out."
_PLACE = re.compile(
    r"gps|latitude|longitude|geo|^(lat|lon|long|location|sublocation|city|state|country)", re.IGNORECASE
)
_COORDINATES = re.compile(
    r"(?i:\bgeo:)|\d{1,3}\s{0,3}[°º˚](?!\s{0,3}[CF]\b)"
    r"|-?\d{1,3}\.\d{3,}\s{0,3}[NSEW]?\s{0,3}[,;/|+ ]\s{0,3}[NSEW]?\s{0,3}-?\d{1,3}\.\d{3,}"
    r"|(?i:\b(?:gps_?)?(?:lat|latitude|lon|lng|long|longitude))[\"']?\s{0,3}(?:[:=]\s{0,3}[\"']?[NSEW]?\s?)?-?\d{1,3}\.\d{2,}"
    r"|\b\d{1,3},\d{1,2}[.,]\d+[NSEW]\b|\b[NSEW]\s?\d{1,3}\.\d{4,}|\b\d{1,3}\.\d{4,}\s?[NSEW]\b"
    r"|\b[2-9CFGHJMPQRVWX]{8}\+[2-9CFGHJMPQRVWX]{2,3}\b"
)

LARGEST_BINARY = 256
"""Bytes of unknown meaning beyond which a field could hold the pixels of a small picture."""
LARGEST_MAKER_NOTE = 1 << 16


def names_place(name: str) -> bool:
    """True when a property called ``name`` says where a picture was taken."""
    return _PLACE.search(name) is not None


def tells_place(text: bytes | str) -> bool:
    """True when ``text`` holds coordinates; bytes may be in any encoding."""
    return any(_COORDINATES.search(t) for t in ((text,) if isinstance(text, str) else readings(text)))


def objection(text: bytes | str, *, remove_places: bool) -> str | None:
    """Return the note with which ``text``, from any field of any container, is left out; None to keep it."""
    if hides_data(text) or (isinstance(text, bytes) and len(text) > LARGEST_BINARY and not reads_as_words(text)):
        return HIDDEN_DROPPED
    return PLACE_DROPPED if remove_places and tells_place(text) else None


def cut_profile(profile: bytes) -> bytes | None:
    """Return a colour profile cut to the length that it declares.

    None if that length is impossible, or if the profile holds a picture.
    """
    declared = int.from_bytes(profile[:4], "big")
    cut = profile[:declared]
    return cut if 128 <= declared <= len(profile) and not holds_picture(cut) else None
