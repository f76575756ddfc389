"""Threads that work through many items and hold only a few of them at a time."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

from mtgui.common.control import Control
from mtgui.common.events import Event, Paused, Progress, Resumed
from mtgui.common.threads import Threads

T = TypeVar("T")
R = TypeVar("R")


class Workers:
    """Runs one function on many items in several threads; pauses and stops between items."""

    def __init__(self, threads: Threads, control: Control) -> None:
        self._threads, self._control = threads, control

    def each(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[tuple[T, R]]:
        """Yield every item with its result, in the order of the items. An exception ends the work.

        At most two items per worker are in progress at any time.
        """

        def careful(item: T) -> R:
            self._control.checkpoint()
            return function(item)

        waiting = iter(items)
        running: deque[tuple[T, Future[R]]] = deque()
        try:
            while True:
                for item in islice(waiting, max(0, 2 * self._threads.width - len(running))):
                    running.append((item, self._threads.submit(careful, item)))
                if not running:
                    return
                item, future = running[0]
                result = future.result()
                running.popleft()
                yield item, result
        finally:
            for _, future in running:
                future.cancel()
            wait([future for _, future in running])

    @contextmanager
    def more(self, jobs: int) -> Iterator["Workers"]:
        """Yield ``jobs`` more threads, for work that waits more than it computes, under the same control."""
        with workers(jobs, self._control) as others:
            yield others

    def pauses(self) -> Iterator[Event]:
        """Wait while the work is paused, and yield events about it. Raises CancelledError once it is cancelled."""
        if self._control.is_paused:
            yield Paused()
            self._control.checkpoint()
            yield Resumed()


@contextmanager
def workers(jobs: int, control: Control) -> Iterator[Workers]:
    """Yield ``jobs`` threads, or as many as the system gives; they have ended when the block ends."""
    with Threads(jobs, "mtgui-worker") as threads:
        yield Workers(threads, control)


class Meter:
    """Counts finished items, and makes a progress event at most ten times a second, and at the end."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0
        self._start = time.monotonic()
        self._said = self._start

    def step(self) -> Iterator[Progress]:
        """Count one more item; yield a progress event if one is due."""
        self._done += 1
        now = time.monotonic()
        if self._done == self._total or now - self._said >= 0.1:
            self._said = now
            seconds = now - self._start
            yield Progress(self._done, self._total, seconds, seconds / self._done * (self._total - self._done))
