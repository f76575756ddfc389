"""Iterate over a generator and keep the value that it returns."""

from collections.abc import Generator, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Following(Generic[Item, Answer]):
    """Wraps a generator for a ``for`` loop; after the loop, `answer` is the value that the generator returned.

    ``yield from`` gives the return value but does not show the items; a plain loop shows the items but loses the
    return value. A caller that may leave the loop early must close the generator (``contextlib.closing``).
    """

    answer: Answer
    """The generator's return value; the attribute does not exist before the loop has ended."""

    def __init__(self, events: Generator[Item, None, Answer]) -> None:
        """Keep the generator; it does not start yet."""
        self._events = events

    def __iter__(self) -> Iterator[Item]:
        """Yield every item."""
        self.answer = yield from self._events
