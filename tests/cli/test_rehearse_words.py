"""What a person reads of a rehearsal while it runs, also where no bar can be drawn."""

import itertools

import pytest

from mtgui.cli.rehearse_output import RehearsalTeller, line_of
from mtgui.common.events import Event, Finished, Progress, Started
from mtgui.rehearsal.rehearsal_events import TrainingBegun

SLOW: list[Event] = [Started("training marked", 2), *(Progress(n, 10, 8.0 * n, 80 - 8.0 * n) for n in range(1, 6))]


def told(events: list[Event], seconds: float, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the lines of a terminal without a bar, where every look at the clock finds ``seconds`` more."""
    ticks = itertools.count(0.0, seconds)
    RehearsalTeller(as_events=False, clock=lambda: next(ticks)).follow([*events, Finished()])
    return capsys.readouterr().err.splitlines()


def test_slow_work_says_how_far_it_is_where_there_is_no_bar(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(SLOW, 8.0, capsys)
    assert lines[0] == "training marked: 20% done, about 1 min 04 s left."
    assert 1 < len(lines) < 5


def test_quick_work_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(SLOW, 0.5, capsys) == []


def test_where_and_with_how_many_threads_it_is_trained_is_said_before_it_is() -> None:
    begun = TrainingBegun("marked", "CPU, 2 threads", "float32")
    assert line_of(begun) == "marked: training on CPU, 2 threads, in float32."
