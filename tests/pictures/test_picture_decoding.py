import contextlib
import io
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mtgui.common.errors import PictureError
from mtgui.pictures import colour, ifd, sizes
from mtgui.pictures.decoding import PictureInfo, decode, decode_small, probe, read_header
from tests.needs import PIPES, RIGHTS, as_ordinary_user, folder_of_anybody
from tests.pictures.picture_samples import (
    encoded,
    exif_block,
    noise,
    png_chunk,
    raw_png,
    raw_tiff,
    smooth,
    stored,
    thumbnail,
    wide_noise,
    with_chunks,
    with_segments,
)


def planar(pixels: NDArray[np.unsignedinteger[Any]]) -> NDArray[np.unsignedinteger[Any]]:
    return np.moveaxis(pixels, -1, 0) if pixels.ndim == 3 else pixels[None]


@pytest.mark.parametrize(
    ("name", "format_name", "mode", "options"),
    [
        ("a.png", "png", "RGB", {}),
        ("a.png", "png", "L", {}),
        ("a.tif", "tiff", "RGB", {}),
        ("a.tif", "tiff", "RGB", {"compression": "tiff_lzw"}),
        ("a.tif", "tiff", "L", {"compression": "tiff_adobe_deflate"}),
        ("a.webp", "webp", "RGB", {"lossless": True}),
        ("a.jp2", "jpeg2000", "RGB", {}),
        ("a.j2k", "jpeg2000", "L", {"no_jp2": True}),
        ("a.bmp", "bmp", "RGB", {}),
        ("a.ppm", "ppm", "RGB", {}),
        ("a.pgm", "ppm", "L", {}),
        ("a.tga", "tga", "RGB", {}),
        ("a.tga", "tga", "L", {"compression": "tga_rle"}),
    ],
)
def test_lossless_formats_give_the_exact_pixels(
    tmp_path: Path, name: str, format_name: str, mode: str, options: dict[str, object]
) -> None:
    pixels = noise(23, 31, len(mode))
    pillow_name = {"jpeg2000": "JPEG2000"}.get(format_name, format_name.upper())
    path = stored(tmp_path / name, encoded(Image.fromarray(pixels), pillow_name, **options))
    picture = decode(path)
    assert picture.format == format_name
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.flags.c_contiguous
    assert np.array_equal(picture.pixels, planar(pixels))
    assert (picture.channels, picture.height, picture.width, picture.bit_depth) == (len(mode), 23, 31, 8)
    assert picture.is_lossless
    assert picture.notes == ()
    assert probe(path) == PictureInfo(format_name, 31, 23)


@pytest.mark.parametrize(
    ("name", "format_name", "pillow_name"),
    [("a.jpg", "jpeg", "JPEG"), ("a.webp", "webp", "WEBP"), ("a.avif", "avif", "AVIF")],
)
def test_lossy_formats_give_nearly_the_pixels(tmp_path: Path, name: str, format_name: str, pillow_name: str) -> None:
    pixels = smooth(48, 64)
    path = stored(tmp_path / name, encoded(Image.fromarray(pixels), pillow_name, quality=95))
    picture = decode(path)
    assert picture.format == format_name
    assert not picture.is_lossless
    assert np.abs(picture.pixels.astype(int) - planar(pixels)).max() < 24


def test_heic_is_read_with_the_extra(tmp_path: Path) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    out = io.BytesIO()
    pixels = smooth(48, 64)
    pillow_heif.from_pillow(Image.fromarray(pixels)).save(out, quality=95, exif=exif_block(orientation=6))
    picture = decode(stored(tmp_path / "a.heic", out.getvalue()))
    assert picture.format == "heif"
    assert picture.metadata.exif is not None
    upright = np.rot90(planar(pixels), -1, (1, 2))
    assert np.abs(picture.pixels.astype(int) - upright).max() < 40


def test_heic_without_the_extra_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = stored(tmp_path / "a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(PictureError, match=r'pip install "mtgui\[heif\]"'):
        decode(path)


def test_the_content_decides_and_a_wrong_name_is_noted(tmp_path: Path) -> None:
    path = stored(tmp_path / "a.jpg", encoded(Image.fromarray(noise(5, 6, 3)), "PNG"))
    picture = decode(path)
    assert picture.format == "png"
    assert picture.notes == ("The name says JPEG, but the file is PNG.",)


def test_content_read_by_the_caller_is_used(tmp_path: Path) -> None:
    data = encoded(Image.fromarray(noise(5, 6, 3)), "PNG")
    assert decode(tmp_path / "not there.png", data).width == 6


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize(("suffix", "name"), [(".png", "PNG"), (".tif", "TIFF"), (".tga", "TGA")])
def test_alpha_is_kept_with_the_colour_under_it(tmp_path: Path, mode: str, suffix: str, name: str) -> None:
    pixels = noise(9, 12, len(mode)).copy()
    pixels[:4, ..., -1] = 0
    picture = decode(stored(tmp_path / f"a{suffix}", encoded(Image.fromarray(pixels, mode), name)))
    assert np.array_equal(picture.pixels, planar(pixels)[:-1])
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, pixels[..., -1])


@pytest.mark.parametrize(("suffix", "name"), [(".png", "PNG"), (".tif", "TIFF"), (".jp2", "JPEG2000"), (".pgm", "PPM")])
def test_grey_of_16_bits_stays(tmp_path: Path, suffix: str, name: str) -> None:
    pixels = wide_noise(11, 14)
    picture = decode(stored(tmp_path / f"a{suffix}", encoded(Image.fromarray(pixels), name)))
    assert picture.pixels.dtype == np.uint16
    assert picture.bit_depth == 16
    assert np.array_equal(picture.pixels[0], pixels)
    assert picture.notes == ()


@pytest.mark.parametrize("order", ["<", ">"])
def test_tiff_grey_of_16_bits_in_either_byte_order(tmp_path: Path, order: str) -> None:
    pixels = wide_noise(7, 9)
    picture = decode(stored(tmp_path / "a.tif", raw_tiff(pixels, photometric=1, order=order)))
    assert np.array_equal(picture.pixels[0], pixels)


def test_tiff_grey_of_16_bits_with_white_as_zero_is_turned(tmp_path: Path) -> None:
    pixels = wide_noise(7, 9)
    picture = decode(stored(tmp_path / "a.tif", raw_tiff(pixels, photometric=0)))
    assert np.array_equal(picture.pixels[0], 65535 - pixels)


def test_tiff_grey_of_32_bit_numbers_within_16_bits_is_read(tmp_path: Path) -> None:
    pixels = wide_noise(7, 9)
    picture = decode(stored(tmp_path / "a.tif", raw_tiff(pixels.astype(np.int32), photometric=1)))
    assert np.array_equal(picture.pixels[0], pixels)


@pytest.mark.parametrize("value", [-1, 65536])
def test_grey_beyond_16_bits_is_refused(tmp_path: Path, value: int) -> None:
    pixels = np.full((4, 5), value, np.int32)
    with pytest.raises(PictureError, match="beyond 16 bits"):
        decode(stored(tmp_path / "a.tif", raw_tiff(pixels, photometric=1)))


def test_floating_point_grey_is_refused(tmp_path: Path) -> None:
    path = stored(tmp_path / "a.tif", raw_tiff(np.ones((4, 5), np.float32), photometric=1))
    with pytest.raises(PictureError, match="floating-point numbers"):
        decode(path)
    with pytest.raises(PictureError, match="floating-point numbers"):
        probe(path)


def test_colours_of_16_bits_are_halved_with_a_note(tmp_path: Path) -> None:
    pixels = noise(6, 8, 6).copy().view(np.uint16)
    files = {
        "a.png": raw_png(pixels, 2, 16),
        "a.tif": raw_tiff(pixels, photometric=2),
        "a.ppm": b"P6 8 6 65535\n" + pixels.astype(">u2").tobytes(),
    }
    for name, data in files.items():
        picture = decode(stored(tmp_path / name, data))
        assert picture.pixels.shape == (3, 6, 8)
        assert picture.pixels.dtype == np.uint8
        assert np.abs(picture.pixels.astype(int) - planar(pixels).astype(int) // 257).max() <= 1
        assert picture.notes == ("It has 16 bits per channel and was read with 8.",)


@pytest.mark.parametrize(("kind", "white", "kept"), [(5, 100, 255), (6, 100, 255), (5, 1023, 65535), (6, 1023, 255)])
def test_ppm_files_with_another_white_are_scaled(tmp_path: Path, kind: int, white: int, kept: int) -> None:
    samples = wide_noise(6, 3 if kind == 5 else 9) % (white + 1)
    body = samples.astype("u1" if white < 256 else ">u2").tobytes()
    data = b"P%d # made by hand\n3 6\n%d\n" % (kind, white) + body
    picture = decode(stored(tmp_path / "a.ppm", data))
    expected = samples.reshape(6, 3, -1).astype(float) * kept / white
    assert picture.bit_depth == (16 if kept == 65535 else 8)
    assert np.abs(np.moveaxis(picture.pixels, 0, -1) - expected).max() <= 0.5
    assert probe(tmp_path / "a.ppm") == PictureInfo("ppm", 3, 6)


def test_tiff_grey_of_12_bits_is_spread_to_16(tmp_path: Path) -> None:
    packed = ifd.Field(258, ifd.SHORT, 1, b"\x0c\0")
    width = ifd.Field(256, ifd.SHORT, 1, b"\2\0")
    data = raw_tiff(np.array([[0xFF, 0xF8, 0x00]], np.uint8), photometric=1, more=(packed, width))
    picture = decode(stored(tmp_path / "a.tif", data))
    assert picture.pixels.tolist() == [[[65535, 0x8008]]]


def test_one_bit_becomes_grey(tmp_path: Path) -> None:
    pixels = noise(9, 13, 1) > 127
    picture = decode(stored(tmp_path / "a.png", encoded(Image.fromarray(pixels), "PNG")))
    assert np.array_equal(picture.pixels[0], pixels * np.uint8(255))


@pytest.mark.parametrize(("suffix", "name"), [(".png", "PNG"), (".gif", "GIF"), (".bmp", "BMP"), (".tif", "TIFF")])
def test_a_palette_becomes_colours(tmp_path: Path, suffix: str, name: str) -> None:
    image = Image.fromarray(noise(9, 13, 3)).quantize(17)
    picture = decode(stored(tmp_path / f"a{suffix}", encoded(image, name)))
    assert np.array_equal(picture.pixels, planar(np.asarray(image.convert("RGB"))))
    assert picture.alpha is None
    assert picture.notes == ("Its colours from a table (palette) became full colours.",)


def test_transparency_of_a_palette_becomes_alpha(tmp_path: Path) -> None:
    image = Image.fromarray(noise(9, 13, 3)).quantize(5)
    indexes = np.asarray(image)
    table = bytes((0, 60, 120, 255, 200))
    picture = decode(stored(tmp_path / "a.png", encoded(image, "PNG", transparency=table)))
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, np.frombuffer(table, np.uint8)[indexes])
    picture = decode(stored(tmp_path / "a.gif", encoded(image, "GIF", transparency=3)))
    assert picture.alpha is not None
    assert np.array_equal(picture.pixels, planar(np.asarray(image.convert("RGB"))))
    assert (picture.alpha == 0).sum() == (indexes == 3).sum()


def test_a_transparent_colour_becomes_alpha(tmp_path: Path) -> None:
    grey = noise(5, 6, 1)
    key = b"\0" + grey[2, 3].tobytes()
    data = with_chunks(encoded(Image.fromarray(grey), "PNG"), (b"tRNS", key))
    picture = decode(stored(tmp_path / "grey.png", data))
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha == 0, grey == grey[2, 3])
    full = noise(5, 6, 3)
    key = b"".join(b"\0" + bytes([v]) for v in full[1, 1])
    data = with_chunks(encoded(Image.fromarray(full), "PNG"), (b"tRNS", key))
    picture = decode(stored(tmp_path / "full.png", data))
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha == 0, (full == full[1, 1]).all(-1))
    assert np.array_equal(picture.pixels, planar(full))


def test_a_transparent_16_bit_grey_is_read_with_8_bits_and_a_note(tmp_path: Path) -> None:
    grey = wide_noise(5, 6)
    data = with_chunks(raw_png(grey, 0, 16), (b"tRNS", int(grey[2, 3]).to_bytes(2, "big")))
    picture = decode(stored(tmp_path / "a.png", data))
    assert picture.alpha is not None
    assert picture.pixels.dtype == np.uint8
    assert np.array_equal(picture.alpha == 0, grey == grey[2, 3])
    assert picture.notes == ("It has 16-bit greys with transparency and was read with 8 bits.",)


def test_cmyk_becomes_rgb_by_the_fixed_rule(tmp_path: Path) -> None:
    inks = noise(64, 64, 4)
    image = Image.frombytes("CMYK", (64, 64), inks.tobytes())
    picture = decode(stored(tmp_path / "a.tif", encoded(image, "TIFF", icc_profile=b"a printing profile")))
    light = 255 - inks[..., 3].astype(int)
    expected = np.stack([light - (inks[..., i] * light * 2 + 255) // 510 for i in range(3)])
    assert np.array_equal(picture.pixels, expected)
    assert picture.metadata.icc is None
    assert f"version {colour.CMYK_RULE}" in picture.notes[0]
    assert "profile" in picture.notes[1]


def test_the_cmyk_rule_has_these_ends() -> None:
    inks = np.array([[0, 255, 0, 255, 128]], np.uint8)
    key = np.array([[0, 0, 255, 255, 128]], np.uint8)
    assert colour.cmyk_to_rgb(inks, key).tolist() == [[255, 0, 0, 0, 63]]


def test_adobe_jpeg_with_inverted_inks_is_read_the_right_way_round(tmp_path: Path) -> None:
    image = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    picture = decode(stored(tmp_path / "a.jpg", encoded(image, "JPEG", quality=100)))
    assert picture.pixels[:, 8, 8].tolist() == pytest.approx([0, 255, 255], abs=2)


def test_lab_and_ycbcr_become_rgb(tmp_path: Path) -> None:
    lab = Image.frombytes("LAB", (2, 2), bytes((255, 0, 0, 0, 0, 0, 139, 80, 67, 128, 0, 0)))
    picture = decode(stored(tmp_path / "lab.tif", encoded(lab, "TIFF")))
    corners = picture.pixels.reshape(3, 4).T.tolist()
    assert corners[0] == pytest.approx([255, 255, 255], abs=1)
    assert corners[1] == [0, 0, 0]
    assert corners[2] == pytest.approx([255, 0, 0], abs=12)
    assert corners[3][0] == pytest.approx(corners[3][2], abs=1)
    ycbcr = Image.fromarray(smooth(8, 8)).convert("YCbCr")
    picture = decode(stored(tmp_path / "y.tif", encoded(ycbcr, "TIFF")))
    assert np.abs(picture.pixels.astype(int) - planar(smooth(8, 8))).max() <= 2


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("suffix", "name"), [(".png", "PNG"), (".tif", "TIFF"), (".webp", "WEBP"), (".avif", "AVIF")])
def test_the_orientation_is_applied_once(tmp_path: Path, orientation: int, suffix: str, name: str) -> None:
    image = Image.fromarray(smooth(20, 30))
    exif = Image.Exif()
    exif[0x112] = orientation
    options = {"lossless": True} if name == "WEBP" else {"quality": 100} if name == "AVIF" else {}
    path = stored(tmp_path / f"a{suffix}", encoded(image, name, exif=exif.tobytes(), **options))
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    upright = image.transpose(turns[orientation]) if orientation in turns else image
    picture = decode(path)
    assert picture.pixels.shape == (3, upright.height, upright.width)
    assert np.abs(picture.pixels.astype(int) - planar(np.asarray(upright))).max() <= (40 if name == "AVIF" else 0)
    assert probe(path) == PictureInfo(picture.format, upright.width, upright.height)
    small = decode_small(path, 10)
    assert small.shape == (3, *((10, 7) if orientation >= 5 else (7, 10)))


def test_alpha_turns_with_the_pixels(tmp_path: Path) -> None:
    pixels = noise(4, 7, 4)
    data = with_chunks(encoded(Image.fromarray(pixels), "PNG"), (b"eXIf", exif_block(orientation=6)))
    picture = decode(stored(tmp_path / "a.png", data))
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, np.rot90(pixels[..., 3], -1))


def test_of_a_multi_picture_jpeg_the_first_is_taken(tmp_path: Path) -> None:
    first, second = Image.fromarray(smooth(20, 30)), Image.new("RGB", (30, 20), (9, 200, 9))
    data = encoded(first, "MPO", save_all=True, append_images=[second])
    picture = decode(stored(tmp_path / "a.jpg", data))
    assert picture.format == "jpeg"
    assert np.abs(picture.pixels.astype(int) - planar(smooth(20, 30))).max() < 40
    assert picture.notes[0].startswith("It holds 2 pictures; the first was taken")


@pytest.mark.parametrize(("suffix", "name"), [(".gif", "GIF"), (".png", "PNG"), (".webp", "WEBP"), (".avif", "AVIF")])
def test_animations_are_refused_with_their_number_of_frames(tmp_path: Path, suffix: str, name: str) -> None:
    frames = [Image.new("RGB", (8, 8), (60 * i, 0, 200)) for i in range(4)]
    data = encoded(frames[0], name, save_all=True, append_images=frames[1:], duration=100)
    path = stored(tmp_path / f"a{suffix}", data)
    with pytest.raises(PictureError, match="animation of 4 frames"):
        decode(path)
    with pytest.raises(PictureError, match="animation of 4 frames"):
        probe(path)


def test_several_pages_are_refused_with_their_number(tmp_path: Path) -> None:
    pages = [Image.new("L", (8, 8), 60 * i) for i in range(3)]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    with pytest.raises(PictureError, match="holds 3 pages"):
        decode(stored(tmp_path / "a.tif", data))


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "EPS"),
        (b"8BPS\0\1", "Photoshop"),
        (b"%PDF-1.7", "PDF"),
        (b"<svg xmlns=", "SVG"),
        (b"\0\0\0\x18ftypcrx \0\0\0\0", "camera raw"),
        (b"\0\0\0\x18ftypisom\0\0\0\0", "film"),
        (b"Pf\n3 3\n-1.0\n", "floating-point"),
        (b"once upon a time", "not a picture"),
        (b"\0" * 50, "nothing but zeros"),
    ],
)
def test_other_files_are_refused_by_a_sentence(tmp_path: Path, head: bytes, words: str) -> None:
    path = stored(tmp_path / "a.jpg", head)
    for read in (decode, probe, lambda p: decode_small(p, 64)):
        with pytest.raises(PictureError, match=words):
            read(path)


def test_camera_raw_files_are_refused(tmp_path: Path) -> None:
    more = (ifd.Field(50706, ifd.BYTE, 4, b"\1\4\0\0"),)
    data = raw_tiff(noise(4, 4, 3), photometric=2, more=more)
    with pytest.raises(PictureError, match="camera raw"):
        decode(stored(tmp_path / "a.dng", data))


def test_files_that_are_no_files_are_refused_without_opening(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(PictureError, match="folder"):
        decode(tmp_path / "a.png")
    with pytest.raises(PictureError, match="no such file"):
        decode(tmp_path / "b.png")
    with pytest.raises(PictureError, match="empty"):
        decode(stored(tmp_path / "c.png", b""))
    with pytest.raises(PictureError, match="empty"):
        decode(tmp_path / "c.png", b"")


@PIPES
def test_pipes_sockets_and_devices_are_refused_without_opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("b.png")
        for path in (tmp_path / "a.png", tmp_path / "b.png", Path("/dev/zero")):
            for read in (decode, probe):
                with pytest.raises(PictureError, match="pipe, a socket or a device"):
                    read(path)


@RIGHTS
def test_a_file_without_permission_is_refused() -> None:
    with folder_of_anybody() as folder:
        path = stored(folder / "a.png", b"x")
        with pytest.raises(PictureError, match=r"(?i)not recognised|damaged|no picture"):
            decode(path)
        path.chmod(0)
        with as_ordinary_user(), pytest.raises(PictureError, match="permission"):
            decode(path)


@pytest.mark.parametrize(("suffix", "name"), [(".jpg", "JPEG"), (".png", "PNG"), (".webp", "WEBP"), (".bmp", "BMP")])
def test_a_cut_off_file_is_refused(tmp_path: Path, suffix: str, name: str) -> None:
    data = encoded(Image.fromarray(noise(64, 64, 3)), name)
    with pytest.raises(PictureError, match=r"ends too early|damaged"):
        decode(stored(tmp_path / f"a{suffix}", data[: len(data) // 2]))


@pytest.mark.parametrize(
    ("suffix", "name", "options"),
    [
        (".jpg", "JPEG", {}),
        (".jpg", "JPEG", {"progressive": True}),
        (".png", "PNG", {}),
        (".webp", "WEBP", {}),
        (".webp", "WEBP", {"lossless": True}),
        (".bmp", "BMP", {}),
        (".tif", "TIFF", {}),
        (".tif", "TIFF", {"compression": "jpeg"}),
        (".tif", "TIFF", {"compression": "tiff_lzw"}),
        (".ppm", "PPM", {}),
        (".tga", "TGA", {"compression": "tga_rle"}),
        (".jp2", "JPEG2000", {}),
        (".avif", "AVIF", {}),
    ],
)
def test_no_cut_gives_pixels_that_are_not_in_the_file(
    tmp_path: Path, suffix: str, name: str, options: dict[str, object]
) -> None:
    data = encoded(Image.fromarray(noise(30, 40, 3)), name, **options)
    whole = decode(stored(tmp_path / f"a{suffix}", data)).pixels
    for cut in (*range(1, 180), *range(180, len(data), 97)):
        with contextlib.suppress(PictureError):
            assert np.array_equal(decode(stored(tmp_path / f"a{suffix}", data[:-cut])).pixels, whole)


@pytest.mark.parametrize("is_interlaced", [False, True])
def test_a_png_whose_compressed_rows_are_too_few_is_refused(tmp_path: Path, is_interlaced: bool) -> None:
    pixels = noise(9, 11, 3)
    whole = raw_png(pixels, 2, 8, is_interlaced=is_interlaced)
    assert np.array_equal(decode(stored(tmp_path / "a.png", whole)).pixels, planar(pixels))
    lacking = raw_png(pixels, 2, 8, is_interlaced=is_interlaced, lost=34)
    with pytest.raises(PictureError, match="ends too early"):
        decode(stored(tmp_path / "a.png", lacking))


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "I;16"])
def test_a_png_that_ends_in_black_rows_is_whole(tmp_path: Path, mode: str) -> None:
    for size in ((1, 1), (5, 9), (13, 2)):
        assert not decode(stored(tmp_path / "a.png", encoded(Image.new(mode, size), "PNG"))).pixels.any()


@pytest.mark.parametrize("name", ["line\nbreak.png", "🙂.png", "tab\there.png"])
def test_odd_names_make_messages_of_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(PictureError) as caught:
        decode(stored(tmp_path / name, b"nonsense"))
    assert str(caught.value).isprintable()


def test_a_name_that_is_not_unicode_makes_a_message_of_one_line(tmp_path: Path) -> None:
    with pytest.raises(PictureError) as caught:
        decode(tmp_path / "bad\udcff.png")
    assert str(caught.value).isprintable()
    with pytest.raises(PictureError):
        decode(Path("zero\0byte.png"))


def test_a_picture_beyond_the_hard_limit_is_refused(tmp_path: Path) -> None:
    header = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", bytes.fromhex("00004e2000004e200802000000"))
    data = header + png_chunk(b"IDAT", b"") + png_chunk(b"IEND", b"")
    path = stored(tmp_path / "a.png", data)
    for read in (decode, probe):
        with pytest.raises(PictureError, match="20000 × 20000 pixels"):
            read(path)


@pytest.mark.parametrize(("suffix", "name"), [(".png", "PNG"), (".tif", "TIFF"), (".gif", "GIF"), (".jpg", "JPEG")])
def test_sizes_that_make_pillow_warn_are_accepted_silently(
    tmp_path: Path, suffix: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 600)
    path = stored(tmp_path / f"a{suffix}", encoded(Image.new("L", (40, 25), 70), name))
    assert decode(path).width == 40
    sizes.check_size(40, 30)


def test_damaged_metadata_neither_fail_nor_warn(tmp_path: Path) -> None:
    pixels = noise(6, 7, 3)
    broken = b"Exif\0\0II*\0\x08\0\0\0\x09\0" + b"\xee" * 40
    jpeg = with_segments(
        encoded(Image.fromarray(pixels), "JPEG"),
        (0xE1, broken),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta"),
        (0xE2, b"ICC_PROFILE\0\1\2half"),
        (0xE2, b"MPF\0II*\0\xff\xff"),
        (0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\xff\xff"),
    )
    assert decode(stored(tmp_path / "a.jpg", jpeg)).notes == ("Its colour profile is incomplete and was left out.",)
    png = with_chunks(
        encoded(Image.fromarray(pixels), "PNG"),
        (b"eXIf", b"\1\2\3"),
        (b"iCCP", b"p\0\0not deflated"),
        (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0broken"),
        (b"acTL", b"\0\0\0\0\0\0\0\0"),
        (b"tEXt", b""),
    )
    picture = decode(stored(tmp_path / "a.png", png))
    assert np.array_equal(picture.pixels, planar(pixels))
    webp = encoded(Image.fromarray(pixels), "WEBP", exif=b"rubbish", xmp=b"<rubbish", lossless=True)
    assert np.array_equal(decode(stored(tmp_path / "a.webp", webp)).pixels, planar(pixels))
    more = (ifd.Field(0x8769, ifd.LONG, 1, b"\xff\xff\xff\xff"), ifd.Field(700, ifd.BYTE, 4, b"<a\0<"))
    tiff = raw_tiff(pixels, photometric=2, more=more)
    assert np.array_equal(decode(stored(tmp_path / "a.tif", tiff)).pixels, planar(pixels))


def test_metadata_are_given_as_found(tmp_path: Path) -> None:
    block = exif_block()
    jpeg = with_segments(
        encoded(Image.fromarray(smooth(30, 40)), "JPEG", icc_profile=b"profile" * 20_000, dpi=(300, 150)),
        (0xE1, b"Exif\0\0" + block),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0<packet/>"),
        (0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x08\x1c\x02\x50\0\3Ada8BIM"),
    )
    metadata = decode(stored(tmp_path / "a.jpg", jpeg)).metadata
    assert metadata.exif == block
    assert metadata.icc == b"profile" * 20_000
    assert metadata.xmp == b"<packet/>"
    assert metadata.iptc == b"\x1c\x02\x50\0\3Ada"
    assert metadata.density == (1, 300, 150)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA"])
def test_small_pictures_are_small_and_never_enlarged(tmp_path: Path, mode: str) -> None:
    path = stored(tmp_path / "a.png", encoded(Image.fromarray(noise(40, 60, len(mode)), mode), "PNG"))
    channels = 1 if mode in ("L", "LA") else 3
    assert decode_small(path, 30).shape == (channels, 20, 30)
    assert decode_small(path, 30).dtype == np.uint8
    assert decode_small(path, 3000).shape == (channels, 40, 60)
    assert decode_small(path, 1).shape == (channels, 1, 1)


def test_transparency_lies_over_middle_grey_when_small(tmp_path: Path) -> None:
    path = stored(tmp_path / "a.png", encoded(Image.new("RGBA", (9, 9), (255, 0, 0, 0)), "PNG"))
    assert set(decode_small(path, 9).ravel().tolist()) == {128}


def test_small_jpeg_looks_like_the_large_one(tmp_path: Path) -> None:
    exif = exif_block(orientation=8)
    path = stored(
        tmp_path / "a.jpg",
        with_segments(encoded(Image.fromarray(smooth(480, 640)), "JPEG"), (0xE1, b"Exif\0\0" + exif)),
    )
    small = decode_small(path, 64)
    assert small.shape == (3, 64, 48)
    large = decode(path).pixels[:, 5::10, 5::10]
    assert np.abs(small.astype(int) - large).max() < 12


def test_a_jpeg_is_probed_by_its_head_even_with_a_long_preface(tmp_path: Path) -> None:
    data = with_segments(encoded(Image.fromarray(smooth(48, 64)), "JPEG"), *[(0xE5, b"x" * 65000)] * 5)
    assert probe(stored(tmp_path / "a.jpg", data)) == PictureInfo("jpeg", 64, 48)
    data = encoded(Image.fromarray(noise(700, 900, 3)), "JPEG", quality=98)
    assert len(data) > 300_000
    assert probe(stored(tmp_path / "b.jpg", data)) == PictureInfo("jpeg", 900, 700)


def test_several_threads_decode_the_same(tmp_path: Path) -> None:
    path = stored(
        tmp_path / "a.jpg",
        with_segments(encoded(Image.fromarray(smooth(99, 77)), "JPEG"), (0xE1, b"Exif\0\0" + exif_block())),
    )
    expected, results = decode(path).pixels, []
    threads = [threading.Thread(target=lambda: results.append(decode(path).pixels)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert all(np.array_equal(pixels, expected) for pixels in results)
    assert thumbnail() not in expected.tobytes()


def test_a_header_tells_how_many_pixels_there_are_before_they_are_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("RGB", (40, 30)).save(path)
    unread = read_header(path, path.read_bytes())
    assert unread.size == 1200
    assert np.array_equal(unread.decode().pixels, decode(path).pixels)


def test_a_header_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="empty"):
        read_header(tmp_path / "a.png", b"")
    with pytest.raises(PictureError):
        read_header(tmp_path / "a.png", b"\x89PNG\r\n\x1a\n" + bytes(20))


def test_grey_with_transparency_of_16_bits_stays_grey(tmp_path: Path) -> None:
    samples = noise(6, 8, 4).copy().view(np.uint16)
    picture = decode(stored(tmp_path / "a.png", raw_png(samples, 4, 16)))
    assert np.array_equal(picture.pixels, samples[None, :, :, 0] >> 8)
    assert picture.alpha is not None
    assert np.array_equal(picture.alpha, samples[:, :, 1] >> 8)
    assert decode_small(tmp_path / "a.png", 8).shape == (1, 6, 8)


def test_a_tga_of_one_bit_is_read_and_refused_when_cut(tmp_path: Path) -> None:
    image = Image.fromarray(noise(9, 21, 1)).convert("1")
    data = encoded(image, "TGA")
    assert np.array_equal(decode(stored(tmp_path / "a.tga", data)).pixels[0], np.asarray(image.convert("L")))
    with pytest.raises(PictureError, match="at least"):
        decode(stored(tmp_path / "a.tga", data[: 18 + 20]))
