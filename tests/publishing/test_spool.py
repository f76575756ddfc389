"""Bytes kept for later, without a name on the disk."""

import threading
from pathlib import Path

from mtgui.publishing.spool import IN_MEMORY, Slot, spool


def test_what_was_kept_is_given_back_from_memory_and_from_the_disk(tmp_path: Path) -> None:
    pieces = [bytes([number]) * (IN_MEMORY // 4 + number) for number in range(8)]
    with spool(tmp_path, 1 << 30) as kept:
        slots = [kept.keep(piece) for piece in pieces]
        assert all(slot is not None for slot in slots)
        for slot, piece in reversed(list(zip(slots, pieces, strict=True))):
            assert slot is not None
            assert kept.read(slot) == piece


def test_nothing_of_it_has_a_name_or_is_left(tmp_path: Path) -> None:
    with spool(tmp_path, 1 << 30) as kept:
        kept.keep(bytes(IN_MEMORY + 1))
        assert list(tmp_path.iterdir()) == []
    assert list(tmp_path.iterdir()) == []


def test_what_finds_no_room_is_refused_and_the_rest_stays(tmp_path: Path) -> None:
    with spool(tmp_path, 10) as kept:
        first = kept.keep(b"12345678")
        assert kept.keep(b"123") is None
        assert first is not None
        assert kept.read(first) == b"12345678"


def test_a_slot_that_holds_nothing_gives_nothing(tmp_path: Path) -> None:
    with spool(tmp_path, 10) as kept:
        assert kept.read(Slot(5, 3)) is None


def test_several_threads_may_keep_at_once(tmp_path: Path) -> None:
    found: dict[int, Slot | None] = {}
    with spool(tmp_path, 1 << 20) as kept:

        def work(number: int) -> None:
            found[number] = kept.keep(bytes([number]) * 1000)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for number, slot in found.items():
            assert slot is not None
            assert kept.read(slot) == bytes([number]) * 1000
