from collections.abc import Generator
from contextlib import closing

import pytest

from mtgui.common.generators import Following


def counting(ended: list[str]) -> Generator[int, None, str]:
    try:
        yield 1
        yield 2
        return "answer"
    finally:
        ended.append("ended")


def test_every_item_is_seen_and_the_answer_kept() -> None:
    work = Following(counting([]))
    assert list(work) == [1, 2]
    assert work.answer == "answer"


def test_leaving_early_ends_the_work_and_gives_no_answer() -> None:
    ended: list[str] = []
    with closing(counting(ended)) as events:
        work = Following(events)
        assert next(iter(work)) == 1
    assert ended == ["ended"]
    with pytest.raises(AttributeError):
        _ = work.answer


def test_an_error_comes_through() -> None:
    def failing() -> Generator[int, None, None]:
        yield 1
        raise KeyError

    seen: list[int] = []
    with pytest.raises(KeyError):
        seen.extend(Following(failing()))
