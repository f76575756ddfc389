"""How the preview is to look: the chosen mark, with the pattern picture once it has been read."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFileDialog, QWidget

from mtgui.common.errors import readable_name
from mtgui.common.texts import text
from mtgui.desktop.mark.inspector import Inspector
from mtgui.desktop.mark.mark_choices import ChoiceHistory, MarkChoices
from mtgui.desktop.mark.pattern_source import PatternSource
from mtgui.desktop.widgets.file_filters import PICTURES
from mtgui.marking.settings import PRESETS, MarkSettings

if TYPE_CHECKING:
    from mtgui.desktop.mark.rendering import Look
    from mtgui.desktop.mark.strengths_dialog import Strength


class Looks(QObject):
    """Turns choices into a `Look`, and asks for and reads the pattern picture. Lives on the window's thread."""

    changed = Signal()
    """The pattern picture is there now."""
    failed = Signal(str)
    """The pattern picture cannot be used: one sentence."""

    def __init__(self, history: ChoiceHistory, inspector: Inspector, page: QWidget) -> None:
        """Follow ``history``, and show the pattern in ``inspector``; dialogs belong to ``page``."""
        super().__init__(page)
        self._history, self._inspector, self._page = history, inspector, page
        self.patterns = PatternSource(self)
        self.patterns.ready.connect(self._pattern_ready)
        self.patterns.failed.connect(self._pattern_failed)
        inspector.pattern_wanted.connect(self._choose_pattern)
        history.changed.connect(self._choices_changed)

    @property
    def look(self) -> "Look":
        """The look of the current choices; stripes until the pattern picture has been read."""
        return self.look_of(self._history.choices.settings)

    @property
    def is_complete(self) -> bool:
        """False while the settings need a pattern picture that is not there."""
        return not self._history.choices.settings.needs_picture or self.patterns.picture is not None

    def look_of(self, settings: MarkSettings) -> "Look":
        """Return the look of ``settings``."""
        from mtgui.desktop.mark.rendering import Look

        picture = self.patterns.picture
        if settings.needs_picture and picture is not None:
            return Look(settings, picture)
        return Look(replace(settings, pattern_kind="stripes"))

    def strengths(self, outlook: Callable[[MarkSettings], str]) -> "list[Strength]":
        """Return each preset, and the current mark if it is none; ``outlook`` says in words what an audit finds."""
        from mtgui.desktop.mark.strengths_dialog import Strength

        choices = self._history.choices
        presets = [(one, one.applied_to(choices.settings)) for one in PRESETS]
        strengths = [
            Strength(one.name, one.title, self.look_of(settings), outlook(settings), one == choices.preset)
            for one, settings in presets
        ]
        if choices.preset is None:
            strengths.append(Strength("", text("Yours"), self.look, outlook(choices.settings), is_in_use=True))
        return strengths

    def close(self) -> None:
        """Stop the worker thread."""
        self.patterns.close()

    def _choices_changed(self, choices: MarkChoices) -> None:
        if choices.settings.pattern_kind == "picture" and choices.pattern is not None:
            self.patterns.want(choices.pattern)

    def _choose_pattern(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self._page, text("Choose a picture as the pattern"), "", PICTURES)
        if chosen:
            self._inspector.take_pattern(Path(chosen))

    def _pattern_ready(self) -> None:
        from mtgui.desktop.pictures.array_images import image_from_planes
        from mtgui.marking.pattern import picture_planes

        picture, path = self.patterns.picture, self.patterns.path
        if picture is not None:
            pixmap = QPixmap.fromImage(image_from_planes(picture_planes(picture)))
            self._inspector.show_pattern(pixmap, readable_name(path) if path is not None else text("of the record"))
        self.changed.emit()

    def _pattern_failed(self, reason: str) -> None:
        self.failed.emit(text("That picture cannot be the pattern: {reason}", reason=reason))
        if self._history.stack.canUndo():
            self._history.stack.undo()
