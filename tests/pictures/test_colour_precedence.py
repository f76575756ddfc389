"""Of several statements about colours one is followed, by one rule; what a copy cannot state is said."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from mtgui.pictures import ifd, item_properties
from mtgui.pictures.decoding import decode
from mtgui.pictures.encoding import EncodeOptions, Target, encode
from mtgui.pictures.metadata import GAIN_MAP_DROPPED
from tests.pictures.picture_samples import encoded, noise, raw_tiff, smooth, stored, with_chunks, with_segments

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PICTURE = Image.fromarray(smooth(30, 40))
PQ, HLG, P3, SRGB, UNSTATED, VIDEO = (9, 16), (9, 18), (12, 13), (1, 13), (2, 2), (1, 1)
HDR_TITLES = {PQ: "PQ", HLG: "HLG"}


def published(folder: Path, name: str, data: bytes, target: Target = "keep") -> tuple[bytes, tuple[str, ...]]:
    path = stored(folder / name, data)
    picture = decode(path)
    result = encode(picture, picture.pixels, EncodeOptions(format=target), path)
    return result.data, (*picture.notes, *result.notes)


def chunks_of(data: bytes) -> dict[bytes, bytes]:
    found, at = {}, 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        found[kind] = data[at + 8 : at + 8 + length]
        at += 12 + length
    return found


def about_colours(notes: tuple[str, ...]) -> list[str]:
    return [note for note in notes if "colours" in note]


def with_points(data: bytes, points: tuple[int, int]) -> bytes:
    """Return the AVIF or HEIF file ``data`` with other code points in its nclx box."""
    at = data.index(b"nclx") + 4
    return data[:at] + struct.pack(">HH", *points) + data[at + 4 :]


def avif(points: tuple[int, int], **options: object) -> bytes:
    return with_points(encoded(PICTURE, "AVIF", quality=90, **options), points)


@pytest.mark.parametrize("points", [PQ, HLG, P3, SRGB, UNSTATED, VIDEO])
def test_code_points_of_avif_become_those_of_png(tmp_path: Path, points: tuple[int, int]) -> None:
    data, notes = published(tmp_path, "a.avif", avif(points))
    expected = None if points in (SRGB, UNSTATED) else bytes((*points, 0, 1))
    assert chunks_of(data).get(b"cICP") == expected
    assert about_colours(notes) == []


@pytest.mark.parametrize("points", [PQ, HLG, P3, SRGB])
def test_a_profile_of_avif_goes_before_its_code_points(tmp_path: Path, points: tuple[int, int]) -> None:
    data, _ = published(tmp_path, "a.avif", avif(points, icc_profile=PROFILE))
    assert b"cICP" not in chunks_of(data)
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["icc_profile"] == PROFILE
        assert "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(PROFILE)))


@pytest.mark.parametrize("target", ["jpeg", "webp", "tiff"])
@pytest.mark.parametrize(("points", "words"), [(PQ, "PQ"), (HLG, "HLG"), (P3, "Display P3"), (VIDEO, ""), (SRGB, "")])
def test_a_high_or_wide_range_never_goes_in_silence(
    tmp_path: Path, target: Target, points: tuple[int, int], words: str
) -> None:
    coded = with_chunks(encoded(PICTURE, "PNG"), (b"cICP", bytes((*points, 0, 1))))
    for name, data in (("a.avif", avif(points)), ("a.png", coded)):
        notes = about_colours(published(tmp_path, name, data, target)[1])
        assert len(notes) == bool(words)
        assert all(words in note for note in notes)


def test_code_points_of_heic_become_those_of_png(tmp_path: Path) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    out = io.BytesIO()
    pillow_heif.from_pillow(PICTURE).save(out, quality=90)
    for points in (PQ, P3):
        data, _ = published(tmp_path, "a.heic", with_points(out.getvalue(), points))
        assert chunks_of(data)[b"cICP"] == bytes((*points, 0, 1))
    out = io.BytesIO()
    pillow_heif.from_pillow(PICTURE).save(out, quality=90, icc_profile=PROFILE)
    found = chunks_of(published(tmp_path, "a.heic", out.getvalue())[0])
    assert b"cICP" not in found
    assert zlib.decompress(found[b"iCCP"].split(b"\0", 1)[1][1:]) == PROFILE


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def test_the_properties_of_the_main_picture_count() -> None:
    colours = (
        b"nclx" + struct.pack(">HHHB", *PQ, 9, 128),
        b"prof" + PROFILE,
        b"nclx" + struct.pack(">HHHB", *P3, 6, 0),
    )
    depths = (bytes(4) + b"\3\x08\x08\x08", bytes(4) + b"\3\x0a\x0a\x0a")
    parts = [box(b"colr", body) for body in colours] + [box(b"pixi", body) for body in depths]
    owned = {1: [2, 4], 2: [3, 5], 3: []}
    for is_wide in (False, True):
        pairs = b"".join(
            struct.pack(">HB", item, len(numbers))
            + b"".join(struct.pack(">H", 0x8000 | n) if is_wide else bytes((0x80 | n,)) for n in numbers)
            for item, numbers in owned.items()
        )
        whole = box(b"ipco", b"".join(parts)) + box(b"ipma", bytes((0, 0, 0, is_wide)) + struct.pack(">I", 3) + pairs)
        first, second, third = (item_properties.read(whole, 0, len(whole), item) for item in owned)
        assert (first.icc, first.points, first.bits) == (PROFILE, None, 8)
        assert (second.icc, second.points, second.bits) == (None, P3, 10)
        assert (third.icc, third.points, third.bits) == (PROFILE, PQ, 10)


def test_a_brightness_map_beside_the_main_picture_is_said(tmp_path: Path) -> None:
    data = encoded(PICTURE, "AVIF")
    urn = box(b"auxC", bytes(4) + b"urn:com:apple:photo:2020:aux:hdrgainmap\0")
    sizes = [data.index(kind) - 4 for kind in (b"meta", b"iprp", b"ipco")]
    end = data.index(b"ipma") - 4
    moved = bytearray(data[:end] + urn + data[end:])
    for at in sizes:
        moved[at : at + 4] = struct.pack(">I", int.from_bytes(data[at : at + 4], "big") + len(urn))
    place = data.index(b"iloc") + 4 + 4 + 2 + 2 + 2 + 2 + 2
    offset = int.from_bytes(data[place : place + 4], "big") + len(urn)
    moved[place : place + 4] = struct.pack(">I", offset)
    picture = decode(stored(tmp_path / "a.avif", bytes(moved)))
    assert GAIN_MAP_DROPPED in picture.notes


def jpeg2000(*colours: bytes) -> bytes:
    """Return a JPEG 2000 file with ``colours`` (contents of colr boxes) instead of its own."""
    plain = encoded(PICTURE, "JPEG2000")
    start = plain.index(b"jp2h") - 4
    old = plain.index(b"colr") - 4
    boxes = b"".join(box(b"colr", body) for body in colours)
    return plain[:start] + box(b"jp2h", plain[start + 8 : old] + boxes) + plain[old + 15 :]


NUMBERED = b"\1\0\0" + struct.pack(">I", 16)
WITH_PROFILE = b"\2\0\0" + PROFILE
WITH_POINTS = b"\5\0\0" + struct.pack(">HHHB", *PQ, 0, 128)
ROMM = b"\1\0\0" + struct.pack(">I", 21)


@pytest.mark.parametrize(
    ("colours", "expected"),
    [
        ((NUMBERED, WITH_PROFILE), None),
        ((WITH_PROFILE, NUMBERED), b"iCCP"),
        ((b"\3" + WITH_PROFILE[1:],), b"iCCP"),
        ((NUMBERED, b"\2\1" + WITH_PROFILE[2:]), b"iCCP"),
        ((b"\1\xff" + NUMBERED[2:], WITH_PROFILE), b"iCCP"),
        ((WITH_POINTS, WITH_PROFILE), b"cICP"),
        ((ROMM, WITH_PROFILE), b"iCCP"),
        ((ROMM,), b"said"),
    ],
)
def test_the_first_statement_of_jpeg_2000_that_can_be_followed_counts(
    tmp_path: Path, colours: tuple[bytes, ...], expected: bytes | None
) -> None:
    data, notes = published(tmp_path, "a.jp2", jpeg2000(*colours))
    kinds = chunks_of(data)
    assert {b"iCCP", b"cICP"} & kinds.keys() == ({expected} - {b"said", None})
    assert len(about_colours(notes)) == (expected == b"said")


def adobe_rgb(order: str = "<") -> bytes:
    """Return an EXIF block that names Adobe RGB as cameras do (DCF 2.0): uncalibrated, and the index R03."""
    index = [ifd.Field(1, ifd.ASCII, 4, b"R03\0")]
    head = 8 + len(ifd.write_directory([ifd.longs(0x8769, [0], order)], 8, order))
    inner = head + len(
        ifd.write_directory([ifd.shorts(0xA001, [65535], order), ifd.longs(0xA005, [0], order)], 8, order)
    )
    pieces = [
        ifd.write_directory([ifd.longs(0x8769, [head], order)], 8, order),
        ifd.write_directory([ifd.shorts(0xA001, [65535], order), ifd.longs(0xA005, [inner], order)], head, order),
        ifd.write_directory(index, inner, order),
    ]
    return (b"II*\0\x08\0\0\0" if order == "<" else b"MM\0*\0\0\0\x08") + b"".join(pieces)


def index_of(data: bytes) -> object:
    """Return the index of interoperability, as Pillow reads it."""
    with Image.open(io.BytesIO(data)) as image:
        return image.getexif().get_ifd(0xA005).get(1) or image.getexif().get_ifd(0x8769).get(0xA005)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("target", ["keep", "png", "webp", "tiff"])
def test_adobe_rgb_of_exif_stays_in_exif_and_its_weakness_is_said(tmp_path: Path, target: Target, order: str) -> None:
    bare = encoded(PICTURE, "JPEG")
    exif = (0xE1, b"Exif\0\0" + adobe_rgb(order))
    data, notes = published(tmp_path, "a.jpg", with_segments(bare, exif), target)
    assert b"R03\0" in data
    assert len(about_colours(notes)) == (target in ("png", "webp"))
    profiled = with_segments(encoded(PICTURE, "JPEG", icc_profile=PROFILE), exif)
    data, notes = published(tmp_path, "a.jpg", profiled, target)
    assert about_colours(notes) == []
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["icc_profile"] == PROFILE


def test_adobe_rgb_of_a_tiff_file_stays(tmp_path: Path) -> None:
    block = adobe_rgb()
    header = ifd.read_header(block)
    inner, _ = ifd.directory(block, header.first, header)
    pixels = noise(6, 8, 3)
    plain = raw_tiff(pixels, photometric=2, more=(ifd.longs(0x8769, [0], "<"),))
    start = len(plain) + len(plain) % 2
    index_at = start + len(ifd.write_directory([ifd.shorts(0xA001, [1], "<"), ifd.longs(0xA005, [0], "<")], 0, "<"))
    tail = ifd.write_directory([ifd.shorts(0xA001, [65535], "<"), ifd.longs(0xA005, [index_at], "<")], start, "<")
    tail += ifd.write_directory([ifd.Field(1, ifd.ASCII, 4, b"R03\0")], index_at, "<")
    data = raw_tiff(pixels, photometric=2, more=(ifd.longs(0x8769, [start], "<"),)).ljust(start, b"\0") + tail
    assert 0x8769 in inner
    assert index_of(data) == "R03"
    cases: list[tuple[Target, int]] = [("tiff", 0), ("jpeg", 0), ("png", 1)]
    for target, said in cases:
        copy, notes = published(tmp_path, "a.tif", data, target)
        assert index_of(copy) == "R03"
        assert len(about_colours(notes)) == said


def test_measured_colours_of_a_tiff_file_stay(tmp_path: Path) -> None:
    white = ifd.Field(318, ifd.RATIONAL, 2, struct.pack("<4I", 3127, 10000, 3290, 10000))
    primaries = ifd.Field(
        319, ifd.RATIONAL, 6, struct.pack("<12I", *[64, 100, 33, 100, 21, 100, 71, 100, 15, 100, 6, 100])
    )
    curve = ifd.shorts(301, [n * 257 for n in range(256)], "<")
    data = raw_tiff(noise(6, 8, 3), photometric=2, more=(white, primaries, curve))
    copy, notes = published(tmp_path, "a.tif", data)
    assert notes == ()
    header = ifd.read_header(copy)
    page, _ = ifd.directory(copy, header.first, header)
    assert [page.raw(tag) for tag in (318, 319, 301)] == [white.value, primaries.value, curve.value]
    wide = ifd.shorts(301, [0] * 65536, "<")
    deep = raw_tiff(noise(6, 8, 6).copy().view(np.uint16), photometric=2, more=(wide,))
    assert any("TransferFunction" in note for note in published(tmp_path, "a.tif", deep)[1])


def bmp(kind: bytes, *, is_measured: bool, version: int = 108) -> bytes:
    pixels = noise(8, 8, 3).tobytes()
    head = struct.pack("<IiiHHIIiiII", version, 8, 8, 1, 24, 0, len(pixels), 2835, 2835, 0, 0) + bytes(16) + kind
    measures = struct.pack("<12I", *[1 << 28] * 9, *[144179] * 3) if is_measured else bytes(48)
    return (
        b"BM"
        + struct.pack("<IHHI", 14 + version + len(pixels), 0, 0, 14 + version)
        + (head + measures).ljust(version, b"\0")
        + pixels
    )


@pytest.mark.parametrize("version", [108, 124])
@pytest.mark.parametrize(
    ("kind", "is_measured", "said"),
    [(bytes(4), True, 1), (bytes(4), False, 0), (b"BGRs", True, 0), (b" niW", False, 0)],
)
def test_measured_colours_of_a_bmp_are_missed(
    tmp_path: Path, version: int, kind: bytes, is_measured: bool, said: int
) -> None:
    notes = published(tmp_path, "a.bmp", bmp(kind, is_measured=is_measured, version=version))[1]
    assert len(about_colours(notes)) == said


@pytest.mark.parametrize("target", ["png", "jpeg", "webp", "tiff"])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_a_profile_goes_from_every_container_to_every_other(tmp_path: Path, kind: str, target: Target) -> None:
    data, notes = published(tmp_path, f"a.{kind.lower()}", encoded(PICTURE, kind, icc_profile=PROFILE), target)
    assert about_colours(notes) == []
    with Image.open(io.BytesIO(data)) as image:
        found = ImageCms.ImageCmsProfile(io.BytesIO(image.info["icc_profile"]))
    assert ImageCms.getProfileDescription(found) == ImageCms.getProfileDescription(
        ImageCms.ImageCmsProfile(io.BytesIO(PROFILE))
    )
