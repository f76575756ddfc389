"""A thousand odd pictures: each is refused, or its pixels are those of another decoder and its copy hides nothing."""

import io
import random
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from mtgui.common.errors import PictureError
from mtgui.pictures import colour
from mtgui.pictures.decoding import Picture, decode
from mtgui.pictures.encoding import EncodeOptions, Target, encode
from mtgui.pictures.planes import Pixels
from tests.pictures.carving import holds_run, pictures_in, runs_of
from tests.pictures.corpus import FORMATS, PROFILE, Odd, odd
from tests.pictures.picture_samples import stored

pytestmark = pytest.mark.exhaustive

EACH = 100
TARGETS: list[Target] = ["keep", "keep", "png", "jpeg", "webp", "tiff"]
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(planes: NDArray[np.generic], turn: int) -> NDArray[np.generic]:
    """Return (C, H, W) turned as Pillow turns pictures."""
    if turn == 1:
        return planes
    turned = []
    for plane in planes:
        image = Image.fromarray(plane.astype(np.int32))
        turned.append(np.asarray(image.transpose(TURNS[turn])).astype(plane.dtype))
    return np.stack(turned)


def expected(one: Odd) -> NDArray[np.generic]:
    """Return the pixels (C, H, W) with alpha, as another decoder finds them or as they were drawn."""
    if one.pixels is not None:
        return upright(np.moveaxis(one.pixels, -1, 0), one.orientation)
    with Image.open(io.BytesIO(one.data)) as image:
        image.load()
        found = np.asarray(image)
    planes = np.moveaxis(found, -1, 0) if found.ndim == 3 else found[None]
    if len(planes) == 4 and one.name.endswith("jpg"):
        planes = np.stack([colour.cmyk_to_rgb(ink, planes[3]) for ink in planes[:3]])
    return upright(planes, one.orientation)


def decoded(picture: Picture) -> NDArray[np.generic]:
    return picture.pixels if picture.alpha is None else np.concatenate([picture.pixels, picture.alpha[None]])


def marked(pixels: Pixels) -> Pixels:
    """Return pixels of which none is as it was."""
    return pixels ^ np.uint16(0x55) if pixels.dtype == np.uint16 else np.asarray(pixels, np.uint8) ^ np.uint8(0x55)


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("kind", FORMATS)
def test_odd_pictures_are_refused_or_exported_rightly(tmp_path: Path, kind: str, part: int) -> None:
    exported = 0
    for number in range(part * EACH // 4, (part + 1) * EACH // 4):
        one = odd(kind, number)
        path = stored(tmp_path / one.name, one.data)
        try:
            picture = decode(path)
        except PictureError:
            continue
        assert np.array_equal(decoded(picture), expected(one)), one.about
        target = random.Random(number).choice(TARGETS)
        result = encode(picture, marked(picture.pixels), EncodeOptions(format=target), path)
        again = decode(stored(tmp_path / f"copy{result.suffix}", result.data))
        assert again.pixels.shape[1:] == picture.pixels.shape[1:], one.about
        if result.format in ("png", "tiff") and again.bit_depth == picture.bit_depth:
            assert np.array_equal(again.pixels, marked(picture.pixels)), one.about
        assert result.data.count(b"Ada") >= (kind in ("jpeg", "png", "webp", "jp2", "avif")), one.about
        bare = encode(again, again.pixels, EncodeOptions(), path)
        assert pictures_in(result.data) <= max(1, pictures_in(bare.data)), one.about
        assert not holds_run(result.data, runs_of(one.secret)), one.about
        if picture.bit_depth == 8:
            assert not holds_run(result.data, runs_of(np.moveaxis(np.asarray(picture.pixels, np.uint8), 0, -1))), (
                one.about
            )
        exported += 1
    assert exported >= EACH // 5


def test_the_profile_of_the_corpus_is_one() -> None:
    assert "sRGB" in ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(PROFILE)))
