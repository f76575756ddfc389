"""The laws of the camera and of the panes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, QSize

from mtgui.desktop.canvas.canvas_geometry import LARGEST_SCALE, Camera, arrange

sides = st.integers(1, 12000)
panes = st.builds(QSize, st.integers(1, 3000), st.integers(1, 3000))
cameras = st.builds(Camera, st.builds(QSize, sides, sides), panes).map(Camera.settled)


@given(cameras, st.floats(0.001, 50), st.floats(0, 1), st.floats(0, 1))
def test_the_scale_keeps_its_limits_and_the_view_lies_in_the_picture(
    camera: Camera, scale: float, x: float, y: float
) -> None:
    zoomed = camera.zoomed(scale, QPointF(x * camera.pane.width(), y * camera.pane.height()))
    assert zoomed.smallest <= zoomed.scale <= LARGEST_SCALE
    assert QRectF(0, 0, camera.full.width(), camera.full.height()).contains(zoomed.visible)


@given(cameras)
def test_fit_shows_the_whole_picture(camera: Camera) -> None:
    assert camera.is_whole
    assert camera.visible == QRectF(0, 0, camera.full.width(), camera.full.height())


def test_the_point_under_the_cursor_stays() -> None:
    camera = Camera(QSize(4000, 3000), QSize(800, 600)).settled().zoomed(1.0)
    anchor = QPointF(600, 150)
    before = camera.centre + (anchor - QPointF(400, 300)) / camera.scale
    after = camera.zoomed(2.0, anchor)
    there = after.centre + (anchor - QPointF(400, 300)) / after.scale
    assert (there - before).manhattanLength() < 1e-9


def test_panning_stops_at_the_edge() -> None:
    camera = Camera(QSize(4000, 3000), QSize(800, 600)).settled().zoomed(1.0).panned(QPointF(99999, 99999))
    assert camera.visible == QRectF(0, 0, 800, 600)


def test_zooming_out_to_the_end_fits_again() -> None:
    camera = Camera(QSize(4000, 3000), QSize(800, 600)).settled()
    assert camera.zoomed(1.0).zoomed(0.0001).is_fit


@pytest.mark.parametrize(
    ("longer", "ratio", "scale"),
    [(32, 1.0, 8), (32, 2.0, 16), (64, 1.0, 7), (224, 1.0, 2), (300, 1.0, 1), (300, 1.5, 2), (200, 1.5, 3), (2, 1, 8)],
)
def test_fitting_enlarges_small_pictures_by_whole_screen_pixels(longer: int, ratio: float, scale: float) -> None:
    pane = QSize(800, 600) * ratio
    assert Camera(QSize(longer, longer * 3 // 4), pane, ratio=ratio).settled().scale == scale


def test_a_small_picture_is_enlarged_no_further_than_the_pane() -> None:
    assert Camera(QSize(100, 100), QSize(290, 600)).settled().scale == 2.0
    assert Camera(QSize(100, 100), QSize(50, 600)).settled().scale == 0.5


@given(cameras)
def test_the_ladder_climbs_and_descends(camera: Camera) -> None:
    assert camera.step(True) > camera.scale or camera.scale == LARGEST_SCALE
    assert camera.step(False) <= camera.scale


@pytest.mark.parametrize(
    ("canvas", "picture", "is_beside"),
    [((1400, 700), (3000, 2000), True), ((600, 900), (3000, 2000), False), ((1000, 900), (1000, 4000), True)],
)
def test_panes_lie_so_that_pictures_are_larger(
    canvas: tuple[int, int], picture: tuple[int, int], is_beside: bool
) -> None:
    original, marked = arrange("side", QSize(*canvas), QSize(*picture))
    assert (original.view.top() == marked.view.top()) is is_beside
    assert original.view.size() == marked.view.size()
    assert not original.view.intersects(marked.view)


def test_other_modes_have_one_pane() -> None:
    assert [pane.side for pane in arrange("split", QSize(800, 600), QSize(10, 10))] == ["split"]
    assert [pane.side for pane in arrange("difference", QSize(800, 600), QSize(10, 10))] == ["difference"]
