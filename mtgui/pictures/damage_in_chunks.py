"""What is wrong with the structure of PNG, JPEG, WebP and GIF files; None where it is sound."""

import struct
import zlib

from mtgui.pictures import jpeg_scans
from mtgui.pictures.damage_words import (
    COPY_AGAIN,
    PIXELS_DAMAGED,
    cut_short,
    missing,
    no_size,
    shown,
    unknown,
    wrong_at,
    zeros_from,
)

_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


def png(data: bytes) -> str | None:
    """Look through the chunks of a PNG file."""
    position, kinds, pixels = 8, list[bytes](), list[bytes]()
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        end = position + 12 + length
        if not kind.isalpha() or not kind.isascii():
            return wrong_at("the part of the file that should begin", position)
        if end > len(data):
            return cut_short(end - len(data), shown(kind))
        if (
            kind[:1].isupper()
            and zlib.crc32(data[position + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]
        ):
            return f"the checksum of its part {shown(kind)} at byte {position} is wrong; {COPY_AGAIN}."
        if not kinds and (kind != b"IHDR" or length != 13):
            return missing("its header (IHDR)")
        if not kinds and (wrong := _png_header(data)):
            return wrong
        kinds.append(kind)
        if kind == b"IDAT":
            pixels.append(data[position + 8 : end - 4])
        position = end
        if kind == b"IEND":
            break
    if not pixels:
        return missing("every part with pixels (IDAT)")
    if data[25] == 3 and b"PLTE" not in kinds:
        return missing("its table of colours (PLTE)")
    try:
        zlib.decompressobj().decompress(b"".join(pixels), 1)
    except zlib.error:
        return PIXELS_DAMAGED
    return None if b"IEND" in kinds else cut_short(12, "IEND")


def _png_header(data: bytes) -> str | None:
    width, height, bits, colour, packing, filtering, interlace = struct.unpack_from(">IIBBBBB", data, 16)
    if not 0 < width < 1 << 31 or not 0 < height < 1 << 31:
        return no_size(width, height)
    if colour not in _DEPTHS:
        return unknown("the kind of colours", colour)
    if bits not in _DEPTHS[colour]:
        return f"its header states {bits} bits for colours no. {colour}, which do not go together; {COPY_AGAIN}."
    for what, number, most in (
        ("the compression", packing, 0),
        ("the filter", filtering, 0),
        ("the order", interlace, 1),
    ):
        if number > most:
            return unknown(what, number)
    return None


def jpeg(data: bytes) -> str | None:
    """Look through the segments of a JPEG file."""
    position, frame = 2, b""
    tables = set[int]()
    while position + 4 <= len(data):
        position = data.find(b"\xff", position)
        if position < 0 or position + 4 > len(data):
            break
        marker, length = struct.unpack_from(">xBH", data, position)
        if marker in (0xFF, 0, 1) or 0xD0 <= marker <= 0xD8:
            position += 1 if marker == 0xFF else 2
            continue
        body = data[position + 4 : position + 2 + length]
        if marker == 0xD9:
            break
        if length < 2:
            return wrong_at("the length of the part", position)
        if position + 2 + length > len(data):
            return cut_short(position + 2 + length - len(data))
        if marker in _FRAMES:
            frame = body
            if wrong := _frame(frame):
                return wrong
        elif marker == 0xDB:
            tables |= _numbers(body)
        elif marker == 0xDA:
            return _scan(frame, body, tables) or _after_scan(data, position)
        position += 2 + length
    return missing("every part with pixels") if frame else missing("its header, and with it the size of the picture,")


def _frame(frame: bytes) -> str | None:
    if len(frame) < 6 or len(frame) < 6 + 3 * frame[5]:
        return f"its header is too short; {COPY_AGAIN}."
    height, width = struct.unpack_from(">HH", frame, 1)
    if not width or not height:
        return no_size(width, height)
    if frame[5] not in (1, 3, 4):
        return f"its header states {frame[5]} channels, which no usual JPEG file has; {COPY_AGAIN}."
    if any(not 0 < part <= 4 for step in frame[7 : 6 + 3 * frame[5] : 3] for part in (step >> 4, step & 15)):
        return f"its header states channels of an impossible size; {COPY_AGAIN}."
    return None


def _numbers(body: bytes) -> set[int]:
    """Return the numbers of the tables of steps in a segment of them."""
    found, at = set[int](), 0
    while at < len(body):
        found.add(body[at] & 0x0F)
        at += 1 + 64 * (1 + (body[at] >> 4 & 1))
    return found


def _scan(frame: bytes, scan: bytes, tables: set[int]) -> str | None:
    if not frame:
        return missing("its header, and with it the size of the picture,")
    if not scan or len(scan) < 4 + 2 * scan[0] or not {*scan[1 : 1 + 2 * scan[0] : 2]} <= {*frame[6::3]}:
        return f"the header of its pixels does not fit the picture; {COPY_AGAIN}."
    if not {*frame[8::3]} <= tables:
        return missing("a table by which its colours are stored")
    return None


def _after_scan(data: bytes, start: int) -> str:
    end = jpeg_scans.end_of(data, start)
    hole = jpeg_scans.hole_in(data, start, end)
    if hole is not None:
        return zeros_from(hole)
    if data[end : end + 2] != jpeg_scans.END:
        return f"the file ends too early, within its compressed pixels; {COPY_AGAIN}."
    return f"its header is whole, but compressed pixels are damaged or missing; {COPY_AGAIN}."


def webp(data: bytes) -> str | None:
    """Look through the chunks of a WebP file."""
    size = int.from_bytes(data[4:8], "little")
    position, kinds = 12, list[bytes]()
    while position + 8 <= min(len(data), 8 + size):
        kind, length = struct.unpack_from("<4sI", data, position)
        if not kind.isascii() or not shown(kind).strip().isalnum():
            return wrong_at("the part of the file that should begin", position)
        if position + 8 + length > len(data):
            return cut_short(position + 8 + length - len(data), shown(kind))
        body = data[position + 8 : position + 18]
        if kind == b"VP8 " and body[3:6] != b"\x9d\x01\x2a":
            return wrong_at("the beginning of its compressed pixels", position + 8)
        if kind == b"VP8 " and not all(struct.unpack_from("<HH", body, 6)):
            return no_size(*struct.unpack_from("<HH", body, 6))
        if kind == b"VP8L" and body[:1] != b"\x2f":
            return wrong_at("the beginning of its compressed pixels", position + 8)
        kinds.append(kind)
        position += 8 + length + length % 2
    if 8 + size > len(data):
        return cut_short(8 + size - len(data))
    if not {b"VP8 ", b"VP8L", b"ANMF"} & {*kinds}:
        return missing("every part with pixels (VP8)")
    return PIXELS_DAMAGED


def gif(data: bytes) -> str | None:
    """Look through the blocks of a GIF file."""
    if len(data) < 13:
        return cut_short(13 - len(data))
    position, has_table = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0), bool(data[10] & 0x80)
    has_frame = False
    while position < len(data) and data[position] != 0x3B:
        if data[position] not in (0x21, 0x2C):
            return wrong_at("the part of the file that should begin", position)
        if data[position] == 0x2C:
            width, height, flags = struct.unpack_from("<HHB", data, position + 5)
            if not width or not height:
                return no_size(width, height)
            if not flags & 0x80 and not has_table:
                return missing("its table of colours")
            position += 10 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
            if not 2 <= data[position] <= 8:
                return unknown("the width of codes", data[position])
            position, has_frame = position + 1, True
        else:
            position += 2
        while position < len(data) and data[position]:
            position += 1 + data[position]
        position += 1
    if position > len(data):
        return cut_short(position - len(data))
    return PIXELS_DAMAGED if has_frame else missing("every part with pixels")
