"""A damaged file is refused with what is wrong with it, as far as its structure tells."""

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtgui.common.errors import PictureError
from mtgui.pictures import damage, ifd
from mtgui.pictures.decoding import decode, probe
from tests.pictures import tiff_samples
from tests.pictures.mutants import KINDS, mutants, sample
from tests.pictures.picture_samples import encoded, noise, png_chunk, raw_tiff, stored
from tests.pictures.test_tiff_layouts import changed

EACH = 140


def reason_of(name: str, data: bytes) -> str | None:
    """Return why a file is refused; None if it is not."""
    try:
        decode(Path(name), data)
    except PictureError as error:
        return error.reason
    return None


def test_few_of_three_thousand_damaged_files_are_refused_without_a_reason() -> None:
    reasons: list[str | None] = []
    for kind, suffix in KINDS.items():
        for _, data in mutants(kind, EACH):
            reasons.append(reason_of(f"a.{suffix}", data))
    reasons = [reason for reason in reasons if reason is not None]
    assert len(KINDS) * EACH > 3000
    assert len(reasons) > 1500
    assert reasons.count(damage.UNKNOWN) < 0.05 * len(reasons)


def replaced(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def png_with(**header: int) -> bytes:
    """Return a PNG file with other numbers in its header, whose checksum is right."""
    names = ("width", "height", "bits", "colour", "packing", "filtering", "interlace")
    values = dict(zip(names, struct.unpack(">IIBBBBB", sample("true.png")[16:29]), strict=True)) | header
    head = struct.pack(">IIBBBBB", *values.values())
    return sample("true.png")[:8] + png_chunk(b"IHDR", head) + sample("true.png")[33:]


def without_chunk(kind: bytes) -> bytes:
    data = sample("palette.png")
    at = data.index(kind) - 4
    return data[:at] + data[at + 12 + int.from_bytes(data[at : at + 4], "big") :]


def spoilt_pixels() -> bytes:
    data = sample("true.png")
    at = data.index(b"IDAT") - 4
    body = b"\0\0" + data[at + 10 : at + 8 + int.from_bytes(data[at : at + 4], "big")]
    return data[:at] + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")


def segment(data: bytes, marker: int) -> int:
    return data.index(bytes((0xFF, marker)))


def without_segment(marker: int) -> bytes:
    data = sample("grey.jpg")
    while bytes((0xFF, marker)) in data:
        at = segment(data, marker)
        data = data[:at] + data[at + 2 + int.from_bytes(data[at + 2 : at + 4], "big") :]
    return data


def bmp(offset: int, new: bytes) -> bytes:
    return replaced(sample("true.bmp"), offset, new)


def tiff_of(compression: int) -> bytes:
    layout = tiff_samples.Layout(compression=tiff_samples.DEFLATE)
    data = tiff_samples.written(layout, tiff_samples.drawn_samples(layout))
    return changed(data, 259, ifd.shorts(259, [compression], "<"))


def without_table(gif: bytes) -> bytes:
    return gif[:10] + bytes((gif[10] & 0x7F,)) + gif[11:13] + gif[13 + (3 << (gif[10] & 7) + 1) :]


def shorter(kind: str, number: int) -> bytes:
    return sample(kind)[:-number]


HALF = len(sample("true.png")) // 2
PIXELS_OF_TWO = Image.fromarray(noise(8, 8, 2), "LA")
CASES: dict[str, tuple[str, bytes, str]] = {
    "zeros": ("a.png", sample("true.png")[:HALF] + bytes(HALF), f"from byte {HALF} of"),
    "page": ("a.png", b"\n<!DOCTYPE html>\n<title>404</title>", "a web page"),
    "text": ("a.jpg", b"Error: no such key\nin the bucket", "begins “Error: no such key in the bucket”"),
    "JSON": ("a.jpg", b'{"message": "not found", "id": 12345678901234567890}', "a text that begins"),
    "LFS": ("a.png", b"version https://git-lfs.github.com/spec/v1\noid", "a text that begins “version https://git-lfs"),
    "gzip": ("a.png", b"\x1f\x8b\x08\0" + bytes(60), "packed by gzip"),
    "encrypted": ("a.png", b"Salted__" + noise(1, 60, 1).tobytes(), "encrypted file"),
    "noise": (
        "a.png",
        b"\xa7\x13" + noise(1, 90, 1).tobytes(),
        "its name says PNG, but it begins like no picture that mtgui reads",
    ),
    "first bytes": ("a.png", b"\x88" + sample("true.png")[1:], "not those of a PNG file"),
    "zeros first": ("a.gif", bytes(9) + noise(1, 90, 1).tobytes(), "its first 9 bytes are zeros"),
    "PNG size": ("a.png", png_with(width=0), "0 × 60 pixels"),
    "PNG bits": ("a.png", png_with(bits=3), "3 bits for colours no. 2"),
    "PNG colours": ("a.png", png_with(colour=5), "kind of colours no. 5"),
    "PNG interlace": ("a.png", png_with(interlace=7), "order no. 7"),
    "PNG checksum": (
        "a.png",
        replaced(sample("true.png"), len(sample("true.png")) - 60, b"\xa5\xa5\xa5"),
        "checksum of its part IDAT at byte",
    ),
    "PNG checksum and zeros": (
        "a.png",
        replaced(sample("true.png"), len(sample("true.png")) - 60, b"\xa5\xa5\xa5") + bytes(500),
        "checksum of its part IDAT at byte",
    ),
    "PNG cut": ("a.png", shorter("true.png", 80), r"at least \d+ bytes of its part IDAT are missing"),
    "PNG palette": ("a.png", without_chunk(b"PLTE"), r"table of colours \(PLTE\) is missing"),
    "PNG pixels": ("a.png", without_chunk(b"IDAT"), r"pixels \(IDAT\) is missing"),
    "PNG header": ("a.png", without_chunk(b"IHDR"), r"its header \(IHDR\) is missing"),
    "PNG spoilt": ("a.png", spoilt_pixels(), "compressed pixels are damaged"),
    "JPEG size": ("a.jpg", replaced(sample("grey.jpg"), segment(sample("grey.jpg"), 0xC0) + 7, b"\0\0"), "0 × 60"),
    "JPEG tables": ("a.jpg", without_segment(0xDB), "table by which its colours are stored is missing"),
    "JPEG zeros": (
        "a.jpg",
        replaced(sample("baseline.jpg"), len(sample("baseline.jpg")) - 300, bytes(100)),
        "with zeros from",
    ),
    "AVIF zeros": ("a.avif", replaced(sample("a.avif"), len(sample("a.avif")) - 400, bytes(300)), "with zeros from"),
    "GIF palette": ("a.gif", without_table(sample("a.gif")), "table of colours is missing"),
    "JPEG frame": ("a.jpg", without_segment(0xC0), "its header, and with it the size of the picture, is missing"),
    "JPEG lossless": ("a.jpg", sample("grey.jpg").replace(b"\xff\xc0", b"\xff\xc3"), "a JPEG file of a rare kind"),
    "JPEG cut": ("a.jpg", shorter("baseline.jpg", 90), "ends too early, within its compressed pixels"),
    "JPEG early": ("a.jpg", sample("grey.jpg")[:60], r"at least \d+ bytes are missing"),
    "WebP cut": ("a.webp", shorter("lossy.webp", 50), "at least 50 bytes"),
    "WebP start": ("a.webp", sample("lossy.webp").replace(b"\x9d\x01\x2a", b"\0\0\0"), "compressed pixels at byte 20"),
    "GIF cut": ("a.gif", shorter("a.gif", 200), "ends too early: at least"),
    "GIF codes": (
        "a.gif",
        replaced(sample("a.gif"), sample("a.gif").rindex(b"\x2c\0\0\0\0") + 10, b"\x3f"),
        "codes no. 63",
    ),
    "BMP compression": ("a.bmp", bmp(30, b"\x0b"), "compression no. 11"),
    "BMP bits": ("a.bmp", bmp(28, b"\x07"), "7 bits per pixel"),
    "BMP header": ("a.bmp", bmp(14, b"\x29"), "header no. 41"),
    "BMP size": ("a.bmp", bmp(18, bytes(4)), "0 × 60 pixels"),
    "BMP cut": ("a.bmp", shorter("true.bmp", 77), "at least 77 bytes are missing"),
    "TGA cut": ("a.tga", shorter("raw.tga", 500), r"at least \d+ bytes are missing"),
    "TGA size": ("a.tga", replaced(sample("raw.tga"), 12, b"\0\0"), "0 × 60 pixels"),
    "PPM cut": ("a.ppm", shorter("a.ppm", 33), "at least 33 bytes are missing"),
    "PPM white": ("a.ppm", sample("a.ppm").replace(b"255", b"0", 1), "0 for white"),
    "PPM width": ("a.ppm", sample("a.ppm").replace(b"80", b"8x", 1), "the width in its header at byte 3"),
    "TIFF compression": ("a.tif", tiff_of(4711), "compression no. 4711"),
    "TIFF fields": ("a.tif", replaced(sample("raw.tif"), 4, b"\xff\xff\xff\x7f"), "should be at byte 2147483647"),
    "TIFF of WebP": ("a.tif", tiff_of(50001), "compressed as WebP, which mtgui does not read inside TIFF"),
    "TIFF of two channels": ("a.tif", encoded(PIXELS_OF_TWO, "TIFF", compression="jpeg"), "does not read; save it as"),
    "BigTIFF": ("a.tif", b"MM\0+\0\x08\0\0" + bytes(80), "BigTIFF file whose numbers begin with their highest"),
    "TIFF pixels": ("a.tif", tiff_of(tiff_samples.LZW), r"compressed pixels \(LZW\) are damaged"),
    "TIFF size": ("a.tif", changed(raw_tiff(noise(4, 4, 3), photometric=2), 256, ifd.longs(256, [0], "<")), "0 × 4"),
    "JPEG 2000 cut": ("a.jp2", shorter("boxes.jp2", 90), "at least 90 bytes of its part jp2c"),
    "JPEG 2000 bare": ("a.j2k", shorter("bare.j2k", 90), "at least"),
    "AVIF cut": ("a.avif", shorter("a.avif", 90), "at least 90 bytes of its part mdat"),
    "AVIF list": (
        "a.avif",
        sample("a.avif").replace(b"iloc", b"free"),
        r"the place of its pictures \(iloc\) is missing",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_sentence_says_what_is_wrong(tmp_path: Path, case: str) -> None:
    name, data, words = CASES[case]
    path = stored(tmp_path / name, data)
    for read in (decode, lambda path: decode(path, path.read_bytes())):
        with pytest.raises(PictureError, match=words):
            read(path)


def test_looking_at_the_header_alone_gives_the_same_sentence(tmp_path: Path) -> None:
    for case in ("PNG size", "BMP header", "TIFF fields", "page", "GIF palette"):
        name, data, words = CASES[case]
        with pytest.raises(PictureError, match=words):
            probe(stored(tmp_path / name, data))


@pytest.mark.parametrize("kind", KINDS)
def test_a_sound_file_is_not_called_damaged_in_its_structure(kind: str) -> None:
    suffix = f".{KINDS[kind]}"
    decode(Path(f"a{suffix}"), sample(kind))
    reason = damage.reason(sample(kind), suffix, OSError("some other mistake"))
    assert "missing" not in reason or "damaged or missing" in reason
    assert "checksum" not in reason
    assert "ends too early" not in reason


def test_every_sentence_is_one_line() -> None:
    for name, data, _ in CASES.values():
        assert (reason_of(name, data) or "").isprintable()


def test_damage_that_a_checksum_shows_is_never_decoded() -> None:
    for kind in ("true.png", "palette.png", "interlaced.png"):
        whole = decode(Path("a.png"), sample(kind)).pixels
        for _, data in mutants(kind, EACH):
            if reason_of("a.png", data) is None:
                assert np.array_equal(decode(Path("a.png"), data).pixels, whole)


def test_pictures_of_one_colour_are_no_holes() -> None:
    """Their compressed pixels may be zeros for a long time."""
    flat = Image.new("RGB", (1500, 1000), (255, 255, 255))
    for name, kind, options in (("a.webp", "WEBP", {"quality": 100, "method": 0}), ("a.avif", "AVIF", {"speed": 10})):
        data = encoded(flat, kind, **options)
        assert kind == "AVIF" or bytes(500) in data
        assert decode(Path(name), data).pixels.min() > 250
