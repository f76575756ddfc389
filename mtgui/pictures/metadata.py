"""The metadata of a picture file, as found; `mtgui.pictures.cleaning` cleans them."""

from dataclasses import dataclass, field

GAIN_MAP_DROPPED = "Its brightness map for HDR screens was left out."
FILM_DROPPED = "The short film of this motion photo was left out."
PARTS_DROPPED = "Pictures or films stored behind the picture were left out."
CREDENTIALS_DROPPED = "Its content credentials (C2PA) do not fit the marked pixels and were left out."


@dataclass(frozen=True)
class Metadata:
    """Blocks of metadata exactly as in the file; None or empty where the file has none.

    ``exif`` begins with its TIFF header (no ``Exif\\0\\0``) and may still hold the orientation, which the
    pixels already follow, and a thumbnail. ``icc`` is a whole profile, ``xmp`` a packet, ``iptc`` a chain of
    IIM data sets. ``density`` is (unit, x, y) in the sense of JFIF: unit 0 none, 1 per inch, 2 per
    centimetre. ``png_chunks`` are PNG chunks (type, data) that state colours, also those of files of other formats.
    ``texts`` are comments as (keyword, text).
    """

    exif: bytes | None = None
    icc: bytes | None = None
    xmp: bytes | None = None
    iptc: bytes | None = None
    density: tuple[int, float, float] | None = None
    png_chunks: tuple[tuple[bytes, bytes], ...] = ()
    texts: tuple[tuple[str, str], ...] = field(default=())


@dataclass(frozen=True)
class Survey:
    """What is known of a file before its pixels are decoded.

    ``stream`` is the input of the decoder: the file without its metadata if possible, so that damaged metadata can
    neither spoil the picture nor make the decoder warn. ``bits`` is per channel. ``orientation`` must still be applied
    to the pixels. For greys of more than 8 bits, ``is_inverted`` means that zero is white, and ``is_unscaled`` that
    they lie in the low bits of a 16-bit number, not in the high ones. ``transparent`` is the raw tRNS of a PNG.
    ``is_grey`` means that red, green and blue are the same where the decoder gives three.
    """

    stream: bytes
    metadata: Metadata = Metadata()
    notes: tuple[str, ...] = ()
    is_lossless: bool = True
    bits: int = 8
    orientation: int = 1
    is_inverted: bool = False
    is_unscaled: bool = False
    transparent: bytes | None = None
    is_grey: bool = False
