"""The comparison canvas: what it paints, what it asks for, how it is moved."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from mtgui.desktop.canvas.canvas_geometry import Mode, ViewRequest
from mtgui.desktop.canvas.canvas_painter import fitted
from mtgui.desktop.canvas.canvas_view import ComparisonView
from tests.desktop.desktop_helpers import show
from tests.desktop.painting import Notes

pytestmark = pytest.mark.usefixtures("themed")
FULL = QSize(2000, 1000)
WHOLE = QRectF(0, 0, 2000, 1000)
RED, BLUE, GREEN = QColor("#c81e1e"), QColor("#1e1ec8"), QColor("#1ec81e")


def plain(width: int, height: int, colour: QColor) -> QImage:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(colour)
    return image


@pytest.fixture
def view(qtbot: QtBot) -> ComparisonView:
    canvas = show(qtbot, ComparisonView(), 1000, 500)
    canvas.set_sizes(FULL.width(), FULL.height())
    canvas.set_original(plain(200, 100, RED), WHOLE)
    canvas.set_marked(plain(200, 100, BLUE), WHOLE)
    canvas.set_difference(plain(200, 100, GREEN), WHOLE)
    return canvas


def colour_at(view: ComparisonView, x: int, y: int) -> QColor:
    return view.grab().toImage().pixelColor(x, y)


def asked(view: ComparisonView) -> ViewRequest:
    request = view.request
    assert request is not None
    return request


def wheel(view: ComparisonView, at: QPointF, notches: int) -> None:
    event = QWheelEvent(
        at,
        view.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def test_both_pictures_stand_side_by_side(view: ComparisonView) -> None:
    assert colour_at(view, 250, 250) == RED
    assert colour_at(view, 750, 250) == BLUE


def test_the_split_shows_original_left_and_marked_right(view: ComparisonView) -> None:
    view.set_mode("split")
    assert colour_at(view, 300, 200) == RED
    assert colour_at(view, 700, 200) == BLUE
    view.set_divider(0.9)
    assert colour_at(view, 700, 200) == RED


def test_the_difference_is_painted_alone(view: ComparisonView) -> None:
    view.set_mode("difference")
    assert colour_at(view, 300, 250) == colour_at(view, 700, 250) == GREEN


def test_moving_emits_one_request_for_each_change(view: ComparisonView) -> None:
    seen: list[ViewRequest] = []
    view.view_changed.connect(seen.append)
    view.actual_size()
    view.actual_size()
    view.fit()
    view.set_mode("split")
    assert [(r.mode, r.scale == 1.0, r.is_whole) for r in seen] == [
        ("side", True, False),
        ("side", False, True),
        ("split", False, True),
    ]


def test_a_detail_is_drawn_where_it_matches_and_not_elsewhere(view: ComparisonView) -> None:
    view.actual_size()
    region = asked(view).visible
    view.set_original(plain(int(region.width()), int(region.height()), GREEN), region)
    assert colour_at(view, 250, 250) == GREEN
    view.fit()
    assert colour_at(view, 250, 250) == RED


def test_a_new_base_drops_the_older_detail_unless_told(view: ComparisonView) -> None:
    view.actual_size()
    region = asked(view).visible
    view.set_marked(plain(int(region.width()), int(region.height()), GREEN), region)
    view.set_marked(plain(200, 100, RED), WHOLE, keeps_detail=True)
    assert colour_at(view, 750, 250) == GREEN
    view.set_marked(plain(200, 100, RED), WHOLE)
    assert colour_at(view, 750, 250) == RED


def test_an_image_of_display_size_is_painted_pixel_for_pixel(view: ComparisonView) -> None:
    scale = asked(view).scale
    width, height = round(FULL.width() * scale), round(FULL.height() * scale)
    stripes = plain(width, height, RED)
    for x in range(0, width, 2):
        for y in range(height):
            stripes.setPixelColor(x, y, BLUE)
    view.set_original(stripes, WHOLE)
    row = view.grab().toImage()
    assert {row.pixelColor(x, 250).name() for x in range(60, 400)} == {RED.name(), BLUE.name()}


def test_the_wheel_zooms_and_stops_at_its_ends(view: ComparisonView) -> None:
    wheel(view, QPointF(250, 250), 40)
    assert asked(view).scale == 16.0
    wheel(view, QPointF(250, 250), -80)
    assert view.is_fit


def test_dragging_pans(view: ComparisonView) -> None:
    view.actual_size()
    before = asked(view).visible
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(250, 250))
    QTest.mouseMove(view, QPoint(150, 250))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(150, 250))
    assert asked(view).visible.left() == before.left() + 100


def test_a_double_click_changes_between_fit_and_one_to_one(view: ComparisonView) -> None:
    for expected in (False, True):
        at = QPointF(250, 250)
        event = QMouseEvent(
            QEvent.Type.MouseButtonDblClick,
            at,
            view.mapToGlobal(at),
            Qt.MouseButton.LeftButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(view, event)
        assert view.is_fit is expected


def test_keys_zoom_and_pan(view: ComparisonView) -> None:
    QTest.keyClick(view, Qt.Key.Key_1)
    assert asked(view).scale == 1.0
    before = asked(view).visible.left()
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert asked(view).visible.left() == before + 64
    QTest.keyClick(view, Qt.Key.Key_Plus)
    assert asked(view).scale == 1.5
    QTest.keyClick(view, Qt.Key.Key_Minus)
    QTest.keyClick(view, Qt.Key.Key_0)
    assert view.is_fit


def test_the_divider_moves_by_mouse_and_keyboard(view: ComparisonView) -> None:
    view.set_mode("split")
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.divider == pytest.approx(0.52)
    QTest.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert view.divider == pytest.approx(0.42)
    grip = view.divider_rect().center()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, grip)
    QTest.mouseMove(view, QPoint(-500, grip.y()))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton)
    assert view.divider == 0.0


def test_the_zoom_is_told_as_text(view: ComparisonView) -> None:
    seen: list[str] = []
    view.zoom_text_changed.connect(seen.append)
    view.actual_size()
    view.clear()
    assert seen == ["100\u00a0%", ""]


def test_busy_is_shown_only_after_a_while(view: ComparisonView, qtbot: QtBot) -> None:
    (pill,) = view.findChildren(QLabel)
    view.set_busy(True)
    assert pill.isHidden()
    qtbot.waitUntil(lambda: not pill.isHidden())
    view.set_busy(False)
    assert pill.isHidden()


def test_it_describes_itself(view: ComparisonView) -> None:
    view.set_captions("castle.jpg", "PSNR 30 dB")
    view.set_message("The file ends too early.")
    words = view.accessibleDescription()
    for part in ("Side by side", "Original: castle.jpg", "Marked: PSNR 30 dB", "The file ends too early."):
        assert part in words
    assert view.accessibleName()


def test_a_message_stands_in_place_of_the_marked_picture(view: ComparisonView) -> None:
    view.set_message("Could not be marked.")
    assert colour_at(view, 250, 250) == RED
    assert colour_at(view, 520, 180) != BLUE
    view.clear()
    view.set_message("Could not be opened.")
    assert len({colour_at(view, x, 270).name() for x in range(400, 600)}) > 2


def test_pictures_are_copied_so_that_their_memory_may_go(view: ComparisonView) -> None:
    pixels = bytearray(200 * 100 * 4)
    view.set_original(QImage(pixels, 200, 100, 800, QImage.Format.Format_RGB32), WHOLE)
    shown = colour_at(view, 250, 250)
    pixels[:] = b"\xff" * len(pixels)
    assert colour_at(view, 250, 250) == shown


def test_a_large_view_is_painted_without_scaling(qtbot: QtBot) -> None:
    canvas = ComparisonView()
    qtbot.addWidget(canvas)
    canvas.resize(1600, 1200)
    canvas.set_sizes(6000, 4000)
    scale = asked(canvas).scale
    size = QSize(round(6000 * scale), round(4000 * scale))
    canvas.set_original(plain(size.width(), size.height(), RED), QRectF(0, 0, 6000, 4000))
    canvas.set_marked(plain(size.width(), size.height(), BLUE), QRectF(0, 0, 6000, 4000))
    notes = Notes(canvas.size())
    canvas.render(notes, QPoint())
    assert notes.images == [(size, size), (size, size)]


def test_flipping_shows_the_other_picture_in_the_same_place(qtbot: QtBot, view: ComparisonView) -> None:
    view.set_mode("flip")
    middle = view.rect().center()
    assert colour_at(view, middle.x(), middle.y()) == BLUE
    view.show_original(True)
    assert colour_at(view, middle.x(), middle.y()) == RED
    assert "the original is shown" in view.accessibleDescription()
    for key in (Qt.Key.Key_F, Qt.Key.Key_Space):
        with qtbot.waitSignal(view.flip_wanted):
            QTest.keyClick(view, key)


def test_a_spot_is_shown_at_full_size(view: ComparisonView) -> None:
    view.show_spot(QPointF(0.75, 0.5))
    request = asked(view)
    assert request.scale == 1.0
    assert request.visible.contains(QPointF(1500, 500))
    assert not request.visible.contains(QPointF(100, 500))


def test_a_spot_is_ringed_until_another_picture_comes(view: ComparisonView) -> None:
    before = view.grab().toImage()
    view.show_spot(QPointF(0.75, 0.5))
    ringed = view.grab().toImage()
    view.forget_spot()
    assert view.grab().toImage() != ringed, "the ring is painted, and goes"
    view.fit()
    assert view.grab().toImage() == before


def test_the_ring_leaves_when_the_picture_is_fitted(view: ComparisonView) -> None:
    for fit in (view.fit, lambda: view.take_camera(view.camera.zoomed(view.camera.fit_scale))):
        view.show_spot(QPointF(0.75, 0.5))
        assert view.spot is not None
        fit()
        assert view.spot is None


@pytest.mark.parametrize("spot", [QPointF(0.001, 0.5), QPointF(0.999, 0.5), QPointF(0.5, 0.001), QPointF(0.5, 0.999)])
def test_at_an_edge_the_ring_is_whole(view: ComparisonView, spot: QPointF) -> None:
    def changed(at: QPointF) -> int:
        view.show_spot(at)
        ringed = view.grab().toImage()
        view.forget_spot()
        plain = view.grab().toImage()
        places = ((x, y) for x in range(0, plain.width(), 2) for y in range(0, plain.height(), 2))
        return sum(ringed.pixel(*place) != plain.pixel(*place) for place in places)

    assert changed(spot) == pytest.approx(changed(QPointF(0.5, 0.5)), rel=0.03)


def test_another_picture_has_no_ring_and_a_small_one_is_enlarged(view: ComparisonView) -> None:
    view.show_spot(QPointF(0.75, 0.5))
    view.set_sizes(300, 200)
    assert view.spot is None
    view.show_spot(QPointF(0.5, 0.5))
    assert asked(view).scale == 2.0


def test_words_above_a_small_picture_are_whole_while_there_is_room(view: ComparisonView) -> None:
    view.set_sizes(40, 30)
    view.set_captions("", "Visible as a cast of light or colour")
    shown = view.grab().toImage()
    view.set_captions("", "Visible as a cast of night or colour")
    assert view.grab().toImage() != shown, "the middle is in sight, too"


def test_words_without_room_lose_their_end_and_names_their_middle(themed: QApplication) -> None:
    metrics = QFontMetrics(themed.font())
    room = metrics.horizontalAdvance("Nothing is cha")
    assert fitted("Nothing is changed here", metrics, room).startswith("Nothing is")
    assert fitted("a-very-long-name-of-a-file.png", metrics, room).endswith("png")


def test_flip_says_which_key_flips(view: ComparisonView) -> None:
    view.set_captions("a.png", "Not visible")
    said = []
    modes: tuple[Mode, ...] = ("flip", "split")
    for mode in modes:
        view.set_mode(mode)
        scene = view.scene()
        said.append((scene.details["original"], scene.details["marked"]))
    assert said == [("a.png · F: the copy", "Not visible · F: the original"), ("a.png", "Not visible")]


def test_the_difference_says_by_what_it_is_multiplied(view: ComparisonView) -> None:
    view.set_mode("difference")
    view.set_difference_title("Difference ×16")
    assert "Difference ×16" in view.accessibleDescription()
