"""The preview keeps the canvas in step: newest request only, errors as a sentence, never busy for ever."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from mtgui.desktop.canvas.canvas_geometry import Camera, ViewRequest
from mtgui.desktop.canvas.canvas_view import ComparisonView
from mtgui.desktop.jobs.latest_only import LatestOnly, Reply
from mtgui.desktop.mark.preview import Preview, window_of
from mtgui.desktop.mark.rendering import Look, PreviewPicture
from mtgui.desktop.mark.visibility import Visibility
from mtgui.marking.mark import make_mark, mark_picture
from mtgui.marking.settings import MarkSettings
from tests.desktop.mark.mark_helpers import make_pictures

pytestmark = pytest.mark.usefixtures("themed")
LOOK = Look(MarkSettings(0.7, 8))


@pytest.fixture
def canvas(qtbot: QtBot) -> ComparisonView:
    canvas = ComparisonView()
    qtbot.addWidget(canvas)
    canvas.resize(800, 500)
    canvas.show()
    return canvas


@pytest.fixture
def preview(canvas: ComparisonView) -> Iterator[Preview]:
    preview = Preview(canvas)
    yield preview
    preview.close()
    QApplication.processEvents()


def show(qtbot: QtBot, preview: Preview, path: Path, look: Look = LOOK) -> Visibility:
    with qtbot.waitSignal(preview.measured) as told:
        preview.show(path, look)
    qtbot.waitUntil(lambda: preview.is_idle)
    quality = told.args[0]
    assert isinstance(quality, Visibility)
    return quality


def test_the_canvas_shows_the_marked_copy_pixel_by_pixel(
    qtbot: QtBot, canvas: ComparisonView, preview: Preview, tmp_path: Path
) -> None:
    (path,) = make_pictures(tmp_path, 1, 240)
    show(qtbot, preview, path)
    canvas.actual_size()
    request = canvas.request
    assert request is not None
    assert request.scale == 1
    with Image.open(path) as file:
        planes = np.asarray(file).transpose(2, 0, 1)
    picture = PreviewPicture(path, planes)
    expected = mark_picture(planes, make_mark(picture.key, LOOK.settings), picture.design)
    shown = canvas.grab().toImage()
    pixels = np.array([[shown.pixel(x, y) & 0xFFFFFF for x in range(shown.width())] for y in range(shown.height())])
    wanted = (expected.astype(int) * np.array([65536, 256, 1])[:, None, None]).sum(axis=0)
    places = np.argwhere(pixels == wanted[0, 0])
    assert any(np.array_equal(pixels[y : y + 240, x : x + 256], wanted) for y, x in places)


def test_the_figures_follow_the_settings(qtbot: QtBot, preview: Preview, tmp_path: Path) -> None:
    (path,) = make_pictures(tmp_path, 1)
    strong = show(qtbot, preview, path)
    gentle = show(qtbot, preview, path, Look(MarkSettings(0.95, 1)))
    none = show(qtbot, preview, path, Look(MarkSettings(1.0, 0)))
    assert strong.psnr < gentle.psnr < none.psnr == float("inf")
    assert strong.ssim < gentle.ssim < none.ssim == pytest.approx(1)
    assert strong.delta_e > gentle.delta_e > none.delta_e == 0
    assert none.in_words == "The picture is not changed"
    assert strong.in_numbers.startswith("PSNR ")


def test_a_picture_that_cannot_be_read_is_said_in_one_sentence(
    qtbot: QtBot, canvas: ComparisonView, preview: Preview, tmp_path: Path
) -> None:
    path = tmp_path / "text.jpg"
    path.write_text("no picture")
    with qtbot.waitSignal(preview.failed):
        preview.show(path, LOOK)
    words = canvas.accessibleDescription()
    assert "text.jpg cannot be shown: " in words
    assert not words.endswith("..")


def test_after_an_error_the_next_picture_is_shown(qtbot: QtBot, preview: Preview, tmp_path: Path) -> None:
    good, bad = make_pictures(tmp_path, 1)[0], tmp_path / "bad.png"
    bad.write_bytes(b"")
    with qtbot.waitSignal(preview.failed):
        preview.show(bad, LOOK)
    assert show(qtbot, preview, good).ssim < 1


def test_nothing_stays_busy(qtbot: QtBot, canvas: ComparisonView, preview: Preview, tmp_path: Path) -> None:
    paths = make_pictures(tmp_path, 4)
    for number in range(12):
        preview.show(paths[number % 4], replace(LOOK, settings=MarkSettings(0.5 + number / 100, 8)))
        QApplication.processEvents()
    qtbot.waitUntil(lambda: preview.is_idle)
    pill = next(label for label in canvas.findChildren(QLabel) if label.property("kind") == "pill")
    qtbot.waitUntil(lambda: pill.isHidden() and not canvas.is_busy)


def test_no_picture_clears_the_canvas(qtbot: QtBot, canvas: ComparisonView, preview: Preview, tmp_path: Path) -> None:
    show(qtbot, preview, make_pictures(tmp_path, 1)[0])
    preview.clear()
    assert canvas.request is None


def test_only_the_newest_wish_is_worked_on(qtbot: QtBot) -> None:
    gate, made = threading.Event(), []

    def work(request: int) -> int:
        gate.wait(10)
        made.append(request)
        if request == 9:
            raise ValueError("nine")
        return request * 2

    newest = LatestOnly(work, "test")
    answers: list[Reply] = []
    newest.done.connect(answers.append)
    newest.ask(1)
    qtbot.waitUntil(lambda: not newest.is_waiting)
    for request in range(2, 9):
        newest.ask(request)
    gate.set()
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert (made, [answer.result for answer in answers]) == ([1, 8], [2, 16])
    newest.ask(9)
    qtbot.waitUntil(lambda: len(answers) == 3)
    assert isinstance(answers[2].error, ValueError)
    assert newest.close()


@pytest.mark.parametrize("scale", [0.1, 0.5, 1.0, 4.0])
def test_what_is_rendered_covers_what_is_seen(scale: float) -> None:
    full = QSize(1000, 700)
    camera = replace(Camera(full, QSize(320, 240)), is_fit=False).settled().zoomed(scale)
    view = ViewRequest("side", camera.scale, camera.visible, camera.pane, full, camera.is_whole)
    window, region = window_of(view, 700, 1000)
    left, top, width, height = region
    assert left <= view.visible.left() + 1e-6
    assert top <= view.visible.top() + 1e-6
    assert left + width >= min(view.visible.right(), 1000) - 1e-6
    assert top + height >= min(view.visible.bottom(), 700) - 1e-6
    assert window.width <= 1000
    assert window.right - window.left <= 1000
