"""Pixels that a file does not hold are never made up, also where the file pretends to be whole."""

import contextlib
import random
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtgui.common.errors import PictureError
from mtgui.pictures import ifd, tiff_layout
from mtgui.pictures.decoding import decode, decode_small
from tests.pictures.picture_samples import encoded, noise, png_chunk, smooth, stored

pytestmark = pytest.mark.exhaustive

PIXELS = (smooth(60, 80) & 0xF0) | (noise(60, 80, 3) & 0x0F)
PICTURE = Image.fromarray(PIXELS)
EARLY = r"ends too early|cut short|lacks|passes"
JPEGS: dict[str, dict[str, object]] = {
    "usual": {},
    "full colours": {"subsampling": 0},
    "optimised": {"optimize": True},
    "fine": {"quality": 98},
    "restarts": {"restart_marker_blocks": 4},
    "progressive": {"progressive": True},
    "fine and progressive": {"progressive": True, "quality": 98, "subsampling": 0},
}


def jpeg(kind: str, mode: str = "RGB") -> bytes:
    return encoded(PICTURE.convert(mode), "JPEG", **JPEGS[kind])


def start_of_pixels(data: bytes) -> int:
    at = data.index(b"\xff\xda")
    return at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")


def cuts(start: int, end: int) -> list[int]:
    return random.Random(end).sample(range(start, end), 30)


def refuses_or_agrees(path: Path, data: bytes, whole: np.ndarray) -> bool:
    """Return True when ``data`` is refused; every pixel of a picture that is not must be right."""
    stored(path, data)
    try:
        assert np.array_equal(decode(path).pixels, whole)
    except PictureError:
        with pytest.raises(PictureError):
            decode_small(path, 200)
        return True
    return False


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("kind", JPEGS)
def test_a_cut_jpeg_is_refused_although_it_has_an_end(tmp_path: Path, kind: str, mode: str) -> None:
    data = jpeg(kind, mode)
    end = len(data) - 2
    decode(stored(tmp_path / "a.jpg", data))
    for at in cuts(start_of_pixels(data), end - 8)[: 30 if mode == "RGB" else 6]:
        for tail in (b"\xff\xd9", bytes(len(data) - at), bytes(len(data) - at - 2) + b"\xff\xd9", b"\xff\xd9" * 9, b""):
            stored(tmp_path / "a.jpg", data[:at] + tail)
            for read in (decode, lambda path: decode_small(path, 200)):
                with pytest.raises(PictureError):
                    read(tmp_path / "a.jpg")


@pytest.mark.parametrize("kind", JPEGS)
def test_what_follows_a_whole_jpeg_does_not_matter(tmp_path: Path, kind: str) -> None:
    data = jpeg(kind)
    whole = decode(stored(tmp_path / "a.jpg", data)).pixels
    with Image.open(tmp_path / "a.jpg") as image:
        assert np.array_equal(np.moveaxis(np.asarray(image), -1, 0), whole)
    tails = [bytes(700), b"\xff\xd9", b"\n", data, b"\0\0\0\x18ftypmp42" + bytes(80)]
    for padding in (bytes(3), bytes(300), b"\xff" * 40):
        padded = data[:-2] + padding + b"\xff\xd9"
        assert np.array_equal(decode(stored(tmp_path / "a.jpg", padded)).pixels, whole)
    for tail in tails:
        assert np.array_equal(decode(stored(tmp_path / "a.jpg", data + tail)).pixels, whole)


def test_a_progressive_jpeg_without_its_last_passes_is_refused(tmp_path: Path) -> None:
    data = jpeg("progressive")
    scans = [match.start() for match in re.finditer(rb"\xff\xda\0[\x08\x0c]", data)]
    assert len(scans) > 6
    for at in scans[1:]:
        table = data.rfind(b"\xff\xc4", 0, at)
        for end in {at, table if table > scans[0] else at}:
            with pytest.raises(PictureError, match=EARLY):
                decode(stored(tmp_path / "a.jpg", data[:end] + b"\xff\xd9"))


def scans_of_one_channel() -> bytes:
    """Return a JPEG file with a scan for each channel, put together from three grey files with the same tables."""
    greys = [encoded(channel, "JPEG", quality=90) for channel in PICTURE.convert("YCbCr").split()]
    first = greys[0]
    frame, scan = first.index(b"\xff\xc0"), first.index(b"\xff\xda")
    channels = b"".join(bytes((number, 0x11, 0)) for number in (1, 2, 3))
    header = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, PICTURE.height, PICTURE.width, 3) + channels
    data = first[:frame] + header + first[frame + 13 : scan]
    for number, grey in enumerate(greys, 1):
        data += b"\xff\xda\0\x08\1" + bytes((number, 0)) + b"\0\x3f\0" + grey[start_of_pixels(grey) : -2]
    return data + b"\xff\xd9"


def test_a_jpeg_with_a_scan_for_each_channel_is_read_and_refused_when_cut(tmp_path: Path) -> None:
    data = scans_of_one_channel()
    with Image.open(stored(tmp_path / "a.jpg", data)) as image:
        assert np.array_equal(np.moveaxis(np.asarray(image), -1, 0), decode(tmp_path / "a.jpg").pixels)
    for at in cuts(start_of_pixels(data), len(data) - 12):
        with pytest.raises(PictureError):
            decode(stored(tmp_path / "a.jpg", data[:at] + b"\xff\xd9"))


@pytest.mark.parametrize("size", [(1, 1), (7, 9), (8, 8), (16, 16), (17, 33), (640, 3), (1, 500)])
@pytest.mark.parametrize("kind", JPEGS)
def test_whole_jpegs_of_every_size_are_read(tmp_path: Path, kind: str, size: tuple[int, int]) -> None:
    for picture in (PICTURE.resize(size), Image.new("RGB", size, (255, 255, 255)), Image.new("L", size)):
        data = encoded(picture, "JPEG", **JPEGS[kind])
        with Image.open(stored(tmp_path / "a.jpg", data)) as image:
            found = np.asarray(image)
        expected = np.moveaxis(found, -1, 0) if found.ndim == 3 else found[None]
        assert np.array_equal(decode(tmp_path / "a.jpg").pixels, expected)


def test_a_cut_jpeg_is_refused_whatever_marker_follows(tmp_path: Path) -> None:
    for kind in ("usual", "optimised", "restarts"):
        data = jpeg(kind)
        start, end = start_of_pixels(data), len(data) - 30
        after_fill = [at + 1 for at in range(start, end) if data[at : at + 2] == b"\xff\0"]
        for at in (*cuts(start, end)[:12], *after_fill[:6]):
            for tail in (
                b"\xff\xd9",
                b"\xff\xff\xd9",
                b"\xff\xfe\0\4ab\xff\xd9",
                b"\xff\xd3\xff\xd9",
                b"\xff\xfd\xff\xd9",
            ):
                with pytest.raises(PictureError):
                    decode(stored(tmp_path / "a.jpg", data[:at] + tail))


def test_a_marker_in_the_middle_of_the_pixels_is_damage(tmp_path: Path) -> None:
    data = jpeg("usual")
    for at in cuts(start_of_pixels(data), len(data) - 30)[:12]:
        for marker in (b"\xff\xd0", b"\xff\xd9", b"\xff\x01", b"\xff\xc4"):
            with pytest.raises(PictureError):
                decode(stored(tmp_path / "a.jpg", data[:at] + marker + data[at + 2 :]))


def test_a_part_between_restarts_that_is_missing_is_damage(tmp_path: Path) -> None:
    data = jpeg("restarts")
    marks = [match.start() for match in re.finditer(rb"\xff[\xd0-\xd7]", data[start_of_pixels(data) :])]
    first, second = (mark + start_of_pixels(data) for mark in marks[:2])
    with pytest.raises(PictureError):
        decode(stored(tmp_path / "a.jpg", data[:first] + data[second:]))


@pytest.mark.parametrize("kind", ["usual", "full colours", "fine", "restarts"])
def test_a_hole_of_zeros_in_a_jpeg_is_refused(tmp_path: Path, kind: str) -> None:
    data = jpeg(kind)
    start, end = start_of_pixels(data), len(data) - 100
    for at in cuts(start, end):
        hole = bytes(min(end - at, 400) + 70)
        with pytest.raises(PictureError):
            decode(stored(tmp_path / "a.jpg", data[:at] + hole + data[at + len(hole) :]))


def test_zeros_of_flat_colours_are_no_hole(tmp_path: Path) -> None:
    data = encoded(Image.new("L", (900, 900), 90), "JPEG", optimize=True)
    assert bytes(100) in data
    assert set(decode(stored(tmp_path / "a.jpg", data)).pixels.ravel().tolist()) == {90}


def test_of_lost_ends_of_a_few_bytes_nearly_all_are_noticed(tmp_path: Path) -> None:
    noticed = total = 0
    for quality in range(30, 100, 3):
        data = encoded(PICTURE.rotate(quality), "JPEG", quality=quality, optimize=quality % 2 == 0)
        for lost in range(1, 8):
            total += 1
            with contextlib.suppress(PictureError):
                decode(stored(tmp_path / "a.jpg", data[: -2 - lost] + b"\xff\xd9"))
                continue
            noticed += 1
    assert noticed > 0.8 * total


def test_cut_strips_of_jpeg_in_a_tiff_are_refused(tmp_path: Path) -> None:
    data = encoded(PICTURE, "TIFF", compression="jpeg", quality=90)
    decode(stored(tmp_path / "a.tif", data))
    start, end = start_of_pixels(data), data.index(b"\xff\xd9", start_of_pixels(data))
    for at in cuts(start, end - 8):
        cut = data[:at] + b"\xff\xd9" + bytes(end - at) + data[end + 2 :]
        with pytest.raises(PictureError):
            decode(stored(tmp_path / "a.tif", cut))


def whole_and_cut(kind: str) -> tuple[str, bytes, Callable[[int], bytes], range]:
    """Return name and content of a file, a function that cuts it there and mends what tells of it, and places."""
    if kind == "gif":
        data = encoded(PICTURE.quantize(64), "GIF")
        start = data.index(b"\x2c", 13 + 192) + 11
        blocks, at = b"", start
        while data[at]:
            blocks += data[at + 1 : at + 1 + data[at]]
            at += 1 + data[at]

        def cut_gif(size: int) -> bytes:
            kept = blocks[:size]
            pieces = (kept[i : i + 255] for i in range(0, len(kept), 255))
            return data[:start] + b"".join(bytes((len(piece),)) + piece for piece in pieces) + b"\0\x3b"

        return "a.gif", data, cut_gif, range(len(blocks) - 3)
    if kind in ("webp", "lossless.webp"):
        data = encoded(PICTURE, "WEBP", lossless=kind != "webp", quality=90)

        def cut_webp(size: int) -> bytes:
            kept = data[: size // 2 * 2]
            kept = kept[:4] + struct.pack("<I", len(kept) - 8) + kept[8:]
            return kept[:16] + struct.pack("<I", len(kept) - 20) + kept[20:]

        return "a.webp", data, cut_webp, range(40, len(data) - 16)
    if kind == "avif":
        data = encoded(PICTURE, "AVIF", quality=90)
        start = data.index(b"mdat") + 4
        place = data.index(b"iloc") + 22

        def cut_avif(size: int) -> bytes:
            kept = bytearray(data[:size])
            kept[start - 8 : start - 4] = struct.pack(">I", size - start + 8)
            kept[place : place + 4] = struct.pack(">I", size - start)
            return bytes(kept)

        return "a.avif", data, cut_avif, range(start + 20, len(data) - 20)
    if kind == "png":
        data = encoded(PICTURE, "PNG")
        rows = b"".join(b"\0" + row.tobytes() for row in PIXELS)

        def cut_png(size: int) -> bytes:
            return data[:33] + png_chunk(b"IDAT", zlib.compress(rows[:size])) + png_chunk(b"IEND", b"")

        return "a.png", data, cut_png, range(len(rows))
    if kind == "rle.bmp":
        indexes = np.asarray(PICTURE.quantize(64))
        body = b"".join(b"".join(bytes((1, value)) for value in row) + b"\0\0" for row in indexes[::-1]) + b"\0\1"
        head = struct.pack("<IiiHHIIiiII", 40, 80, 60, 1, 8, 1, len(body), 0, 0, 256, 0) + bytes(range(256)) * 4
        data = b"BM" + struct.pack("<IHHI", 1078 + len(body), 0, 0, 1078) + head + body
        return "a.bmp", data, lambda size: data[: size // 2 * 2] + b"\0\1", range(1078, len(data) - 2)
    if kind == "words.ppm":
        data = b"P3 80 60 255\n" + b" ".join(b"%d" % value for value in PIXELS.ravel()) + b"\n"
        return "a.ppm", data, lambda size: data[:size] + b"\n", range(20, len(data) - 8)
    if kind == "bare.j2k":
        data = encoded(PICTURE, "JPEG2000", no_jp2=True, irreversible=True)
        return "a.j2k", data, lambda size: data[:size] + b"\xff\xd9", range(200, len(data) - 8)
    data = encoded(PICTURE, {"raw.bmp": "BMP", "raw.ppm": "PPM", "raw.tga": "TGA"}[kind])
    return f"a.{kind[4:]}", data, lambda size: data[:size], range(60, len(data) - 80)


KINDS = [
    "gif",
    "webp",
    "lossless.webp",
    "avif",
    "png",
    "rle.bmp",
    "words.ppm",
    "bare.j2k",
    "raw.bmp",
    "raw.ppm",
    "raw.tga",
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_cut_file_whose_sizes_are_mended_is_refused(tmp_path: Path, kind: str) -> None:
    name, data, cut, places = whole_and_cut(kind)
    whole = decode(stored(tmp_path / name, data)).pixels
    refused = [refuses_or_agrees(tmp_path / name, cut(at), whole) for at in cuts(places.start, places.stop)]
    assert sum(refused) >= 28


@pytest.mark.parametrize("kind", ["usual", "full colours", "optimised", "fine"])
def test_what_was_put_into_the_pixels_of_a_jpeg_is_damage(tmp_path: Path, kind: str) -> None:
    data, noticed = jpeg(kind), 0
    start, whole = start_of_pixels(data), decode(stored(tmp_path / "a.jpg", jpeg(kind))).pixels
    for at in range(start + 200, len(data) - 200, 31):
        doubled = data[:at] + data[at - 190 : at] + data[at:]
        noticed += refuses_or_agrees(tmp_path / "a.jpg", doubled, whole)
    assert noticed > 5


@pytest.mark.parametrize("fill", [b"\0", b"\xff", b"\x12"])
def test_padding_behind_the_last_row_of_a_jpeg_is_no_damage(tmp_path: Path, fill: bytes) -> None:
    for size in (1, 7) if fill == b"\x12" else (1, 7, 512, 3000):
        data = jpeg("usual")
        padded = stored(tmp_path / "a.jpg", data[:-2] + fill * size + data[-2:])
        assert np.array_equal(decode(padded).pixels, decode(stored(tmp_path / "b.jpg", data)).pixels)
        assert decode_small(padded, 20).shape == (3, 15, 20)


@pytest.mark.parametrize("kind", ["a scan for each channel", "progressive", "fine and progressive"])
def test_holes_of_zeros_in_files_of_several_scans_are_nearly_all_noticed(tmp_path: Path, kind: str) -> None:
    data = scans_of_one_channel() if kind == "a scan for each channel" else jpeg(kind)
    start, noticed, total = start_of_pixels(data), 0, 0
    for at in cuts(start, len(data) - 600):
        stored(tmp_path / "a.jpg", data[:at] + bytes(400) + data[at + 400 :])
        total += 1
        with contextlib.suppress(PictureError):
            decode(tmp_path / "a.jpg")
            noticed -= 1
        noticed += 1
    assert noticed == total if kind == "a scan for each channel" else noticed > total * 0.6


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_zeros_of_flat_colours_in_several_scans_are_no_hole(tmp_path: Path, options: dict[str, object]) -> None:
    path = stored(tmp_path / "a.jpg", encoded(Image.new("RGB", (3000, 2000), (9, 90, 200)), "JPEG", **options))
    assert decode(path).width == 3000


@pytest.mark.parametrize("frame", [0xC3, 0xC9, 0xCA])
def test_a_jpeg_of_which_nobody_can_tell_whether_it_is_whole_is_refused(tmp_path: Path, frame: int) -> None:
    data = jpeg("usual").replace(b"\xff\xc0\0\x11", b"\xff" + bytes((frame,)) + b"\0\x11")
    for part in (data, data[:-200] + b"\xff\xd9"):
        with pytest.raises(PictureError, match=r"rare kind .* save it as an ordinary JPEG file"):
            decode(stored(tmp_path / "a.jpg", part))


@pytest.mark.parametrize("compression", ["tiff_adobe_deflate", "tiff_deflate"])
def test_a_wrong_checksum_of_a_strip_in_a_tiff_is_damage(tmp_path: Path, compression: str) -> None:
    data = encoded(PICTURE, "TIFF", compression=compression)
    whole = decode(stored(tmp_path / "a.tif", data)).pixels
    assert np.array_equal(whole, np.moveaxis(PIXELS, -1, 0))
    (block,) = tiff_layout.read(page_of(data)).blocks()
    start, size = block.start, tiff_layout.read(page_of(data)).counts[0]
    noticed = 0
    for at in range(start + 40, start + size, 211):
        spoilt = data[:at] + bytes((data[at] ^ 4,)) + data[at + 1 :]
        noticed += refuses_or_agrees(tmp_path / "a.tif", spoilt, whole)
    assert noticed == len(range(start + 40, start + size, 211))


def page_of(data: bytes) -> ifd.Directory:
    header = ifd.read_header(data)
    return ifd.directory(data, header.first, header)[0]
