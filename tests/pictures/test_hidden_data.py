"""No text of a marked copy, in any container, hides the unmarked picture; honest words stay; losses are said."""

import base64
import io
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtgui.pictures import ifd
from mtgui.pictures.decoding import decode
from mtgui.pictures.encoding import EncodeOptions, encode
from mtgui.pictures.hidden_data import hides_data
from mtgui.pictures.metadata_suspicion import HIDDEN_DROPPED, PLACE_DROPPED
from mtgui.pictures.places import tells_place
from tests.pictures.carving import pictures_in
from tests.pictures.picture_samples import (
    encoded,
    noise,
    png_chunk,
    raw_tiff,
    smooth,
    stored,
    with_chunks,
    with_segments,
)

SECRET = Image.fromarray(noise(24, 32, 3, seed=5))
WORDS = " ".join(["castle", "ink", "watercolour", "bridge", "river", "study", "sketch", "commission", "winter"] * 15)
HEAD = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
TAIL = "</rdf:Description></rdf:RDF></x:xmpmeta>"


def lines(text: str, width: int, gap: str = "\n") -> str:
    return gap.join(text[at : at + width] for at in range(0, len(text), width))


JPEG, PNG, WEBP = (encoded(SECRET, kind, quality=80) for kind in ("JPEG", "PNG", "WEBP"))
B64 = base64.b64encode(JPEG).decode()
HIDDEN = {
    "base64 of JPEG": B64,
    "base64 of PNG": base64.b64encode(PNG).decode(),
    "base64 of WebP": base64.b64encode(WEBP).decode(),
    "base64 of GIF": base64.b64encode(encoded(SECRET.convert("P"), "GIF")).decode(),
    "base64 of TIFF": base64.b64encode(encoded(SECRET, "TIFF")).decode(),
    "base64 of BMP": base64.b64encode(encoded(SECRET, "BMP")).decode(),
    "base64 of raw pixels": base64.b64encode(SECRET.tobytes()).decode(),
    "base64 of deflated pixels": base64.b64encode(zlib.compress(SECRET.tobytes())).decode(),
    "URL-safe base64": base64.urlsafe_b64encode(JPEG).decode(),
    "base64 after a word": "picture" + B64,
    "base64 in lines": lines(B64, 76),
    "base64 in short lines": lines(B64, 20, "\r\n  "),
    "base64 in escaped lines": lines(B64, 64, "\\n"),
    "base64 in JSON": "prompt:" + json.dumps({"3": {"class_type": "LoadImage", "inputs": {"image": B64}}}),
    "base64 twice": base64.b64encode(B64.encode()).decode(),
    "hexadecimal": JPEG.hex(),
    "hexadecimal in lines": lines(PNG.hex().upper(), 72),
    "hexadecimal with spaces": JPEG.hex(" "),
    "numbers": ", ".join(map(str, PNG)),
    "Ascii85": base64.a85encode(PNG, adobe=True).decode(),
    "Ascii85 without signs": base64.a85encode(JPEG).decode(),
    "base85": base64.b85encode(PNG).decode(),
    "data address": "see data:image/png;base64," + base64.b64encode(PNG).decode(),
    "data address with percent signs": "data:image/jpeg," + "".join(f"%{byte:02X}" for byte in JPEG),
    "a small picture": base64.b64encode(encoded(Image.new("RGB", (2, 2), (9, 80, 7)), "PNG")).decode(),
}
HONEST = {
    "words": WORDS,
    "words as a path": WORDS.replace(" ", "/"),
    "capitals": WORDS.upper(),
    "titles": WORDS.title(),
    "prose": "Ada painted this at Dover, in oil; it took her 12 days (and 3 nights). All rights reserved. " * 12,
    "names of files": " ".join(f"IMG{number}" for number in range(2000, 2200)),
    "a divider": "-" * 700 + "=" * 700,
    "settings": json.dumps(
        {"3": {"class_type": "KSampler", "inputs": {"seed": 12345678901234, "steps": 20}}}
        | {
            str(n): {"class_type": "CLIPTextEncode", "inputs": {"text": "a castle by the river", "clip": ["4", 1]}}
            for n in range(9)
        }
    ),
    "a long story": "It was a bright cold day in April, and the clocks were striking thirteen. " * 90,
    "a hash": "3f0a" * 16,
    "an address": "https://example.org/ada/portfolio/2024/castle-by-the-river?size=large&id=18f3a9c2b7",
}
PLACES = {
    "pair": "Harbour wall, 41.40338, 2.17403",
    "names": "lat=41.40338 lon=2.17403",
    "degrees": "41° 24' 12.2\" N, 2° 10' 26.5\" E",
    "address": "geo:41.40338,2.17403",
    "JSON": json.dumps({"latitude": 41.40338, "longitude": 2.17403}),
    "letters": "N41.40338 E2.17403",
    "XMP form": "41,24.2028N 2,10.4418E",
    "map": "https://maps.example.org/?q=41.40338,2.17403",
}


def exif_with(tag: int, kind: int, value: bytes) -> bytes:
    """Return an EXIF block with one field beside the name of the artist; tags from 0x9000 go into the inner part."""
    field = ifd.Field(tag, kind, len(value), value)
    artist = ifd.Field(0x13B, ifd.ASCII, 4, b"Ada\0")
    if tag in range(0x9C00, 0x9D00) or tag < 0x9000:
        return b"II*\0\x08\0\0\0" + ifd.write_directory([artist, field], 8, "<")
    pointer = ifd.Field(0x8769, ifd.LONG, 1, struct.pack("<I", 0))
    at = 8 + len(ifd.write_directory([artist, pointer], 8, "<"))
    pointer = ifd.Field(0x8769, ifd.LONG, 1, struct.pack("<I", at))
    first = ifd.write_directory([artist, pointer], 8, "<")
    return b"II*\0\x08\0\0\0" + first + ifd.write_directory([field], at, "<")


def exif_forms(text: str) -> dict[str, bytes]:
    plain, wide = text.encode(), text.encode("utf-16-le")
    return {
        "description in UTF-8": exif_with(0x10E, ifd.UTF8, plain + b"\0"),
        "description": exif_with(0x10E, ifd.ASCII, plain + b"\0"),
        "comment in ASCII": exif_with(0x9286, ifd.UNDEFINED, b"ASCII\0\0\0" + plain),
        "comment in Unicode": exif_with(0x9286, ifd.UNDEFINED, b"UNICODE\0" + wide),
        "comment in big Unicode": exif_with(0x9286, ifd.UNDEFINED, b"UNICODE\0" + text.encode("utf-16-be")),
        "comment in JIS": exif_with(0x9286, ifd.UNDEFINED, b"JIS\0\0\0\0\0" + text.encode("iso2022_jp", "ignore")),
        "comment of no charset": exif_with(0x9286, ifd.UNDEFINED, bytes(8) + plain),
        "XPComment": exif_with(0x9C9C, ifd.BYTE, wide + b"\0\0"),
        "maker note": exif_with(0x927C, ifd.UNDEFINED, b"MAKER\0\1\0" + bytes(16) + plain),
    }


EXIF_FORMS = tuple(exif_forms(""))


def bare(kind: str) -> bytes:
    return encoded(Image.fromarray(smooth(30, 40)), kind)


def in_exif(form: str, container: str) -> Callable[[str], tuple[str, bytes]]:
    def make(text: str) -> tuple[str, bytes]:
        block = exif_forms(text)[form]
        if container == "jpg":
            return "a.jpg", with_segments(bare("JPEG"), (0xE1, b"Exif\0\0" + block))
        if container == "png":
            return "a.png", with_chunks(bare("PNG"), (b"eXIf", block))
        return "a.webp", encoded(Image.fromarray(smooth(30, 40)), "WEBP", lossless=True, exif=block)

    return make


def iptc_set(number: int, text: str) -> bytes:
    value = text.encode()
    return struct.pack(">BBBHI", 0x1C, 2, number, 0x8004, len(value)) + value


def in_iptc(number: int) -> Callable[[str], tuple[str, bytes]]:
    def make(text: str) -> tuple[str, bytes]:
        sets = b"\x1c\x02\x50\0\3Ada" + iptc_set(number, text)
        block = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(sets)) + sets + b"\0" * (len(sets) % 2)
        return "a.jpg", with_segments(bare("JPEG"), (0xED, block))

    return make


def in_tiff_iptc(text: str) -> tuple[str, bytes]:
    sets = iptc_set(120, text)
    field = ifd.Field(33723, ifd.UNDEFINED, len(sets), sets)
    return "a.tif", raw_tiff(noise(30, 40, 3), photometric=2, more=(field,))


def in_tiff_text(text: str) -> tuple[str, bytes]:
    value = text.encode() + b"\0"
    return "a.tif", raw_tiff(noise(30, 40, 3), photometric=2, more=(ifd.Field(0x10E, ifd.ASCII, len(value), value),))


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def in_xmp(form: str) -> Callable[[str], tuple[str, bytes]]:
    def make(text: str) -> tuple[str, bytes]:
        safe = escaped(text)
        start = '<rdf:Description rdf:about="" xmlns:a="http://a/"'
        if form == "attribute":
            body = f'{start} a:note="{safe}">'
        elif form == "list":
            items = "".join(f"<rdf:li>{escaped(part)}</rdf:li>" for part in lines(text, 70).split("\n"))
            body = f"{start}><a:note><rdf:Seq>{items}</rdf:Seq></a:note>"
        else:
            body = f"{start}><a:note><rdf:Alt><rdf:li>{safe}</rdf:li></rdf:Alt></a:note>"
        packet = (HEAD + body + TAIL).encode()
        return "a.png", with_chunks(bare("PNG"), (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet))

    return make


def in_png(kind: bytes) -> Callable[[str], tuple[str, bytes]]:
    def make(text: str) -> tuple[str, bytes]:
        bodies = {
            b"tEXt": b"Comment\0" + text.encode("latin-1"),
            b"zTXt": b"Comment\0\0" + zlib.compress(text.encode("latin-1")),
            b"iTXt": b"Comment\0\1\0\0\0" + zlib.compress(text.encode()),
        }
        return "a.png", with_chunks(bare("PNG"), (kind, bodies[kind]))

    return make


def in_jpeg_comment(text: str) -> tuple[str, bytes]:
    return "a.jpg", with_segments(bare("JPEG"), (0xFE, text.encode()))


CARRIERS: dict[str, Callable[[str], tuple[str, bytes]]] = {
    **{f"EXIF {form}": in_exif(form, "jpg") for form in EXIF_FORMS},
    "EXIF of PNG": in_exif("description", "png"),
    "EXIF of WebP": in_exif("comment in Unicode", "webp"),
    "IPTC caption": in_iptc(120),
    "IPTC instructions": in_iptc(40),
    "IPTC of TIFF": in_tiff_iptc,
    "TIFF description": in_tiff_text,
    "XMP text": in_xmp("text"),
    "XMP attribute": in_xmp("attribute"),
    "PNG tEXt": in_png(b"tEXt"),
    "PNG zTXt": in_png(b"zTXt"),
    "PNG iTXt": in_png(b"iTXt"),
    "JPEG comment": in_jpeg_comment,
}


def published(folder: Path, made: tuple[str, bytes], *, remove_gps: bool = False) -> tuple[bytes, tuple[str, ...]]:
    path = stored(folder / made[0], made[1])
    picture = decode(path)
    result = encode(picture, picture.pixels, EncodeOptions(remove_gps=remove_gps), path)
    return result.data, (*picture.notes, *result.notes)


def carries(data: bytes, text: str) -> bool:
    """True when a piece from the middle of ``text`` stands in ``data`` in one of the encodings that are used here."""
    piece = text[len(text) // 2 :][:24]
    safe = escaped(piece)
    names = ("utf-8", "latin-1", "utf-16-le", "utf-16-be", "iso2022_jp")
    forms = [form.encode(name, "replace") for form in (piece, safe) for name in names]
    return any(form in data for form in forms)


@pytest.mark.parametrize("kind", HIDDEN)
@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_text_that_hides_a_picture_is_left_out_and_said(tmp_path: Path, carrier: str, kind: str) -> None:
    data, notes = published(tmp_path, CARRIERS[carrier](HIDDEN[kind]))
    assert not carries(data, HIDDEN[kind])
    assert HIDDEN_DROPPED in notes


@pytest.mark.parametrize("kind", HONEST)
@pytest.mark.parametrize("carrier", CARRIERS)
def test_honest_words_stay(tmp_path: Path, carrier: str, kind: str) -> None:
    data, notes = published(tmp_path, CARRIERS[carrier](HONEST[kind]))
    assert carries(data, HONEST[kind])
    assert notes == ()


@pytest.mark.parametrize("kind", PLACES)
@pytest.mark.parametrize("carrier", [name for name in CARRIERS if name != "EXIF maker note"])
def test_a_place_in_a_text_stays_unless_it_is_to_go(tmp_path: Path, carrier: str, kind: str) -> None:
    text = "This is where it was painted: " + PLACES[kind]
    assert carries(published(tmp_path, CARRIERS[carrier](text))[0], text)
    data, notes = published(tmp_path, CARRIERS[carrier](text), remove_gps=True)
    assert not carries(data, text)
    assert PLACE_DROPPED in notes


@pytest.mark.parametrize("carrier", CARRIERS)
def test_words_stay_when_places_go(tmp_path: Path, carrier: str) -> None:
    if carrier != "EXIF maker note":
        data, notes = published(tmp_path, CARRIERS[carrier](WORDS), remove_gps=True)
        assert carries(data, WORDS)
        assert notes == ()


def test_a_picture_in_pieces_over_a_list_of_xmp_is_left_out(tmp_path: Path) -> None:
    data, notes = published(tmp_path, in_xmp("list")(B64))
    assert B64[70:140].encode() not in data
    assert HIDDEN_DROPPED in notes


def test_a_comment_of_a_gif_is_cleaned(tmp_path: Path) -> None:
    plain = encoded(Image.fromarray(smooth(30, 40)).quantize(64), "GIF", comment=B64.encode())
    assert B64[:100].encode() in plain
    data, _ = published(tmp_path, ("a.gif", plain))
    assert B64[200:260].encode() not in data


def test_a_picture_in_pieces_over_several_texts_of_a_png_is_left_out(tmp_path: Path) -> None:
    chunks = [(b"tEXt", b"part%d\0" % n + part.encode()) for n, part in enumerate(lines(B64, 500).split("\n"))]
    data, notes = published(tmp_path, ("a.png", with_chunks(bare("PNG"), *chunks)))
    assert B64[500:560].encode() not in data
    assert HIDDEN_DROPPED in notes


def test_binary_data_that_pose_as_a_text_are_left_out() -> None:
    assert hides_data(PNG.decode("latin-1"))
    assert hides_data(noise(20, 20, 1).tobytes().decode("utf-8", "replace"))


@pytest.mark.parametrize("kind", [ifd.ASCII, ifd.SHORT, ifd.LONG, ifd.UTF8])
def test_pixels_in_exif_fields_of_any_type_are_left_out(tmp_path: Path, kind: int) -> None:
    smooth_pixels = np.repeat(smooth(40, 40)[..., 0] // 2 + 90, 3).tobytes()
    for pixels in (noise(48, 48, 3).tobytes(), smooth_pixels):
        field = ifd.Field(0x10E, kind, len(pixels) // ifd.SIZES[kind], pixels)
        artist = ifd.Field(0x13B, ifd.ASCII, 4, b"Ada\0")
        block = b"II*\0\x08\0\0\0" + ifd.write_directory([artist, field], 8, "<")
        data, notes = published(tmp_path, ("a.jpg", with_segments(bare("JPEG"), (0xE1, b"Exif\0\0" + block))))
        assert pixels[300:400] not in data
        assert HIDDEN_DROPPED in notes


def test_a_name_in_xmp_that_hides_a_picture_is_left_out(tmp_path: Path) -> None:
    name = "x" + base64.urlsafe_b64encode(JPEG).decode().rstrip("=")
    body = f'<rdf:Description rdf:about="" xmlns:a="http://a/"><a:{name}>1</a:{name}><a:t>kept</a:t>'
    chunk = (b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + (HEAD + body + TAIL).encode())
    data, notes = published(tmp_path, ("a.png", with_chunks(bare("PNG"), chunk)))
    assert name[300:350].encode() not in data
    assert b"kept" in data
    assert HIDDEN_DROPPED in notes


def test_data_that_unpack_without_end_are_left_out() -> None:
    bomb = b"words " * 10_000
    for _ in range(3):
        bomb = b" ".join([zlib.compress(bomb)] * 50)
    assert hides_data(bomb)
    assert hides_data("a word. " * (1 << 20))


@pytest.mark.parametrize(
    "text", ["f/2.8, 1.2345 s, 100 W", "20 °C, 41.5 x 29.7 cm", "it is 12.5 cm long: 3 days", "E 1,250"]
)
def test_numbers_of_other_kinds_are_no_place(text: str) -> None:
    assert not tells_place(text)


@pytest.mark.parametrize("carrier", CARRIERS)
def test_no_picture_but_the_marked_one_can_be_carved_out_of_a_copy(tmp_path: Path, carrier: str) -> None:
    plain, _ = published(tmp_path, CARRIERS[carrier](""))
    for kind in ("base64 of JPEG", "base64 in lines", "base64 twice", "hexadecimal", "base64 of PNG", "base64 in JSON"):
        made = CARRIERS[carrier](HIDDEN[kind])
        assert pictures_in(made[1]) > pictures_in(plain)
        assert pictures_in(published(tmp_path, made)[0]) == pictures_in(plain)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_no_picture_as_it_is_can_be_carved_out_of_a_copy(tmp_path: Path, kind: str) -> None:
    picture = encoded(SECRET, kind)
    profile = struct.pack(">I", 200 + len(picture)) + bytes(196) + picture
    sets = iptc_set(120, "") + struct.pack(">BBBHI", 0x1C, 2, 120, 0x8004, len(picture)) + picture
    files = [
        ("a.jpg", with_segments(bare("JPEG"), (0xE1, b"Exif\0\0" + exif_with(0x10E, ifd.ASCII, picture)))),
        ("b.jpg", with_segments(bare("JPEG"), (0xE1, b"Exif\0\0" + exif_with(0x927C, 7, bytes(20) + picture)))),
        ("c.jpg", with_segments(bare("JPEG"), (0xFE, picture))),
        ("d.jpg", with_segments(bare("JPEG"), (0xE2, b"ICC_PROFILE\0\1\1" + profile))),
        ("e.jpg", bare("JPEG") + picture),
        ("f.tif", raw_tiff(noise(30, 40, 3), photometric=2, more=(ifd.Field(33723, 7, len(sets), sets),))),
        ("g.png", with_chunks(bare("PNG"), (b"tEXt", b"a\0" + picture), (b"prVt", picture), (b"gAMA", picture))),
        ("h.png", bare("PNG") + png_chunk(b"prVt", picture)),
    ]
    for name, data in files:
        plain = encoded(Image.open(io.BytesIO(data)), "TIFF" if name.endswith("tif") else "PNG")
        assert pictures_in(published(tmp_path, (name, data))[0]) <= pictures_in(plain) + (name[0] != "f")
