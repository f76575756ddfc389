import json
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.cli.stdin_control import StdinLines, read_request, steering
from mtgui.common.codec import to_values
from mtgui.common.control import Control
from mtgui.common.errors import StorageError, UsageError


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


def test_the_request_is_the_first_line_and_orders_follow(mouth: int) -> None:
    request = AuditRequest((ModelChoice(Path("m.pth")),), (Path("raw\udcff.mtrecord"),), alpha=Fraction(1, 20))
    os.write(mouth, json.dumps(to_values(request)).encode("ascii") + b"\npause\n")
    os.close(mouth)
    control, lines = Heard(), StdinLines()
    assert read_request(AuditRequest, "-", lines) == request
    with steering(control, lines, is_on=True) as listener:
        assert listener is not None
        listener.join(10)
    assert control.words == ["pause", "cancel"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "is not one JSON object"),
        (b"[]\n", "is not one JSON object"),
        (b'{"models": []}\n', "“records” is missing"),
        (b'{"models": [], "records": [], "colour": 1}\n', "“colour” is unknown"),
        (b'{"models": [{"path": "m"}], "records": ["r"], "views": 3}\n', "1 or 10 views, not 3"),
    ],
)
def test_a_request_that_makes_no_sense_is_a_sentence(mouth: int, line: bytes, reason: str) -> None:
    os.write(mouth, line)
    os.close(mouth)
    with pytest.raises(UsageError) as refused:
        read_request(AuditRequest, "-", StdinLines())
    assert reason in str(refused.value)
    assert str(refused.value).startswith("The request on the standard input ")


def test_a_request_may_lie_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_text('{"models": [{"path": "m.pth"}], "records": ["r.mtrecord"]}')
    assert read_request(AuditRequest, str(path), StdinLines()).models[0].path == Path("m.pth")
    with pytest.raises(StorageError, match=r"none\.json” cannot be read"):
        read_request(AuditRequest, str(tmp_path / "none.json"), StdinLines())
