import io
from pathlib import Path

import pytest
from PIL import Image

from mtgui.common.errors import PictureError
from mtgui.pictures.small import thumbnail_jpeg


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_a_thumbnail_is_a_small_jpeg_of_the_same_shape(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.png"
    Image.new(mode, (300, 150)).save(path)
    made = Image.open(io.BytesIO(thumbnail_jpeg(path, 96)))
    assert (made.format, made.size) == ("JPEG", (96, 48))
    assert not made.getexif()


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(PictureError):
        thumbnail_jpeg(tmp_path / "a.png", 96)
