"""Marking on one core, against a per-pixel loop over pnoise2 at 224 pixels and against Pillow at 12 megapixels.

A tint is compared with the paper's mark at four sizes, as an export marks (in place, a new picture each time) and as an
audit does (the same picture under many keys).

    pip install "mtgui[benchmark]"
    python -m tests.benchmarks.marking_speed

Wanted: at 224 × 224 at least 50 times as fast as the loop; at 12 megapixels at most 1.5 times Pillow's decoding
and encoding of the same picture; a tint at 12 megapixels at least 5 times as fast as the paper's mark.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import hashlib
import io
from functools import partial
from itertools import cycle

import numpy as np
from noise import pnoise2
from numpy.typing import NDArray
from PIL import Image

from mtgui.marking.keys import new_key
from mtgui.marking.mark import Mark, PictureDesign, make_mark, mark_in_place, mark_picture, textured
from mtgui.marking.noise import draw_noise
from mtgui.marking.settings import MarkSettings, preset_named
from tests.benchmarks.stopwatch import side_by_side

KEY = new_key()
MARK = make_mark(KEY, MarkSettings())


def picture_id(number: int) -> str:
    """Return a picture id for test picture ``number``."""
    return hashlib.sha256(str(number).encode()).hexdigest()


def loop_mark(picture: NDArray[np.uint8], period: int, octaves: int, frequency: int) -> NDArray[np.uint8]:
    """Mark the straightforward way: noise pixel by pixel, then the arithmetic on floats."""
    side = picture.shape[1]
    field = np.empty((side, side), dtype=np.float32)
    for row in range(side):
        for column in range(side):
            field[row, column] = pnoise2(row / period, column / period, octaves=octaves)
    field = (field - field.min()) / (field.max() - field.min())
    signs = np.sign(np.sin(field * frequency * np.pi))
    noisy = np.clip(picture / 255 + signs * (8 / 255), 0, 1)
    return np.asarray((noisy * 0.7 + 0.3 * 0.55) * 255 + 0.5).astype(np.uint8)


def small() -> None:
    """Measure 224 × 224."""
    pictures = [np.random.default_rng(n).integers(0, 256, (3, 224, 224), dtype=np.uint8) for n in range(8)]
    numbers = cycle(range(400))

    def loop() -> None:
        number = next(numbers)
        draw = draw_noise(KEY, picture_id(number), "perlin")
        loop_mark(pictures[number % 8], draw.period, draw.octaves, draw.frequency)

    def ours() -> None:
        for _ in range(20):
            number = next(numbers)
            mark_picture(pictures[number % 8], MARK, PictureDesign(picture_id(number), 224, 224))

    slow, fast = side_by_side(loop, ours, 40)
    ratio = slow / fast * 20
    print(f"224 pixels: loop {slow * 1e3:.1f} ms, mtgui {fast / 20 * 1e3:.2f} ms: ratio {ratio:.0f} (wanted: 50)")


def large() -> None:
    """Measure 12 megapixels: a photograph-like picture of 4000 × 3000."""
    chance = np.random.default_rng(0)
    coarse = Image.fromarray(chance.integers(0, 256, (30, 40, 3), dtype=np.uint8)).resize((4000, 3000))
    grain = chance.normal(0, 6, (3000, 4000, 1))
    photo = Image.fromarray(np.clip(np.asarray(coarse) + grain, 0, 255).astype(np.uint8))
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=92)
    planes = np.ascontiguousarray(np.asarray(photo).transpose(2, 0, 1))
    numbers = cycle(range(1000))

    def pillow() -> None:
        with Image.open(io.BytesIO(file.getvalue())) as picture:
            picture.load()
            picture.save(io.BytesIO(), "JPEG", quality=95, subsampling=0)

    def ours() -> None:
        mark_picture(planes, MARK, PictureDesign(picture_id(next(numbers)), 3000, 4000))

    bare, marking = side_by_side(pillow, ours, 9)
    print(
        f"12 megapixels: Pillow decode + encode {bare * 1e3:.0f} ms, marking {marking * 1e3:.0f} ms: "
        f"{marking / bare:.2f} times (wanted: at most 1.5)"
    )


def tint(height: int, width: int) -> None:
    """Measure a tint and the paper's mark at one size."""
    paper, tinted = (make_mark(KEY, preset_named(name).mark) for name in ("paper", "clear"))
    planes = np.random.default_rng(0).integers(0, 256, (3, height, width), dtype=np.uint8)
    known = textured(PictureDesign(picture_id(0), height, width), planes)
    numbers, repeats = cycle(range(100_000)), max(1, 2_000_000 // (height * width))

    def export(mark: Mark) -> None:
        for _ in range(repeats):
            mark_in_place(planes, mark, PictureDesign(picture_id(next(numbers)), height, width))

    def audit(mark: Mark) -> None:
        for _ in range(repeats):
            mark_in_place(planes, Mark(new_key(), mark.settings, mark.pattern), known)

    for name, work in (("export", export), ("audit", audit)):
        slow, fast = (seconds / repeats for seconds in side_by_side(partial(work, paper), partial(work, tinted), 9))
        print(
            f"{width} × {height}, {name}: paper {slow * 1e3:.2f} ms, tint {fast * 1e3:.2f} ms: "
            f"{slow / fast:.1f} times as fast"
        )


if __name__ == "__main__":
    for size in ((224, 224), (400, 512), (1200, 1600), (3000, 4000)):
        tint(*size)
    small()
    large()
