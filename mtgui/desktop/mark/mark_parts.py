"""The parts of the Mark page, and where they lie."""

from PySide6.QtCore import QRect, QSettings, QTimer
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QLabel, QStackedLayout, QVBoxLayout, QWidget

from mtgui.common.texts import text
from mtgui.desktop.canvas.canvas_view import ComparisonView
from mtgui.desktop.mark.after_view import AfterView
from mtgui.desktop.mark.continued_record import ContinuedRecord
from mtgui.desktop.mark.draws import Draws
from mtgui.desktop.mark.export_flow import Exporting
from mtgui.desktop.mark.export_panel import ExportPanel
from mtgui.desktop.mark.inspector import INSPECTOR_WIDTH, LEAST_INSPECTOR_WIDTH, Inspector
from mtgui.desktop.mark.looks import Looks
from mtgui.desktop.mark.mark_choices import ChoiceHistory
from mtgui.desktop.mark.mark_layout import centre_column, right_column
from mtgui.desktop.mark.mark_memory import MarkMemory
from mtgui.desktop.mark.mark_toolbar import MarkToolbar
from mtgui.desktop.mark.outlook_gauge import OutlookGauge
from mtgui.desktop.mark.picture_column import MarkPictures
from mtgui.desktop.mark.preloading import Preloading
from mtgui.desktop.mark.search_words import SearchWords
from mtgui.desktop.mark.sights import Sights
from mtgui.desktop.mark.start_view import start_view
from mtgui.desktop.pictures.drop_overlay import DropOverlay
from mtgui.desktop.pictures.picture_access import is_picture_name, load_small
from mtgui.desktop.theme.text_size import scaled
from mtgui.desktop.widgets.layouts import side_by_side
from mtgui.desktop.widgets.notices import FloatingMessages
from mtgui.desktop.widgets.page import Page
from mtgui.desktop.widgets.plain_text import keep_plain

ROOMY_WIDTH = 1150
NARROW_BELOW = 1000
BRIEF_BELOW = 700
TIGHT_BELOW = 700
START, WORK, AFTER = range(3)
"""The faces of the page."""


class MarkParts(Page):
    """Builds the parts of the page and lays them out; `MarkPage` connects them. All of it is on the window's thread."""

    def __init__(self, settings: QSettings, parent: QWidget | None = None) -> None:
        """Build the parts with the choices stored in ``settings``."""
        super().__init__(parent)
        self._memory = MarkMemory(settings)
        self.history = ChoiceHistory(self._memory.choices(), self)
        self.pictures = MarkPictures(load_small, is_picture_name, self.devicePixelRatioF())
        self.canvas = ComparisonView()
        self.toolbar = MarkToolbar(self.canvas, self.history.stack)
        self.inspector = Inspector(self.history)
        self.gauge = OutlookGauge()
        self.panel = ExportPanel()
        self.looks = Looks(self.history, self.inspector, self)
        self.sights = Sights(self.canvas, self.pictures, self.inspector, self.looks, self)
        self.preview = self.sights.preview
        self.exporting = Exporting(self, self._memory)
        self.empty = start_view()
        self.after = AfterView(self.pictures.thumbnails)
        self.draws = Draws()
        self.continued = ContinuedRecord(self.exporting, self.draws, self.history, self.looks, self)
        self._status, self._record_status = QLabel(""), QLabel("")
        keep_plain(self._status, self._record_status)
        self.warming = Preloading()
        self._warming_timer = QTimer(self)
        self._warming_timer.setSingleShot(True)
        self._warming_timer.timeout.connect(self.warming.begin)
        self._lay_out()
        self.messages = FloatingMessages(self._message_place, self)
        self._search_words = SearchWords(self.pictures, self.messages)
        self._overlay = DropOverlay(self._drop_words, self)

    def _show_face(self, face: int) -> None:
        """Show one of the faces; the keyboard focus moves with it."""
        if face != self._faces.currentIndex():
            focus = QApplication.focusWidget()
            is_here = focus is not None and self.isAncestorOf(focus)
            self._faces.setCurrentIndex(face)
            self.messages.place()
            if is_here:
                (self.empty.button, self.pictures.strip, self.after.show_copies)[face].setFocus()

    def _drop_words(self) -> str:
        if self.exporting.is_running:
            return text("Pictures can be added once the export has ended")
        return text("Drop pictures and folders to add them")

    def _message_place(self) -> QRect:
        """Return where messages lie: over the canvas, or over the whole of a face without one."""
        if self._faces.currentIndex() == WORK:
            return QRect(self.canvas.mapTo(self, self.canvas.rect().topLeft()), self.canvas.size())
        return self.rect()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Start to load libraries for the first picture after the first paint."""
        super().paintEvent(event)
        if not self.warming.has_begun:
            self._warming_timer.start(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show less where there is little room: narrower columns, a shorter status line, less small print."""
        super().resizeEvent(event)
        self._record_status.setVisible(self.width() >= scaled(ROOMY_WIDTH))
        self.pictures.set_narrow(self.width() < scaled(NARROW_BELOW))
        is_tight = self.width() < scaled(TIGHT_BELOW)
        self._status.setVisible(not is_tight)
        width = LEAST_INSPECTOR_WIDTH if is_tight else INSPECTOR_WIDTH
        for part in (self.inspector, self.panel):
            part.setFixedWidth(scaled(width))
        self.gauge.set_brief(self.height() < scaled(BRIEF_BELOW))

    def _lay_out(self) -> None:
        self._faces = QStackedLayout()
        self._faces.addWidget(self.empty)
        centre = centre_column(self.toolbar, self.canvas, self._status, self._record_status)
        right = right_column(self.inspector, self.gauge, self.panel)
        self._faces.addWidget(side_by_side(self.pictures, centre, right, wide=centre))
        self._faces.addWidget(self.after)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._faces, 1)
