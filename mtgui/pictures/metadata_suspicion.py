"""Find metadata that may show the unmarked picture or its place, although their names do not say so."""

import re

_SPACE = re.compile(r"\s+")
_ENCODED = re.compile(r"base64,|[A-Za-z0-9+/=_-]{600,}")
_PLACE = re.compile(
    r"gps|latitude|longitude|geo|^(lat|lon|long|location|sublocation|city|state|country)", re.IGNORECASE
)
_COORDINATES = re.compile(r"\bgeo:|\d{1,3}\s*°|-?\d{1,3}\.\d{3,}\s*[,;/ ]\s*-?\d{1,3}\.\d{3,}")

LARGEST_BINARY = 4096
LARGEST_MAKER_NOTE = 1 << 16


def may_hold_picture(text: str) -> bool:
    """True when ``text`` contains so much encoded data, base64 or long digits, that it may be a picture."""
    return len(text) >= 600 and _ENCODED.search(_SPACE.sub("", text)) is not None


def names_place(name: str) -> bool:
    """True when a property called ``name`` says where a picture was taken."""
    return _PLACE.search(name) is not None


def tells_place(text: str) -> bool:
    """True when ``text`` looks like coordinates."""
    return _COORDINATES.search(text) is not None


def cut_profile(profile: bytes) -> bytes | None:
    """Return a colour profile cut to the length that it declares; None if that length is impossible."""
    declared = int.from_bytes(profile[:4], "big")
    return profile[:declared] if 128 <= declared <= len(profile) else None
