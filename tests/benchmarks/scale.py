"""How much of a mark survives shrinking, JPEG and cropping, per preset.

    python -m tests.benchmarks.scale FOLDER

The pictures of FOLDER are enlarged to 12 megapixels, marked there under a fresh key each, and taken the way of a
trainer: area reduction to 224 pixels on the short side; the same with JPEG quality 75 before; and a resize to 256
with a crop to 224 in the middle. The change the mark makes there is compared with the change of a mark made at
that size: correlation (median and 25th percentile) and energy kept (ratio of mean squares). For each preset,
and for the noise alone of those that have noise.
"""

import io
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mtgui.common.hashing import sha256_file
from mtgui.marking.keys import new_key
from mtgui.marking.mark import PictureDesign, make_mark, mark_picture, textured
from mtgui.marking.settings import PRESETS, MarkSettings, Preset
from mtgui.pictures.formats import looks_like_picture

Planes = NDArray[np.uint8]
PICTURES = 50


def planes_of(picture: Image.Image) -> Planes:
    """Return a picture as (3, H, W)."""
    return np.ascontiguousarray(np.asarray(picture.convert("RGB")).transpose(2, 0, 1))


def picture_of(planes: Planes) -> Image.Image:
    """Return planes as a picture."""
    return Image.fromarray(np.ascontiguousarray(planes.transpose(1, 2, 0)))


def shrunk(picture: Image.Image, side: int) -> Image.Image:
    """Return ``picture`` with ``side`` pixels on its short side, by area means."""
    scale = side / min(picture.size)
    size = round(picture.width * scale), round(picture.height * scale)
    return picture.resize(size, Image.Resampling.BOX)


def through_jpeg(picture: Image.Image) -> Image.Image:
    """Return ``picture`` after JPEG of quality 75."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=75)
    return Image.open(file)


def centre(picture: Image.Image, side: int) -> Image.Image:
    """Return the middle of ``picture``, ``side`` pixels square."""
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.crop((left, top, left + side, top + side))


Step = Callable[[Image.Image], Image.Image]
WAYS: dict[str, tuple[int, Step, Step]] = {
    "area reduction to 224": (224, lambda p: shrunk(p, 224), lambda p: p),
    "JPEG 75, then 224": (224, lambda p: shrunk(through_jpeg(p), 224), lambda p: p),
    "224, then JPEG 75": (224, lambda p: through_jpeg(shrunk(p, 224)), lambda p: p),
    "256, middle 224": (256, lambda p: centre(shrunk(p, 256), 224), lambda p: centre(p, 224)),
}


def kinds_of(preset: Preset) -> list[tuple[str, MarkSettings]]:
    """Return the mark of ``preset``, and its noise alone if it has noise, each with a name."""
    kinds = [(preset.title, preset.mark)]
    if preset.mark.has_noise:
        kinds.append((f"{preset.title}, noise alone", replace(preset.mark, blend_ratio=1.0)))
    return kinds


def main(folder: Path) -> None:
    """Measure and print."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and looks_like_picture(path))[:PICTURES]
    found: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for path in paths:
        with Image.open(path) as original:
            scale = (12e6 / (original.width * original.height)) ** 0.5
            size = round(original.width * scale), round(original.height * scale)
            large = original.convert("RGB").resize(size, Image.Resampling.BICUBIC)
        design = textured(PictureDesign(sha256_file(path), size[1], size[0]), planes_of(large))
        for preset in PRESETS[1:]:
            for name, settings in kinds_of(preset):
                mark = make_mark(new_key(), settings)
                marked = picture_of(mark_picture(planes_of(large), mark, design))
                for way, (side, take, end) in WAYS.items():
                    base = shrunk(large, side)
                    made = end(picture_of(mark_picture(planes_of(base), mark, design)))
                    arrived = planes_of(take(marked)).astype(float) - planes_of(take(large))
                    wanted = planes_of(made).astype(float) - planes_of(end(base))
                    correlation = float(np.corrcoef(arrived.ravel(), wanted.ravel())[0, 1])
                    found[name, way].append((correlation, float(np.square(arrived).mean() / np.square(wanted).mean())))
    print(f"{len(paths)} pictures enlarged to 12 megapixels, a fresh key each")
    print(f"{'preset':24} {'way':24} {'median r':>9} {'25 %':>6} {'energy':>7}")
    for (name, way), pairs in found.items():
        values = np.array(pairs)
        median, quartile = np.median(values[:, 0]), np.percentile(values[:, 0], 25)
        print(f"{name:24} {way:24} {median:9.3f} {quartile:6.3f} {np.median(values[:, 1]):7.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
