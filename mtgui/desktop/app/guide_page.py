"""The guide inside the window: Markdown that ships with mtgui, with buttons for the shortcuts and *About*."""

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices, QTextBlock, QTextBlockFormat, QTextCursor, QTextDocument, QTextFormat
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from mtgui.common.resources import resource_path
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import SeparatorLine
from mtgui.desktop.widgets.page import Page
from mtgui.version import __version__

TEXT_WIDTH = 760
LINE_HEIGHT = 125


class GuidePage(Page):
    """Shows the guide; links to the web open in the browser."""

    shortcuts_wanted = Signal()
    about_wanted = Signal()

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
        set_with_air(self._text.document())
        self._text.anchorClicked.connect(self._open)
        shortcuts, about = QPushButton("&Keyboard shortcuts"), QPushButton("About &mtgui")
        shortcuts.clicked.connect(self.shortcuts_wanted)
        about.clicked.connect(self.about_wanted)
        head = QHBoxLayout()
        head.setContentsMargins(5 * GRID, 2 * GRID, 5 * GRID, 2 * GRID)
        head.setSpacing(2 * GRID)
        head.addStretch(1)
        for button in (shortcuts, about):
            button.setProperty("kind", "quiet")
            head.addWidget(button)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._text, 10)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(SeparatorLine())
        layout.addLayout(row, 1)
        self.setTabOrder(shortcuts, about)
        self.setTabOrder(about, self._text)

    def _open(self, url: QUrl) -> None:
        if url.scheme() in ("https", "http"):
            QDesktopServices.openUrl(url)
        else:
            self.show_heading(url.fragment())

    def show_heading(self, name: str) -> None:
        """Scroll to the heading with this ``name``, as `heading_name` makes it; nothing happens if there is none."""
        document = self._text.document()
        block = document.begin()
        while block.isValid():
            if block.blockFormat().headingLevel() and heading_name(block.text()) == name:
                top = document.documentLayout().blockBoundingRect(block).top()
                self._text.verticalScrollBar().setValue(round(top) - 2 * GRID)
                return
            block = block.next()


def heading_name(title: str) -> str:
    """Return the name by which links lead to the heading ``title``, as web pages of Markdown files name it."""
    kept = "".join(one for one in title.lower() if one.isalnum() or one in " -_")
    return kept.replace(" ", "-")


def set_with_air(document: QTextDocument) -> None:
    """Put space around headings, paragraphs and list items, as Qt's Markdown does not; lines of code get none."""
    block = document.begin()
    while block.isValid():
        form = QTextBlockFormat()
        form.setLineHeight(LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        if block.blockFormat().headingLevel():
            form.setTopMargin(6 * GRID)
            form.setBottomMargin(2 * GRID)
        elif block.textList() is not None:
            form.setBottomMargin(GRID)
        elif is_code(block) and is_code(block.next()):
            form.setBottomMargin(0)
        else:
            form.setBottomMargin(0 if QTextCursor(block).currentTable() is not None else 2 * GRID)
        QTextCursor(block).mergeBlockFormat(form)
        block = block.next()


def is_code(block: QTextBlock) -> bool:
    """True when ``block`` is a line of a fenced code block."""
    return block.isValid() and block.blockFormat().hasProperty(QTextFormat.Property.BlockCodeFence)
