"""JPEG files as chains of segments: take the metadata out before decoding, put them in after encoding."""

import struct

from mtgui.pictures import exif, ifd, iptc, jpeg_scans, orientation, xmp
from mtgui.pictures.formats import PictureRefusedError
from mtgui.pictures.metadata import CREDENTIALS_DROPPED, FILM_DROPPED, PARTS_DROPPED, Metadata, Survey

XMP_PREFIX = xmp.JPEG_PREFIX
_XMP_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
_ICC_PREFIX = b"ICC_PROFILE\0"
_MPF_PREFIX = b"MPF\0"
LARGEST_SEGMENT = 65533
_SMALLEST_PART = 64
_RARE = (
    "it is a JPEG file of a rare kind (with arithmetic coding, lossless or in layers), of which mtgui cannot tell "
    "whether all of its pixels are there; save it as an ordinary JPEG file."
)
_STANDALONE = {0x01, *range(0xD0, 0xD9)}


class _Segments:
    """Gathers the application segments of one file."""

    def __init__(self) -> None:
        self.exif: list[bytes] = []
        self.xmp: bytes | None = None
        self.has_extended_xmp = False
        self.icc: list[bytes] = []
        self.irb: list[bytes] = []
        self.comments: list[bytes] = []
        self.has_credentials = False
        self.density: tuple[int, float, float] | None = None
        self.pictures = 1
        self.bits = 8

    def take(self, marker: int, body: bytes) -> bool:
        """Gather the metadata of one segment. True when the decoder does not need the segment."""
        if marker == 0xE0:
            if body.startswith(b"JFIF\0") and len(body) >= 12:
                unit, x, y = struct.unpack_from(">BHH", body, 7)
                self.density = (unit, x, y) if x and y and unit <= 2 else None
                return False
        elif marker == 0xE1:
            self._take_app1(body)
        elif marker == 0xE2 and body.startswith(_ICC_PREFIX):
            self.icc.append(body[len(_ICC_PREFIX) :])
        elif marker == 0xE2 and body.startswith(_MPF_PREFIX):
            self.pictures = max(self.pictures, _count_pictures(body[len(_MPF_PREFIX) :]))
        elif marker == 0xED and body.startswith(iptc.PHOTOSHOP_PREFIX):
            self.irb.append(body[len(iptc.PHOTOSHOP_PREFIX) :])
        elif marker == 0xEE:
            return False
        elif marker == 0xFE:
            self.comments.append(body)
        elif marker == 0xEB and body.startswith(b"JP"):
            self.has_credentials |= b"c2pa" in body
        return True

    def _take_app1(self, body: bytes) -> None:
        if exif.unprefixed(body) is not body:
            self.exif.append(exif.unprefixed(body))
        elif body.startswith(XMP_PREFIX):
            self.xmp = body[len(XMP_PREFIX) :]
        elif body.startswith(_XMP_EXTENSION):
            self.has_extended_xmp = True


def survey(data: bytes) -> Survey:
    """Survey the JPEG file ``data``. Raises `PictureRefusedError`."""
    segments = _Segments()
    pieces, position, copied = [], 2, 0
    frame, behind = jpeg_scans.Frame(), b""
    while True:
        found = data.find(b"\xff", position)
        if found < 0 or found + 4 > len(data):
            break
        if found > position:
            # Bytes between two segments belong to neither; the decoder would refuse them.
            pieces.append(data[copied:position])
            copied = found
        position = found
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if marker == 0 or marker in _STANDALONE:
            position += 2
            continue
        if marker in (0xD9, 0xDA):
            break
        end = position + 2 + int.from_bytes(data[position + 2 : position + 4], "big")
        is_metadata = 0xE0 <= marker <= 0xEF or marker == 0xFE
        if is_metadata and segments.take(marker, data[position + 4 : end]):
            pieces.append(data[copied:position])
            copied = end
        elif marker in jpeg_scans.FRAMES and position + 5 <= len(data):
            if marker in jpeg_scans.RARE_FRAMES:
                raise PictureRefusedError(_RARE)
            segments.bits = data[position + 4]
            frame = jpeg_scans.Frame.read(marker, data[position + 4 : end])
        position = max(end, position + 2)
    if data[position : position + 2] == b"\xff\xda":
        end, stop, filler = jpeg_scans.prepared(data, position, frame)
        behind = data[end + 2 :].strip(b"\0")
        pieces.extend((data[copied:stop], filler))
    else:
        pieces.append(data[copied:])
    if segments.bits != 8:
        raise PictureRefusedError(
            f"this JPEG has {segments.bits} bits per channel, which cannot be read; save it with 8 bits."
        )
    return _report(segments, b"".join(pieces), behind)


def _report(segments: _Segments, stream: bytes, behind: bytes) -> Survey:
    notes = []
    if segments.pictures > 1:
        left = segments.pictures - 1
        notes.append(
            f"It holds {segments.pictures} pictures; the first was taken, the other {left} left out (a second "
            "view, a preview or a brightness map)."
        )
    if segments.has_extended_xmp:
        notes.append("The overlong part of its XMP data was left out.")
    profile = _join_profile(segments.icc)
    if segments.icc and profile is None:
        notes.append("Its colour profile is incomplete and was left out.")
    block = b"".join(segments.exif) or None
    if segments.has_credentials:
        notes.append(CREDENTIALS_DROPPED)
    if b"ftyp" in behind[:64]:
        notes.append(FILM_DROPPED)
    elif segments.pictures == 1 and len(behind) >= _SMALLEST_PART:
        notes.append(PARTS_DROPPED)
    comments = (body.rstrip(b"\0").decode("utf-8", "replace") for body in segments.comments)
    metadata = Metadata(
        exif=block,
        icc=profile,
        xmp=segments.xmp,
        iptc=iptc.from_resources(b"".join(segments.irb)) if segments.irb else None,
        density=segments.density,
        texts=tuple(("Comment", comment) for comment in comments if comment),
    )
    turn = orientation.stated(block, segments.xmp)
    return Survey(stream, metadata, tuple(notes), is_lossless=False, orientation=turn)


def with_metadata(data: bytes, metadata: Metadata) -> bytes:
    """Return the JPEG file ``data``, as the encoder made it, with ``metadata`` in its segments.

    ``data`` must begin with a JFIF segment, which is replaced. No block may exceed `LARGEST_SEGMENT`.
    """
    unit, x, y = metadata.density or (0, 1.0, 1.0)
    pieces = [b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1" + struct.pack(">BHHBB", unit, _short(x), _short(y), 0, 0)]
    if metadata.exif:
        pieces.append(_segment(0xE1, exif.PREFIX + metadata.exif))
    if metadata.xmp:
        pieces.append(_segment(0xE1, XMP_PREFIX + metadata.xmp))
    if metadata.icc:
        room = LARGEST_SEGMENT - len(_ICC_PREFIX) - 2
        parts = [metadata.icc[i : i + room] for i in range(0, len(metadata.icc), room)]
        for number, part in enumerate(parts, 1):
            pieces.append(_segment(0xE2, _ICC_PREFIX + bytes((number, len(parts))) + part))
    if metadata.iptc:
        pieces.append(_segment(0xED, iptc.PHOTOSHOP_PREFIX + iptc.to_resources(metadata.iptc)))
    for _, text in metadata.texts:
        pieces.append(_segment(0xFE, text.encode()))
    return b"".join((*pieces, data[20:]))


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _short(value: float) -> int:
    return min(max(round(value), 1), 65535)


def _join_profile(parts: list[bytes]) -> bytes | None:
    """Join an ICC profile from its numbered parts; None if parts are missing."""
    numbered = {part[0]: part for part in parts if len(part) > 2}
    if not numbered or len(numbered) != len(parts) or sorted(numbered) != list(range(1, len(parts) + 1)):
        return None
    if any(part[1] != len(parts) for part in parts):
        return None
    return b"".join(numbered[number][2:] for number in sorted(numbered))


def _count_pictures(index: bytes) -> int:
    """Return how many pictures a multi-picture index lists (CIPA DC-007), or 1 if it is damaged."""
    try:
        header = ifd.read_header(index)
        for entry in ifd.read_directory(index, header.first, header)[0]:
            if entry.tag == 0xB001:
                return max([1, *ifd.integers(index, entry, header.order)])
    except (ValueError, struct.error):
        return 1
    return 1
