"""How many pictures go out and how many stay home, from the choices of the person and the pictures in the list."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from mtgui.desktop.mark.mark_choices import MarkChoices
from mtgui.marking.settings import MarkSettings
from mtgui.records.attainable_p import planned_size
from mtgui.records.chances import proposed_published


@dataclass(frozen=True)
class PublishNumbers:
    """The numbers of one draw that has not been made yet.

    pool: pictures in all. pinned_out, pinned_home: those that the person decided about. wanted: how many the person
    wants to go out; None for the proposal. all_go_out: the person can keep none private.
    """

    pool: int = 0
    pinned_out: int = 0
    pinned_home: int = 0
    wanted: int | None = None
    all_go_out: bool = False

    @property
    def published(self) -> int:
        """How many pictures go out."""
        if self.goes_out_whole:
            return self.pool - self.pinned_home
        return self.proposed if self.wanted is None else self._within(self.wanted)

    @property
    def kept(self) -> int:
        """How many pictures stay home."""
        return self.pool - self.published

    @property
    def proposed(self) -> int:
        """How many pictures go out by the proposal."""
        return self._within(proposed_published(self.pool))

    @property
    def can_keep(self) -> bool:
        """True when at least one picture can go out and another one stay home."""
        return self.pool >= 2

    @property
    def goes_out_whole(self) -> bool:
        """True when everything goes out that the person did not decide to keep."""
        return self.all_go_out or not self.can_keep

    @property
    def fewest_kept(self) -> int:
        """The smallest number of pictures that can stay home if some do."""
        return self.pool - self._highest

    @property
    def most_kept(self) -> int:
        """The largest number of pictures that can stay home."""
        return self.pool - self._lowest

    @property
    def drawn(self) -> int:
        """How many pictures chance decides about."""
        return self.pool - self.pinned_out - self.pinned_home

    @property
    def drawn_out(self) -> int:
        """How many of the pictures that go out are picked by chance."""
        return self.published - self.pinned_out

    @property
    def drawn_home(self) -> int:
        """How many of the pictures that stay home are picked by chance."""
        return self.kept - self.pinned_home

    def smallest_p(self, settings: MarkSettings) -> Fraction:
        """Return the smallest p that an audit of this draw can reach with the mark of ``settings``."""
        if not self.published:
            return Fraction(1)
        return planned_size(settings, self.drawn_out, self.drawn, self.pinned_out).smallest_p

    @property
    def _lowest(self) -> int:
        return min(max(1, self.pinned_out), self._highest)

    @property
    def _highest(self) -> int:
        return max(0, self.pool - max(min(1, self.pool - self.pinned_out), self.pinned_home))

    def _within(self, number: int) -> int:
        return min(max(number, self._lowest), self._highest)


def numbers_of(choices: MarkChoices, paths: Iterable[Path]) -> PublishNumbers:
    """Return the numbers of ``choices`` for the pictures at ``paths``; pins of other pictures do not count."""
    there = frozenset(paths)
    pinned = [choice for path, choice in choices.pinned if path in there]
    return PublishNumbers(
        len(there),
        pinned.count("always publish"),
        pinned.count("always withhold"),
        choices.publish,
        choices.all_go_out,
    )
