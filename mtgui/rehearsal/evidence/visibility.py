"""How visible the presets are: PSNR, SSIM and ΔE2000, as means over pictures of several sizes."""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mtgui.common.folder_walk import files_in
from mtgui.common.hashing import sha256_bytes
from mtgui.marking.keys import MarkKey, subkey
from mtgui.marking.mark import make_mark, mark_picture
from mtgui.marking.quality import delta_e, psnr, ssim
from mtgui.marking.settings import MarkSettings
from mtgui.pictures.decoding import decode
from mtgui.pictures.formats import looks_like_picture
from mtgui.records.evidence_table import Visibility
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData
from mtgui.rehearsal.pictures.users import design_of

AT_TRAINING_SIZE = 200
SHRUNK = 224
_SECRET = MarkKey(bytes(range(32)))


def photos_in(folder: Path) -> list[NDArray[np.uint8]]:
    """Return the pictures in ``folder``, (1 or 3, H, W) uint8 each. Raises PictureError, OSError."""
    pictures = [decode(path).pixels for path in sorted(files_in(folder)) if looks_like_picture(path)]
    return [pixels[:3].astype(np.uint8) for pixels in pictures if pixels.dtype == np.uint8]


def shrunk(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return ``pixels``, (C, H, W), with a short side of ``side`` pixels."""
    _, height, width = pixels.shape
    size = (round(width * side / min(height, width)), round(height * side / min(height, width)))
    planes = [Image.fromarray(plane).resize(size, Image.Resampling.LANCZOS) for plane in pixels]
    return np.stack([np.asarray(plane) for plane in planes])


def visibility_of(mark: MarkSettings, title: str, pictures: Sequence[NDArray[np.uint8]]) -> Visibility:
    """Return how visible ``mark`` is on ``pictures``, each marked under a key of its own."""
    if mark.is_invisible:
        return Visibility(title, len(pictures), None, None, None)
    pairs = [(original, marked_under(number, mark, original)) for number, original in enumerate(pictures)]
    return Visibility(
        pictures=title,
        count=len(pairs),
        psnr=_mean(psnr, pairs),
        ssim=_mean(ssim, pairs),
        delta_e=_mean(_mean_delta_e, pairs),
    )


def marked_under(number: int, mark: MarkSettings, original: NDArray[np.uint8], picture: int = 0) -> NDArray[np.uint8]:
    """Return the marked copy of ``original``, (C, H, W), under the key ``number``; ``picture`` is its own number."""
    key = MarkKey(subkey(_SECRET, "evidence key", number.to_bytes(8, "big")))
    return np.asarray(mark_picture(original, make_mark(key, mark), design_of(original, picture or number)))


@cache
def digest_of(mark: MarkSettings) -> str:
    """Return a name of ``mark`` that changes if the program makes its copies otherwise."""
    pixels = np.random.default_rng(0).integers(0, 256, (3, 48, 48), dtype=np.uint8)
    return sha256_bytes(marked_under(0, mark, pixels).tobytes())[:16]


def small_pictures(data: TrainingData) -> list[NDArray[np.uint8]]:
    """Return some pictures of a collection at the size at which models are trained."""
    return list(data.sampled(AT_TRAINING_SIZE, 0).pixels)


def _mean_delta_e(original: NDArray[np.uint8], marked: NDArray[np.uint8]) -> float:
    return delta_e(original, marked)[0]


def _mean(
    measure: Callable[[NDArray[np.uint8], NDArray[np.uint8]], float],
    pairs: Iterable[tuple[NDArray[np.uint8], NDArray[np.uint8]]],
) -> float:
    """Return the mean of ``measure`` over the pairs that differ, with four digits."""
    values = [value for pair in pairs if math.isfinite(value := measure(*pair))]
    return round(fmean(values), 4)
