"""Picture files made on the spot for the tests of mtgui.pictures."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mtgui.pictures import ifd

THUMBNAIL_COLOUR = (250, 20, 190)


def noise(height: int, width: int, channels: int, seed: int = 0) -> NDArray[np.uint8]:
    """Return random pixels, (H, W, C), or (H, W) for one channel."""
    state = zlib.crc32(bytes((seed, channels)))
    data = bytearray()
    while len(data) < height * width * channels:
        state = zlib.crc32(struct.pack("<I", state))
        data += struct.pack("<I", state)
    pixels = np.frombuffer(bytes(data[: height * width * channels]), np.uint8)
    return pixels.reshape((height, width) if channels == 1 else (height, width, channels))


def wide_noise(height: int, width: int) -> NDArray[np.uint16]:
    """Return random grey pixels of 16 bits, (H, W)."""
    return np.ascontiguousarray(noise(height, width, 2)).view(np.uint16).reshape(height, width)


def smooth(height: int, width: int) -> NDArray[np.uint8]:
    """Return a gradient, (H, W, 3), that survives JPEG well and has four different corners."""
    rows, columns = np.mgrid[0:height, 0:width]
    planes = [rows * 255 // height, columns * 255 // width, (rows + columns) * 255 // (height + width)]
    return np.stack(planes, -1).astype(np.uint8)


def encoded(image: Image.Image, format_name: str, **options: Any) -> bytes:
    """Return ``image`` as Pillow writes it."""
    out = io.BytesIO()
    image.save(out, format_name, **options)
    return out.getvalue()


def stored(path: Path, data: bytes) -> Path:
    """Write ``data`` to ``path`` and return it."""
    path.write_bytes(data)
    return path


def thumbnail() -> bytes:
    """Return a small JPEG picture, as cameras embed them."""
    return encoded(Image.new("RGB", (16, 12), THUMBNAIL_COLOUR), "JPEG")


def exif_block(
    *, order: str = "<", orientation: int = 1, size: tuple[int, int] = (40, 30), maker_note: bytes = b"note" * 8
) -> bytes:
    """Return an EXIF block with artist, sizes, position, maker note and a JPEG thumbnail in a second directory."""

    def number(tag: int, value: int) -> ifd.Field:
        return ifd.Field(tag, ifd.SHORT, 1, struct.pack(order + "H", value))

    def pointer(tag: int, value: int) -> ifd.Field:
        return ifd.Field(tag, ifd.LONG, 1, struct.pack(order + "I", value))

    def text(tag: int, value: bytes) -> ifd.Field:
        return ifd.Field(tag, ifd.ASCII, len(value), value)

    latitude = struct.pack(order + "6I", 48, 1, 51, 1, 30, 1)
    inner = [
        number(0xA002, size[0]),
        number(0xA003, size[1]),
        ifd.Field(0x927C, ifd.UNDEFINED, len(maker_note), maker_note),
    ]
    gps = [text(1, b"N\0"), ifd.Field(2, ifd.RATIONAL, 3, latitude)]
    first = [number(0x112, orientation), text(0x13B, b"Ada Lovelace\0"), pointer(0x8769, 0), pointer(0x8825, 0)]
    inner_at = 8 + len(ifd.write_directory(first, 8, order))
    gps_at = inner_at + len(ifd.write_directory(inner, inner_at, order))
    second_at = gps_at + len(ifd.write_directory(gps, gps_at, order))
    small = thumbnail()
    small_at = second_at + 2 + 2 * 12 + 4
    second = [pointer(0x201, small_at), pointer(0x202, len(small))]
    first[2:] = [pointer(0x8769, inner_at), pointer(0x8825, gps_at)]
    head = bytearray(ifd.write_directory(first, 8, order))
    next_at = 2 + 12 * len(first)
    head[next_at : next_at + 4] = struct.pack(order + "I", second_at)
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return b"".join(
        (
            mark,
            struct.pack(order + "I", 8),
            head,
            ifd.write_directory(inner, inner_at, order),
            ifd.write_directory(gps, gps_at, order),
            ifd.write_directory(second, second_at, order),
            small,
        )
    )


def with_segments(jpeg: bytes, *segments: tuple[int, bytes]) -> bytes:
    """Return the file ``jpeg`` with application segments (marker, body) put after its first marker."""
    made = [struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body for marker, body in segments]
    return jpeg[:2] + b"".join(made) + jpeg[2:]


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """Return one PNG chunk with its checksum."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunks(png: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """Return the file ``png`` with chunks put after its header."""
    return png[:33] + b"".join(png_chunk(kind, body) for kind, body in chunks) + png[33:]


def raw_png(pixels: NDArray[Any], colour: int, bits: int, *, is_interlaced: bool = False, lost: int = 0) -> bytes:
    """Return a PNG file of rows of samples as they are, ``colour`` being the PNG colour type.

    The last ``lost`` bytes of its rows are left out before they are compressed.
    """
    height, width = pixels.shape[:2]
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    parts = [pixels[top::down, left::across] for top, left, down, across in passes] if is_interlaced else [pixels]
    rows = b"".join(b"\0" + row.astype(f">u{bits // 8}").tobytes() for part in parts if part.size for row in part)
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, int(is_interlaced))
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows[: len(rows) - lost])), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(kind, body) for kind, body in chunks)


def raw_tiff(pixels: NDArray[Any], *, photometric: int, order: str = "<", more: tuple[ifd.Field, ...] = ()) -> bytes:
    """Return an uncompressed TIFF file of ``pixels``, (H, W) or (H, W, C), of any sample type."""
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    data = pixels.astype(pixels.dtype.newbyteorder("<" if order == "<" else ">")).tobytes()
    kinds = {"u": 1, "i": 2, "f": 3}

    def shorts(tag: int, *values: int) -> ifd.Field:
        return ifd.Field(tag, ifd.SHORT, len(values), struct.pack(f"{order}{len(values)}H", *values))

    fields = [
        shorts(256, width),
        shorts(257, height),
        shorts(258, *[8 * pixels.dtype.itemsize] * channels),
        shorts(259, 1),
        shorts(262, photometric),
        ifd.Field(273, ifd.LONG, 1, struct.pack(order + "I", 8)),
        shorts(277, channels),
        shorts(278, height),
        ifd.Field(279, ifd.LONG, 1, struct.pack(order + "I", len(data))),
        shorts(339, *[kinds[pixels.dtype.kind]] * channels),
    ]
    own = {field.tag for field in more}
    fields = [field for field in fields if field.tag not in own] + list(more)
    data += b"\0" * (len(data) % 2)
    mark = b"II*\0" if order == "<" else b"MM\0*"
    at = 8 + len(data)
    return mark + struct.pack(order + "I", at) + data + ifd.write_directory(fields, at, order)
