"""The real program on a real (virtual) screen, driven by mouse and keyboard as a person would."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtgui.records.journal import read_record
from tests.e2e.screen import Screen, needs_screen, settings_of, until

SLIDER = 377
"""About how far the slider of the strength is from the top of the window, in pixels."""
HANDLE = 171
"""About how far its handle is from the right edge of the window, in pixels."""

pytest.importorskip("PySide6")
pytestmark = [needs_screen, pytest.mark.alone]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(12):
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
    # Once this dialog has come and gone, the pictures are there and the program hears the keyboard.
    screen.press(window, "ctrl+e", lambda: screen.named("^Export copies"), "the export dialog")
    screen.do("windowfocus", "--sync", screen.window("^Export copies"), "key", "Escape")
    until(lambda: screen.is_gone("^Export copies"), "the export dialog to close")
    screen.do("windowfocus", "--sync", window)
    # Alt+N says that everything must go out, so a tint is proposed. Alt+C compares strengths. Alt+G leads to the
    # strength of the tint, Tab to its slider; then the mouse takes the slider's handle to the left.
    screen.do("key", "--clearmodifiers", "alt+n")
    screen.press(window, "alt+c", lambda: screen.named("^Compare strengths"), "the strengths side by side")
    screen.do("windowfocus", "--sync", screen.window("^Compare strengths"), "key", "Escape")
    until(lambda: screen.is_gone("^Compare strengths"), "the strengths to close")
    screen.do("windowfocus", "--sync", window)
    screen.do("key", "--clearmodifiers", "alt+g")
    screen.do("key", "Tab", "Left", "Left")
    screen.drag(window, (width - HANDLE, SLIDER), (width - HANDLE - 50, SLIDER))
    out, record = tmp_path / "copies", tmp_path / "copies.mtrecord"

    screen.press(window, "ctrl+e", lambda: screen.named("^Export copies"), "the export dialog")
    screen.window("^Export copies")
    screen.do("key", "--clearmodifiers", "ctrl+a")
    screen.do("type", "--delay", "4", str(out))
    screen.do("key", "Return")
    until(lambda: record.exists() and len(list(out.iterdir())) == 12, "the copies")

    assert screen.leave(window, program) == 0
    assert "Traceback" not in (program.stdout.read() if program.stdout else "")
    made = read_record(record)
    published = {p.name for block, index, p in made.pictures() if block.is_published(index)}
    assert {path.name for path in out.iterdir()} == published
    settings = made.blocks[0].settings
    assert settings.kind == "tint"
    assert 0.25 <= settings.tint_strength < 6, "the slider was moved by keys and mouse"
    assert f"tint_strength={settings.tint_strength:g}" in settings_of(screen)
    assert len(list(pictures.iterdir())) == 12
