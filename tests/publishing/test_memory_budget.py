"""Giant pictures take turns; nothing ever waits for room that cannot come."""

import sys
import threading

import numpy as np
import pytest

from mtgui.publishing.memory_budget import BYTES_PER_PIXEL, MemoryBudget, affordable_pixels, memory_size


def test_work_that_is_larger_than_all_the_room_goes_on_alone() -> None:
    with MemoryBudget(10).held(1000):
        pass


def test_a_second_giant_waits_for_the_first() -> None:
    room, order = MemoryBudget(10), []

    def second() -> None:
        with room.held(6):
            order.append("second")

    thread = threading.Thread(target=second)
    with room.held(6):
        thread.start()
        thread.join(0.05)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]


def test_small_pictures_share_the_room() -> None:
    room = MemoryBudget(10)
    with room.held(5), room.held(5), room.held(0):
        pass


def test_a_thread_gets_the_same_memory_for_every_picture() -> None:
    room = MemoryBudget(10)
    with room.held(5) as first, room.held(5) as second:
        assert first is second
        assert np.shares_memory(first.array("planes", (3, 4, 5), np.uint8), second.array("planes", (3, 2, 2), np.uint8))


def test_room_is_given_back_after_an_error() -> None:
    room = MemoryBudget(10)
    for _ in range(3):
        try:
            with room.held(10):
                raise ValueError
        except ValueError:
            continue


def test_half_of_the_memory_is_used() -> None:
    assert affordable_pixels() == memory_size() // 2 // BYTES_PER_PIXEL
    assert affordable_pixels() > 10_000_000


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_limit_set_for_the_process_counts_as_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    whole = memory_size()
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1 << 20, resource.RLIM_INFINITY))
    assert memory_size() == min(whole, 1 << 20)
