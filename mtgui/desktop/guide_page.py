"""The guide inside the window: Markdown that ships with mtgui, and what this program is."""

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QTextBrowser, QWidget

from mtgui.common.resources import resource_path
from mtgui.desktop.shell import Page
from mtgui.desktop.tokens import GRID
from mtgui.version import __version__

TEXT_WIDTH = 760


class GuidePage(Page):
    """Shows the guide; links to the web open in the browser."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Load the guide."""
        super().__init__(parent)
        self._text = QTextBrowser()
        self._text.setAccessibleName("Guide")
        self._text.setOpenLinks(False)
        self._text.setMaximumWidth(TEXT_WIDTH)
        self._text.setFrameShape(QTextBrowser.Shape.NoFrame)
        self._text.document().setDocumentMargin(6 * GRID)
        guide = resource_path("guide/guide.md").read_text(encoding="utf-8")
        self._text.setMarkdown(guide.replace("{version}", __version__))
        self._text.anchorClicked.connect(self._open)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addStretch(1)
        layout.addWidget(self._text, 10)
        layout.addStretch(1)
        self.setFocusProxy(self._text)

    def _open(self, url: QUrl) -> None:
        if url.scheme() in ("https", "http"):
            QDesktopServices.openUrl(url)
        else:
            self._text.scrollToAnchor(url.fragment())
