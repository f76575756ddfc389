"""Work gets done with fewer threads than wanted, and with none."""

import threading
from concurrent.futures import CancelledError, Future

import pytest

from mtgui.common.threads import Threads


def allow(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """Let the system refuse every thread after the first ``most``."""
    start, started = threading.Thread.start, list[threading.Thread]()

    def limited(thread: threading.Thread) -> None:
        if len(started) >= most:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)


@pytest.mark.parametrize("given", [0, 1, 3, 8])
def test_all_work_is_done_once_with_the_threads_that_there_are(monkeypatch: pytest.MonkeyPatch, given: int) -> None:
    allow(monkeypatch, given)
    done: list[int] = []

    def work(number: int) -> threading.Thread:
        done.append(number)
        return threading.current_thread()

    with Threads(8, "test") as threads:
        futures = [threads.submit(work, n) for n in range(200)]
        names = {future.result().name for future in futures}
    assert sorted(done) == list(range(200))
    if given == 0:
        assert names == {threading.current_thread().name}
    else:
        assert len(names) <= given
        assert threading.current_thread().name not in names


@pytest.mark.parametrize("given", [0, 2])
def test_an_error_is_that_of_its_own_future(monkeypatch: pytest.MonkeyPatch, given: int) -> None:
    allow(monkeypatch, given)
    with Threads(2, "test") as threads:
        good, bad, last = (threads.submit(lambda n: 6 // n, n) for n in (3, 0, 2))
        assert (good.result(), last.result()) == (2, 3)
        with pytest.raises(ZeroDivisionError):
            bad.result()


def test_idle_threads_are_used_again() -> None:
    with Threads(50, "test") as threads:
        names = {threads.submit(threading.current_thread).result().name for _ in range(100)}
    assert len(names) < 50


def test_what_has_not_begun_is_dropped_when_asked() -> None:
    go, begun = threading.Event(), threading.Event()

    def wait() -> bool:
        begun.set()
        return go.wait(10)

    threads = Threads(1, "test")
    first, second = threads.submit(wait), threads.submit(wait)
    assert begun.wait(10)
    threads.shutdown(wait=False, cancel_futures=True)
    go.set()
    threads.shutdown()
    assert first.result()
    with pytest.raises(CancelledError):
        second.result()
    with pytest.raises(RuntimeError):
        threads.submit(wait)


def test_nothing_is_left_running() -> None:
    before = threading.active_count()
    futures: list[Future[int]] = []
    with Threads(4, "test") as threads:
        futures += [threads.submit(abs, -n) for n in range(40)]
    assert threading.active_count() == before
    assert sum(future.result() for future in futures) == 780
