"""Everything a person can set on the Mark page, as one frozen value, with undo and redo."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from mtgui.desktop.settings import BLEND_RATIO, NOISE_BUDGET, NOISE_KIND
from mtgui.marking.settings import MarkSettings, Preset, preset_of
from mtgui.records.coin_choice import Choice


@dataclass(frozen=True)
class MarkChoices:
    """Settings of the mark, the pattern picture's file, how many to publish (None: as mtgui proposes), and the
    pictures whose fate the person decides.
    """

    settings: MarkSettings
    pattern: Path | None = None
    publish: int | None = None
    pinned: frozenset[tuple[Path, Choice]] = field(default_factory=frozenset)

    @property
    def preset(self) -> Preset | None:
        """The preset these settings are, if they are one."""
        return preset_of(self.settings)

    @property
    def effective(self) -> MarkSettings:
        """The settings that can be shown now: stripes until a pattern picture was chosen."""
        if self.settings.pattern_kind == "picture" and self.pattern is None:
            return replace(self.settings, pattern_kind="stripes")
        return self.settings

    def as_rehearsed(self, mark: MarkSettings, published: int, withheld: int, pool: int) -> "MarkChoices":
        """Return these choices with the strength of ``mark`` and the numbers of a rehearsal; of a ``pool`` of another
        size, the same share is published. The pattern stays.
        """
        wanted = published + withheld
        settings = replace(
            self.settings,
            blend_ratio=mark.blend_ratio,
            noise_budget=mark.noise_budget,
            noise_kind=mark.noise_kind,
        )
        publish = published if pool in (0, wanted) else max(1, round(pool * published / wanted))
        return replace(self, settings=settings, publish=publish)

    def with_pins(self, paths: tuple[Path, ...], choice: Choice) -> "MarkChoices":
        """Return these choices with ``choice`` for ``paths``; "drawn" leaves them to chance again."""
        others = {(path, kept) for path, kept in self.pinned if path not in paths}
        if choice != "drawn":
            others |= {(path, choice) for path in paths}
        return replace(self, pinned=frozenset(others))


DEFAULT = MarkChoices(MarkSettings(BLEND_RATIO.default, NOISE_BUDGET.default, NOISE_KIND.default))


class ChoiceHistory(QObject):
    """The choices of the moment and all earlier ones; tells whoever shows them when they change."""

    changed = Signal(object)
    """The `MarkChoices` of the moment."""

    def __init__(self, choices: MarkChoices = DEFAULT, parent: QObject | None = None) -> None:
        """Start with ``choices``, nothing to undo."""
        super().__init__(parent)
        self._choices = choices
        self._stack = QUndoStack(self)
        self._stroke = 0

    @property
    def choices(self) -> MarkChoices:
        """The choices of the moment."""
        return self._choices

    @property
    def stack(self) -> QUndoStack:
        """The undo stack, for its actions and their texts."""
        return self._stack

    def change(self, choices: MarkChoices, text: str, *, stroke: str = "") -> None:
        """Make ``choices`` the present ones; ``text`` names the change in the undo menu.

        Changes of the same ``stroke``, until `end_stroke`, count as one: a slider dragged once is undone at once.
        """
        if choices != self._choices:
            self._stack.push(_Change(self, self._choices, choices, text, f"{stroke} {self._stroke}" if stroke else ""))

    def end_stroke(self) -> None:
        """Let the next change be undone on its own."""
        self._stroke += 1

    def close(self) -> None:
        """Tell nobody any more; a stack that is taken down would tell of every step it forgets."""
        self._stack.blockSignals(True)

    def replace_quietly(self, choices: MarkChoices) -> None:
        """Set choices without a way back, as when a record brings its own."""
        self._stack.clear()
        self.apply(choices)

    def apply(self, choices: MarkChoices) -> None:
        """Show ``choices``; for the commands of the stack."""
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
