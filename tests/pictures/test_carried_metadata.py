"""Colours, rotation and claims: what a copy keeps of each container, and that every loss is said."""

import itertools
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from mtgui.pictures import exif, iptc, xmp
from mtgui.pictures.decoding import Picture, decode
from mtgui.pictures.encoding import Encoded, EncodeOptions, Target, encode
from mtgui.pictures.metadata import CREDENTIALS_DROPPED, FILM_DROPPED, GAIN_MAP_DROPPED, PARTS_DROPPED
from tests.pictures.picture_samples import encoded, exif_block, noise, smooth, stored, with_chunks, with_segments

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
SETS = b"\x1c\x02\x50\0\3Ada" + b"\x1c\x02\x74\0\x07(c) Ada"
HEAD = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
TAIL = "</rdf:Description></rdf:RDF></x:xmpmeta>"
CHUNKS = {
    b"cICP": b"\x0c\x0d\0\1",
    b"sRGB": b"\0",
    b"gAMA": struct.pack(">I", 45455),
    b"cHRM": struct.pack(">8I", 31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000),
}


def bare(kind: str = "JPEG") -> bytes:
    return encoded(Image.fromarray(smooth(30, 40)), kind)


def exported(
    tmp_path: Path, name: str, data: bytes, target: Target = "keep", *, remove_gps: bool = False
) -> tuple[Picture, Encoded]:
    path = stored(tmp_path / name, data)
    picture = decode(path)
    return picture, encode(picture, picture.pixels, EncodeOptions(format=target, remove_gps=remove_gps), path)


def packet(attributes: str = "", inner: str = "") -> bytes:
    return f'{HEAD}<rdf:Description rdf:about="" {attributes}>{inner}{TAIL}'.encode()


def kinds_of(data: bytes) -> list[bytes]:
    kinds, at = [], 8
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        kinds.append(kind)
        at += 12 + length
    return kinds


@pytest.mark.parametrize("has_profile", [True, False])
@pytest.mark.parametrize("kinds", [c for n in range(5) for c in itertools.combinations(CHUNKS, n)])
def test_the_colours_of_a_png_follow_the_order_of_the_standard(
    tmp_path: Path, kinds: tuple[bytes, ...], has_profile: bool
) -> None:
    profile = [(b"iCCP", b"Wide\0\0" + zlib.compress(PROFILE))] if has_profile else []
    data = with_chunks(bare("PNG"), *((kind, CHUNKS[kind]) for kind in kinds), *profile)
    picture, result = exported(tmp_path, "a.png", data)
    expected = {kind for kind in kinds if not (has_profile and kind == b"sRGB")} | ({b"iCCP"} if has_profile else set())
    assert set(kinds_of(result.data)) & {b"iCCP", *CHUNKS} == expected
    assert decode(stored(tmp_path / "b.png", result.data)).metadata.icc == picture.metadata.icc
    assert result.notes == ()


def test_a_damaged_profile_does_not_push_srgb_out(tmp_path: Path) -> None:
    chunks = ((b"sRGB", b"\0"), (b"iCCP", b"a\0\0" + zlib.compress(bytes(400))))
    _, result = exported(tmp_path, "a.png", with_chunks(bare("PNG"), *chunks))
    assert b"sRGB" in kinds_of(result.data)
    assert b"iCCP" not in kinds_of(result.data)
    assert len(result.notes) == 1


def test_colours_that_overrule_a_profile_are_missed_in_jpeg(tmp_path: Path) -> None:
    profile = (b"iCCP", b"a\0\0" + zlib.compress(PROFILE))
    _, plain = exported(tmp_path, "a.png", with_chunks(bare("PNG"), profile, (b"sRGB", b"\0")), "jpeg")
    _, coded = exported(tmp_path, "b.png", with_chunks(bare("PNG"), profile, (b"cICP", CHUNKS[b"cICP"])), "jpeg")
    assert (len(plain.notes), len(coded.notes)) == (0, 1)


def test_a_colour_chunk_of_a_wrong_length_is_not_carried_over(tmp_path: Path) -> None:
    _, result = exported(tmp_path, "a.png", with_chunks(bare("PNG"), (b"gAMA", bytes(500))))
    assert b"gAMA" not in kinds_of(result.data)


def short_directory(*, claims: int, order: str = "<") -> bytes:
    """Return an EXIF block whose first directory says that it has ``claims`` more fields than it has."""
    block = bytearray(exif_block(order=order, orientation=6))
    number = struct.unpack_from(order + "H", block, 8)[0]
    struct.pack_into(order + "H", block, 8, number + claims)
    return bytes(block)


def in_container(name: str, block: bytes) -> bytes:
    if name == "a.jpg":
        return with_segments(bare(), (0xE1, block if block.startswith(b"Exif") else b"Exif\0\0" + block))
    if name == "a.png":
        return with_chunks(bare("PNG"), (b"eXIf", block))
    if name == "a.webp":
        plain = encoded(Image.fromarray(smooth(30, 40)), "WEBP", lossless=True, exif=b"Exif\0\0" + bytes(len(block)))
        at = plain.index(b"EXIF") + 8
        chunk = b"EXIF" + struct.pack("<I", len(block)) + block + b"\0" * (len(block) % 2)
        data = plain[: at - 8] + chunk
        return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]
    plain = encoded(Image.fromarray(smooth(30, 40)), "JPEG2000", irreversible=False)
    at = plain.index(b"jp2c") - 4
    return plain[:at] + struct.pack(">I4s", 24 + len(block), b"uuid") + b"JpgTiffExif->JP2" + block + plain[at:]


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.jp2"])
@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0", b"Exif\0\xff"])
@pytest.mark.parametrize("claims", [0, 60, 5000])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_directory_that_claims_too_much_still_turns_the_picture(
    tmp_path: Path, name: str, prefix: bytes, claims: int, order: str
) -> None:
    block = short_directory(claims=claims, order=order)
    picture, result = exported(tmp_path, name, in_container(name, prefix + block))
    assert picture.pixels.shape == (3, 40, 30)
    assert (exif.PART_DAMAGED in result.notes) == (claims > 0)
    assert b"Ada Lovelace" in result.data
    copy = decode(stored(tmp_path / f"copy{result.suffix}", result.data))
    assert copy.pixels.shape == (3, 40, 30)
    assert exif.orientation(copy.metadata.exif or b"") == 1


def raw_profile(kind: str, body: bytes, length: int | None = None) -> tuple[bytes, bytes]:
    digits = "\n".join(body.hex()[at : at + 72] for at in range(0, 2 * len(body), 72))
    text = f"\n{kind}\n{len(body) if length is None else length:8}\n{digits}\n"
    return b"zTXt", f"Raw profile type {kind}".encode() + b"\0\0" + zlib.compress(text.encode())


@pytest.mark.parametrize("kind", ["exif", "APP1"])
@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"])
def test_raw_profiles_of_a_png_are_read(tmp_path: Path, kind: str, prefix: bytes) -> None:
    rights = packet('xmlns:dc="http://purl.org/dc/elements/1.1/" dc:rights="(c) Ada Artist"')
    chunks = (
        raw_profile(kind, prefix + exif_block(orientation=6)),
        raw_profile("xmp", rights),
        raw_profile("iptc", iptc.to_resources(SETS)),
    )
    picture, result = exported(tmp_path, "a.png", with_chunks(bare("PNG"), *chunks))
    assert picture.pixels.shape == (3, 40, 30)
    assert b"Ada Lovelace" in result.data
    assert b"(c) Ada Artist" in result.data
    assert result.notes == ("PNG has no place for IPTC data; they were left out.",)
    _, result = exported(tmp_path, "a.png", with_chunks(bare("PNG"), *chunks), "jpeg")
    assert SETS in result.data


def test_raw_profiles_that_cannot_be_read_are_said_and_real_chunks_come_first(tmp_path: Path) -> None:
    block = exif_block(orientation=6)
    for chunk in (raw_profile("exif", block, 7), raw_profile("icc", PROFILE), (b"tEXt", b"Raw profile type exif\0zz")):
        picture, _ = exported(tmp_path, "a.png", with_chunks(bare("PNG"), chunk))
        assert picture.pixels.shape == (3, 30, 40)
        assert len(picture.notes) == 1
    both = ((b"eXIf", exif_block(orientation=1)), raw_profile("exif", block))
    assert exported(tmp_path, "a.png", with_chunks(bare("PNG"), *both))[0].pixels.shape == (3, 30, 40)


def test_a_thumbnail_in_a_raw_profile_does_not_reach_the_copy(tmp_path: Path) -> None:
    _, result = exported(tmp_path, "a.png", with_chunks(bare("PNG"), raw_profile("exif", exif_block())))
    assert b"\xff\xd8\xff" not in result.data


GAIN = (
    'xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0" '
    'xmlns:Container="http://ns.google.com/photos/1.0/container/" '
    'xmlns:Item="http://ns.google.com/photos/1.0/container/item/" xmlns:a="http://a/" a:title="kept"'
)
ITEMS = (
    '<Container:Directory><rdf:Seq><rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap" '
    'Item:Length="700"/></rdf:li></rdf:Seq></Container:Directory>'
)
CAMERA = "http://ns.google.com/photos/1.0/camera/"
MOTION = (
    f'xmlns:GCamera="{CAMERA}" GCamera:MotionPhoto="1" GCamera:MicroVideoOffset="1048" '
    'xmlns:a="http://a/" a:title="kept"'
)
FILM = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + b"\0\0\x04\0mdat" + noise(32, 32, 1).tobytes()


@pytest.mark.parametrize("target", ["jpeg", "png", "webp", "tiff"])
def test_claims_about_a_brightness_map_leave_the_copy_and_its_loss_is_said(tmp_path: Path, target: Target) -> None:
    block = xmp.JPEG_PREFIX + packet(GAIN, ITEMS)
    _, result = exported(tmp_path, "a.jpg", with_segments(bare(), (0xE1, block)) + bare(), target)
    assert GAIN_MAP_DROPPED in result.notes
    assert not [word for word in (b"hdr-gain-map", b"GainMap", b"photos/1.0/container") if word in result.data]
    assert b"kept" in result.data


@pytest.mark.parametrize("target", ["jpeg", "png", "webp", "tiff"])
def test_claims_about_a_film_leave_the_copy_and_its_loss_is_said(tmp_path: Path, target: Target) -> None:
    block = xmp.JPEG_PREFIX + packet(MOTION)
    _, result = exported(tmp_path, "a.jpg", with_segments(bare(), (0xE1, block)) + FILM, target)
    assert FILM_DROPPED in result.notes
    assert b"MotionPhoto" not in result.data
    assert b"MicroVideo" not in result.data
    assert b"kept" in result.data


def test_what_lies_behind_a_jpeg_is_said_even_without_a_claim(tmp_path: Path) -> None:
    progressive = encoded(Image.fromarray(smooth(30, 40)), "JPEG", progressive=True)
    for plain in (bare(), progressive):
        assert exported(tmp_path, "a.jpg", plain)[0].notes == ()
        assert exported(tmp_path, "a.jpg", plain + bytes(5000))[0].notes == ()
        assert exported(tmp_path, "a.jpg", plain + bare())[0].notes == (PARTS_DROPPED,)
        assert exported(tmp_path, "a.jpg", plain + FILM)[0].notes == (FILM_DROPPED,)


MANIFEST = b"\0\0\0\x28jumb\0\0\0\x20jumdc2pa" + bytes(20)


def with_credentials(kind: str) -> tuple[str, bytes]:
    if kind == "JPEG":
        return "a.jpg", with_segments(bare(), (0xEB, b"JP\0\1\0\0\0\1" + MANIFEST))
    if kind == "PNG":
        return "a.png", with_chunks(bare("PNG"), (b"caBX", MANIFEST))
    if kind == "GIF":
        plain = encoded(Image.fromarray(smooth(30, 40)).quantize(16), "GIF")
        at = 13 + (2 << (plain[10] & 7)) * 3
        return "a.gif", plain[:at] + b"\x21\xff\x0bC2PA_GIF\1\0\0" + bytes((len(MANIFEST),)) + MANIFEST + b"\0" + plain[
            at:
        ]
    if kind == "WEBP":
        data = bare("WEBP") + b"C2PA" + struct.pack("<I", len(MANIFEST)) + MANIFEST
        return "a.webp", data[:4] + struct.pack("<I", len(data) - 8) + data[8:]
    box = (
        struct.pack(">I4s", 24 + len(MANIFEST), b"uuid") + bytes.fromhex("d8fec3d61b0e483c92975828877ec481") + MANIFEST
    )
    plain = bare(kind)
    if kind == "AVIF":
        return "a.avif", plain + box
    at = plain.index(b"jp2c") - 4
    return "a.jp2", plain[:at] + box + plain[at:]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "JPEG2000", "AVIF"])
def test_content_credentials_are_left_out_and_said(tmp_path: Path, kind: str) -> None:
    picture, result = exported(tmp_path, *with_credentials(kind))
    assert picture.notes.count(CREDENTIALS_DROPPED) == 1
    assert b"c2pa" not in result.data


def test_the_address_of_content_credentials_goes_too(tmp_path: Path) -> None:
    block = packet('xmlns:t="http://purl.org/dc/terms/" t:provenance="https://example.org/m.c2pa"')
    _, result = exported(tmp_path, "a.jpg", with_segments(bare(), (0xE1, xmp.JPEG_PREFIX + block)))
    assert b"m.c2pa" not in result.data
    assert CREDENTIALS_DROPPED in result.notes


def bmp_with_profile(kind: bytes = b"DEBM", start: int | None = None) -> bytes:
    pixels = np.zeros((8, 8, 3), np.uint8).tobytes()
    head = (
        struct.pack("<IiiHHIIiiII", 124, 8, 8, 1, 24, 0, len(pixels), 2835, 2835, 0, 0) + bytes(16) + kind + bytes(48)
    )
    at = 124 + len(pixels) if start is None else start
    head += struct.pack("<IIII", 4, at, len(PROFILE), 0)
    return b"BM" + struct.pack("<IHHI", 138 + len(pixels) + len(PROFILE), 0, 0, 138) + head + pixels + PROFILE


def test_the_profile_of_a_bmp_is_kept_or_its_loss_is_said(tmp_path: Path) -> None:
    picture, result = exported(tmp_path, "a.bmp", bmp_with_profile())
    assert picture.metadata.icc == PROFILE
    assert b"iCCP" in kinds_of(result.data)
    for data in (bmp_with_profile(b"KNIL"), bmp_with_profile(start=9_000_000)):
        picture, _ = exported(tmp_path, "a.bmp", data)
        assert picture.metadata.icc is None
        assert len(picture.notes) == 1


def test_the_profile_of_a_gif_is_kept(tmp_path: Path) -> None:
    plain = encoded(Image.fromarray(smooth(30, 40)).quantize(16), "GIF")
    at = 13 + (2 << (plain[10] & 7)) * 3
    parts = b"".join(bytes((len(PROFILE[i : i + 255]),)) + PROFILE[i : i + 255] for i in range(0, len(PROFILE), 255))
    picture, result = exported(tmp_path, "a.gif", plain[:at] + b"\x21\xff\x0bICCRGBG1012" + parts + b"\0" + plain[at:])
    assert picture.metadata.icc == PROFILE
    assert b"iCCP" in kinds_of(result.data)


def test_iptc_data_of_a_jpeg_2000_file_are_kept_or_their_loss_is_said(tmp_path: Path) -> None:
    plain = bare("JPEG2000")
    at = plain.index(b"jp2c") - 4
    name = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
    data = plain[:at] + struct.pack(">I4s", 24 + len(SETS), b"uuid") + name + SETS + plain[at:]
    assert "PNG has no place for IPTC data; they were left out." in exported(tmp_path, "a.jp2", data)[1].notes
    assert SETS in exported(tmp_path, "a.jp2", data, "jpeg")[1].data


def test_all_comments_of_a_jpeg_stay(tmp_path: Path) -> None:
    _, result = exported(tmp_path, "a.jpg", with_segments(bare(), (0xFE, b"by Ada"), (0xFE, b"for Charles")))
    assert b"by Ada" in result.data
    assert b"for Charles" in result.data


@pytest.mark.parametrize("stray", [b"\0", b"\0\x12\x34", b"\xd8"])
def test_stray_bytes_between_segments_are_passed_over(tmp_path: Path, stray: bytes) -> None:
    plain = bare()
    expected = decode(stored(tmp_path / "plain.jpg", plain)).pixels
    data = with_segments(plain, (0xE1, b"Exif\0\0" + exif_block()), (0xED, b"Photoshop 3.0\0"))
    at = data.rindex(b"\xff\xe0")
    for place in (at, at + 18, data.rindex(b"\xff\xc0"), data.rindex(b"\xff\xda")):
        picture, _ = exported(tmp_path, "a.jpg", data[:place] + stray + data[place:])
        assert np.array_equal(picture.pixels, expected)


def test_a_cut_directory_without_a_field_is_damage() -> None:
    block = b"II*\0\x08\0\0\0\xff\xff" + bytes(4)
    assert exif.orientation(block) is None
    assert exif.clean(block, (1, 1), remove_gps=False) == (None, (exif.DAMAGED,))
