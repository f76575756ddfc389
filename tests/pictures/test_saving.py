"""JPEG bytes out of memory that is used again."""

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from PIL import Image

from mtgui.pictures.saving import jpeg


def picture(side: int, seed: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8))


def plainly(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue()


def test_a_small_picture_after_a_large_one_has_nothing_of_it() -> None:
    for side in (300, 20, 1500, 31, 300):
        assert jpeg(picture(side, side), 95) == plainly(picture(side, side))


def test_threads_do_not_get_at_each_others_bytes() -> None:
    pictures = [picture(side, side) for side in range(40, 80)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda image: jpeg(image, 95), pictures * 3)) == [plainly(one) for one in pictures] * 3
