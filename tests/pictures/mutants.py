"""Damaged picture files of every format, drawn at random but the same on every machine."""

import random
from collections.abc import Iterator
from functools import cache

import numpy as np
from PIL import Image

from tests.pictures import tiff_samples
from tests.pictures.picture_samples import encoded, exif_block, noise, raw_png, smooth

KINDS = {
    "baseline.jpg": "jpg",
    "progressive.jpg": "jpg",
    "grey.jpg": "jpg",
    "true.png": "png",
    "palette.png": "png",
    "interlaced.png": "png",
    "lossy.webp": "webp",
    "lossless.webp": "webp",
    "raw.tif": "tif",
    "lzw.tif": "tif",
    "jpeg.tif": "tif",
    "tiles.tif": "tif",
    "a.avif": "avif",
    "boxes.jp2": "jp2",
    "bare.j2k": "j2k",
    "true.bmp": "bmp",
    "palette.bmp": "bmp",
    "a.gif": "gif",
    "a.ppm": "ppm",
    "a.pgm": "pgm",
    "raw.tga": "tga",
    "rle.tga": "tga",
}
"""Names of the samples, and the suffixes of their files."""
WAYS = ("bytes", "head", "cut", "zeros", "zero tail", "page")


@cache
def sample(kind: str) -> bytes:
    """Return a whole picture file of 80 × 60 pixels that is not damaged."""
    pixels = (smooth(60, 80) & 0xF0) | (noise(60, 80, 3) & 0x0F)
    image = Image.fromarray(pixels)
    table = image.quantize(32)
    if kind == "interlaced.png":
        return raw_png(pixels, 2, 8, is_interlaced=True)
    if kind == "tiles.tif":
        layout = tiff_samples.Layout(compression=tiff_samples.DEFLATE, is_tiled=True)
        return tiff_samples.written(layout, tiff_samples.drawn_samples(layout))
    exif = exif_block()
    ways = {
        "baseline.jpg": lambda: encoded(image, "JPEG", exif=b"Exif\0\0" + exif),
        "progressive.jpg": lambda: encoded(image, "JPEG", progressive=True, subsampling=0),
        "grey.jpg": lambda: encoded(image.convert("L"), "JPEG"),
        "true.png": lambda: encoded(image, "PNG", exif=exif),
        "palette.png": lambda: encoded(table, "PNG"),
        "lossy.webp": lambda: encoded(image, "WEBP"),
        "lossless.webp": lambda: encoded(image, "WEBP", lossless=True, exif=exif),
        "raw.tif": lambda: encoded(image, "TIFF"),
        "lzw.tif": lambda: encoded(image, "TIFF", compression="tiff_lzw"),
        "jpeg.tif": lambda: encoded(image, "TIFF", compression="jpeg"),
        "a.avif": lambda: encoded(image, "AVIF", exif=exif),
        "boxes.jp2": lambda: encoded(image, "JPEG2000"),
        "bare.j2k": lambda: encoded(image, "JPEG2000", no_jp2=True),
        "true.bmp": lambda: encoded(image, "BMP"),
        "palette.bmp": lambda: encoded(table, "BMP"),
        "a.gif": lambda: encoded(table, "GIF"),
        "a.ppm": lambda: encoded(image, "PPM"),
        "a.pgm": lambda: encoded(image.convert("L"), "PPM"),
        "raw.tga": lambda: encoded(image, "TGA"),
        "rle.tga": lambda: encoded(Image.fromarray(np.repeat(pixels, 2, 1)), "TGA", compression="tga_rle"),
    }
    return ways[kind]()


def mutants(kind: str, number: int) -> Iterator[tuple[str, bytes]]:
    """Yield ``number`` damaged versions of a sample, each with the way in which it was damaged."""
    whole = sample(kind)
    drawn = random.Random(kind)
    for at in range(number):
        way = WAYS[at % len(WAYS)]
        yield way, _damaged(whole, way, drawn)


def _damaged(whole: bytes, way: str, drawn: random.Random) -> bytes:
    data = bytearray(whole)
    if way == "cut":
        return whole[: drawn.randrange(1, len(whole))]
    if way == "page":
        page = drawn.choice([b"<!DOCTYPE html><html><body>404</body></html>", b"Not found\n", b'{"error": 404}', b""])
        return page if drawn.random() < 0.3 else page + whole[len(page) :]
    if way == "zero tail":
        start = drawn.randrange(len(data))
        return whole[:start] + bytes(len(whole) - start)
    if way == "zeros":
        start = drawn.randrange(len(data))
        end = min(len(data), start + drawn.randrange(1, 200))
        data[start:end] = bytes(end - start)
        return bytes(data)
    for _ in range(drawn.randrange(1, 5)):
        data[drawn.randrange(min(120, len(data)) if way == "head" else len(data))] = drawn.randrange(256)
    return bytes(data)
