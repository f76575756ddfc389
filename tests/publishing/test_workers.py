"""Threads that work side by side and results that come in order."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mtgui.common.control import Control
from mtgui.common.errors import CancelledError
from mtgui.common.events import Paused, Resumed
from mtgui.publishing.export_job import mark_and_export
from mtgui.publishing.workers import Meter, workers
from tests.publishing.publishing_helpers import album, finish, request_for


def test_results_come_in_the_order_of_the_items_however_the_threads_finish() -> None:
    second_is_done = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            assert second_is_done.wait(5)
        if item == 1:
            second_is_done.set()
        return item * item

    with workers(2, Control()) as pool:
        assert list(pool.each(work, range(20))) == [(n, n * n) for n in range(20)]


def test_no_more_than_two_items_per_worker_are_on_their_way() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    with workers(3, Control()) as pool:
        next(pool.each(lambda item: item, items()))
        assert len(taken) <= 6


def test_an_exception_reaches_the_caller_and_ends_the_work() -> None:
    started: list[int] = []

    def work(item: int) -> None:
        started.append(item)
        raise ValueError("boom")

    with workers(2, Control()) as pool, pytest.raises(ValueError, match="boom"):
        list(pool.each(work, range(1000)))
    assert len(started) <= 4


def test_cancelled_work_ends_and_leaves_no_thread() -> None:
    control = Control()
    control.cancel()
    with workers(2, control) as pool, pytest.raises(CancelledError):
        list(pool.each(lambda item: item, range(10)))


def test_a_paused_job_says_so_waits_and_goes_on(tmp_path: Path) -> None:
    control = Control()
    kinds = []
    for event in mark_and_export(request_for(album(tmp_path / "in", 8), tmp_path), control):
        kinds.append(type(event).__name__)
        if len(kinds) == 1:
            control.pause()
            wake = threading.Timer(0.05, control.resume)
            wake.start()
    wake.join()
    assert kinds[-1] == "Finished"


def test_pauses_are_told() -> None:
    control = Control()
    control.pause()
    with workers(1, control) as pool:
        told = pool.pauses()
        assert isinstance(next(told), Paused)
        control.resume()
        assert isinstance(next(told), Resumed)
        assert list(told) == []
        assert list(pool.pauses()) == []


def test_a_meter_ends_at_the_total() -> None:
    meter = Meter(3)
    steps = [event for _ in range(3) for event in meter.step()]
    assert (steps[-1].done, steps[-1].total, steps[-1].remaining) == (3, 3, 0.0)


def test_further_workers_obey_the_same_control() -> None:
    control = Control()
    with workers(1, control) as pool, pool.more(4) as many:
        assert [result for _, result in many.each(abs, [-1, -2, -3])] == [1, 2, 3]
        control.cancel()
        with pytest.raises(CancelledError):
            list(many.each(abs, [-1]))


def test_pictures_are_marked_where_the_system_gives_no_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = album(tmp_path / "in", 5)
    kept = request_for(paths, tmp_path)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert len(finish(kept)["marked"]) == 5
    assert finish(kept)["marked"][0]["was_there"]
