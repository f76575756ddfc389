"""The real program on a real (virtual) screen, driven by mouse and keyboard as a person would."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtgui.records.journal import read_record
from tests.e2e.screen import Screen, needs_screen, settings_of, until

SLIDER_HEIGHTS = (118, 124, 130)
"""Where the handle of the blend ratio may be, by the height of the system's font."""

pytest.importorskip("PySide6")
pytestmark = [needs_screen, pytest.mark.alone]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(6):
        pixels = np.random.default_rng(number).integers(0, 256, (120, 160, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def program(start: "Callable[..., subprocess.Popen[str]]", pictures: Path) -> "subprocess.Popen[str]":
    """The program, started on the pictures."""
    return start(str(pictures))


def test_a_person_marks_pictures_and_closes(
    screen: Screen, program: "subprocess.Popen[str]", pictures: Path, tmp_path: Path
) -> None:
    window = screen.window("^mtgui$")
    width, _ = screen.size(window)
    # Once a dialog has come and gone, the program hears the keyboard.
    screen.press(window, "F2", lambda: screen.named("shortcuts"), "the list of shortcuts")
    screen.do("windowfocus", "--sync", screen.window("shortcuts"), "key", "Escape")
    until(lambda: screen.is_gone("shortcuts"), "the list of shortcuts to close")
    screen.do("windowfocus", "--sync", window)
    # Alt+B leads to the blend ratio, Tab to its slider; then the mouse takes the slider's handle to the left.
    screen.do("key", "--clearmodifiers", "alt+b")
    screen.do("key", "Tab", "Left", "Left")
    for y in SLIDER_HEIGHTS:
        screen.drag(window, (width - 67, y), (width - 150, y))
    out, record = tmp_path / "copies", tmp_path / "copies.mtrecord"

    screen.press(window, "ctrl+e", lambda: screen.named("^Export marked copies"), "the export dialog")
    screen.window("^Export marked copies")
    screen.do("key", "--clearmodifiers", "ctrl+a")
    screen.do("type", "--delay", "4", str(out))
    screen.do("key", "Return")
    screen.window("^Export finished")
    until(lambda: record.exists() and len(list(out.iterdir())) == 3, "the copies")
    screen.do("key", "Escape")
    until(lambda: screen.is_gone("^Export finished"), "the result to close")

    assert screen.leave(window, program) == 0
    assert "Traceback" not in (program.stdout.read() if program.stdout else "")
    made = read_record(record)
    published = {p.name for block, index, p in made.pictures() if block.is_published(index)}
    assert {path.name for path in out.iterdir()} == published
    ratio = made.blocks[0].settings.blend_ratio
    assert 0.2 < ratio < 0.8, "the slider was moved by keys and mouse"
    assert f"blend_ratio={ratio:g}" in settings_of(screen)
    assert len(list(pictures.iterdir())) == 6
