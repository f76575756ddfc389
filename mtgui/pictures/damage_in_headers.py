"""What is wrong with the headers of BMP, TGA, PPM and TIFF files; None where they are sound."""

import re
import struct

from mtgui.pictures import ifd
from mtgui.pictures.damage_words import (
    COPY_AGAIN,
    PIXELS_DAMAGED,
    SAVE_AGAIN,
    cut_short,
    missing,
    no_size,
    unknown,
    wrong_at,
)

_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}
_BMP_BITS = {1, 2, 4, 8, 16, 24, 32}
_BMP_COMPRESSIONS = {0, 1, 2, 3, 6}
_BMP_RUNS = {1: 8, 2: 4}
_PPM_WORD = re.compile(rb"(?:\s|#[^\r\n]*[\r\n])+([^\s#]+)")
_TIFF_COMPRESSIONS = {
    1: "none",
    2: "CCITT",
    3: "fax",
    4: "fax",
    5: "LZW",
    6: "old JPEG",
    7: "JPEG",
    8: "deflate",
    32773: "PackBits",
    32946: "deflate",
    34925: "LZMA",
    50000: "Zstandard",
    50001: "WebP",
}
_WEBP = 50001


def bmp(data: bytes) -> str | None:
    """Look at the header of a BMP file."""
    if len(data) < 26:
        return cut_short(26 - len(data))
    start, size = struct.unpack_from("<II", data, 10)
    if size not in _BMP_HEADERS:
        return unknown("the header", size)
    if len(data) < 14 + size:
        return cut_short(14 + size - len(data))
    if size == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        compression = 0
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    if width < 1 or not height:
        return no_size(width, height)
    if bits not in _BMP_BITS:
        return f"its header states {bits} bits per pixel, which no BMP file has; {COPY_AGAIN}."
    if compression not in _BMP_COMPRESSIONS:
        return unknown("the compression", compression)
    if _BMP_RUNS.get(compression, bits) != bits:
        return (
            f"its header states {bits} bits for compression no. {compression}, which do not go together; {COPY_AGAIN}."
        )
    if not 14 + size <= start:
        return wrong_at("the place of its pixels, which is stated", 10)
    if start > len(data):
        return cut_short(start - len(data))
    needed = start + abs(height) * (-(-width * bits // 32) * 4)
    if compression not in _BMP_RUNS and needed > len(data):
        return cut_short(needed - len(data))
    if compression in _BMP_RUNS:
        return PIXELS_DAMAGED
    return f"its table of colours is damaged; {COPY_AGAIN}." if bits <= 8 else None


def tga(data: bytes) -> str | None:
    """Look at the header of a TGA file."""
    if len(data) < 18:
        return cut_short(18 - len(data))
    length, _, kind, _, colours, colour_bits, _, _, width, height, bits, _ = struct.unpack_from("<BBBHHBHHHHBB", data)
    if not width or not height:
        return no_size(width, height)
    if kind in (1, 9) and not colours:
        return missing("its table of colours")
    start = 18 + length + colours * -(-colour_bits // 8)
    needed = start + height * (-(-width // 8) if bits == 1 else width * -(-bits // 8))
    if kind < 8 and needed > len(data):
        return cut_short(needed - len(data))
    if start > len(data):
        return cut_short(start - len(data))
    return f"its header is whole, but compressed pixels are damaged or missing; {COPY_AGAIN}." if kind > 8 else None


def ppm(data: bytes) -> str | None:
    """Look at the header of a PPM, PGM or PBM file."""
    kind = data[1] - ord("0")
    names = ("width", "height") if kind in (1, 4) else ("width", "height", "white")
    values, position = [], 2
    for name in names:
        word = _PPM_WORD.match(data, position)
        if word is None:
            return f"the {name} in its header is missing; {COPY_AGAIN}."
        if not word[1].isdigit() or len(word[1]) > 9:
            return wrong_at(f"the {name} in its header", word.start(1))
        values.append(int(word[1]))
        position = word.end()
    width, height = values[:2]
    if not width or not height:
        return no_size(width, height)
    white = values[2] if len(values) > 2 else 1
    if not 0 < white < 1 << 16:
        return f"its header states {white} for white, which must be 1 to 65535; {COPY_AGAIN}."
    samples = width * height * (3 if kind in (3, 6) else 1)
    if kind < 4:
        return f"the numbers of its pixels are damaged or too few; {COPY_AGAIN}."
    needed = position + 1 + (-(-width // 8) * height if kind == 4 else samples * (1 + (white > 255)))
    return cut_short(needed - len(data)) if needed > len(data) else None


def tiff(data: bytes) -> str | None:
    """Look at the first directory of a TIFF file."""
    if len(data) < 8:
        return cut_short(8 - len(data))
    header = ifd.read_header(data)
    if header.first >= len(data) - 2:
        return f"its list of fields should be at byte {header.first}, but the file ends at {len(data)}; {COPY_AGAIN}."
    if header.first < 8:
        return wrong_at("the place of its list of fields, which is stated", 4)
    try:
        page, _ = ifd.directory(data, header.first, header)
    except ValueError:
        return wrong_at("its list of fields", header.first)
    width, height = page.number(256, 0), page.number(257, 0)
    if not {256, 257} <= page.fields.keys():
        return missing("the width or the height of its picture")
    if width < 1 or height < 1:
        return no_size(width, height)
    compression = page.number(259, 1)
    if compression not in _TIFF_COMPRESSIONS:
        return unknown("the compression", compression)
    if not {273, 324} & page.fields.keys():
        return missing("the place of its pixels")
    if compression == _WEBP:
        return "its pixels are compressed as WebP, which mtgui does not read inside TIFF; save it as PNG."
    if compression > 1:
        name = _TIFF_COMPRESSIONS[compression]
        return f"its list of fields is whole, but its compressed pixels ({name}) are damaged; {COPY_AGAIN}."
    return f"its list of fields contradicts itself; {SAVE_AGAIN}, or {COPY_AGAIN}."
