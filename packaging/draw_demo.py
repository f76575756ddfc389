"""Draws the demo pictures in ``resources/demo``: run ``python packaging/draw_demo.py`` to make them again.

They are eight small landscapes and still lifes, each drawn from a seed of its own. mtgui shows its work on them,
because they belong to nobody else.
"""

import math
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]
SCALE = 2


def gradient(size: tuple[int, int], stops: Sequence[tuple[float, Colour]]) -> Image.Image:
    """Return a vertical gradient through ``stops`` of (height from 0 to 1, colour)."""
    rows = np.linspace(0, 1, size[1])
    heights = [height for height, _ in stops]
    columns = [np.interp(rows, heights, [colour[c] for _, colour in stops]) for c in range(3)]
    plane = np.repeat(np.stack(columns, axis=1)[:, None, :], size[0], axis=1)
    return Image.fromarray(plane.astype(np.uint8))


def ridge(chance: random.Random, width: int, base: float, height: float, roughness: int) -> list[tuple[float, float]]:
    """Return the line of a mountain ridge: a few sines of random phase over ``width`` pixels."""
    waves = [(k, chance.uniform(0, 2 * math.pi), chance.uniform(0.4, 1) / k) for k in range(1, roughness + 1)]
    return [
        (x, base - height * sum(a * math.sin(2 * math.pi * k * x / width + p) for k, p, a in waves))
        for x in range(0, width + 4, 4)
    ]


def ground(draw: ImageDraw.ImageDraw, line: list[tuple[float, float]], bottom: int, colour: Colour) -> None:
    """Fill everything below ``line``."""
    draw.polygon([*line, (line[-1][0], bottom), (line[0][0], bottom)], fill=colour)


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """Return the colour ``share`` of the way from ``first`` to ``second``."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def glow(picture: Image.Image, centre: tuple[float, float], radius: float, colour: Colour) -> Image.Image:
    """Return ``picture`` with a soft light around ``centre``."""
    width, height = picture.size
    y, x = np.mgrid[0:height, 0:width]
    distance = np.hypot(x - centre[0], y - centre[1]) / radius
    light: NDArray[np.float64] = np.exp(-(distance**2))[:, :, None]
    base = np.asarray(picture).astype(np.float64)
    return Image.fromarray((base + (np.array(colour) - base) * light * 0.9).astype(np.uint8))


def hills(chance: random.Random, size: tuple[int, int]) -> Image.Image:
    """Blue hills behind one another in the evening."""
    sky = gradient(size, [(0, (58, 70, 120)), (0.45, (236, 150, 110)), (0.6, (252, 214, 150)), (1, (252, 220, 170))])
    sky = glow(sky, (size[0] * 0.68, size[1] * 0.47), size[1] * 0.2, (255, 244, 205))
    draw = ImageDraw.Draw(sky)
    for layer in range(6):
        line = ridge(chance, size[0], size[1] * (0.5 + 0.085 * layer), size[1] * 0.045, 3 + 2 * layer)
        ground(draw, line, size[1], mixed((150, 120, 150), (24, 30, 52), layer / 5))
    return sky


def sea(chance: random.Random, size: tuple[int, int]) -> Image.Image:
    """Moonlight on water."""
    picture = gradient(size, [(0, (8, 14, 38)), (0.5, (40, 62, 104)), (0.501, (18, 40, 70)), (1, (4, 12, 26))])
    picture = glow(picture, (size[0] * 0.4, size[1] * 0.22), size[1] * 0.16, (236, 238, 220))
    draw = ImageDraw.Draw(picture)
    radius = size[1] * 0.06
    x, y = size[0] * 0.4, size[1] * 0.22
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(250, 248, 232))
    for _ in range(900):
        depth = chance.random() ** 1.6
        row = size[1] * (0.505 + 0.49 * depth)
        column = chance.gauss(size[0] * 0.4, size[0] * (0.03 + 0.2 * depth))
        half = size[0] * (0.004 + 0.03 * depth) * chance.uniform(0.4, 1.2)
        colour = mixed((40, 70, 104), (214, 222, 214), chance.random() ** 2)
        draw.line((column - half, row, column + half, row), fill=colour, width=max(2, int(5 * depth)))
    return picture


def birches(chance: random.Random, size: tuple[int, int]) -> Image.Image:
    """A wood of birches in autumn."""
    picture = gradient(size, [(0, (224, 206, 150)), (0.7, (210, 150, 70)), (1, (120, 70, 36))])
    draw = ImageDraw.Draw(picture)
    for _ in range(2600):
        x, y = chance.uniform(0, size[0]), chance.triangular(0, size[1], size[1] * 0.25)
        radius = chance.uniform(3, 13)
        colour = mixed((196, 120, 30), (246, 214, 110), chance.random())
        draw.ellipse((x - radius, y - radius * 0.6, x + radius, y + radius * 0.6), fill=colour)
    for depth in sorted(chance.random() for _ in range(26)):
        x, half = chance.uniform(0, size[0]), 5 + 22 * depth
        foot = size[1] * (0.72 + 0.3 * depth)
        draw.rectangle((x - half, -5, x + half, foot), fill=mixed((206, 190, 160), (242, 238, 228), depth))
        for _ in range(14):
            y, length = chance.uniform(0, foot), half * chance.uniform(0.4, 1.6)
            draw.rectangle((x - half, y, x - half + length, y + 3 + 4 * depth), fill=(58, 50, 46))
    return picture


def city(chance: random.Random, size: tuple[int, int]) -> Image.Image:
    """A town at dusk, some windows lit."""
    picture = gradient(size, [(0, (36, 32, 74)), (0.6, (190, 96, 110)), (1, (250, 190, 120))])
    draw = ImageDraw.Draw(picture)
    for layer in range(4):
        x = -30.0
        colour = mixed((116, 78, 112), (22, 20, 40), layer / 3)
        while x < size[0]:
            width, top = chance.uniform(50, 130), size[1] * (0.32 + 0.12 * layer + chance.uniform(-0.1, 0.1))
            draw.rectangle((x, top, x + width, size[1]), fill=colour)
            for wx in np.arange(x + 10, x + width - 14, 20):
                for wy in np.arange(top + 14, size[1] - 10, 26):
                    if chance.random() < 0.09 * (layer + 1):
                        draw.rectangle((wx, wy, wx + 9, wy + 13), fill=mixed(colour, (255, 214, 130), 0.85))
            x += width + chance.uniform(-6, 10)
    return picture


def flowers(chance: random.Random, size: tuple[int, int]) -> Image.Image:
    """A meadow of poppies and cornflowers."""
    picture = gradient(size, [(0, (150, 196, 226)), (0.35, (214, 230, 214)), (0.36, (134, 170, 84)), (1, (40, 88, 36))])
    draw = ImageDraw.Draw(picture)
    for depth in sorted(chance.random() ** 0.8 for _ in range(1500)):
        x, y = chance.uniform(0, size[0]), size[1] * (0.36 + 0.66 * depth)
        draw.line((x, y, x + chance.uniform(-10, 10), y + 20 + 60 * depth), fill=(52, 104, 44), width=2)
        radius = 2 + 17 * depth
        colour = chance.choice([(206, 38, 30), (226, 66, 40), (70, 84, 176), (246, 240, 226)])
        for petal in range(5):
            angle = petal * 2 * math.pi / 5 + chance.random()
            px, py = x + math.cos(angle) * radius * 0.6, y + math.sin(angle) * radius * 0.45
            tone = mixed(colour, (20, 10, 20), 0.25 * chance.random())
            draw.ellipse((px - radius / 2, py - radius / 2, px + radius / 2, py + radius / 2), fill=tone)
        draw.ellipse((x - radius / 4, y - radius / 4, x + radius / 4, y + radius / 4), fill=(48, 30, 26))
    return picture


def still_life(chance: random.Random, size: tuple[int, int]) -> Image.Image:
    """Fruit in a bowl by lamplight."""
    picture = gradient(size, [(0, (52, 40, 38)), (0.62, (104, 74, 54)), (0.621, (130, 92, 58)), (1, (74, 48, 30))])
    picture = glow(picture, (size[0] * 0.3, size[1] * 0.2), size[1] * 0.7, (190, 140, 84))
    middle, table = size[0] * 0.5, size[1] * 0.66
    for _ in range(13):
        x, y = middle + chance.gauss(0, size[0] * 0.1), table - chance.uniform(0.02, 0.2) * size[1]
        radius = size[1] * chance.uniform(0.065, 0.095)
        colour = chance.choice([(196, 44, 32), (226, 130, 30), (150, 160, 46), (112, 24, 50), (232, 186, 60)])
        ball = Image.new("L", picture.size, 0)
        ImageDraw.Draw(ball).ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
        fruit = glow(Image.new("RGB", picture.size, mixed(colour, (16, 8, 8), 0.35)), (x, y), radius, colour)
        fruit = glow(fruit, (x - radius * 0.35, y - radius * 0.4), radius * 0.35, (255, 244, 220))
        picture.paste(fruit, mask=ball)
    draw = ImageDraw.Draw(picture)
    half = size[0] * 0.26
    box = (middle - half, table - size[1] * 0.22, middle + half, table + size[1] * 0.2)
    draw.chord(box, 0, 180, fill=(64, 92, 120))
    draw.line(
        (middle - half, table - size[1] * 0.01, middle + half, table - size[1] * 0.01), fill=(122, 156, 184), width=8
    )
    return picture


def abstract(chance: random.Random, size: tuple[int, int]) -> Image.Image:
    """Overlapping discs on paper."""
    picture = Image.new("RGB", size, (240, 232, 214))
    for _ in range(34):
        layer = Image.new("RGBA", size, (0, 0, 0, 0))
        radius = size[1] * chance.uniform(0.04, 0.24)
        x, y = chance.uniform(0, size[0]), chance.uniform(0, size[1])
        colour = chance.choice([(214, 72, 52), (32, 82, 118), (236, 178, 60), (54, 124, 108), (40, 36, 44)])
        ImageDraw.Draw(layer).ellipse((x - radius, y - radius, x + radius, y + radius), fill=(*colour, 175))
        picture.paste(layer, mask=layer)
    return picture


def snow(chance: random.Random, size: tuple[int, int]) -> Image.Image:
    """Firs in falling snow, in greys."""
    picture = gradient(size, [(0, (150, 156, 164)), (0.6, (206, 210, 214)), (1, (244, 246, 248))])
    draw = ImageDraw.Draw(picture)
    for depth in sorted(chance.random() for _ in range(60)):
        x, foot = chance.uniform(0, size[0]), size[1] * (0.58 + 0.4 * depth)
        height = size[1] * (0.1 + 0.4 * depth)
        tone = mixed((168, 174, 180), (44, 50, 56), depth)
        for tier in range(5):
            half, top = height * (0.1 + 0.06 * tier), foot - height * (1 - 0.17 * tier)
            draw.polygon([(x, top), (x - half, top + height * 0.3), (x + half, top + height * 0.3)], fill=tone)
    for _ in range(1800):
        x, y, radius = chance.uniform(0, size[0]), chance.uniform(0, size[1]), chance.uniform(1, 5)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(252, 252, 254))
    return picture.convert("L")


PICTURES: dict[str, tuple[Callable[[random.Random, tuple[int, int]], Image.Image], tuple[int, int]]] = {
    "autumn birches.jpg": (birches, (720, 960)),
    "blue hills.jpg": (hills, (1200, 800)),
    "bowl of fruit.jpg": (still_life, (960, 720)),
    "discs.png": (abstract, (640, 640)),
    "dusk in town.webp": (city, (1080, 720)),
    "firs in snow.jpg": (snow, (900, 675)),
    "moonlit sea.jpg": (sea, (1200, 675)),
    "poppy meadow.jpg": (flowers, (960, 720)),
}


def draw_picture(name: str) -> Image.Image:
    """Return the demo picture called ``name``."""
    artist, size = PICTURES[name]
    large = artist(random.Random(name), (size[0] * SCALE, size[1] * SCALE))
    return large.filter(ImageFilter.GaussianBlur(0.6)).resize(size, Image.Resampling.LANCZOS)


def main(folder: Path) -> None:
    """Draw every picture into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PICTURES:
        draw_picture(name).save(folder / name, quality=88)
        print(folder / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "resources" / "demo")
