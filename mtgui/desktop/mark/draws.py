"""What the draws of the current record decided about the pictures in the list, and the heads of the two stacks."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtgui.common.texts import plural, text
from mtgui.common.words import whole
from mtgui.desktop.mark.drawn_set import DrawnSet, drawn_set
from mtgui.desktop.mark.mark_choices import MarkChoices
from mtgui.desktop.mark.publish_numbers import PublishNumbers
from mtgui.desktop.pictures.picture_entries import BADGE_SIGNS, Badge, PictureEntry
from mtgui.desktop.pictures.stacked_pictures import STACK_OF, Stack, StackHead

if TYPE_CHECKING:
    from mtgui.records.record import Record


class Draws:
    """Knows what is drawn. Lives on the window's thread."""

    def __init__(self) -> None:
        """Start before any draw."""
        self._drawn: dict[Path, Badge] = {}
        self._set: DrawnSet | None = None

    @property
    def set(self) -> DrawnSet | None:
        """What the record's draws decided; None before the first draw."""
        return self._set

    def take_record(self, record: "Record") -> None:
        """Take the draws of ``record``, which exports continue from now on."""
        self._set = drawn_set(record)

    def take_result(self, result: Mapping[str, Any]) -> None:
        """Take what an export says about its pictures."""
        self._drawn |= {Path(one["file"]): "published" for one in result["marked"]}
        self._drawn |= {Path(one["file"]): "withheld" for one in result["withheld"]}

    def forget(self) -> None:
        """Be as before any draw."""
        self._drawn, self._set = {}, None

    def badges(self, choices: MarkChoices) -> dict[Path, Badge]:
        """Return for each picture what the draw decided, or else what the person decided."""
        pinned: dict[Path, Badge] = {
            path: "always published" if choice == "always publish" else "always private"
            for path, choice in choices.pinned
        }
        return pinned | self._drawn

    def new(self, entries: Sequence[PictureEntry]) -> int:
        """Return how many of ``entries`` came after the draw; 0 while it is not known which ones the record knows."""
        return sum(entry.path not in self._drawn for entry in entries) if self._drawn else 0

    def heads(self, entries: Sequence[PictureEntry], numbers: PublishNumbers) -> dict[Stack, StackHead]:
        """Return the heads of the stacks for ``entries``."""
        if not entries:
            return {}
        return self._planned(numbers) if self._set is None else self._decided(self._set, entries)

    def _planned(self, numbers: PublishNumbers) -> dict[Stack, StackHead]:
        whole_out = text("all others") if numbers.kept else text("all of them")
        out = whole_out if numbers.goes_out_whole else _chance(numbers.pinned_out, numbers.drawn_out)
        heads: dict[Stack, StackHead] = {
            "out": _head("out", whole(numbers.published), out),
            "home": _head("home", whole(numbers.kept), _chance(numbers.pinned_home, numbers.drawn_home)),
        }
        if numbers.goes_out_whole:
            return heads
        return {
            **heads,
            "undecided": StackHead("", text("Undecided"), whole(numbers.drawn), text("counted above, too")),
        }

    def _decided(self, drawn: DrawnSet, entries: Sequence[PictureEntry]) -> dict[Stack, StackHead]:
        stacks = [STACK_OF[entry.badge] for entry in entries]
        if not self._drawn:
            words = StackHead("", text("In the list"), whole(len(entries)), text("known ones keep their draw"))
            return {"undecided": words}
        free = stacks.count("undecided")
        out = drawn.new_out(free) if free else 0
        fate = plural(out, "{count} goes out", "{count} go out")
        return {
            "out": _head("out", whole(stacks.count("out")), text("publish these")),
            "home": _head("home", whole(stacks.count("home")), text("never publish these")),
            "undecided": StackHead("", text("New"), whole(free), fate),
        }


def _head(stack: Stack, count: str, detail: str) -> StackHead:
    if stack == "out":
        return StackHead(BADGE_SIGNS["published"], text("Goes out"), count, detail)
    return StackHead(BADGE_SIGNS["withheld"], text("Stays home"), count, detail)


def _chance(pinned: int, drawn: int) -> str:
    if not pinned:
        return text("the coin picks them") if drawn else text("none")
    if not drawn:
        return text("by your own choice")
    return text("{pinned} pinned, the coin adds {drawn}", pinned=whole(pinned), drawn=whole(drawn))
