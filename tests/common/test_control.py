"""Pausing and cancelling across threads."""

import threading

import pytest

from mtgui.common.control import Control
from mtgui.common.errors import CancelledError


def waiting_worker(control: Control) -> tuple[threading.Thread, list[str]]:
    """Start a thread that passes one checkpoint and says what came of it."""
    outcome: list[str] = []

    def work() -> None:
        try:
            control.checkpoint()
            outcome.append("went on")
        except CancelledError:
            outcome.append("cancelled")

    thread = threading.Thread(target=work)
    thread.start()
    return thread, outcome


def test_work_goes_on_when_nobody_asks_for_anything() -> None:
    Control().checkpoint()


def test_cancelled_work_stops_at_its_next_checkpoint() -> None:
    control = Control()
    control.cancel()
    with pytest.raises(CancelledError, match="Stopped"):
        control.checkpoint()


def test_paused_work_waits_in_its_thread_until_it_is_resumed() -> None:
    control = Control()
    control.pause()
    thread, outcome = waiting_worker(control)
    thread.join(0.05)
    assert thread.is_alive()
    assert outcome == []
    control.resume()
    thread.join(5)
    assert outcome == ["went on"]


def test_paused_work_can_be_cancelled_without_being_resumed() -> None:
    control = Control()
    control.pause()
    thread, outcome = waiting_worker(control)
    control.cancel()
    thread.join(5)
    assert outcome == ["cancelled"]


def test_cancelled_work_cannot_be_paused_any_more() -> None:
    control = Control()
    control.cancel()
    control.pause()
    assert not control.is_paused
    with pytest.raises(CancelledError):
        control.checkpoint()


def test_resuming_does_not_undo_a_cancel() -> None:
    control = Control()
    control.cancel()
    control.resume()
    assert control.is_cancelled


def test_a_pause_racing_with_a_cancel_never_leaves_the_work_waiting() -> None:
    for _ in range(200):
        control = Control()
        askers = [threading.Thread(target=control.pause), threading.Thread(target=control.cancel)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join(5)
        thread, outcome = waiting_worker(control)
        thread.join(5)
        assert outcome == ["cancelled"]
