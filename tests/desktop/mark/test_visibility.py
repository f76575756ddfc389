"""How visible a mark is: in words by thresholds in one place, measured where it shows, on every picture of the list."""

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mtgui.desktop.mark.mark_page import MarkPage
from mtgui.desktop.mark.rendering import Look, PreviewPicture
from mtgui.desktop.mark.strengths_dialog import StrengthsDialog, arrangement, tile_size
from mtgui.desktop.mark.visibility import SEEN, Survey, Visibility, evenly
from mtgui.desktop.mark.visibility_measuring import (
    fitted_pictures,
    strongest_shift,
    visibility_of,
    visibility_of_planes,
)
from mtgui.desktop.mark.visibility_row import VisibilityRow
from mtgui.marking.settings import MarkSettings, preset_named
from tests.desktop.mark.mark_helpers import add, make_pictures, settle

PAPER = Look(preset_named("paper").mark)
CLEAR = Look(preset_named("clear").mark)
NONE = Look(preset_named("invisible").mark)


@pytest.mark.parametrize(
    ("ssim", "shift", "expected"),
    [
        (0.999, 2.7, "not visible"),
        (0.999, 5.0, "hard to see"),
        (0.999, 9.0, "visible"),
        (0.999, 16.0, "plainly visible"),
        (0.98, 0.4, "hard to see"),
        (0.91, 0.4, "visible"),
        (0.77, 0.4, "plainly visible"),
    ],
)
def test_the_more_conspicuous_of_pattern_and_colour_decides(ssim: float, shift: float, expected: str) -> None:
    assert Visibility(30.0, ssim, 1.0, 2.0, shift).seen == expected


def test_a_cast_in_the_corners_alone_is_seen() -> None:
    original = np.full((3, 240, 320), 170, dtype=np.uint8)
    marked = original.copy()
    marked[1, :75, :75] -= 20
    marked[1, -75:, -75:] -= 20
    found = visibility_of_planes(original, marked)
    assert found.delta_e < 4, "on average there is little of it"
    assert found.in_words == "Visible as a cast of light or colour"
    marked[:] = original
    marked[1] -= 3
    assert visibility_of_planes(original, marked).seen == "not visible", "a faint cast all over"


def test_grain_is_no_cast() -> None:
    original = np.full((1, 240, 320), 128, dtype=np.uint8)
    grain = np.random.default_rng(0).integers(-9, 10, original.shape)
    assert strongest_shift(original, (original + grain).astype(np.uint8)) < 1
    assert strongest_shift(original, original) == 0


def test_words_are_in_sight_and_numbers_are_for_those_who_ask() -> None:
    found = Visibility(26.64, 0.9012, 3.1, 6.2, 4.4, place="smooth")
    assert found.in_words == "Visible on smooth areas"
    assert found.in_numbers.startswith("PSNR 26.6 dB · SSIM 0.901 · ΔE2000 3.1 on average, 6.2 at the 95th percentile")
    assert found.in_numbers.endswith(", 4.4 between the mean colours of the parts that change most")
    assert Visibility(math.inf, 1.0, 0.0, 0.0, 0.0).in_words == "The picture is not changed"


def test_a_smooth_shift_is_called_a_cast_and_a_sample_a_sample() -> None:
    found = Visibility(26.0, 0.99, 6.0, 9.0, 9.0, place="detailed")
    assert found.in_words == "Visible as a cast of light or colour"
    sample = Survey(((Path("/a.png"), found), (Path("/b.png"), found)), 100)
    assert sample.in_words == "Visible as a cast of light or colour in 2 of 2 pictures looked at"


def _with(psnr: float, ssim: float, delta_e: float, shift: float) -> Visibility:
    return Visibility(psnr, ssim, delta_e, 2 * delta_e, shift, place="bright")


def seen(*names: str) -> Survey:
    ways = {
        "nothing": (math.inf, 1.0, 0.0, 0.0),
        "hard": (40.0, 0.999, 3.0, 5.0),
        "plain": (20.0, 0.5, 9.0, 9.0),
        "some": (30, 0.95, 1, 2.0),
    }
    found = [(Path(f"/{n}.png"), _with(*ways[name])) for n, name in enumerate(names)]
    return Survey(tuple(found), len(found))


@pytest.mark.parametrize(
    ("survey", "words", "worst"),
    [
        (Survey(), "", None),
        (seen("nothing", "nothing"), "The picture is not changed", None),
        (seen("nothing", "hard", "hard"), "Hard to see", "1"),
        (seen("hard", "some", "hard"), "Visible on bright areas in 1 of 3 pictures", "1"),
        (seen("plain", "some", "plain"), "Plainly visible on bright areas in 3 of 3 pictures", "0"),
        (seen("some"), "Visible on bright areas in 1 of 1 picture", "0"),
    ],
)
def test_all_pictures_are_told_in_one_sentence(survey: Survey, words: str, worst: str | None) -> None:
    assert survey.in_words == words
    assert (None if survey.worst is None else survey.worst.stem) == worst


def test_words_take_room_only_where_a_mark_changes_something(qtbot: QtBot) -> None:
    row = VisibilityRow()
    qtbot.addWidget(row)
    (words,) = row.findChildren(QLabel)
    assert (row.words, words.isHidden()) == ("Looking…", False)
    row.show_current(Visibility(math.inf, 1.0, 0.0, 0.0, 0.0))
    assert words.isHidden()
    row.show_survey(seen("nothing", "hard"))
    assert (row.words, words.isHidden()) == ("Hard to see", False)
    row.show_survey(seen("nothing", "nothing"))
    assert words.isHidden()


def test_of_many_pictures_some_are_looked_at() -> None:
    paths = [Path(f"/{number}") for number in range(100)]
    some = evenly(paths, 24)
    assert len(some) == len(set(some)) == 24
    assert some[0] == paths[0]
    assert evenly(paths[:3], 24) == tuple(paths[:3])


def half_white() -> np.ndarray:
    """Return a picture that is noisy and dark on the left, smooth and bright on the right."""
    pixels = np.full((3, 240, 320), 235, dtype=np.uint8)
    pixels[:, :, :160] = np.random.default_rng(0).integers(0, 90, (3, 240, 160), dtype=np.uint8)
    return pixels


def test_the_spot_is_where_the_mark_is_hidden_least() -> None:
    found = visibility_of(PreviewPicture(Path("/a.png"), half_white()), PAPER)
    assert found.spot[1] > 0.5
    assert found.place == "bright"
    assert SEEN.index(found.seen) >= SEEN.index("visible")


def test_without_a_mark_nothing_is_measured() -> None:
    assert visibility_of(PreviewPicture(Path("/a.png"), half_white()), NONE).seen == "nothing"


def test_strengths_show_the_whole_picture() -> None:
    picture = PreviewPicture(Path("/a.png"), half_white())
    with ThreadPoolExecutor(1) as pool:
        none, clear, paper = fitted_pictures(picture, [NONE, CLEAR, PAPER], (60, 80), pool)
    assert none.shape == clear.shape == paper.shape == (60, 80, 4)
    assert not np.array_equal(none, paper)
    assert none[:, :30, :3].mean() < 200 < none[:, 50:, :3].mean(), "both halves of the picture are there"


@pytest.mark.parametrize("room", [QSize(1120, 700), QSize(575, 200), QSize(200, 700)])
@pytest.mark.parametrize("shape", [0.4, 1.0, 2.6])
@pytest.mark.parametrize("count", [4, 5])
def test_all_strengths_fit_and_keep_their_shape(count: int, shape: float, room: QSize) -> None:
    columns, size = arrangement(count, shape, room)
    tile, rows = tile_size(size), -(-count // columns)
    assert columns * tile.width() <= room.width()
    assert rows * tile.height() <= room.height()
    assert abs(size.width() - size.height() * shape) <= max(1.0, shape)


def test_the_panel_tells_it_and_leads_to_the_worst_picture(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    for number in range(3):
        dark = np.random.default_rng(number).integers(0, 90, (240, 320, 3), dtype=np.uint8)
        picture = half_white().transpose(1, 2, 0) if number == 2 else dark
        Image.fromarray(np.ascontiguousarray(picture)).save(tmp_path / "f" / f"{number}.png")
    add(qtbot, page, tmp_path / "f")
    page.inspector.mark.choose_preset("paper")
    qtbot.waitUntil(lambda: page.sights.survey.is_idle and len(page.sights.survey.survey.found) == 3)
    assert "of 3 pictures" in page.inspector.visibility.words
    worst = page.sights.survey.survey.worst
    assert worst is not None
    page.pictures.strip.show_entry(next(n for n in range(3) if page.pictures.model.entry(n).path != worst))
    settle(qtbot, page)
    page.sights.show_worst()
    settle(qtbot, page)
    current = page.pictures.strip.current_entry
    assert current is not None
    assert current.path == worst
    qtbot.waitUntil(lambda: page.canvas.spot is not None)
    assert page.canvas.spot == QPointF(*reversed(dict(page.sights.survey.survey.found)[worst].spot))
    assert page.canvas.request is not None
    assert page.canvas.request.scale > page.canvas.camera.fit_scale
    page.inspector.mark.choose_preset("clear")
    assert page.canvas.spot is None, "another mark may show most in another place"


def found(settings: MarkSettings) -> str:
    """Stand for what an audit finds of a mark."""
    return "none" if settings.is_invisible else settings.kind


def test_a_click_on_a_tile_chooses_its_strength(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> None:
    make_pictures(tmp_path / "f", 2, 200)
    add(qtbot, page, tmp_path / "f")
    picture = page.preview.picture
    assert picture is not None
    dialog = StrengthsDialog(picture, page.looks.strengths(found), page)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.is_ready)
    assert [tile.text() for tile in dialog.tiles] == ["Invisible (in use)", "Faint", "Clear", "Paper"]
    assert dialog.focusWidget() is dialog.tiles[0], "the keyboard begins at the strength in use"
    assert [tile.accessibleDescription() for tile in dialog.tiles] == ["none", "tint", "tint", "paper"]
    QTest.mouseClick(dialog.tiles[2], Qt.MouseButton.LeftButton)
    assert (dialog.chosen, dialog.isHidden()) == ("clear", True)
    dialog.close_workers()


def test_after_the_draw_strengths_can_be_seen_but_not_chosen(qtbot: QtBot, page: MarkPage, tmp_path: Path) -> None:
    make_pictures(tmp_path / "f", 1, 64)
    add(qtbot, page, tmp_path / "f")
    picture = page.preview.picture
    assert picture is not None
    page.history.change(page.history.choices.with_mark(MarkSettings(0.9, 3)), "own")
    dialog = StrengthsDialog(picture, page.looks.strengths(found), page, is_fixed=True)
    qtbot.addWidget(dialog)
    assert [tile.text() for tile in dialog.tiles][-1] == "Yours (in use)"
    assert not any(tile.isEnabled() for tile in dialog.tiles)
    dialog.close_workers()
