"""What the Mark page says while folders are searched, and afterwards."""

from pathlib import Path

from PySide6.QtCore import QObject

from mtgui.common.errors import readable_name
from mtgui.common.texts import text
from mtgui.desktop.mark.picture_column import Gathered, MarkPictures
from mtgui.desktop.widgets.notices import MessageBar


class SearchWords(QObject):
    """Tells in a message bar about the scans of a `MarkPictures`. Lives on the window's thread."""

    def __init__(self, pictures: MarkPictures, messages: MessageBar) -> None:
        """Tell about ``pictures`` in ``messages``."""
        super().__init__(messages)
        self._pictures, self._messages = pictures, messages
        self._is_searching = False
        pictures.searching.connect(self._searching)
        pictures.scanned.connect(self._scanned)
        messages.action_triggered.connect(self._stop)

    def _searching(self, folder: Path) -> None:
        self._is_searching = True
        words = text("Looking for pictures in “{folder}”…", folder=readable_name(folder))
        self._messages.show_message(words, "info", text("Stop"))

    def _scanned(self, gathered: Gathered) -> None:
        if self._is_searching or gathered.text:
            self._messages.dismiss()
        is_stopped = gathered.summary.was_cancelled and not self._is_searching
        self._is_searching = False
        if gathered.text and not is_stopped:
            self._messages.show_message(gathered.text, "caution" if gathered.is_caution else "info")

    def _stop(self) -> None:
        if self._is_searching:
            self._pictures.stop_search()
