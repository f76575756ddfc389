"""Everything a person can set on the Mark page, as one frozen value, with undo and redo."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from mtgui.desktop.jobs.rehearsed_numbers import published_of
from mtgui.marking.settings import MarkSettings, Preset, preset_of, proposed_preset
from mtgui.records.coin_choice import Choice


@dataclass(frozen=True)
class MarkChoices:
    """The settings of the mark, the file of the pattern picture, how many pictures go out, and the pinned pictures.

    publish: how many go out if some stay home; None: as mtgui proposes. all_go_out: the person can keep none private.
    mark_is_chosen: False while the mark is the one that mtgui proposes; only such a mark follows `all_go_out`.
    """

    settings: MarkSettings
    pattern: Path | None = None
    publish: int | None = None
    pinned: frozenset[tuple[Path, Choice]] = field(default_factory=frozenset)
    all_go_out: bool = False
    mark_is_chosen: bool = False

    @property
    def preset(self) -> Preset | None:
        """The preset with these settings; None if there is none."""
        return preset_of(self.settings)

    def as_rehearsed(self, mark: MarkSettings, published: int, withheld: int, pool: int) -> "MarkChoices":
        """Return these choices with the strength of ``mark`` and the numbers of a rehearsal; the pattern stays.

        If ``pool``, the number of pictures, differs from that of the rehearsal, the same share is published.
        """
        own = self.settings
        pattern = {"pattern_kind": own.pattern_kind, "design_resolution": own.design_resolution}
        settings = replace(own, **{"kind": mark.kind, **mark.values(), **pattern})
        publish = published_of(published, withheld, pool)
        return replace(self, settings=settings, publish=publish, all_go_out=not withheld, mark_is_chosen=True)

    def with_mark(self, settings: MarkSettings) -> "MarkChoices":
        """Return these choices with a mark that the person chose."""
        return replace(self, settings=settings, mark_is_chosen=True)

    def with_all_out(self, all_go_out: bool) -> "MarkChoices":
        """Return these choices with the answer whether everything goes out; a mark that is not chosen follows it."""
        if self.mark_is_chosen:
            return replace(self, all_go_out=all_go_out)
        proposed = proposed_preset(publishes_all=all_go_out)
        return replace(self, all_go_out=all_go_out, settings=proposed.applied_to(self.settings))

    @property
    def for_a_new_set(self) -> "MarkChoices":
        """These choices without what was chosen for one set of pictures: mark, number and pins are proposed again."""
        fresh = replace(self, pattern=None, publish=None, pinned=frozenset(), mark_is_chosen=False)
        return fresh.with_all_out(self.all_go_out)

    def with_pins(self, paths: tuple[Path, ...], choice: Choice) -> "MarkChoices":
        """Return these choices with ``choice`` for the pictures ``paths``; "drawn" lets chance decide again."""
        others = {(path, kept) for path, kept in self.pinned if path not in paths}
        if choice != "drawn":
            others |= {(path, choice) for path in paths}
        return replace(self, pinned=frozenset(others))


DEFAULT = MarkChoices(proposed_preset(publishes_all=False).mark)


class ChoiceHistory(QObject):
    """The current choices and all earlier ones, for undo and redo; `changed` is emitted with every change."""

    changed = Signal(object)
    """The current `MarkChoices`."""

    def __init__(self, choices: MarkChoices = DEFAULT, parent: QObject | None = None) -> None:
        """Start with ``choices``, nothing to undo."""
        super().__init__(parent)
        self._choices = choices
        self._stack = QUndoStack(self)
        self._stroke = 0

    @property
    def choices(self) -> MarkChoices:
        """The current choices."""
        return self._choices

    @property
    def stack(self) -> QUndoStack:
        """The undo stack, for its actions and their texts."""
        return self._stack

    def change(self, choices: MarkChoices, text: str, *, stroke: str = "") -> None:
        """Make ``choices`` the current ones; ``text`` names the change for undo.

        Changes with the same ``stroke`` count as one until `end_stroke`: one undo takes back one drag of a slider.
        """
        if choices != self._choices:
            self._stack.push(_Change(self, self._choices, choices, text, f"{stroke} {self._stroke}" if stroke else ""))

    def end_stroke(self) -> None:
        """End the stroke: the next change is undone separately."""
        self._stroke += 1

    def close(self) -> None:
        """Stop the signals of the undo stack, which would otherwise emit for every step that it deletes."""
        self._stack.blockSignals(True)

    def replace_quietly(self, choices: MarkChoices) -> None:
        """Set ``choices`` and clear the undo stack, for example because a record brings its own settings."""
        self._stack.clear()
        self.apply(choices)

    def apply(self, choices: MarkChoices) -> None:
        """Set ``choices``; the commands of the undo stack call this."""
        self._choices = choices
        self.changed.emit(choices)


class _Change(QUndoCommand):
    def __init__(self, history: ChoiceHistory, before: MarkChoices, after: MarkChoices, text: str, stroke: str) -> None:
        super().__init__(text)
        self._history, self._before, self.after, self.stroke = history, before, after, stroke

    def id(self) -> int:
        return 1 if self.stroke else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, _Change) or other.stroke != self.stroke:
            return False
        self.after = other.after
        return True

    def redo(self) -> None:
        self._history.apply(self.after)

    def undo(self) -> None:
        self._history.apply(self._before)
