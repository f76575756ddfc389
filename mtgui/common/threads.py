"""A pool of threads that makes do with fewer where the system gives no more, down to none."""

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class _Task:
    """A call, and the future of its result."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.call, self.future = call, Future[Any]()

    def run(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(self.call())
        except BaseException as error:
            self.future.set_exception(error)
            # The error holds this frame, which must not hold the error's future.
            del self


class Threads(Executor):
    """Runs functions in threads, which are started as work comes.

    If the system refuses a thread, for want of memory or by a limit, the threads at hand do all the work. If there is
    none, `submit` itself does it before it returns. The results are the same.
    """

    def __init__(self, most: int, name: str) -> None:
        """Start at most ``most`` threads (1 or more), called ``name`` and a number."""
        self._most, self._name = most, name
        self._lock = threading.Lock()
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._started: list[threading.Thread] = []
        self._is_closed = False

    @property
    def width(self) -> int:
        """How many functions can run at the same time: ``most``, or fewer after the system refused a thread."""
        return self._most

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """Run ``fn`` in a thread, or at once where there is none. Raises RuntimeError after `shutdown`."""
        task = _Task(partial(fn, *args, **kwargs))
        with self._lock:
            if self._is_closed:
                raise RuntimeError("These threads were shut down.")
            has_threads = self._has_threads()
            if has_threads:
                self._tasks.put(task)
        if not has_threads:
            task.run()
        return task.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more work, and let the threads end; with ``wait``, return when all have ended.

        ``cancel_futures``: functions that have not begun are not run.
        """
        with self._lock:
            self._is_closed = True
            if cancel_futures:
                with contextlib.suppress(Empty):
                    while task := self._tasks.get_nowait():
                        task.future.cancel()
            for _ in self._started:
                self._tasks.put(None)
        if wait:
            for thread in self._started:
                thread.join()

    def _has_threads(self) -> bool:
        """Start one more thread if all are busy and it may be; False if there is no thread at all."""
        if self._idle.acquire(blocking=False) or len(self._started) >= self._most:
            return True
        number = len(self._started)
        thread = threading.Thread(target=self._work, name=f"{self._name}_{number}", daemon=True)
        try:
            thread.start()
        except (RuntimeError, MemoryError):
            self._most = max(1, number)
            return number > 0
        self._started.append(thread)
        return True

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            task.run()
            del task
            self._idle.release()
