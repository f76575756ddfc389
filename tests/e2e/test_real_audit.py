"""The real program on a virtual screen: an audit by keyboard alone, from an empty profile to a saved PDF."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("PySide6")
pytest.importorskip("torch")

from tests.auditing.job.trained_pair import World
from tests.e2e.screen import Screen, needs_screen, settings_of, until

pytestmark = [needs_screen, pytest.mark.alone]


@pytest.fixture
def program(start: "Callable[..., subprocess.Popen[str]]", tmp_path: Path) -> "subprocess.Popen[str]":
    """The program, started on nothing."""
    home = tmp_path / "home"
    return start(MTGUI_DATA_FOLDER=str(home / "data"), XDG_DATA_HOME=str(home / "share"))


def choose(screen: Screen, window: str, keys: str, title: str, path: Path) -> None:
    """Open the file dialog ``title`` with ``keys``, write ``path`` into it and accept."""
    screen.press(window, keys, lambda: screen.named(title), title)
    screen.window(title)
    screen.do("type", "--delay", "4", str(path))
    screen.do("key", "Return")
    until(lambda: screen.is_gone(title), f"{title} to close")


def test_an_audit_by_keyboard_from_an_empty_profile_to_a_saved_report(
    screen: Screen, program: "subprocess.Popen[str]", world: World, tmp_path: Path
) -> None:
    window = screen.window("^mtgui$")
    screen.do("key", "--clearmodifiers", "ctrl+2")
    choose(screen, window, "ctrl+o", "^Choose a model file", world.guilty)
    choose(screen, window, "ctrl+shift+r", "^Add mark records", world.marked.record)
    reports = tmp_path / "home" / "data" / "reports"
    screen.press(window, "ctrl+Return", lambda: list(reports.glob("*")), "the audit to begin")
    until(lambda: list(reports.glob("*/report.html")), "the report")
    target = tmp_path / "proof.pdf"
    choose(screen, window, "ctrl+s", "^Save the report", target)
    until(target.exists, "the PDF")
    assert target.read_bytes().startswith(b"%PDF")
    assert screen.leave(window, program) == 0
    assert "Traceback" not in (program.stdout.read() if program.stdout else "")
    assert world.guilty.name in settings_of(screen)
