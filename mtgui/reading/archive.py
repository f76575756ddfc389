"""Reads the directory of the ZIP archive around a torch file, without trusting it.

Both headers of an entry must agree on its place, which must lie inside the file and overlap no other entry; its name
must be ordinary.
"""

import os
import struct
import zlib
from dataclasses import dataclass
from itertools import pairwise
from typing import IO

from mtgui.reading.bounds import CHUNK, LONGEST_NAME, MOST_ZIP_ENTRIES, largest_output
from mtgui.reading.contents import Content, Deflated, Stretch
from mtgui.reading.errors import RefusalError, cut_off, damaged, quoted

_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR64 = struct.Struct("<4sIQI")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_ENCRYPTED = 0x1 | 0x40
_STORED, _DEFLATED = 0, 8
_LINK = 0o120000


@dataclass(frozen=True)
class Entry:
    """One entry: its bytes, and the checksum that the directory states for them."""

    name: str
    content: Content
    checksum: int


@dataclass(frozen=True)
class _Listed:
    name: str
    method: int
    checksum: int
    packed: int
    size: int
    header: int


def read_archive(file: IO[bytes]) -> dict[str, Entry]:
    """Return the entries of the archive in ``file``, by name, in order. Raises RefusalError."""
    size = file.seek(0, os.SEEK_END)
    count, start, length = _directory_place(file, size)
    if count > MOST_ZIP_ENTRIES or count * _CENTRAL.size > length:
        raise damaged("its ZIP directory states more entries than it can hold")
    directory = Stretch(file, start, length).read(0, length)
    entries: dict[str, Entry] = {}
    spans = [(start, start + length)]
    place = unpacked = 0
    for _ in range(count):
        listed, place = _listed(directory, place)
        if listed is None:
            continue
        if listed.name in entries:
            raise damaged(f"its ZIP archive holds {quoted(listed.name)} twice")
        content, begin = _locate(file, size, listed)
        spans.append((begin, content.start + content.size))
        unpacked += listed.size
        if unpacked > largest_output(size):
            raise damaged("its ZIP archive unpacks to far more than a model needs")
        body: Content = content if listed.method == _STORED else Deflated(content, listed.size)
        entries[listed.name] = Entry(listed.name, body, listed.checksum)
    _refuse_overlaps(spans)
    return entries


def wrong_checksums(entries: dict[str, Entry]) -> int:
    """Return how many of ``entries`` do not match the checksum that they state. Raises RefusalError."""
    wrong = 0
    for entry in entries.values():
        if isinstance(entry.content, Stretch):
            checksum = 0
            for start in range(0, entry.content.size, CHUNK):
                checksum = zlib.crc32(entry.content.read(start, min(CHUNK, entry.content.size - start)), checksum)
            wrong += checksum != entry.checksum
    return wrong


def _directory_place(file: IO[bytes], size: int) -> tuple[int, int, int]:
    """Return the number of entries, and the start and length of the directory in bytes."""
    tail_start = max(0, size - _END.size - 0xFFFF)
    file.seek(tail_start)
    tail = file.read(size - tail_start)
    found = tail.rfind(b"PK\5\6")
    if found < 0 or found + _END.size > len(tail):
        raise cut_off("its ZIP archive")
    _, disk, first_disk, here, count, length, start, comment = _END.unpack_from(tail, found)
    if found + _END.size + comment != len(tail):
        raise damaged("something follows the end of its ZIP archive")
    end = tail_start + found
    locator = found - _LOCATOR64.size
    if locator >= 0 and tail.startswith(b"PK\6\7", locator):
        _, _, place, _ = _LOCATOR64.unpack_from(tail, locator)
        end = place
        if place + _END64.size > tail_start + locator:
            raise damaged("the end of its ZIP archive points to a wrong place")
        record = Stretch(file, place, _END64.size).read(0, _END64.size)
        magic, _, _, _, disk, first_disk, here, count, length, start = _END64.unpack(record)
        if magic != b"PK\6\6":
            raise damaged("the end of its ZIP archive points to a wrong place")
    if disk or first_disk or here != count:
        raise RefusalError("it is one part of a split ZIP archive; put the parts together and unpack it first")
    if start + length != end:
        raise damaged("its ZIP directory is not where it should be")
    return count, start, length


def _listed(directory: bytes, place: int) -> tuple[_Listed | None, int]:
    """Return the entry listed at ``place`` (None for a folder), and the place of the next one."""
    if place + _CENTRAL.size > len(directory):
        raise damaged("its ZIP directory ends too early")
    fields = _CENTRAL.unpack_from(directory, place)
    magic, _, _, flags, method, _, _, checksum, packed, size, name_size, extra_size, comment_size, *_ = fields
    attributes, header = fields[-2:]
    name_end = place + _CENTRAL.size + name_size
    end = name_end + extra_size + comment_size
    if magic != b"PK\1\2" or end > len(directory):
        raise damaged("its ZIP directory is garbled")
    name = _checked_name(directory[name_end - name_size : name_end])
    size, packed, header = _wide(directory[name_end : name_end + extra_size], size, packed, header)
    if flags & _ENCRYPTED:
        raise RefusalError("it is locked with a password; unlock it first")
    if (attributes >> 16) & 0o170000 == _LINK:
        raise damaged(f"its ZIP archive holds the link {quoted(name)}")
    if name.endswith("/"):
        if size or packed:
            raise damaged(f"its ZIP archive holds the folder {quoted(name)} with content")
        return None, end
    if method not in (_STORED, _DEFLATED) or (method == _STORED and size != packed):
        raise damaged(f"its ZIP archive packs {quoted(name)} in a way torch never does")
    return _Listed(name, method, checksum, packed, size, header), end


def _checked_name(raw: bytes) -> str:
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise damaged("its ZIP archive holds a name that is no text") from error
    parts = name.removesuffix("/").split("/")
    if len(raw) > LONGEST_NAME or "\\" in name or "\0" in name or ":" in parts[0] or {"", ".", ".."} & set(parts):
        raise damaged(f"its ZIP archive holds the improper name {quoted(name)}")
    return name


def _wide(extra: bytes, size: int, packed: int, header: int) -> tuple[int, int, int]:
    """Return the sizes and the place of an entry; numbers that need 64 bits come from its ``extra`` field."""
    values = [size, packed, header]
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        if kind == 1:
            wide = iter(struct.iter_unpack("<Q", extra[place + 4 : place + 4 + length - length % 8]))
            for index, value in enumerate(values):
                if value == 0xFFFFFFFF:
                    values[index] = next(wide, (value,))[0]
        place += 4 + length
    return values[0], values[1], values[2]


def _locate(file: IO[bytes], size: int, listed: _Listed) -> tuple[Stretch, int]:
    """Return the stored bytes of an entry, and the place of its own header."""
    if listed.header + _LOCAL.size > size:
        raise cut_off("its ZIP archive")
    head = Stretch(file, listed.header, _LOCAL.size).read(0, _LOCAL.size)
    magic, _, _, method, _, _, _, _, _, name_size, extra_size = _LOCAL.unpack(head)
    start = listed.header + _LOCAL.size + name_size + extra_size
    if magic != b"PK\3\4" or method != listed.method:
        raise damaged(f"its ZIP archive describes {quoted(listed.name)} in two different ways")
    if start + listed.packed > size:
        raise cut_off("its ZIP archive")
    if Stretch(file, listed.header + _LOCAL.size, name_size).read(0, name_size) != listed.name.encode():
        raise damaged(f"its ZIP archive calls {quoted(listed.name)} by two names")
    return Stretch(file, start, listed.packed), listed.header


def _refuse_overlaps(spans: list[tuple[int, int]]) -> None:
    spans.sort()
    for (_, end), (start, _) in pairwise(spans):
        if start < end:
            raise damaged("the entries of its ZIP archive overlap")
