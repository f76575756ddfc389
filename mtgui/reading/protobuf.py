"""Reads protocol buffer messages from hostile files: every field must be known and of the right kind.

A field must occur only once unless the layout lets it repeat.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mtgui.reading.errors import RefusalError, cut_off, damaged

MOST_FIELDS = 20_000_000
_KINDS = {"int": 0, "ints": 0, "bytes": 2, "many": 2, "float": 5, "floats": 5, "doubles": 1}
_REPEATED = frozenset({"ints", "many", "floats", "doubles"})
_PACKED = frozenset({"ints", "floats", "doubles"})
_FIXED = {1: 8, 5: 4}

Layout = Mapping[int, tuple[str, str]]
"""Name and kind of each field of a message, by its number.

The kinds int, float and bytes occur once. The kinds ints, floats, doubles and many (texts, messages) repeat; numbers
may be packed."""


@dataclass
class Message:
    """The fields of one message by name: numbers, and runs of bytes; packed numbers are a run of bytes."""

    numbers: dict[str, list[int]] = field(default_factory=dict)
    runs: dict[str, list[memoryview]] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """Return the number of a field that occurs at most once; 0 without it."""
        return self.numbers.get(name, [0])[0]

    def many(self, name: str) -> list[memoryview]:
        """Return the runs of bytes of a field, in order."""
        return self.runs.get(name, [])

    def one(self, name: str) -> memoryview | None:
        """Return the run of bytes of a field that occurs at most once; None without it."""
        return self.runs[name][0] if name in self.runs else None

    def text(self, name: str) -> str:
        """Return a field as text, “” without it. Raises RefusalError for bytes that are no text."""
        return as_text(self.one(name) or memoryview(b""))

    def has(self, name: str) -> bool:
        """True when the field is there."""
        return name in self.numbers or name in self.runs


class WireReader:
    """Parses messages; raises RefusalError after `MOST_FIELDS` fields in all."""

    def __init__(self, most: int = MOST_FIELDS) -> None:
        self._left = most

    def message(self, data: memoryview, layout: Layout) -> Message:
        """Return the fields of the message in ``data``. Raises RefusalError for anything not in ``layout``."""
        found = Message()
        place = 0
        while place < len(data):
            self._count()
            tag, place = _varint(data, place)
            number, wire = tag >> 3, tag & 7
            if number not in layout:
                raise RefusalError(
                    f"a part of it is of a kind that mtgui does not know (field {number}); it is newer than this "
                    "version of mtgui, or was made to mislead: ask for the PyTorch weights of the same model"
                )
            name, kind = layout[number]
            if kind not in _REPEATED and found.has(name):
                raise damaged(f"it states its “{name}” twice")
            place = _take(data, place, wire, name, kind, found)
        return found

    def integers(self, message: Message, name: str) -> list[int]:
        """Return a repeated whole number, packed or not, as signed 64-bit values. Raises RefusalError."""
        values = list(message.numbers.get(name, []))
        for run in message.many(name):
            place = 0
            while place < len(run):
                self._count()
                value, place = _varint(run, place)
                values.append(value)
        return [signed(value) for value in values]

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise damaged("it has more parts than any model")


def signed(value: int) -> int:
    """Return ``value``, unsigned as in a message, as a signed 64-bit number."""
    return value - (1 << 64) if value >= 1 << 63 else value


def as_text(data: memoryview) -> str:
    """Return ``data`` as text. Raises RefusalError."""
    try:
        return bytes(data).decode("utf-8")
    except UnicodeDecodeError as error:
        raise damaged("a name in it is no text") from error


def _take(data: memoryview, place: int, wire: int, name: str, kind: str, found: Message) -> int:
    """Add the field that begins at ``place`` to ``found``; return the place of its end."""
    if wire == 2 and (kind in _PACKED or _KINDS[kind] == 2):
        length, place = _varint(data, place)
        if length > len(data) - place:
            raise cut_off("one of its parts")
        if kind in ("floats", "doubles") and length % _FIXED[_KINDS[kind]]:
            raise damaged(f"its “{name}” end in the middle of a number")
        found.runs.setdefault(name, []).append(data[place : place + length])
        return place + length
    if wire != _KINDS[kind]:
        raise damaged(f"its “{name}” is of another kind than it should be")
    if wire == 0:
        value, place = _varint(data, place)
        found.numbers.setdefault(name, []).append(value)
        return place
    end = place + _FIXED[wire]
    if end > len(data):
        raise cut_off("a number")
    found.numbers.setdefault(name, []).append(int.from_bytes(data[place:end], "little"))
    return end


def _varint(data: memoryview, place: int) -> tuple[int, int]:
    """Return the number that begins at ``place``, and the place of its end."""
    value = 0
    for count in range(10):
        if place + count >= len(data):
            raise cut_off("a number")
        byte = data[place + count]
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            if value >= 1 << 64:
                break
            return value, place + count + 1
    raise damaged("a number in it is too long")
