from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mtgui.common.errors import UsageError
from mtgui.pictures.decoding import Picture, decode
from mtgui.pictures.encoding import Encoded, EncodeOptions, Target, encode, set_commitment
from mtgui.pictures.metadata import Metadata
from mtgui.pictures.planes import Pixels
from tests.pictures.picture_samples import encoded, noise, smooth, stored, wide_noise

PLACEHOLDER = "0123456789abcdef" * 4
COMMITMENT = "fedcba9876543210" * 4


def made(pixels: Pixels, alpha: NDArray[np.uint8] | None = None, format_name: str = "png") -> Picture:
    return Picture(pixels, alpha, format_name, Metadata(), (), is_lossless=format_name != "jpeg")


def again(tmp_path: Path, result: Encoded) -> Picture:
    return decode(stored(tmp_path / f"again{result.suffix}", result.data))


def same_alpha(one: NDArray[np.uint8] | None, other: NDArray[np.uint8] | None) -> bool:
    return one is other if one is None or other is None else np.array_equal(one, other)


def grey16() -> NDArray[np.uint16]:
    return wide_noise(21, 33)[None]


@pytest.mark.parametrize("target", ["png", "tiff"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("has_alpha", [False, True])
def test_png_and_tiff_keep_every_pixel(tmp_path: Path, target: Target, channels: int, has_alpha: bool) -> None:
    pixels = np.moveaxis(noise(21, 33, 4)[..., :channels], -1, 0).copy()
    alpha = noise(21, 33, 1, seed=5).copy() if has_alpha else None
    if alpha is not None:
        alpha[:9] = 0
    picture = made(pixels, alpha)
    marked = pixels ^ np.uint8(3)
    found = again(tmp_path, encode(picture, marked, EncodeOptions(format=target), Path("a.png")))
    assert found.format == target
    assert np.array_equal(found.pixels, marked)
    assert same_alpha(found.alpha, alpha)


@pytest.mark.parametrize("target", ["png", "tiff"])
def test_png_and_tiff_keep_grey_of_16_bits(tmp_path: Path, target: Target) -> None:
    pixels = grey16()
    result = encode(made(pixels), pixels ^ np.uint16(777), EncodeOptions(format=target), Path("a.png"))
    found = again(tmp_path, result)
    assert result.notes == ()
    assert found.pixels.dtype == np.uint16
    assert np.array_equal(found.pixels, pixels ^ np.uint16(777))


@pytest.mark.parametrize("target", ["jpeg", "webp"])
def test_jpeg_and_webp_take_8_bits_and_say_so(tmp_path: Path, target: Target) -> None:
    pixels = (np.arange(64 * 64, dtype=np.uint16) * 16).reshape(1, 64, 64)
    result = encode(made(pixels), pixels, EncodeOptions(format=target), Path("a.png"))
    assert result.notes == ("It was saved with 8 instead of 16 bits per channel.",)
    found = again(tmp_path, result)
    assert np.abs(found.pixels[0].astype(int) - pixels[0] // 257).max() < 8


def test_16_bits_with_alpha_or_colour_are_reduced_and_said(tmp_path: Path) -> None:
    pixels = grey16()
    result = encode(made(pixels, noise(21, 33, 1).copy()), pixels, EncodeOptions(), Path("a.png"))
    assert result.notes == ("It was saved with 8 instead of 16 bits per channel.",)
    assert np.abs(again(tmp_path, result).pixels * 257.0 - pixels).max() <= 129


def test_jpeg_is_what_bare_pillow_makes(tmp_path: Path) -> None:
    image = Image.fromarray(smooth(47, 61))
    path = stored(tmp_path / "a.jpg", encoded(image, "JPEG", quality=90))
    picture = decode(path)
    result = encode(picture, picture.pixels, EncodeOptions(), path)
    bare = encoded(Image.fromarray(np.moveaxis(picture.pixels, 0, -1)), "JPEG", quality=95, subsampling=0)
    assert result.data == bare
    assert result.data == encode(picture, picture.pixels, EncodeOptions(), path).data
    assert (result.format, result.suffix, result.notes) == ("jpeg", ".jpg", ())


def test_grey_stays_grey_in_jpeg(tmp_path: Path) -> None:
    pixels = smooth(20, 30)[None, ..., 0]
    assert again(tmp_path, encode(made(pixels, None, "jpeg"), pixels, EncodeOptions(), Path("a.jpg"))).channels == 1


@pytest.mark.parametrize("quality", [94, 101, 0, -3])
def test_quality_outside_its_range_is_refused(quality: int) -> None:
    pixels = smooth(4, 4).transpose(2, 0, 1).copy()
    with pytest.raises(UsageError, match="95 to 100"):
        encode(made(pixels), pixels, EncodeOptions(format="jpeg", quality=quality), Path("a.png"))


def test_pixels_of_another_shape_are_refused() -> None:
    pixels = smooth(4, 4).transpose(2, 0, 1).copy()
    with pytest.raises(UsageError, match="shape"):
        encode(made(pixels), pixels[:, :2], EncodeOptions(), Path("a.png"))


def test_pixels_of_another_type_are_refused() -> None:
    pixels = smooth(4, 4).transpose(2, 0, 1).copy()
    floats: Any = pixels / 255
    with pytest.raises(UsageError, match="float64"):
        encode(made(pixels), floats, EncodeOptions(), Path("a.png"))


@pytest.mark.parametrize("commitment", ["abc", "", '"' * 64, "é" * 64])
def test_what_is_no_commitment_is_refused(commitment: str) -> None:
    pixels = smooth(4, 4).transpose(2, 0, 1).copy()
    with pytest.raises(UsageError, match="64 letters and digits"):
        encode(made(pixels), pixels, EncodeOptions(commitment=commitment), Path("a.png"))


@pytest.mark.parametrize(
    ("source", "format_name", "target", "suffix"),
    [
        ("a.JPG", "jpeg", "keep", ".JPG"),
        ("a.jpeg", "jpeg", "keep", ".jpeg"),
        ("a.mpo", "jpeg", "keep", ".jpg"),
        ("a.jpg", "png", "keep", ".png"),
        ("a.TIFF", "tiff", "keep", ".TIFF"),
        ("a.png", "png", "tiff", ".tif"),
        ("a", "png", "keep", ".png"),
        ("a.bmp", "bmp", "keep", ".png"),
        ("a.gif", "gif", "keep", ".png"),
        ("a.heic", "heif", "keep", ".png"),
        ("a.avif", "avif", "keep", ".png"),
        ("a.jp2", "jpeg2000", "keep", ".png"),
        ("a.tga", "tga", "keep", ".png"),
        ("a.ppm", "ppm", "keep", ".png"),
    ],
)
def test_the_suffix_follows_the_format(source: str, format_name: str, target: Target, suffix: str) -> None:
    pixels = smooth(8, 8).transpose(2, 0, 1).copy()
    result = encode(made(pixels, None, format_name), pixels, EncodeOptions(format=target), Path(source))
    assert result.suffix == suffix
    assert bool(result.notes) == (target == "keep" and result.format != format_name)


def test_transparency_makes_a_jpeg_a_png_with_a_note() -> None:
    pixels = smooth(8, 8).transpose(2, 0, 1).copy()
    picture = made(pixels, np.zeros((8, 8), np.uint8))
    result = encode(picture, pixels, EncodeOptions(format="jpeg"), Path("a.png"))
    assert (result.format, result.suffix) == ("png", ".png")
    assert result.notes == ("JPEG cannot hold transparency, so it was saved as PNG.",)


@pytest.mark.parametrize(("target", "limit"), [("webp", 16383), ("jpeg", 65535)])
def test_sides_too_long_for_a_format_make_a_png_with_a_note(target: Target, limit: int) -> None:
    pixels = np.zeros((1, 1, limit + 1), np.uint8)
    result = encode(made(pixels), pixels, EncodeOptions(format=target), Path("a.png"))
    assert result.format == "png"
    assert f"at most {limit} pixels" in result.notes[0]


def test_lossless_webp_stays_lossless_with_the_colour_under_zero_alpha(tmp_path: Path) -> None:
    pixels = noise(21, 33, 4).copy()
    pixels[:9, :, 3] = 0
    path = stored(tmp_path / "a.webp", encoded(Image.fromarray(pixels), "WEBP", lossless=True, exact=True))
    picture = decode(path)
    assert np.array_equal(picture.pixels, np.moveaxis(pixels, -1, 0)[:3])
    found = again(tmp_path, encode(picture, picture.pixels, EncodeOptions(), path))
    assert found.is_lossless
    assert np.array_equal(found.pixels, picture.pixels)
    assert same_alpha(found.alpha, pixels[..., 3])


def test_lossy_webp_keeps_its_alpha_exactly(tmp_path: Path) -> None:
    pixels = np.dstack([smooth(40, 40), noise(40, 40, 1)])
    path = stored(tmp_path / "a.webp", encoded(Image.fromarray(pixels), "WEBP", quality=90))
    picture = decode(path)
    assert not picture.is_lossless
    found = again(tmp_path, encode(picture, picture.pixels, EncodeOptions(), path))
    assert picture.alpha is not None
    assert same_alpha(found.alpha, picture.alpha)


@pytest.mark.parametrize("target", ["png", "jpeg", "webp", "tiff"])
def test_the_commitment_is_put_in_afterwards(tmp_path: Path, target: Target) -> None:
    pixels = smooth(30, 40).transpose(2, 0, 1).copy()
    first = encode(made(pixels), pixels, EncodeOptions(format=target, commitment=PLACEHOLDER), Path("a.png"))
    second = set_commitment(first, PLACEHOLDER, COMMITMENT)
    assert second is not None
    assert second == encode(made(pixels), pixels, EncodeOptions(format=target, commitment=COMMITMENT), Path("a.png"))
    found = again(tmp_path, second)
    assert COMMITMENT.encode() in (found.metadata.xmp or b"")
    assert np.array_equal(found.pixels, again(tmp_path, first).pixels)
    with Image.open(tmp_path / f"again{second.suffix}") as image:
        image.verify()


def test_the_commitment_is_not_put_in_where_the_place_is_unclear() -> None:
    pixels = smooth(30, 40).transpose(2, 0, 1).copy()
    first = encode(made(pixels), pixels, EncodeOptions(commitment=PLACEHOLDER), Path("a.png"))
    assert set_commitment(first, "f" * 64, COMMITMENT) is None
    assert set_commitment(first, PLACEHOLDER, "short") is None
    assert set_commitment(first, "", "") is None
    twice = replace(first, data=first.data + PLACEHOLDER.encode())
    assert set_commitment(twice, PLACEHOLDER, COMMITMENT) is None
    outside = replace(first, data=b"\x89PNG\r\n\x1a\n" + PLACEHOLDER.encode())
    assert set_commitment(outside, PLACEHOLDER, COMMITMENT) is None


def test_a_tiff_of_many_strips_is_whole(tmp_path: Path) -> None:
    pixels = np.moveaxis(noise(700, 501, 3), -1, 0).copy()
    result = encode(made(pixels), pixels, EncodeOptions(format="tiff"), Path("a.png"))
    assert np.array_equal(again(tmp_path, result).pixels, pixels)


def test_the_smallest_picture_goes_everywhere(tmp_path: Path) -> None:
    pixels = np.array([[[7]], [[8]], [[9]]], np.uint8)
    for target in ("png", "tiff", "webp", "jpeg"):
        found = again(tmp_path, encode(made(pixels), pixels, EncodeOptions(format=target), Path("a.png")))
        assert found.pixels.shape == (3, 1, 1)
