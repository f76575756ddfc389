"""TIFF files whose strips or tiles are deflate streams: whether the checksums of these are right."""

import zlib

from mtgui.pictures import ifd, tiff_layout
from mtgui.pictures.damage_words import COPY_AGAIN
from mtgui.pictures.formats import PictureRefusedError

_DEFLATE = {8, 32946}
_AT_A_TIME = 1 << 20
_WRONG = f"its compressed pixels from byte {{}} on have a wrong checksum or are damaged otherwise; {COPY_AGAIN}."


def check(stream: bytes) -> None:
    """Unpack each strip or tile of the TIFF file ``stream`` if it is deflated. Raises `PictureRefusedError`.

    The TIFF decoder stops at the last row, before the checksum.
    """
    header = ifd.read_header(stream)
    page, _ = ifd.directory(stream, header.first, header)
    if page.number(259, 1) not in _DEFLATE:
        return
    layout = tiff_layout.read(page)
    whole = memoryview(stream)
    for start, size in zip(layout.offsets, layout.counts, strict=False):
        if not _is_sound(whole[start : start + size], _largest(layout)):
            raise PictureRefusedError(_WRONG.format(start))


def _largest(layout: tiff_layout.Layout) -> int:
    """Return how many bytes a strip or tile has when unpacked."""
    rows, columns = layout.block
    return rows * -(-columns * sum(layout.bits) // 8)


def _is_sound(strip: memoryview, largest: int) -> bool:
    """True unless ``strip`` or its checksum is wrong.

    A strip may lack its checksum, and may be somewhat longer than its rows; one that is both is damaged.
    """
    inflater, rest, found = zlib.decompressobj(), bytes(strip), 0
    try:
        while rest and not inflater.eof and found <= 2 * largest + _AT_A_TIME:
            found += len(inflater.decompress(rest, _AT_A_TIME))
            rest = inflater.unconsumed_tail
    except zlib.error:
        return False
    return inflater.eof or found <= largest
