"""Whatever text goes in, by whatever container: it is in the copy, or a note says that it is not."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mtgui.pictures import ifd
from mtgui.pictures.decoding import decode
from mtgui.pictures.encoding import EncodeOptions, Target, encode
from tests.pictures.picture_samples import encoded, noise, raw_tiff, smooth, stored, with_segments
from tests.pictures.test_hidden_data import B64, CARRIERS, HEAD, TAIL, bare, carries, exif_with

pytestmark = pytest.mark.exhaustive

TARGETS: tuple[Target, ...] = ("keep", "png", "jpeg", "webp", "tiff")
WORDS = (
    "castle",
    "harbour",
    "Dover",
    "oil",
    "on",
    "board",
    "by",
    "Ada",
    "12",
    "March",
    "study",
    "no.",
    "3",
    "the",
    "river",
)
LAW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def packet(text: str) -> bytes:
    return f'{HEAD}<rdf:Description rdf:about="" xmlns:a="http://a/"><a:t>{text}</a:t>{TAIL}'.encode()


def in_tiff(tag: int) -> Callable[[str], tuple[str, bytes]]:
    def make(text: str) -> tuple[str, bytes]:
        value = text.encode() + b"\0"
        field = ifd.Field(tag, ifd.ASCII, len(value), value)
        return "a.tif", raw_tiff(noise(30, 40, 3), photometric=2, more=(field,))

    return make


def in_box(kind: bytes, name: bytes = b"") -> Callable[[str], tuple[str, bytes]]:
    def make(text: str) -> tuple[str, bytes]:
        plain = bare("JPEG2000")
        at = plain.index(b"jp2c") - 4
        body = name + (packet(text) if name else f"<note>{text}</note>".encode())
        return "a.jp2", plain[:at] + struct.pack(">I4s", 8 + len(body), kind) + body + plain[at:]

    return make


def in_tga_area(text: str) -> tuple[str, bytes]:
    plain = encoded(Image.fromarray(smooth(30, 40)), "TGA")[:-26]
    area = struct.pack("<H", 495) + bytes(41) + text.encode()[:80].ljust(81, b"\0") + bytes(371)
    return "a.tga", plain + area + struct.pack("<II", len(plain), 0) + b"TRUEVISION-XFILE.\0"


def in_ppm(text: str) -> tuple[str, bytes]:
    return "a.ppm", b"P6\n# " + text.encode() + b"\n40 30\n255\n" + noise(30, 40, 3).tobytes()


def in_pillow(kind: str, **options: Callable[[str], bytes]) -> Callable[[str], tuple[str, bytes]]:
    def make(text: str) -> tuple[str, bytes]:
        image = Image.fromarray(smooth(30, 40))
        image = image.quantize(32) if kind == "GIF" else image
        made = {name: make_value(text) for name, make_value in options.items()}
        return f"a.{kind.lower()}", encoded(image, kind, **made)

    return make


def in_gif_xmp(text: str) -> tuple[str, bytes]:
    plain = encoded(Image.fromarray(smooth(30, 40)).quantize(16), "GIF")
    at = 13 + (2 << (plain[10] & 7)) * 3
    tail = b"\1" + bytes(range(255, -1, -1)) + b"\0"
    return "a.gif", plain[:at] + b"\x21\xff\x0bXMP DataXMP" + packet(text) + tail + plain[at:]


ALL: dict[str, Callable[[str], tuple[str, bytes]]] = {
    **{name: make for name, make in CARRIERS.items() if name != "EXIF maker note"},
    **{f"TIFF {tag}": in_tiff(tag) for tag in (269, 270, 271, 272, 285, 305, 315, 316, 33432)},
    "JPEG 2000 XML": in_box(b"xml "),
    "JPEG 2000 XMP": in_box(b"uuid", bytes.fromhex("be7acfcb97a942e89c71999491e3afac")),
    "TGA area": in_tga_area,
    "TGA text": in_pillow("TGA", id_section=lambda text: text.encode()[:255]),
    "PPM": in_ppm,
    "GIF comment": in_pillow("GIF", comment=lambda text: text.encode()),
    "GIF XMP": in_gif_xmp,
    "WebP XMP": in_pillow("WEBP", xmp=packet),
    "AVIF XMP": in_pillow("AVIF", xmp=packet),
    "AVIF EXIF": in_pillow("AVIF", exif=lambda text: b"Exif\0\0" + exif_with(0x10E, ifd.ASCII, text.encode() + b"\0")),
    "JPEG XMP": lambda text: (
        "a.jpg",
        with_segments(bare("JPEG"), (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet(text))),
    ),
}


def published(folder: Path, made: tuple[str, bytes], target: Target) -> tuple[bytes, tuple[str, ...]]:
    path = stored(folder / made[0], made[1])
    picture = decode(path)
    result = encode(picture, picture.pixels, EncodeOptions(format=target), path)
    return result.data, (*picture.notes, *(note for note in result.notes if " became " not in note))


@pytest.mark.parametrize("carrier", ALL)
@LAW
@given(words=st.lists(st.sampled_from(WORDS), min_size=6, max_size=11), target=st.sampled_from(TARGETS))
def test_a_text_is_kept_or_its_loss_is_said(tmp_path: Path, carrier: str, words: list[str], target: Target) -> None:
    text = " ".join(words)
    data, notes = published(tmp_path, ALL[carrier](text), target)
    assert carries(data, text) or notes


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("carrier", ALL)
def test_a_hidden_picture_reaches_no_copy_by_any_way(tmp_path: Path, carrier: str, target: Target) -> None:
    data, notes = published(tmp_path, ALL[carrier](B64), target)
    assert not carries(data, B64)
    assert notes


@pytest.mark.parametrize("size", [(9, 9), (16, 16), (30, 40)])
@pytest.mark.parametrize("kind", [ifd.BYTE, ifd.ASCII, ifd.SHORT, ifd.LONG, ifd.RATIONAL, ifd.UNDEFINED, ifd.UTF8])
@pytest.mark.parametrize("tag", [0x10E, 0x9286, 0x9C9C, 0x8828, 0xA302, 0xC4A5, 0x12D, 0xEA1C, 0xFDE8])
def test_pixels_in_small_fields_of_exif_are_left_out(
    tmp_path: Path, tag: int, kind: int, size: tuple[int, int]
) -> None:
    for drawn in (noise(*size, 3).tobytes(), smooth(*size).tobytes()):
        pixels = drawn[: len(drawn) // ifd.SIZES[kind] * ifd.SIZES[kind]]
        field = ifd.Field(tag, kind, len(pixels) // ifd.SIZES[kind], pixels)
        block = b"II*\0\x08\0\0\0" + ifd.write_directory([ifd.Field(0x13B, ifd.ASCII, 4, b"Ada\0"), field], 8, "<")
        data, notes = published(tmp_path, ("a.jpg", with_segments(bare("JPEG"), (0xE1, b"Exif\0\0" + block))), "keep")
        if len(pixels) > 256:
            assert pixels[100:160] not in data
            assert len(notes) == 1


@pytest.mark.parametrize(
    ("tag", "kind", "value"),
    [
        (0xC4A5, ifd.UNDEFINED, b"PrintIM\x000300\0\0" + noise(1, 400, 1).tobytes()),
        (0x12D, ifd.SHORT, struct.pack("<256H", *range(0, 65536, 256))),
        (0xEA1C, ifd.UNDEFINED, bytes(2060)),
        (0x10E, ifd.ASCII, b"A long day by the harbour, in oil. " * 30),
    ],
)
def test_long_fields_that_are_no_pixels_stay(tmp_path: Path, tag: int, kind: int, value: bytes) -> None:
    field = ifd.Field(tag, kind, len(value) // ifd.SIZES[kind], value)
    block = b"II*\0\x08\0\0\0" + ifd.write_directory([ifd.Field(0x13B, ifd.ASCII, 4, b"Ada\0"), field], 8, "<")
    data, notes = published(tmp_path, ("a.jpg", with_segments(bare("JPEG"), (0xE1, b"Exif\0\0" + block))), "keep")
    assert value in data
    assert notes == ()
