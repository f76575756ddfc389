"""Colour profiles (ICC.1:2022): cut out texts and private parts that may hide a picture; the colours stay.

A profile is a header of 128 bytes, a table of tags, and the value of each. Values of the types that state colours are
left alone: their tables are as large and as even as pixels. An ordinary profile stays as it is, byte for byte.
"""

import struct
from dataclasses import dataclass

from mtgui.pictures.hidden_data import hides_data, holds_picture
from mtgui.pictures.metadata_suspicion import LARGEST_BINARY, objection

DAMAGED = "Its colour profile is damaged or holds a picture and was left out."
PART_DROPPED = "A part of its colour profile that states no colours and may show the unmarked picture was left out."
_HEADER, _ENTRY = 128, 12
_ID = slice(84, 100)
_MOST_TAGS = 1000
_TEXTS = {b"text", b"desc", b"mluc", b"utf8", b"ut16"}
_COLOURS = {
    *(b"XYZ ", b"curv", b"para", b"mft1", b"mft2", b"mAB ", b"mBA ", b"mpet", b"sf32", b"uf32", b"cicp", b"clrt"),
    *(b"ncl2", b"chrm", b"clro", b"vcgt", b"bfd ", b"MHC2", b"fl16", b"fl32", b"fl64", b"ui08", b"ui16", b"ui32"),
}


@dataclass(frozen=True)
class _Tag:
    entry: bytes
    start: int
    end: int


def clean(profile: bytes, *, remove_places: bool) -> tuple[bytes | None, tuple[str, ...]]:
    """Return ``profile``, cut to the length that it declares and without what may hide a picture, and notes.

    It is None if it is damaged, or if it holds a picture as it is.
    """
    declared = int.from_bytes(profile[:4], "big")
    cut = profile[:declared]
    if not _HEADER <= declared <= len(profile) or holds_picture(cut):
        return None, (DAMAGED,)
    tags = _tags(cut)
    if tags is None:
        return (None, (DAMAGED,)) if declared > LARGEST_BINARY else (cut, ())
    kept = [tag for tag in tags if _stays(cut[tag.start : tag.end], remove_places=remove_places)]
    if len(kept) == len(tags):
        return cut, ()
    return _only(cut, kept, len(tags)), (PART_DROPPED,)


def _tags(profile: bytes) -> list[_Tag] | None:
    """Return the tags of ``profile``; None if its table is nonsense."""
    number = int.from_bytes(profile[_HEADER : _HEADER + 4], "big")
    if number > _MOST_TAGS or len(profile) < _HEADER + 4 + _ENTRY * number:
        return None
    found = []
    for at in range(_HEADER + 4, _HEADER + 4 + _ENTRY * number, _ENTRY):
        start, size = struct.unpack_from(">II", profile, at + 4)
        if start + size > len(profile):
            return None
        found.append(_Tag(profile[at : at + _ENTRY], start, start + size))
    return found


def _stays(value: bytes, *, remove_places: bool) -> bool:
    kind, body = value[:4], value[8:]
    if kind in _TEXTS:
        return not any(objection(text, remove_places=remove_places) for text in _texts(kind, value))
    return kind in _COLOURS or len(body) <= LARGEST_BINARY or not hides_data(body)


def _texts(kind: bytes, value: bytes) -> list[bytes | str]:
    """Return the texts in the value of a tag, and as one what lies beside them."""
    body = value[8:].rstrip(b"\0")
    if kind == b"mluc":
        number, size = struct.unpack_from(">II", value.ljust(16, b"\0"), 8)
        records = [value[at : at + 12] for at in range(16, 16 + 12 * min(number, _MOST_TAGS), size or 12)]
        places = [struct.unpack(">4xII", record) for record in records if len(record) == 12]
        texts = [value[start : start + length].decode("utf-16-be", "replace") for length, start in places]
        return [*texts, "\n".join(texts), *_beside(value, 16 + 12 * len(records), places)]
    if kind == b"desc":
        length = int.from_bytes(body[:4], "big")
        return [body[4 : 4 + length].rstrip(b"\0"), body[4 + length :].strip(b"\0")]
    return [body.decode("utf-16-be", "replace") if kind == b"ut16" else body]


def _beside(value: bytes, start: int, places: list[tuple[int, ...]]) -> list[bytes | str]:
    rest = bytearray(value)
    for length, at in [(start, 0), *places]:
        rest[at : at + length] = bytes(len(rest[at : at + length]))
    return [bytes(rest).strip(b"\0")]


def _only(profile: bytes, kept: list[_Tag], before: int) -> bytes:
    """Return ``profile`` with only the tags in ``kept``, each in its place, and zeros everywhere else."""
    result = bytearray(len(profile))
    result[:_HEADER] = profile[:_HEADER]
    result[_ID] = bytes(16)
    for tag in kept:
        result[tag.start : tag.end] = profile[tag.start : tag.end]
    table = struct.pack(">I", len(kept)) + b"".join(tag.entry for tag in kept)
    result[_HEADER : _HEADER + 4 + _ENTRY * before] = table.ljust(4 + _ENTRY * before, b"\0")
    return bytes(result)
