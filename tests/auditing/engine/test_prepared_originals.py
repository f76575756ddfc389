from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from mtgui.auditing.engine.prepared_originals import Original, prepare_picture, prepare_pictures
from mtgui.auditing.engine.views import ONE_VIEW, TEN_VIEWS
from mtgui.auditing.preprocessing import INTERPOLATIONS, Interpolation, Preprocessing
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, PictureError
from tests.marking.marking_helpers import design

transforms: Any = import_module("torchvision.transforms")
SIZES = Preprocessing(resize=40, crop=(32, 32))
FILTERS = {
    "nearest": transforms.InterpolationMode.NEAREST,
    "box": transforms.InterpolationMode.BOX,
    "bilinear": transforms.InterpolationMode.BILINEAR,
    "bicubic": transforms.InterpolationMode.BICUBIC,
    "lanczos": transforms.InterpolationMode.LANCZOS,
}


def _photo(path: Path, mode: str = "RGB", size: tuple[int, int] = (97, 61), **options: Any) -> Image.Image:
    bands = {"RGB": 3, "RGBA": 4, "L": 1}[mode]
    values = np.random.default_rng(1).integers(0, 256, (size[1], size[0], bands), dtype=np.uint8)
    image = Image.fromarray(values.squeeze())
    image.save(path, **options)
    return image


def _trainers_way(image: Image.Image, preprocessing: Preprocessing, filter_: object) -> torch.Tensor:
    steps = [transforms.Resize(preprocessing.resize, filter_), transforms.CenterCrop(preprocessing.crop)]
    cropped: torch.Tensor = transforms.PILToTensor()(transforms.Compose(steps)(image.convert("RGB")))
    return cropped


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize(("mode", "size"), [("RGB", (97, 61)), ("L", (50, 83)), ("RGBA", (40, 40)), ("RGB", (20, 34))])
def test_it_equals_what_a_trainers_loader_makes(
    tmp_path: Path, interpolation: Interpolation, mode: str, size: tuple[int, int]
) -> None:
    path = tmp_path / "picture.png"
    image = _photo(path, mode, size)
    preprocessing = Preprocessing(40, (32, 32), interpolation)
    prepared = prepare_picture(Original(path, design(1, size[1], size[0])), preprocessing)
    expected = _trainers_way(image, preprocessing, FILTERS[interpolation])
    assert prepared.pixels.shape == (3, 32, 32)
    assert np.array_equal(prepared.pixels, expected.numpy())


def test_the_camera_orientation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "turned.png"
    image = _photo(path, exif=exif)
    prepared = prepare_picture(Original(path, design(1, 97, 61)), SIZES)
    upright = image.transpose(Image.Transpose.ROTATE_270)
    assert np.array_equal(prepared.pixels, _trainers_way(upright, SIZES, FILTERS["bilinear"]).numpy())


def test_16_bits_are_cut_to_8(tmp_path: Path) -> None:
    deep = np.random.default_rng(1).integers(0, 65536, (50, 60), dtype=np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    Image.fromarray((deep >> 8).astype(np.uint8)).save(tmp_path / "flat.png")
    made = [prepare_picture(Original(tmp_path / name, design(1, 50, 60)), SIZES) for name in ("deep.png", "flat.png")]
    assert np.array_equal(made[0].pixels, made[1].pixels)


def test_only_what_the_views_need_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    _photo(path, size=(300, 61))
    one = prepare_picture(Original(path, design(1, 61, 300)), SIZES, ONE_VIEW)
    ten = prepare_picture(Original(path, design(1, 61, 300)), SIZES, TEN_VIEWS)
    assert one.size == ten.size == (40, 196)
    assert (one.pixels.shape, one.at) == ((3, 32, 32), (4, 82))
    assert (ten.pixels.shape, ten.at) == ((3, 40, 196), (0, 0))
    assert one.pixels.base is None
    assert np.array_equal(ten.pixels[:, 4:36, 82:114], one.pixels)


def test_many_pictures_come_in_their_order(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.png" for number in range(12)]
    for number, path in enumerate(paths):
        Image.new("RGB", (40 + number, 40), (number, 0, 0)).save(path)
    originals = [Original(path, design(number, 40, 40 + number), number % 3) for number, path in enumerate(paths)]
    made = list(prepare_pictures(originals, SIZES, ONE_VIEW, 3, Control()))
    assert [int(one.pixels[0, 0, 0]) for one in made] == list(range(12))
    assert [one.block for one in made] == [0, 1, 2] * 4


def test_a_broken_picture_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    with pytest.raises(PictureError, match=r"broken\.png"):
        list(prepare_pictures([Original(path, design(1, 40, 40))], SIZES, ONE_VIEW, 2, Control()))


def test_preparing_can_be_stopped(tmp_path: Path) -> None:
    _photo(tmp_path / "picture.png")
    control = Control()
    control.cancel()
    with pytest.raises(CancelledError):
        list(prepare_pictures([Original(tmp_path / "picture.png", design(1, 61, 97))], SIZES, ONE_VIEW, 2, control))
