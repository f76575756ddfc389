"""Memory that pictures are drawn into again and again: the same pixels as ever, and nothing of the picture before."""

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mtgui.common.errors import PictureError
from mtgui.marking.arrays import Workspace
from mtgui.pictures import canvas, planes
from mtgui.pictures.canvas import FRESH
from mtgui.pictures.decoding import decode, read_header
from mtgui.pictures.saving import jpeg

SIZES = [(300, 200), (8, 8), (1, 37), (41, 1), (1031, 77), (299, 201)]


def colours(width: int, height: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (3, height, width), dtype=np.uint8)


def jpeg_file(path: Path, pixels: NDArray[np.uint8], mode: str = "RGB", **options: int) -> Path:
    Image.fromarray(np.moveaxis(pixels, 0, 2)).convert(mode).save(path, "JPEG", **options)
    return path


def pixels_by_pillow(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as image:
        return np.moveaxis(np.asarray(image.convert("RGB")), 2, 0)


class Drawing:
    """Stands in for an open file: it draws the first ``rows``, on other memory if it does not want what is lent."""

    def __init__(self, memory: Workspace, rows: int, *, wants_own_memory: bool = False) -> None:
        self.width, self.height = 5, 4
        self.im: Any = None
        self.tile: Any = ["all"]
        self._memory, self._rows, self._wants_own_memory = memory, rows, wants_own_memory

    def load(self) -> None:
        if self._wants_own_memory:
            self.im = object()
        self._memory.array("canvas", (4, 5), "<u4")[: self._rows] = 0xFF123456


def test_pictures_drawn_one_after_the_other_are_those_that_pillow_sees(tmp_path: Path) -> None:
    memory = Workspace(1 << 20)
    for number, (width, height) in enumerate(SIZES):
        path = jpeg_file(tmp_path / f"{number}.jpg", colours(width, height, number), subsampling=number % 3)
        found = read_header(path, path.read_bytes()).decode(memory)
        assert np.array_equal(found.pixels, pixels_by_pillow(path))
        assert found.pixels.flags.c_contiguous
        assert np.array_equal(found.pixels, decode(path).pixels)


@pytest.mark.parametrize("mode", ["L", "CMYK", "YCbCr"])
def test_jpeg_files_of_other_kinds_go_the_usual_way(tmp_path: Path, mode: str) -> None:
    memory = Workspace(1 << 20)
    for number in range(2):
        path = jpeg_file(tmp_path / f"{number}.jpg", colours(60, 40, number), mode)
        assert np.array_equal(read_header(path, path.read_bytes()).decode(memory).pixels, decode(path).pixels)


def test_memory_of_one_picture_is_that_of_the_threads_next_and_of_nobody_else(tmp_path: Path) -> None:
    path = jpeg_file(tmp_path / "a.jpg", colours(60, 40))
    unread = [read_header(path, path.read_bytes()) for _ in range(3)]
    memory = Workspace(1 << 20)
    first = unread[0].decode(memory).pixels
    with ThreadPoolExecutor(1) as pool:
        assert not np.shares_memory(first, pool.submit(unread[1].decode, memory).result().pixels)
    assert np.shares_memory(first, unread[2].decode(memory).pixels)
    assert not np.shares_memory(decode(path).pixels, decode(path).pixels)


@pytest.mark.parametrize("rows", [0, 1, 3, 4])
def test_rows_that_a_decoder_leaves_out_show_nothing_of_the_picture_before(rows: int) -> None:
    memory = Workspace(1 << 20)
    memory.array("canvas", (4, 5), "<u4")[:] = 0xFFABCDEF
    drawing = Drawing(memory, rows)
    cells = canvas.draw(drawing, memory, drawing.load)
    assert cells is not None
    assert np.all(cells[:rows] == 0xFF123456)
    assert np.all(cells[rows:] == 0)


def test_a_decoder_that_draws_elsewhere_is_noticed() -> None:
    memory = Workspace(1 << 20)
    drawing = Drawing(memory, 4, wants_own_memory=True)
    assert canvas.draw(drawing, memory, drawing.load) is None


def test_a_file_that_ends_early_is_refused_whatever_was_drawn_before(tmp_path: Path) -> None:
    memory = Workspace(1 << 20)
    whole = jpeg_file(tmp_path / "whole.jpg", colours(300, 200)).read_bytes()
    path = tmp_path / "cut.jpg"
    read_header(path, whole).decode(memory)
    for length in (len(whole) // 3, len(whole) // 2, len(whole) - 200):
        with pytest.raises(PictureError, match="ends too early"):
            read_header(path, whole[:length]).decode(memory)


@pytest.mark.parametrize("how", ["cut before the scan", "cut there, with an end", "scan not marked as one"])
def test_a_file_without_a_scan_is_refused_and_not_black(tmp_path: Path, how: str) -> None:
    memory = Workspace(1 << 20)
    whole = jpeg_file(tmp_path / "whole.jpg", colours(300, 200)).read_bytes()
    scan = whole.index(b"\xff\xda")
    data = {
        "cut before the scan": whole[:scan],
        "cut there, with an end": whole[:scan] + b"\xff\xd9",
        "scan not marked as one": whole[:scan] + b"\xff\xd9" + whole[scan + 2 :],
    }[how]
    for start in (memory, FRESH):
        with pytest.raises(PictureError):
            read_header(tmp_path / "cut.jpg", data).decode(start)


def test_a_drawn_picture_never_shows_the_next_one(tmp_path: Path) -> None:
    memory = Workspace(1 << 20)
    first, second = (jpeg_file(tmp_path / f"{number}.jpg", colours(60, 40, number)) for number in range(2))
    drawn = read_header(first, first.read_bytes())
    drawn.decode(memory)
    read_header(second, second.read_bytes()).decode(memory)
    with pytest.raises(PictureError):
        drawn.decode(memory)
    with pytest.raises(OSError, match="cannot load"):
        drawn.opened.load()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_planes_put_together_are_saved_as_the_same_file(width: int, height: int) -> None:
    memory, pixels = Workspace(1 << 20), colours(width, height)
    memory.array("canvas", (height, width), "<u4")[:] = 0x12345678
    expected = io.BytesIO()
    planes.to_image(pixels).save(expected, "JPEG", quality=95, subsampling=0)
    assert jpeg(canvas.merge(pixels, memory), 95) == expected.getvalue()


def test_damaged_files_show_what_pillow_shows_of_them_and_nothing_of_others(tmp_path: Path) -> None:
    memory, draw, compared = Workspace(1 << 20), np.random.default_rng(5), 0
    for number in range(300):
        width, height = SIZES[number % len(SIZES)]
        path = jpeg_file(tmp_path / "a.jpg", colours(width, height, number), subsampling=number % 3)
        data = bytearray(path.read_bytes())
        for place in draw.integers(len(data) // 2, len(data), 3):
            data[place] = draw.integers(256)
        path.write_bytes(data)
        try:
            unread = read_header(path, bytes(data))
            found = unread.decode(memory).pixels
        except PictureError:
            continue
        compared += 1
        path.write_bytes(unread.opened.survey.stream + b"\xff\xd9")
        assert np.array_equal(found, pixels_by_pillow(path))
    assert compared > 50
