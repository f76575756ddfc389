"""What hides in metadata: pictures under harmless names, and places."""

import base64
import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from mtgui.marking.keys import new_key
from mtgui.marking.mark import PictureDesign, make_mark, mark_picture
from mtgui.marking.settings import MarkSettings
from mtgui.pictures.decoding import decode
from mtgui.pictures.encoding import EncodeOptions, encode
from mtgui.pictures.hidden_data import hides_data
from mtgui.pictures.places import names_place, tells_place

BEFORE = '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
AFTER = "</rdf:RDF></x:xmpmeta>"


def small_png() -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)).save(file, "PNG")
    return file.getvalue()


def published(path: Path, *, remove_gps: bool = False) -> bytes:
    picture = decode(path)
    mark = make_mark(new_key(), MarkSettings())
    marked = mark_picture(picture.pixels, mark, PictureDesign("ab" * 32, picture.height, picture.width))
    return encode(picture, marked, EncodeOptions(remove_gps=remove_gps), path).data


def jpeg_with(path: Path, *, xmp: str = "", exif: bytes = b"", icc: bytes = b"") -> Path:
    options = {name: value for name, value in (("xmp", xmp.encode()), ("exif", exif), ("icc_profile", icc)) if value}
    Image.new("RGB", (40, 30), (90, 120, 60)).save(path, "JPEG", **options)
    return path


@pytest.mark.parametrize(
    "form",
    [
        "<a:x>{}</a:x>",
        "<a:x>data:image/png;base64,{}</a:x>",
        "<a:x><![CDATA[{}]]></a:x>",
        "<a:x><!-- hidden --> {}</a:x>",
        "<a:x><!-- {} --></a:x>",
    ],
)
def test_an_encoded_picture_in_xmp_is_left_out_whatever_it_is_called(tmp_path: Path, form: str) -> None:
    secret = base64.b64encode(small_png()).decode()
    body = f'<rdf:Description rdf:about="" xmlns:a="http://a/"><a:title>kept</a:title>{form.format(secret)}</rdf:Description>'
    data = published(jpeg_with(tmp_path / "a.jpg", xmp=BEFORE + body + AFTER))
    assert secret.encode() not in data
    assert b"kept" in data


def test_what_stands_outside_the_properties_of_an_xmp_packet_is_left_out(tmp_path: Path) -> None:
    secret = base64.b64encode(small_png()).decode()
    packet = BEFORE + "</rdf:RDF>" + f"<other>{secret}</other></x:xmpmeta>"
    assert secret.encode() not in published(jpeg_with(tmp_path / "a.jpg", xmp=packet))


@pytest.mark.parametrize("name", ["d:GpsLatitude", "d:lat", "d:Longitude", "d:GeoTag"])
def test_places_in_xmp_go_by_any_name(tmp_path: Path, name: str) -> None:
    body = f'<rdf:Description rdf:about="" xmlns:d="http://drone/"><{name}>48.137154</{name}></rdf:Description>'
    path = jpeg_with(tmp_path / "a.jpg", xmp=BEFORE + body + AFTER)
    assert b"48.137154" in published(path)
    assert b"48.137154" not in published(path, remove_gps=True)


def test_texts_of_a_png_that_tell_a_place_or_hold_a_picture_are_left_out(tmp_path: Path) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("exif:GPSLatitude", "48/1, 8/1, 14/1")
    texts.add_text("Thumb::URI", "file:///home/ada/secret.png")
    texts.add_text("Comment", base64.b64encode(small_png()).decode())
    texts.add_text("Title", "A quiet afternoon")
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png", pnginfo=texts)
    data = published(tmp_path / "a.png", remove_gps=True)
    assert b"48/1" not in data
    assert b"secret.png" not in data
    assert base64.b64encode(small_png())[:64] not in data
    assert b"A quiet afternoon" in data


@pytest.mark.parametrize("tag", [0x501B, 37724, 0x9286])
def test_raw_pixels_in_exif_fields_are_left_out(tmp_path: Path, tag: int) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, 6000, dtype=np.uint8).tobytes()
    exif = b"II*\0" + struct.pack("<IHHHIII", 8, 1, tag, 7, len(pixels), 26, 0) + pixels
    path = jpeg_with(tmp_path / "a.jpg", exif=b"Exif\0\0" + exif)
    assert pixels[:64] in path.read_bytes()
    assert pixels[:64] not in published(path)


def test_what_hangs_on_to_a_colour_profile_is_cut_off(tmp_path: Path) -> None:
    profile = (200).to_bytes(4, "big") + bytes(range(196))
    path = jpeg_with(tmp_path / "a.jpg", icc=profile + small_png())
    data = published(path)
    assert profile in data
    assert small_png()[:40] not in data


def test_prose_is_not_taken_for_a_picture() -> None:
    assert not hides_data("It was a bright cold day in April, and the clocks were striking. " * 40)
    assert hides_data(base64.b64encode(bytes(900)).decode())


def test_names_and_texts_of_places() -> None:
    assert all(names_place(name) for name in ("GPSAltitude", "City", "GeoUri", "latitude"))
    assert not any(names_place(name) for name in ("Title", "Rights", "Translation"))
    assert tells_place("48.13715, 11.57538")
    assert not tells_place("f/2.8, 1/250 s")
