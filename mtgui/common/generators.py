"""Looking at what a generator yields on its way, without losing what it returns."""

from collections.abc import Generator, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Following(Generic[Item, Answer]):
    """The items of a generator, for a ``for`` loop, and after it what the generator returned.

    ``yield from`` gives the answer but shows no item; a plain loop shows the items but loses the answer. A caller
    that may leave the loop early closes the generator (``contextlib.closing``).
    """

    answer: Answer
    """What the generator returned; there is none before the loop has come to its end."""

    def __init__(self, events: Generator[Item, None, Answer]) -> None:
        """Take the generator, from which nothing is asked yet."""
        self._events = events

    def __iter__(self) -> Iterator[Item]:
        """Yield every item."""
        self.answer = yield from self._events
