"""What is seen of the mark: the preview, how visible it is on all pictures, and strengths side by side."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF
from PySide6.QtWidgets import QWidget

from mtgui.common.errors import PictureError
from mtgui.common.texts import text
from mtgui.common.words import whole
from mtgui.desktop.canvas.canvas_view import ComparisonView
from mtgui.desktop.mark.inspector import Inspector
from mtgui.desktop.mark.looks import Looks
from mtgui.desktop.mark.picture_column import MarkPictures
from mtgui.desktop.mark.preview import Preview
from mtgui.desktop.mark.visibility_survey import VisibilitySurvey
from mtgui.desktop.pictures.picture_entries import PictureEntry
from mtgui.marking.settings import MarkSettings

if TYPE_CHECKING:
    from mtgui.desktop.mark.rendering import Look
    from mtgui.desktop.mark.visibility import Visibility


class Sights(QObject):
    """Keeps canvas, captions and the words on visibility in step with pictures and look. Lives on the window's thread.

    Pictures are rendered and measured on worker threads.
    """

    def __init__(
        self, canvas: ComparisonView, pictures: MarkPictures, inspector: Inspector, looks: Looks, page: QWidget
    ) -> None:
        """Show the current one of ``pictures`` on ``canvas`` under ``looks``, and words in ``inspector``."""
        super().__init__(page)
        self._canvas, self._pictures, self._inspector = canvas, pictures, inspector
        self._looks, self._page = looks, page
        self._spot: tuple[Path, tuple[float, float]] | None = None
        self._look: Look | None = None
        self.preview = Preview(canvas, self)
        self.survey = VisibilitySurvey(self)
        pictures.current_changed.connect(self._current_changed)
        looks.changed.connect(self.refresh)
        self.preview.loaded.connect(self._loaded)
        self.preview.measured.connect(self._measured)
        self.preview.multiplied.connect(self._multiplied)
        self.preview.failed.connect(self._failed)
        self.survey.told.connect(inspector.visibility.show_survey)
        inspector.visibility.worst_wanted.connect(self.show_worst)

    def refresh(self) -> None:
        """Show the current picture, and look at all of them, under the current look."""
        entry = self._pictures.strip.current_entry
        if entry is not None:
            look = self._looks.look
            if look != self._look:
                self._look = look
                self._canvas.forget_spot()
            self.preview.show(entry.path, look)
        paths = [entry.path for entry in self._pictures.model.entries]
        if paths:
            self.survey.show(paths, self._looks.look)

    def show_worst(self) -> None:
        """Show the place where the mark is seen most, in a ring."""
        survey = self.survey.survey
        worst = survey.worst
        if worst is None:
            return
        spot = dict(survey.found)[worst].spot
        current = self._pictures.strip.current_entry
        if current is not None and current.path == worst and self._canvas.request is not None:
            self._canvas.show_spot(QPointF(spot[1], spot[0]))
        else:
            self._spot = worst, spot
            self._pictures.strip.show_entry(self._pictures.model.row_of(worst))

    def choose_strength(self, outlook: Callable[[MarkSettings], str], *, is_fixed: bool) -> str:
        """Show strengths side by side; return the name of the preset that the person chose, empty for none.

        outlook: says in words what an audit finds of a mark. is_fixed: the mark cannot be changed any more.
        """
        from mtgui.desktop.mark.strengths_dialog import StrengthsDialog

        picture = self.preview.picture
        if picture is None:
            return ""
        dialog = StrengthsDialog(picture, self._looks.strengths(outlook), self._page, is_fixed=is_fixed)
        dialog.exec()
        dialog.close_workers()
        dialog.deleteLater()
        return dialog.chosen

    def close(self) -> None:
        """Stop the worker threads."""
        self.preview.close()
        self.survey.close()

    def _current_changed(self, entry: PictureEntry | None) -> None:
        self._canvas.set_captions("", "")
        self._inspector.visibility.show_current(None)
        if entry is None:
            self.preview.clear()
        else:
            self.preview.show(entry.path, self._looks.look)

    def _loaded(self, path: Path) -> None:
        self._caption("")
        if self._spot is not None and self._spot[0] == path:
            (down, across), self._spot = self._spot[1], None
            self._canvas.show_spot(QPointF(across, down))

    def _measured(self, visibility: "Visibility") -> None:
        self._inspector.visibility.show_current(visibility)
        self._caption(visibility.in_words, visibility.in_numbers)

    def _multiplied(self, gain: int) -> None:
        self._canvas.set_difference_title(text("Difference ×{gain}", gain=whole(gain)))

    def _caption(self, words: str, numbers: str = "") -> None:
        entry, request = self._pictures.strip.current_entry, self._canvas.request
        if entry is not None and request is not None:
            size = f"{whole(request.full.width())} × {whole(request.full.height())}"
            self._canvas.set_captions(f"{entry.name} · {size}", words, words, tip=numbers)

    def _failed(self, error: PictureError) -> None:
        self._pictures.model.set_error(error.path, error.reason)
