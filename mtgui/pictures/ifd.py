"""Image file directories (IFD): the tables of tags in TIFF files, EXIF blocks and multi-picture indexes.

Reading is bounded: a value that reaches beyond the data is left out; a directory that does so raises ValueError.
"""

import struct
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8, 129: 1}
"""Bytes per value of each field type (TIFF 6.0, section 2; BigTIFF for 16 to 18; EXIF 3.0 for 129)."""

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, UTF8 = 1, 2, 3, 4, 5, 7, 129
_INTEGERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}


class TagEntry(NamedTuple):
    """One field: its tag, type and number of values, the position of its entry and the position of its value."""

    tag: int
    kind: int
    number: int
    position: int
    start: int
    size: int

    @property
    def end(self) -> int:
        """Position of the first byte after the value."""
        return self.start + self.size


@dataclass(frozen=True, slots=True)
class Header:
    """The first bytes: byte order (``<`` or ``>``), BigTIFF or not, position of the first directory."""

    order: str
    is_big: bool
    first: int


def read_header(data: bytes) -> Header:
    """Read the header at the start of ``data``. Raises ValueError when there is none."""
    order = {b"II": "<", b"MM": ">"}.get(bytes(data[:2]))
    if order is None or len(data) < 8:
        raise ValueError("no TIFF header")
    version = struct.unpack_from(order + "H", data, 2)[0]
    if version == 42:
        return Header(order, False, struct.unpack_from(order + "I", data, 4)[0])
    if version == 43 and len(data) >= 16:
        return Header(order, True, struct.unpack_from(order + "Q", data, 8)[0])
    raise ValueError("unknown TIFF version")


def read_directory(data: bytes, offset: int, header: Header) -> tuple[list[TagEntry], int]:
    """Return the fields of the directory at ``offset`` and the position of the next one (0 for none)."""
    order, is_big = header.order, header.is_big
    head, record, inline = (8, 20, 8) if is_big else (2, 12, 4)
    if not 8 <= offset <= len(data) - head:
        raise ValueError("directory outside of the data")
    number = struct.unpack_from(order + ("Q" if is_big else "H"), data, offset)[0]
    first = offset + head
    end = first + number * record
    if end > len(data):
        raise ValueError("directory longer than the data")
    entries = []
    records = struct.iter_unpack(order + ("HHQQ" if is_big else "HHII"), data[first:end])
    for position, (tag, kind, count, value) in zip(range(first, end, record), records, strict=True):
        size = SIZES.get(kind, 0) * count
        start = value if size > inline else position + record - inline
        if size and start + size <= len(data):
            entries.append(TagEntry(tag, kind, count, position, start, size))
    after = data[end : end + inline]
    return entries, int.from_bytes(after, "little" if order == "<" else "big") if len(after) == inline else 0


def read_sound_part(data: bytes, offset: int, header: Header) -> tuple[list[TagEntry], bool]:
    """Return the fields of the directory at ``offset`` as far as they make sense, and True if it claims more of them.

    Behind a directory stand a position and then values, which seldom look like fields. Raises ValueError when the
    directory lies outside of the data, or claims fields and has none.
    """
    if header.is_big:
        return read_directory(data, offset, header)[0], False
    claimed = _claimed(data, offset, header)
    number = fields_at_most(data, offset, header)
    records = [struct.unpack_from(header.order + "HHII", data, offset + 2 + 12 * at) for at in range(number)]
    odd = [kind not in SIZES for _, kind, _, _ in records]
    first = odd.index(True) if True in odd else number
    is_cut = number < claimed or 2 * sum(odd[first:]) > number - first
    entries = []
    for at, (tag, kind, count, value) in enumerate(records[:first] if is_cut else records):
        position = offset + 2 + 12 * at
        size = SIZES.get(kind, 0) * count
        start = value if size > 4 else position + 8
        if size and start + size <= len(data):
            entries.append(TagEntry(tag, kind, count, position, start, size))
    if is_cut and not entries:
        raise ValueError("no field in the directory")
    return entries, is_cut


def fields_at_most(data: bytes, offset: int, header: Header) -> int:
    """Return how many fields `read_sound_part` looks at in the directory at ``offset``. Raises ValueError."""
    return min(_claimed(data, offset, header), (len(data) - offset - 2) // 12)


def _claimed(data: bytes, offset: int, header: Header) -> int:
    if not 8 <= offset <= len(data) - 2:
        raise ValueError("directory outside of the data")
    return int(struct.unpack_from(header.order + "H", data, offset)[0])


def integers(data: bytes, entry: TagEntry, order: str) -> tuple[int, ...]:
    """Return the values of an integer field; empty for a field of another type."""
    letter = _INTEGERS.get(entry.kind)
    return struct.unpack_from(f"{order}{entry.number}{letter}", data, entry.start) if letter else ()


def rationals(data: bytes, entry: TagEntry, order: str) -> tuple[float, ...]:
    """Return the values of a rational field; empty for another type, 0 where a denominator is 0."""
    if entry.kind != RATIONAL:
        return ()
    flat = struct.unpack_from(f"{order}{entry.number * 2}I", data, entry.start)
    return tuple(a / b if b else 0.0 for a, b in zip(flat[::2], flat[1::2], strict=True))


@dataclass(frozen=True)
class Directory:
    """One directory of ``data``, whose header is ``header``, with its fields by their tags."""

    data: bytes
    header: Header
    fields: dict[int, TagEntry]

    def __contains__(self, tag: int) -> bool:
        """True when it has a field ``tag`` whose value lies in the data."""
        return tag in self.fields

    def numbers(self, tag: int) -> tuple[int, ...]:
        """Return the values of an integer field; empty where it is missing or of another type."""
        return integers(self.data, self.fields[tag], self.header.order) if tag in self.fields else ()

    def number(self, tag: int, default: int) -> int:
        """Return the first value of an integer field."""
        return (self.numbers(tag) or (default,))[0]

    def rationals(self, tag: int) -> tuple[float, ...]:
        """Return the values of a rational field; empty where it is missing or of another type."""
        return rationals(self.data, self.fields[tag], self.header.order) if tag in self.fields else ()

    def raw(self, tag: int) -> bytes | None:
        """Return the bytes of a field's value, None where it is missing."""
        return self.data[self.fields[tag].start : self.fields[tag].end] if tag in self.fields else None

    def copied(self, tags: Set[int]) -> list["Field"]:
        """Return those of its fields whose tag is among ``tags``, to be written elsewhere."""
        return [Field(e.tag, e.kind, e.number, self.data[e.start : e.end]) for t, e in self.fields.items() if t in tags]


def directory(data: bytes, offset: int, header: Header) -> tuple[Directory, int]:
    """Return the directory at ``offset`` and the position of the next one. Raises ValueError, struct.error."""
    entries, after = read_directory(data, offset, header)
    return Directory(data, header, {entry.tag: entry for entry in entries}), after


def sound_directory(data: bytes, offset: int, header: Header) -> Directory:
    """Return the directory at ``offset`` as far as it makes sense. Raises ValueError, struct.error."""
    return Directory(data, header, {entry.tag: entry for entry in read_sound_part(data, offset, header)[0]})


@dataclass(frozen=True, slots=True)
class Field:
    """One field to write; its value is in bytes of the right byte order."""

    tag: int
    kind: int
    count: int
    value: bytes


def shorts(tag: int, values: Sequence[int], order: str) -> Field:
    """Return a field of numbers of 16 bits. Raises struct.error for larger ones."""
    return Field(tag, SHORT, len(values), struct.pack(f"{order}{len(values)}H", *values))


def longs(tag: int, values: Sequence[int], order: str) -> Field:
    """Return a field of numbers of 32 bits. Raises struct.error for larger ones."""
    return Field(tag, LONG, len(values), struct.pack(f"{order}{len(values)}I", *values))


def write_directory(fields: Iterable[Field], offset: int, order: str) -> bytes:
    """Return a directory to be placed at ``offset``, with its longer values right after it and no next directory."""
    ordered = sorted(fields, key=lambda field: field.tag)
    table = [struct.pack(order + "H", len(ordered))]
    heap: list[bytes] = []
    position = offset + 2 + 12 * len(ordered) + 4
    for field in ordered:
        record = struct.pack(order + "HHI", field.tag, field.kind, field.count)
        if len(field.value) <= 4:
            table.append(record + field.value.ljust(4, b"\0"))
            continue
        table.append(record + struct.pack(order + "I", position))
        padded = field.value + b"\0" * (len(field.value) % 2)
        heap.append(padded)
        position += len(padded)
    return b"".join((*table, b"\0\0\0\0", *heap))
