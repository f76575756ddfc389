"""Write lossless TIFF files: deflate with a horizontal predictor, and metadata in their usual fields.

Positions in an EXIF block count from its first byte, so the block becomes the beginning of the file. Its inner
directories and maker notes then keep their positions and stay readable.
"""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from mtgui.pictures import ifd
from mtgui.pictures.metadata import Metadata

_STRIP_BYTES = 1 << 18
_EFFORT = 3
_OWN_TAGS = {
    256,
    257,
    258,
    259,
    262,
    266,
    273,
    274,
    277,
    278,
    279,
    282,
    283,
    284,
    296,
    317,
    338,
    339,
    700,
    33723,
    34675,
}
_RGB, _GREY, _DEFLATE, _PREDICTOR = 2, 1, 8, 2


def write(pixels: NDArray[np.uint8] | NDArray[np.uint16], alpha: NDArray[np.uint8] | None, metadata: Metadata) -> bytes:
    """Return a TIFF file of ``pixels`` (C, H, W), uint8 or uint16, and ``alpha`` (H, W) of the same depth.

    Raises ValueError when the file would exceed the 4 GB of the format.
    """
    block = metadata.exif or b"II*\0\x08\0\0\0"
    header = ifd.read_header(block)
    samples = pixels if alpha is None else np.concatenate([pixels, alpha[None]])
    rows = max(1, _STRIP_BYTES // (samples.shape[0] * samples.shape[2] * samples.itemsize))
    strips = [_strip(samples[:, top : top + rows], header.order) for top in range(0, samples.shape[1], rows)]
    position = len(block) + len(block) % 2
    offsets = []
    for strip in strips:
        offsets.append(position)
        position += len(strip)
    position += position % 2
    if position >= 1 << 32:
        raise ValueError("larger than 4 GB")
    fields = [
        *_pixel_fields(samples, pixels.shape[0], rows, header.order),
        ifd.longs(273, offsets, header.order),
        ifd.longs(279, [len(strip) for strip in strips], header.order),
        *_metadata_fields(metadata, header.order),
        *_carried(block, header),
    ]
    directory = ifd.write_directory(fields, position, header.order)
    head = block[:4] + struct.pack(header.order + "I", position) + block[8:]
    body = b"".join((head, b"\0" * (len(block) % 2), *strips))
    return body.ljust(position, b"\0") + directory


def _strip(samples: NDArray[np.uint8] | NDArray[np.uint16], order: str) -> bytes:
    """Return rows (C, rows, W) as one strip: channels interleaved, each sample minus the sample to its left."""
    mixed = np.array(samples.transpose(1, 2, 0), order="C")
    np.subtract(mixed[:, 1:], mixed[:, :-1].copy(), out=mixed[:, 1:])
    if mixed.dtype == np.uint16:
        return zlib.compress(np.asarray(mixed, f"{order}u2").tobytes(), _EFFORT)
    return zlib.compress(mixed.tobytes(), _EFFORT)


def _pixel_fields(
    samples: NDArray[np.uint8] | NDArray[np.uint16], colours: int, rows: int, order: str
) -> list[ifd.Field]:
    channels, height, width = samples.shape
    fields = [
        ifd.longs(256, [width], order),
        ifd.longs(257, [height], order),
        ifd.shorts(258, [8 * samples.itemsize] * channels, order),
        ifd.shorts(259, [_DEFLATE], order),
        ifd.shorts(262, [_RGB if colours == 3 else _GREY], order),
        ifd.shorts(274, [1], order),
        ifd.shorts(277, [channels], order),
        ifd.longs(278, [rows], order),
        ifd.shorts(284, [1], order),
        ifd.shorts(317, [_PREDICTOR], order),
    ]
    if channels > colours:
        fields.append(ifd.shorts(338, [2], order))
    return fields


def _metadata_fields(metadata: Metadata, order: str) -> list[ifd.Field]:
    blocks = (
        (700, ifd.BYTE, metadata.xmp),
        (33723, ifd.UNDEFINED, metadata.iptc),
        (34675, ifd.UNDEFINED, metadata.icc),
    )
    fields = [ifd.Field(tag, kind, len(value), value) for tag, kind, value in blocks if value]
    if metadata.density:
        unit, *numbers = metadata.density
        fields.append(ifd.shorts(296, [unit + 1], order))
        for tag, number in zip((282, 283), numbers, strict=True):
            value = struct.pack(order + "II", min(round(number * 10_000), (1 << 32) - 1), 10_000)
            fields.append(ifd.Field(tag, ifd.RATIONAL, 1, value))
    return fields


def _carried(block: bytes, header: ifd.Header) -> list[ifd.Field]:
    """Return the fields of the EXIF block's first directory unchanged, pointers included."""
    if len(block) <= 8:
        return []
    entries, _ = ifd.read_directory(block, header.first, header)
    return [
        ifd.Field(entry.tag, entry.kind, entry.number, block[entry.start : entry.end])
        for entry in entries
        if entry.tag not in _OWN_TAGS
    ]
