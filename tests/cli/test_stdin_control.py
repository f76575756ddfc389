import os
from collections.abc import Iterator

import pytest

from mtgui.cli.stdin_control import steering
from mtgui.common.control import Control


class Heard(Control):
    """Remembers what it was told, and in which order."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def pause(self) -> None:
        self.words.append("pause")

    def resume(self) -> None:
        self.words.append("resume")

    def cancel(self) -> None:
        self.words.append("cancel")


@pytest.fixture
def mouth() -> Iterator[int]:
    """The other end of a pipe that takes the place of the standard input."""
    ear, mouth = os.pipe()
    before = os.dup(0)
    os.dup2(ear, 0)
    os.close(ear)
    yield mouth
    os.dup2(before, 0)
    os.close(before)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (b"pause\nresume\ncancel\n", ["pause", "resume", "cancel", "cancel"]),
        (b" Pause \r\nwhat?\n\n\xff\nRESUME\n", ["pause", "resume", "cancel"]),
        (b"", ["cancel"]),
        (b"pau", ["cancel"]),
        (b"x" * 100_000 + b"\npause\n", ["pause", "cancel"]),
    ],
)
def test_lines_are_obeyed_and_the_end_of_input_cancels(
    mouth: int, said: bytes, heard: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    control = Heard()
    with steering(control, is_on=True) as listener:
        assert listener is not None
        while said:
            said = said[os.write(mouth, said) :]
        os.close(mouth)
        listener.join(10)
    assert control.words == heard
    assert capfd.readouterr() == ("", "")


def test_nobody_listens_unless_asked_to(mouth: int) -> None:
    control = Heard()
    with steering(control, is_on=False) as listener:
        assert listener is None
    os.close(mouth)
    assert control.words == []
