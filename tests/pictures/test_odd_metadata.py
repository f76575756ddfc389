"""Metadata as odd programs write them: what hides in them goes, what is honest stays, and no file keeps us busy."""

import base64
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtgui.common.errors import PictureError
from mtgui.pictures import exif, hidden_data, ifd, iptc, xmp
from mtgui.pictures.decoding import decode
from mtgui.pictures.metadata_suspicion import HIDDEN_DROPPED
from tests.pictures import tiff_samples
from tests.pictures.picture_samples import (
    encoded,
    exif_block,
    noise,
    png_chunk,
    raw_png,
    raw_tiff,
    stored,
    with_chunks,
    with_segments,
)
from tests.pictures.test_hidden_data import HEAD, TAIL, bare, exif_with, iptc_set, published
from tests.pictures.test_tiff_layouts import changed

SECRET = Image.fromarray(noise(12, 16, 3, seed=9))
LOST_TEXT = "A damaged text in it was left out."
LOST_LONG_TEXT = "A damaged or overlong text in it was left out."


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"])
def test_a_maker_note_that_is_a_picture_is_left_out(tmp_path: Path, kind: str) -> None:
    picture = encoded(SECRET.quantize(16) if kind == "GIF" else SECRET, kind)
    block = exif_with(0x927C, ifd.UNDEFINED, picture)
    data, notes = published(tmp_path, ("a.jpg", with_segments(bare("JPEG"), (0xE1, b"Exif\0\0" + block))))
    assert picture[40:80] not in data
    assert len(notes) == 1


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_maker_note_that_only_begins_like_a_tiff_file_stays(tmp_path: Path, order: str) -> None:
    fields = [ifd.shorts(1, [7], order), ifd.Field(2, ifd.ASCII, 20, b"Lens of Ada, no. 12\0")]
    mark = b"II*\0\x08\0\0\0" if order == "<" else b"MM\0*\0\0\0\x08"
    note = mark + ifd.write_directory(fields, 8, order)
    block = exif_with(0x927C, ifd.UNDEFINED, note)
    data, notes = published(tmp_path, ("a.jpg", with_segments(bare("JPEG"), (0xE1, b"Exif\0\0" + block))))
    assert note in data
    assert notes == ()


def with_raw_profile(digits: bytes, name: bytes = b"exif") -> bytes:
    return with_chunks(bare("PNG"), (b"zTXt", b"Raw profile type " + name + b"\0\0" + zlib.compress(digits)))


@pytest.mark.parametrize(
    "form",
    [
        "\nexif\n    {n}\n{lines72}\n",
        "\nexif\n{n}\n{lines7}",
        "\n exif \n{n:>8}\n\n{pairs}\n\n",
        "\nexif\r\n {n}\n{whole}\0",
    ],
)
def test_digits_in_lines_of_any_length_are_read(tmp_path: Path, form: str) -> None:
    block = exif_block(orientation=6)
    digits = block.hex()
    parts = {f"lines{n}": "\n".join(digits[at : at + n] for at in range(0, len(digits), n)) for n in (7, 72)}
    text = form.format(n=len(block), pairs=block.hex(" "), whole=digits, **parts)
    picture = decode(stored(tmp_path / "a.png", with_raw_profile(text.encode())))
    assert picture.metadata.exif == block
    assert picture.notes == ()
    assert (picture.width, picture.height) == (30, 40)


@pytest.mark.parametrize(
    "text",
    [
        b"\n" + b" " * 2_000_000,
        b"\n" + b"exif " * 400_000 + b"\n",
        b"\nexif\n" + b" " * 2_000_000 + b"8\n",
        b"\nexif\n       8\n" + b"00 " * 700_000 + b"x",
        b"\n" * 2_000_000,
    ],
    ids=["spaces", "names", "a number far away", "digits with an end", "lines"],
)
def test_hostile_digits_are_refused_at_once(tmp_path: Path, text: bytes) -> None:
    """If the time grew with the square of the length, this would take days and end by the time limit of tests."""
    assert decode(stored(tmp_path / "a.png", with_raw_profile(text))).notes == (LOST_TEXT,)


def test_what_lies_behind_the_rows_of_a_png_is_not_copied(tmp_path: Path) -> None:
    pixels = np.zeros((6, 8, 3), np.uint8)
    secret = encoded(SECRET, "JPEG")
    plain = raw_png(pixels, 2, 8)
    rows = zlib.decompress(plain[41 : plain.index(b"IEND") - 8])
    for body in (zlib.compress(rows + secret), zlib.compress(rows) + secret, zlib.compress(rows + bytes(9 << 20))):
        data = plain[:33] + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")
        assert not decode(stored(tmp_path / "a.png", data)).pixels.any()
        copy, _ = published(tmp_path, ("a.png", data))
        with Image.open(io.BytesIO(copy)) as image:
            assert image.size == (8, 6)
        assert len(copy) < 400


def test_a_picture_in_pieces_over_several_keywords_of_iptc_is_left_out(tmp_path: Path) -> None:
    digits = base64.b64encode(encoded(SECRET, "JPEG")).decode()
    sets = b"".join(iptc_set(25, digits[at : at + 30]) for at in range(0, len(digits), 30))
    segment = (0xED, iptc.PHOTOSHOP_PREFIX + iptc.to_resources(b"\x1c\x02\x50\0\3Ada" + sets))
    data, notes = published(tmp_path, ("a.jpg", with_segments(bare("JPEG"), segment)))
    assert digits[300:330].encode() not in data
    assert HIDDEN_DROPPED in notes


def test_many_honest_keywords_of_iptc_stay(tmp_path: Path) -> None:
    sets = b"".join(iptc_set(25, word) for word in ["castle", "harbour", "watercolour", "Dover", "sketch"] * 9)
    segment = (0xED, iptc.PHOTOSHOP_PREFIX + iptc.to_resources(sets))
    data, notes = published(tmp_path, ("a.jpg", with_segments(bare("JPEG"), segment)))
    assert sets in data
    assert notes == ()


def test_the_artist_of_a_tiff_in_utf_8_stays(tmp_path: Path) -> None:
    artist = "Ada Łovelace\0".encode()
    data = raw_tiff(noise(6, 8, 3), photometric=2, more=(ifd.Field(0x13B, ifd.UTF8, len(artist), artist),))
    copy, notes = published(tmp_path, ("a.tif", data))
    assert artist in copy
    assert notes == ()


@pytest.mark.parametrize("stated", [0, 1, 100, 1 << 30])
def test_the_size_of_a_single_strip_follows_from_the_picture(tmp_path: Path, stated: int) -> None:
    pixels = noise(6, 8, 3)
    data = changed(raw_tiff(pixels, photometric=2), 279, ifd.longs(279, [stated], "<"))
    assert np.array_equal(decode(stored(tmp_path / "a.tif", data)).pixels, np.moveaxis(pixels, -1, 0))
    late = changed(data, 273, ifd.longs(273, [len(data) - 100], "<"))
    with pytest.raises(PictureError, match="does not hold all of its pixels"):
        decode(stored(tmp_path / "a.tif", late))


@pytest.mark.parametrize("tags", [(322,), (323,), (322, 323), (322, 323, 325)])
def test_stray_sizes_of_tiles_beside_strips_do_not_count(tmp_path: Path, tags: tuple[int, ...]) -> None:
    pixels = noise(6, 8, 3)
    data = raw_tiff(pixels, photometric=2, more=tuple(ifd.shorts(tag, [16], "<") for tag in tags))
    assert np.array_equal(decode(stored(tmp_path / "a.tif", data)).pixels, np.moveaxis(pixels, -1, 0))


@pytest.mark.parametrize("compression", [tiff_samples.LZW, tiff_samples.DEFLATE, tiff_samples.PACKBITS])
def test_compressed_strips_of_no_stated_size_are_refused(tmp_path: Path, compression: int) -> None:
    layout = tiff_samples.Layout(compression=compression)
    whole = tiff_samples.written(layout, tiff_samples.drawn_samples(layout))
    for field in (ifd.longs(279, [0, 0], "<"), ifd.longs(279, [70], "<"), ifd.longs(60000, [1, 1], "<")):
        with pytest.raises(PictureError, match="in a way that mtgui does not read"):
            decode(stored(tmp_path / "a.tif", changed(whole, 279, field)))


@pytest.mark.parametrize(("number", "stays"), [(3, True), (200, False)])
def test_a_long_list_of_earlier_documents_is_called_that(tmp_path: Path, number: int, stays: bool) -> None:
    ids = [noise(1, 16, 1, seed=at).tobytes().hex().upper() for at in range(number)]
    items = "".join(f"<rdf:li>{one}</rdf:li>" for one in ids)
    body = (
        '<rdf:Description rdf:about="" xmlns:p="http://ns.adobe.com/photoshop/1.0/" p:Headline="By the river">'
        f"<p:DocumentAncestors><rdf:Bag>{items}</rdf:Bag></p:DocumentAncestors>"
    )
    chunk = (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + (HEAD + body + TAIL).encode())
    data, notes = published(tmp_path, ("a.png", with_chunks(bare("PNG"), chunk)))
    assert (ids[1].encode() in data) == stays
    assert b"By the river" in data
    assert notes == (() if stays else (xmp.ANCESTORS_DROPPED,))


def with_wrong_checksum(kind: bytes, body: bytes) -> bytes:
    data = bytearray(with_chunks(bare("PNG"), (kind, body)))
    data[33 + 8 + len(body)] ^= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"tRNS", bytes(6)),
        (b"iCCP", b"P3\0\0" + zlib.compress(bytes(400))),
        (b"cICP", b"\x0c\x10\0\1"),
        (b"sRGB", b"\0"),
        (b"gAMA", b"\0\0\xb1\x8f"),
    ],
)
def test_a_png_whose_statement_about_colours_is_damaged_is_refused(tmp_path: Path, kind: bytes, body: bytes) -> None:
    with pytest.raises(PictureError, match=f"checksum of its part {kind.decode()} at byte 33 is wrong.*colours"):
        decode(stored(tmp_path / "a.png", with_wrong_checksum(kind, body)))


@pytest.mark.parametrize("kind", [b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"pHYs"])
def test_a_damaged_text_or_exif_block_of_a_png_is_said(tmp_path: Path, kind: bytes) -> None:
    data, notes = published(tmp_path, ("a.png", with_wrong_checksum(kind, b"Title\0Harbour wall")))
    assert notes == (f"A damaged part of it ({kind.decode()}) was left out.",)
    assert b"Harbour wall" not in data


def test_headers_of_directories_without_end_are_judged_at_once() -> None:
    value = b"II*\0\x08\0\0\0\xff\xffAA" * 256 + b"\1\0" * 500_000
    assert hidden_data.holds_tiff(value)
    assert hidden_data.hides_data(value)


@pytest.mark.parametrize("number", [1, 40])
def test_fields_of_exif_that_share_their_bytes_many_times_are_left_out(tmp_path: Path, number: int) -> None:
    text = b"A calm evening by the lake, with boats. " * 50
    field = struct.pack("<HHII", 0x10E, ifd.ASCII, len(text), 14 + 12 * number)
    block = b"II*\0\x08\0\0\0" + struct.pack("<H", number) + field * number + bytes(4) + text
    data, notes = published(tmp_path, ("a.jpg", with_segments(bare("JPEG"), (0xE1, b"Exif\0\0" + block))))
    assert text in data
    assert notes == (() if number == 1 else (exif.PART_DAMAGED,))


@pytest.mark.parametrize("number", [1, 40])
def test_fields_of_a_tiff_that_overlap_do_not_swell_the_copy(tmp_path: Path, number: int) -> None:
    text = b"A calm evening by the lake, with boats. " * 2000
    shown = raw_tiff(noise(4, 4, 3), photometric=2, more=(ifd.longs(0x8769, [0], "<"),))
    start = len(shown)
    fields = b"".join(
        struct.pack("<HHII", 0x9300 + at, ifd.ASCII, len(text), start + 6 + 12 * number) for at in range(number)
    )
    whole = changed(shown, 0x8769, ifd.longs(0x8769, [start], "<")) + struct.pack("<H", number) + fields + bytes(4)
    data, notes = published(tmp_path, ("a.tif", whole + text))
    assert notes == (() if number == 1 else (exif.DAMAGED,))
    assert (text in data) == (number == 1)
    assert len(data) < 2 * len(text)


def test_many_texts_that_unpack_to_much_are_left_out_and_said(tmp_path: Path) -> None:
    long = zlib.compress(b"lake " * 1_000_000)
    chunks = [(b"zTXt", b"Title %d\0\0" % at + long) for at in range(8)]
    picture = decode(stored(tmp_path / "a.png", with_chunks(bare("PNG"), *chunks)))
    assert sum(len(text) for _, text in picture.metadata.texts) == 15_000_000
    assert picture.notes == (LOST_LONG_TEXT,)


def test_zeros_in_an_item_that_is_no_picture_are_no_hole(tmp_path: Path) -> None:
    data = encoded(SECRET, "AVIF", xmp=b"<x>" + bytes(400) + b"</x>")
    other = data.replace(b"application/rdf+xml", b"application/octet-s")
    assert other != data
    assert decode(stored(tmp_path / "a.avif", other)).metadata.xmp is None


def test_what_lies_around_a_frame_of_a_gif_is_said(tmp_path: Path) -> None:
    data = encoded(SECRET.quantize(16), "GIF")
    wider = data[:6] + struct.pack("<HH", 40, 30) + data[10:]
    assert decode(stored(tmp_path / "a.gif", data)).notes == (
        "Its colours from a table (palette) became full colours.",
    )
    assert any("smaller than its canvas" in note for note in decode(stored(tmp_path / "b.gif", wider)).notes)


@pytest.mark.parametrize(("kind", "width"), [(ifd.ASCII, 38), (ifd.UNDEFINED, 200), (ifd.UNDEFINED, 4)])
def test_a_picture_in_pieces_over_several_fields_of_exif_is_left_out(tmp_path: Path, kind: int, width: int) -> None:
    picture = encoded(SECRET, "WEBP" if width == 200 else "JPEG", quality=90)
    secret = base64.b64encode(picture) if kind == ifd.ASCII else b"\1" * (width - 2) + picture
    pieces = [secret[at : at + width] for at in range(0, len(secret), width)]
    fields = [ifd.Field(0xD000 + n, kind, len(piece), piece) for n, piece in enumerate(pieces)]
    block = b"II*\0\x08\0\0\0" + ifd.write_directory(fields, 8, "<")
    data, notes = published(tmp_path, ("a.jpg", with_segments(bare("JPEG"), (0xE1, b"Exif\0\0" + block))))
    assert all(piece not in data for piece in pieces[3:-1] if len(piece) > 4)
    assert b"Exif\0\0" not in data
    assert HIDDEN_DROPPED in notes


def test_many_honest_fields_of_exif_stay(tmp_path: Path) -> None:
    texts = [
        b"Ada Example",
        b"Camera Works",
        b"X-100 Mark II",
        b"2024:05:01 12:00:09",
        b"48.137 mm lens",
        b"0230",
        b"9F3C2A77",
    ]
    fields = [ifd.Field(0xD000 + n, ifd.ASCII, len(text) + 1, text + b"\0") for n, text in enumerate(texts * 6)]
    block = b"II*\0\x08\0\0\0" + ifd.write_directory(fields, 8, "<")
    data, notes = published(tmp_path, ("a.jpg", with_segments(bare("JPEG"), (0xE1, b"Exif\0\0" + block))))
    assert all(text in data for text in texts)
    assert notes == ()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_settings_for_printers_that_hold_a_picture_are_left_out(tmp_path: Path, kind: str) -> None:
    picture = encoded(SECRET, kind, quality=40)
    honest = b"PrintIM\x000300\0\0\0\x02" + bytes(range(12)) * 30
    for value, stays in ((honest, True), (b"PrintIM\x000300\0\0" + picture, False)):
        block = exif_with(0xC4A5, ifd.UNDEFINED, value)
        data, notes = published(tmp_path, ("a.jpg", with_segments(bare("JPEG"), (0xE1, b"Exif\0\0" + block))))
        assert (value in data) is stays
        assert (notes == ()) is stays


@pytest.mark.parametrize("form", ["attributes", "elements"])
def test_a_picture_in_pieces_over_several_properties_of_xmp_is_left_out(tmp_path: Path, form: str) -> None:
    secret = base64.b64encode(encoded(SECRET, "JPEG", quality=90)).decode()
    pieces = [secret[at : at + 38] for at in range(0, len(secret), 38)]
    attributes = "".join(f' a:p{n}="{piece}"' for n, piece in enumerate(pieces)) if form == "attributes" else ""
    elements = "" if attributes else "".join(f"<a:p>{piece}</a:p>" for piece in pieces)
    body = f'<rdf:Description rdf:about="" xmlns:a="http://a/"{attributes}>{elements}'
    chunk = (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + (HEAD + body + TAIL).encode())
    data, notes = published(tmp_path, ("a.png", with_chunks(bare("PNG"), chunk)))
    assert not any(piece.encode() in data for piece in pieces[:-1])
    assert notes == (HIDDEN_DROPPED,)


def test_many_honest_properties_of_xmp_stay(tmp_path: Path) -> None:
    settings = "".join(f' a:Setting{n}="{value}"' for n, value in enumerate(["+10", "-5", "0.25", "True", "6500"] * 50))
    events = "".join(
        f'<rdf:li a:action="saved" a:instanceID="xmp.iid:{n:08x}-7c1d-4e2a-9b3f-{n * 7919:012x}" '
        f'a:when="2024-05-01T12:00:{n:02}+02:00" a:softwareAgent="Adobe Photoshop 25.0 (Macintosh)"/>'
        for n in range(60)
    )
    body = f'<rdf:Description rdf:about="" xmlns:a="http://a/"{settings}><a:History><rdf:Seq>{events}</rdf:Seq></a:History>'
    chunk = (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + (HEAD + body + TAIL).encode())
    data, notes = published(tmp_path, ("a.png", with_chunks(bare("PNG"), chunk)))
    assert b"xmp.iid:0000003b" in data
    assert b'Setting249="6500"' in data
    assert notes == ()
