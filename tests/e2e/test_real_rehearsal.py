"""The whole window with the real engine: a rehearsal from dropped pictures to the Mark page."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6")
pytest.importorskip("torch")

from PIL import Image
from pytestqt.qtbot import QtBot

from mtgui.desktop.app.main_window import MainWindow
from mtgui.desktop.mark.mark_page import MarkPage
from mtgui.desktop.rehearse.rehearse_page import RehearsePage
from tests.desktop.open_windows import page_of


@pytest.fixture
def window(opened: MainWindow) -> MainWindow:
    """The whole window on its Rehearse page."""
    opened.show_page("rehearse")
    return opened


def draw(folder: Path, count: int, hue: int) -> None:
    """Write ``count`` small pictures of a kind."""
    folder.mkdir(parents=True)
    for number in range(count):
        pixels = np.random.default_rng((hue, number)).integers(0, 120, (32, 32, 3), dtype=np.uint8)
        pixels[..., hue % 3] += 100
        Image.fromarray(pixels).save(folder / f"{number:02}.png")


def test_from_dropped_pictures_to_the_mark_page(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    page, mark = page_of(window, "rehearse", RehearsePage), page_of(window, "mark", MarkPage)
    for hue, name in enumerate(("castle", "sea")):
        draw(tmp_path / "others" / name, 20, hue)
    draw(tmp_path / "mine", 10, 2)
    page.open_paths([tmp_path / "mine"])
    page.others.take(tmp_path / "others")
    page.effort.epochs.setValue(2)
    page.effort.users.setValue(1)
    page.measures.rows["jpeg"].switch.setChecked(True)
    qtbot.waitUntil(page.panel.run.isEnabled)
    page.panel.run.click()
    qtbot.waitUntil(lambda: not page.panel.is_steering)
    story = page.rehearsing.state
    assert page.messages.text == ""
    assert [len(model.points) for model in story.models.values()] == [2, 2]
    assert story.audits[-1].own is not None
    verdict = page.results.card.verdict
    assert verdict is not None
    assert verdict.headline.startswith("Found for ")
    assert "5 pictures were published and 5 stayed private" in verdict.sentence
    assert story.chances[-1].pictures == 10
    assert page.results.plots.users.rowCount() == 1
    page.results.use.click()
    assert window.current_page == "mark"
    qtbot.waitUntil(lambda: mark.pictures.count == 10 and not mark.pictures.is_scanning)
    assert mark.inspector.published == 5


def test_too_few_pictures_are_a_sentence(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    page = page_of(window, "rehearse", RehearsePage)
    for hue, name in enumerate(("castle", "sea")):
        draw(tmp_path / "others" / name, 3, hue)
    page.others.take(tmp_path / "others")
    page.panel.run.click()
    qtbot.waitUntil(lambda: not page.panel.is_steering)
    assert page.messages.tone == "error"
    assert "picture" in page.messages.text
    assert page.choices.others == tmp_path / "others"
