"""How the work looks in a terminal, and how the terminal stops it."""

import io
import os
import signal
import sys
from pathlib import Path

import pytest

from mtgui.cli.terminal import ProgressBar, ask, follow, stopping_on_signals
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, StorageError
from mtgui.common.events import Event, Finished, ItemDone, ItemFailed, Progress, Started
from mtgui.common.words import time_span
from tests.needs import POSIX_SIGNALS


@POSIX_SIGNALS
def test_the_first_signal_asks_and_the_second_insists() -> None:
    control = Control()
    with stopping_on_signals(control):
        os.kill(os.getpid(), signal.SIGINT)
        assert control.is_cancelled
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_signals_mean_afterwards_what_they_meant_before() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with stopping_on_signals(Control()):
        assert signal.getsignal(signal.SIGINT) != before[0]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def work_that_fails(control: Control) -> None:
    with stopping_on_signals(control):
        raise StorageError("The disk is full.")


def test_work_that_fails_once_it_was_asked_to_stop_was_stopped() -> None:
    control = Control()
    control.cancel()
    with pytest.raises(CancelledError, match=r"Stopped; on the way: The disk is full\."):
        work_that_fails(control)


def test_work_that_nobody_stopped_has_failed() -> None:
    with pytest.raises(StorageError):
        work_that_fails(Control())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (3599, "59 min 59 s"), (7260, "2 h 01 min")],
)
def test_a_time_span_is_told_at_a_glance(seconds: float, words: str) -> None:
    assert time_span(seconds) == words


def test_failures_and_notes_are_told_on_stderr_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    events: list[Event] = [
        Started("checking pictures", 2),
        ItemFailed(Path("in/a\n.png"), "the file is empty."),
        ItemDone(Path("in/b.png"), None, ("It was saved as PNG.",)),
        Progress(2, 2, 1.0, 0.0),
        Finished({"marked": []}),
    ]
    assert follow(events, as_events=False) == {"marked": []}
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "a\\n.png: the file is empty.\nb.png: It was saved as PNG.\n"


@pytest.mark.parametrize("columns", ["5", "20", "80"])
def test_the_bar_fits_into_any_terminal_and_is_wiped_away(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    with ProgressBar(shown=True) as bar:
        bar.tell(Started("exporting copies", 4))
        bar.tell(Progress(1, 4, 2.0, 6.0))
    err = capsys.readouterr().err
    assert "exporting copies" in err
    assert "1 of 4 · 6 s left" in err
    assert err.endswith("\r\x1b[K")


def test_the_bar_is_there_from_the_first_moment(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBar(shown=True) as bar:
        bar.tell(Started("training marked", 30))
        assert "training marked" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answer", "is_yes"), [("y\n", True), ("YES\n", True), ("\n", False), ("n\n", False), ("", False)]
)
def test_only_a_plain_yes_is_a_yes(monkeypatch: pytest.MonkeyPatch, answer: str, is_yes: bool) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    assert ask("Go on?") == is_yes
