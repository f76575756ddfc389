"""No test depends on how fast a computer is: what takes time is measured by the benchmarks."""

from textwrap import dedent

import pytest

from tests.clocks import clock_assertions
from tests.sources import found_in_tests


def test_no_test_asserts_a_time() -> None:
    assert found_in_tests(clock_assertions, has_benchmarks=False) == []


@pytest.mark.parametrize(
    "source",
    [
        "import time\nbegin = time.monotonic()\nassert time.monotonic() - begin < 20",
        "import time as t\nassert t.perf_counter_ns() < 5",
        "from time import perf_counter as now\nbegin = now()\nwork()\nassert 1 > now() - begin",
        "import time\nbegin = time.time()\ntook = time.time() - begin\nassert took < 3",
        """
        import time
        times = []
        for _ in range(9):
            begin = time.process_time()
            work()
            times.append(time.process_time() - begin)
        assert min(times) < 0.004
        """,
        """
        import time
        def quickest(n):
            start = time.thread_time()
            work(n)
            return time.thread_time() - start
        assert quickest(100) < 3 * quickest(1)
        """,
        """
        import time
        class Watch:
            def __enter__(self):
                self.begin = time.monotonic()
                return self
            def __exit__(self, *_):
                self.worst = time.monotonic() - self.begin
        def test():
            with Watch() as watch:
                work()
            assert watch.worst < 0.05
        """,
        "import time\n(a, b), c = pair(time.time()), 1\nassert a == b",
        "import time\nassert (took := time.time() - begin) < 1",
        "timer = QElapsedTimer()\ntimer.start()\nassert timer.elapsed() < 50",
        "from tests.benchmarks.latency import Latency",
        "import tests.benchmarks.latency",
    ],
)
def test_an_assertion_about_time_is_found(source: str) -> None:
    assert len(clock_assertions(dedent(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        """
        import time
        end = time.monotonic() + 5
        while left() and time.monotonic() < end:
            wait()
        assert not left()
        """,
        "import time\nprint(time.time())\nassert story.seconds == 10",
        "from datetime import time\nassert time(9) == opening",
        "assert run(timeout=5).code == 0",
    ],
)
def test_waiting_at_most_so_long_is_no_assertion_about_time(source: str) -> None:
    assert clock_assertions(dedent(source)) == []
