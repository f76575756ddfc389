import struct
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from PIL import Image, ImageCms
from PIL.ExifTags import IFD

from mtgui.pictures import exif, ifd, iptc, tiff, xmp
from mtgui.pictures.decoding import Picture, decode
from mtgui.pictures.encoding import Encoded, EncodeOptions, Target, encode
from tests.pictures.picture_samples import (
    encoded,
    exif_block,
    noise,
    raw_tiff,
    smooth,
    stored,
    thumbnail,
    with_chunks,
    with_segments,
)

TARGETS = [target for target in get_args(Target) if target != "keep"]
PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="uuid:1" xmlns:t="http://ns.adobe.com/tiff/1.0/" xmlns:e="http://ns.adobe.com/exif/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:g="http://ns.adobe.com/xap/1.0/g/img/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 t:Orientation="6" e:GPSLatitude="48,51.5N" photoshop:City="Paris">
<e:GPSLongitude>2,21E</e:GPSLongitude><e:PixelXDimension>40</e:PixelXDimension>
<dc:creator><rdf:Seq><rdf:li>Ada &amp; Charles</rdf:li></rdf:Seq></dc:creator>
<xmp:Thumbnails><rdf:Alt><rdf:li g:image="/9j/4AAQSkZJRg"/></rdf:Alt></xmp:Thumbnails>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""
SETS = b"\x1c\x02\x50\0\3Ada" + b"\x1c\x02\x5a\0\5Paris" + b"\x1c\x02\xca\0\4\xff\xd8\xff\xe0"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def pieces(data: bytes) -> bytes:
    return (
        b"Photoshop 3.0\0" + iptc.to_resources(data) + b"8BIM\x04\x0c\0\0" + struct.pack(">I", 4) + b"\xff\xd8\xff\xe0"
    )


def full_jpeg(order: str = "<", maker_note: bytes = b"note" * 8) -> bytes:
    bare = encoded(Image.fromarray(smooth(30, 40)), "JPEG", icc_profile=PROFILE, dpi=(300, 300))
    return with_segments(
        bare,
        (0xE0, b"JFXX\0\x10" + thumbnail()),
        (0xE1, b"Exif\0\0" + exif_block(order=order, orientation=6, maker_note=maker_note)),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PACKET.encode()),
        (0xED, pieces(SETS)),
        (0xE2, b"MPF\0" + b"II*\0\x08\0\0\0\0\0\0\0\0\0"),
        (0xE9, thumbnail()),
    )


def opened(tmp_path: Path, data: bytes = b"", name: str = "a.jpg") -> tuple[Picture, Path]:
    path = stored(tmp_path / name, data or full_jpeg())
    return decode(path), path


def exported(tmp_path: Path, options: EncodeOptions, data: bytes = b"", name: str = "a.jpg") -> tuple[Encoded, Path]:
    picture, path = opened(tmp_path, data, name)
    result = encode(picture, picture.pixels, options, path)
    return result, stored(tmp_path / f"out{result.suffix}", result.data)


@pytest.mark.parametrize("target", TARGETS)
def test_the_blocks_arrive_corrected(tmp_path: Path, target: Target) -> None:
    result, path = exported(tmp_path, EncodeOptions(format=target))
    with Image.open(path) as image:
        tags = image.getexif()
        inner = tags.get_ifd(IFD.Exif)
        assert image.size == (30, 40)
        assert image.info["icc_profile"] == PROFILE
        assert tags[0x13B] == "Ada Lovelace"
        assert tags.get(0x112, 1) == 1
        assert (inner[0xA002], inner[0xA003]) == (30, 40)
        assert inner[0x927C] == b"note" * 8
        assert tags.get_ifd(IFD.GPSInfo)[2] == (48.0, 51.0, 30.0)
    found = decode(path)
    assert found.metadata.density == pytest.approx((1, 300, 300), rel=1e-3) or target == "webp"
    packet = (found.metadata.xmp or b"").decode()
    assert 't:Orientation="1"' in packet
    assert "<e:PixelXDimension>30</e:PixelXDimension>" in packet
    assert "Ada &amp; Charles" in packet
    assert "Paris" in packet
    assert found.metadata.iptc == (SETS[:18] if target in ("jpeg", "tiff") else None)
    assert any("IPTC" in note for note in result.notes) == (target in ("png", "webp"))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("order", ["<", ">"])
def test_no_thumbnail_survives(tmp_path: Path, target: Target, order: str) -> None:
    small = thumbnail()
    data = full_jpeg(order=order, maker_note=b"maker" + small + b"note")
    assert data.count(small[20:200]) == 4
    result, _ = exported(tmp_path, EncodeOptions(format=target), data)
    assert small[-40:] not in result.data
    assert small[160:] not in result.data
    assert b"/9j/" not in result.data
    assert result.data.count(b"\xff\xd8\xff") == (1 if target == "jpeg" else 0)
    assert exif.PREVIEW_DROPPED in result.notes


@pytest.mark.parametrize("target", TARGETS)
def test_positions_and_places_go_when_asked(tmp_path: Path, target: Target) -> None:
    _, path = exported(tmp_path, EncodeOptions(format=target, remove_gps=True))
    with Image.open(path) as image:
        assert IFD.GPSInfo not in image.getexif()
        assert image.getexif()[0x13B] == "Ada Lovelace"
    found = decode(path)
    packet = found.metadata.xmp or b""
    assert b"GPS" not in packet
    assert b"Paris" not in path.read_bytes()
    assert b"Charles" in packet
    assert struct.pack("<6I", 48, 1, 51, 1, 30, 1) not in path.read_bytes()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("has_xmp", [True, False])
def test_training_is_forbidden_and_the_commitment_stated(tmp_path: Path, target: Target, has_xmp: bool) -> None:
    data = full_jpeg() if has_xmp else encoded(Image.fromarray(smooth(30, 40)), "JPEG")
    options = EncodeOptions(format=target, forbid_training=True, commitment="ab" * 32)
    _, path = exported(tmp_path, options, data)
    packet = (decode(path).metadata.xmp or b"").decode()
    assert 'xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/"' in packet
    assert f'plus:DataMining="{xmp.NO_TRAINING}"' in packet
    assert f'mtgui:Commitment="{"ab" * 32}"' in packet
    with Image.open(path) as image:
        assert "DataMining" in str(image.getxmp())


def test_a_stricter_prohibition_is_left_alone() -> None:
    stricter = "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED"
    packet = xmp.create(xmp.Statements(forbid_training=True)) or b""
    packet = packet.replace(xmp.NO_TRAINING.encode(), stricter.encode())
    cleaned, notes = xmp.clean(packet, (1, 1), xmp.Statements(forbid_training=True), remove_places=False)
    assert notes == ()
    assert cleaned is not None
    assert cleaned.count(b"DataMining") == 1
    assert stricter.encode() in cleaned


def test_stating_twice_states_once() -> None:
    statements = xmp.Statements(forbid_training=True, commitment="ab" * 32)
    once = xmp.create(statements) or b""
    twice, _ = xmp.clean(once, (1, 1), xmp.Statements(True, "cd" * 32), remove_places=False)
    assert twice is not None
    assert twice.count(b":DataMining=") == 1
    assert twice.count(b"Commitment") == 1
    assert b"cd" * 32 in twice


@pytest.mark.parametrize(
    "packet",
    [
        b"<x:xmpmeta",
        b"",
        b"<a/>",
        b"\xff\xfe\xfd",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b"<a>" * 5000 + b"</a>" * 5000,
        b"<x:y/>",
    ],
)
def test_damaged_or_hostile_xmp_is_replaced_with_a_note(packet: bytes) -> None:
    statements = xmp.Statements(commitment="ab" * 32)
    cleaned, notes = xmp.clean(packet, (3, 4), statements, remove_places=True)
    assert cleaned == xmp.create(statements)
    assert notes == (xmp.DAMAGED,)


def test_damaged_exif_is_left_out_with_a_note(tmp_path: Path) -> None:
    bare = encoded(Image.fromarray(smooth(30, 40)), "JPEG")
    for block in (b"II*\0\xff\xff\xff\xff", b"rubbish", b"", b"II*\0\x08\0\0\0\xff\xff", b"MM\0+" + b"\0" * 30):
        result, _ = exported(tmp_path, EncodeOptions(), with_segments(bare, (0xE1, b"Exif\0\0" + block)))
        assert result.notes == ((exif.DAMAGED,) if block else ())
        assert b"Exif" not in result.data


def test_exif_directories_in_a_circle_end() -> None:
    pointer = ifd.Field(0x8769, ifd.LONG, 1, struct.pack("<I", 8))
    block = b"II*\0\x08\0\0\0" + ifd.write_directory([pointer], 8, "<")
    cleaned, notes = exif.clean(block, (1, 1), remove_gps=False)
    assert cleaned is not None
    assert len(notes) == 1


def test_tiff_metadata_reach_jpeg(tmp_path: Path) -> None:
    more = (
        ifd.Field(0x13B, ifd.ASCII, 13, b"Ada Lovelace\0"),
        ifd.Field(700, ifd.BYTE, len(PACKET.encode()), PACKET.encode()),
        ifd.Field(33723, ifd.UNDEFINED, len(SETS), SETS),
        ifd.Field(34675, ifd.UNDEFINED, len(PROFILE), PROFILE),
        ifd.Field(282, ifd.RATIONAL, 1, struct.pack("<II", 72, 1)),
        ifd.Field(283, ifd.RATIONAL, 1, struct.pack("<II", 72, 1)),
    )
    data = raw_tiff(noise(30, 40, 3), photometric=2, more=more)
    _, path = exported(tmp_path, EncodeOptions(format="jpeg"), data, "a.tif")
    with Image.open(path) as image:
        assert image.getexif()[0x13B] == "Ada Lovelace"
        assert image.info["icc_profile"] == PROFILE
        assert image.info["dpi"] == (72, 72)
        assert image.info["photoshop"][0x0404] == SETS[:18]
    assert b"Charles" in (decode(path).metadata.xmp or b"")


def test_tiff_exif_directories_reach_png(tmp_path: Path) -> None:
    first, _ = exported(tmp_path, EncodeOptions(format="tiff"))
    picture, _ = opened(tmp_path, first.data, "b.tif")
    assert picture.notes == (tiff.MAKER_NOTE_DROPPED,)
    _, path = exported(tmp_path, EncodeOptions(format="png"), first.data, "b.tif")
    with Image.open(path) as image:
        assert image.getexif()[0x13B] == "Ada Lovelace"
        assert image.getexif().get_ifd(IFD.Exif)[0xA002] == 30
        assert image.getexif().get_ifd(IFD.GPSInfo)[2] == (48.0, 51.0, 30.0)


def test_xmp_too_large_for_jpeg_is_left_out_but_statements_stay(tmp_path: Path) -> None:
    large = PACKET.replace("Ada &amp; Charles", "A. " * 25_000)
    data = with_chunks(
        encoded(Image.fromarray(smooth(9, 9)), "PNG"), (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + large.encode())
    )
    result, path = exported(tmp_path, EncodeOptions(format="jpeg", commitment="ab" * 32), data, "a.png")
    assert result.notes == ("Its XMP data are too large for JPEG and were left out.",)
    assert b"ab" * 32 in (decode(path).metadata.xmp or b"")
    result, path = exported(tmp_path, EncodeOptions(format="png"), data, "a.png")
    assert result.notes == ()
    assert b"A. " * 25_000 in (decode(path).metadata.xmp or b"")


def test_colour_settings_and_texts_of_a_png_stay_in_a_png(tmp_path: Path) -> None:
    data = with_chunks(
        encoded(Image.fromarray(smooth(9, 9)), "PNG"), (b"gAMA", struct.pack(">I", 45455)), (b"tEXt", b"Author\0Ada")
    )
    result, path = exported(tmp_path, EncodeOptions(), data, "a.png")
    with Image.open(path) as image:
        image.load()
        assert image.info["gamma"] == 0.45455
        assert image.info["Author"] == "Ada"
    assert result.notes == ()
    result, _ = exported(tmp_path, EncodeOptions(format="jpeg"), data, "a.png")
    assert len(result.notes) == 2


def test_a_jpeg_comment_stays(tmp_path: Path) -> None:
    data = encoded(Image.fromarray(smooth(9, 9)), "JPEG", comment="© Ada")
    _, path = exported(tmp_path, EncodeOptions(), data)
    with Image.open(path) as image:
        assert image.info["comment"] == "© Ada".encode()


def test_the_pixels_do_not_depend_on_the_metadata(tmp_path: Path) -> None:
    plain, _ = opened(tmp_path, encoded(Image.fromarray(smooth(30, 40)), "JPEG"))
    full, _ = opened(tmp_path)
    assert np.array_equal(np.rot90(plain.pixels, -1, (1, 2)), full.pixels)
