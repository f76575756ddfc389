"""The main window: a rail of page buttons and the visible page. It only connects; the pages do the work."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPoint, QRectF, QSettings, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QDesktopServices,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
    QShortcut,
)
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mtgui.common.texts import text
from mtgui.common.words import percent
from mtgui.desktop.app.task_bar import TaskBar
from mtgui.desktop.settings import GEOMETRY, PAGE
from mtgui.desktop.theme.appearance import current_tokens
from mtgui.desktop.theme.icons import application_icon, icon
from mtgui.desktop.theme.text_size import scaled
from mtgui.desktop.widgets.notices import MessageBar
from mtgui.desktop.widgets.page import Page
from mtgui.desktop.widgets.scrolled_dialog import SCREEN_MARGINS

RAIL_WIDTH = 76
ENTRY_HEIGHT = 64
RING, RING_WIDTH, RING_TOP = 29, 2.5, 7
LEAST_ENTRY_HEIGHT = 48
"""What icon and text need where text has its usual size."""
SMALLEST = QSize(800, 520)
FIRST_SIZE = QSize(1280, 800)
CRASH_WORDS = "mtgui did not close as it should the last time. Its log may say why."


@dataclass(frozen=True)
class RailEntry:
    """One entry of the rail; ``make`` builds its page when it is first shown.

    An entry with ``opens`` has no page: that function is called instead, and shows a dialog.
    """

    identifier: str
    icon_name: str
    text: str
    make: Callable[[], QWidget]
    is_at_bottom: bool = False
    opens: Callable[[], None] | None = None


class Rail(QFrame):
    """The column of page buttons. Up, Down, Home and End move the focus, as in a list."""

    chosen = Signal(str)
    progress_changed = Signal()
    """The progress on a button has changed by a percent, or has come or gone."""

    def __init__(self, entries: Sequence[RailEntry], parent: QWidget | None = None) -> None:
        """Build one button for each entry."""
        super().__init__(parent)
        self.setProperty("kind", "rail")
        self.setFixedWidth(scaled(RAIL_WIDTH))
        self.setAccessibleName("Pages")
        self._group = QButtonGroup(self)
        self._identifiers = [e.identifier for e in sorted(entries, key=_is_at_bottom)]
        self._buttons: list[RailButton] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(0)
        for entry in sorted(entries, key=_is_at_bottom):
            if entry.is_at_bottom and not any(b.is_at_bottom for b in self._buttons):
                layout.addStretch(1)
            button = RailButton(entry, self)
            button.step.connect(self._step)
            button.progress_changed.connect(self.progress_changed)
            self._group.addButton(button, len(self._buttons))
            self._buttons.append(button)
            layout.addWidget(button)
        if not any(entry.is_at_bottom for entry in entries):
            layout.addStretch(1)
        self._group.idClicked.connect(self._clicked)

    def button(self, identifier: str) -> "RailButton":
        """Return the button of a page."""
        return self._buttons[self._identifiers.index(identifier)]

    @property
    def progress(self) -> float | None:
        """The mean share of all work that runs, 0 to 1; None while nothing runs."""
        shares = [button.share for button in self._buttons if button.share is not None]
        return sum(shares) / len(shares) if shares else None

    def select(self, identifier: str) -> None:
        """Select the button of a page without emitting a signal."""
        self.button(identifier).setChecked(True)
        for button in self._buttons:
            is_stop = button.isChecked()
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus if is_stop else Qt.FocusPolicy.NoFocus)

    def _clicked(self, index: int) -> None:
        self.chosen.emit(self._identifiers[index])

    def _step(self, key: int) -> None:
        here = next((i for i, button in enumerate(self._buttons) if button.hasFocus()), 0)
        last = len(self._buttons) - 1
        ways: dict[int, int] = {
            Qt.Key.Key_Up: max(here - 1, 0),
            Qt.Key.Key_Down: min(here + 1, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        there = ways[key]
        self.chosen.emit(self._identifiers[there])
        self._buttons[there].setFocus(Qt.FocusReason.TabFocusReason)


def _is_at_bottom(entry: RailEntry) -> bool:
    return entry.is_at_bottom


class RailButton(QToolButton):
    """The button of one page; while the page works, a ring around its icon shows how far it is."""

    step = Signal(int)
    progress_changed = Signal()

    def __init__(self, entry: RailEntry, parent: QWidget) -> None:
        """Build the button of ``entry``."""
        super().__init__(parent)
        self.share: float | None = None
        self.is_at_bottom = entry.is_at_bottom
        self.setProperty("kind", "rail")
        self.setText(entry.text)
        self.setIcon(icon(entry.icon_name, "muted", "text"))
        self.setIconSize(QSize(22, 22))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setCheckable(True)
        self.setAccessibleName(entry.text)
        self.setFixedHeight(max(ENTRY_HEIGHT, scaled(LEAST_ENTRY_HEIGHT)))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_progress(self, share: float | None) -> None:
        """Show the finished ``share`` of the page's work, 0 to 1; None removes the ring."""
        shown = None if share is None else round(min(1.0, max(0.0, share)), 2)
        if shown == self.share:
            return
        self.share = shown
        said = "" if shown is None else text("{share} done", share=percent(shown, 0))
        self.setAccessibleDescription(said)
        self.setToolTip(said)
        self.update()
        self.progress_changed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ring around the icon."""
        super().paintEvent(event)
        if self.share is None:
            return
        tokens = current_tokens()
        middle = QRectF(self.rect()).center().x()
        ring = QRectF(middle - RING / 2, RING_TOP, RING, RING)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(tokens.groove), RING_WIDTH))
            painter.drawEllipse(ring)
            painter.setPen(QPen(QColor(tokens.accent), RING_WIDTH, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
            painter.drawArc(ring, 90 * 16, -round(360 * 16 * self.share))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the focus as in a list."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End):
            self.step.emit(event.key())
        else:
            super().keyPressEvent(event)


class MainWindow(QMainWindow):
    """The rail and the pages; it remembers size, position and page in ``settings``."""

    page_changed = Signal(str)
    closed = Signal()
    """The window is closing, and its pages are shut down."""

    def __init__(
        self,
        entries: Sequence[RailEntry],
        settings: QSettings,
        parent: QWidget | None = None,
        *,
        title: str = "mtgui",
    ) -> None:
        """Build the window; show the page that was open last, or the first one."""
        super().__init__(parent)
        self._entries = {entry.identifier: entry for entry in entries}
        self._settings = settings
        self._pages: dict[str, QWidget] = {}
        self._current = ""
        self._title, self._task_bar = title, TaskBar()
        self.setWindowTitle(title)
        self.setWindowIcon(application_icon())
        self._room = self.screen().availableGeometry() - SCREEN_MARGINS
        self.setMinimumSize(SMALLEST.boundedTo(self._room.size()))
        self._rail = Rail(entries)
        self._rail.chosen.connect(self.show_page)
        self._rail.progress_changed.connect(self._show_progress)
        self._stack = QStackedWidget()
        self.messages = MessageBar()
        self.messages.action_triggered.connect(self._open_log)
        self._log_folder = Path.home()
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self.messages)
        column.addWidget(self._stack, 1)
        centre = QWidget()
        layout = QHBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._rail)
        layout.addLayout(column, 1)
        self.setCentralWidget(centre)
        quit_ = QShortcut(QKeySequence("Ctrl+Q"), self)
        quit_.activated.connect(self.close)
        self._restore()

    @property
    def rail(self) -> Rail:
        """The rail."""
        return self._rail

    @property
    def current_page(self) -> str:
        """The identifier of the visible page."""
        return self._current

    def page(self, identifier: str) -> QWidget:
        """Return a page; build it if it has not been shown yet. Raises KeyError for an unknown identifier."""
        if identifier not in self._pages:
            page = self._entries[identifier].make()
            if isinstance(page, Page):
                page.progressed.connect(self._rail.button(identifier).show_progress)
            self._pages[identifier] = page
            self._stack.addWidget(page)
        return self._pages[identifier]

    def show_page(self, identifier: str) -> None:
        """Show a page, or the dialog of an entry that has no page."""
        opens = self._entries[identifier].opens
        if opens is not None:
            self._rail.select(self._current)
            opens()
            return
        page, focus = self.page(identifier), QApplication.focusWidget()
        was_within = focus is not None and self._stack.isAncestorOf(focus)
        self._stack.setCurrentWidget(page)
        self._rail.select(identifier)
        if was_within and identifier != self._current:
            # Move the keyboard focus too: it would be lost with the hidden page.
            page.setFocus(Qt.FocusReason.ShortcutFocusReason)
        if identifier != self._current:
            self._current = identifier
            self.page_changed.emit(identifier)

    def _show_progress(self) -> None:
        """Show the progress of running work in the title and in the task bar."""
        share = self._rail.progress
        self.setWindowTitle(self._title if share is None else f"{percent(share, 0)} – {self._title}")
        self._task_bar.show(share)

    def offer_log(self, path: Path) -> None:
        """Say that the last run crashed, and offer its log at ``path``."""
        self._log_folder = path.parent
        self.messages.show_message(CRASH_WORDS, "caution", "Open the folder of the log")

    def _open_log(self) -> None:
        self.messages.dismiss()
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._log_folder)))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask every page whether the window may close; then store the window's state and shut the pages down."""
        pages = [page for page in self._pages.values() if isinstance(page, Page)]
        if not all(page.may_close() for page in pages):
            event.ignore()
            return
        GEOMETRY.keep(self._settings, self.saveGeometry())
        PAGE.keep(self._settings, self._current)
        for page in pages:
            page.shut_down()
        self._task_bar.show(None)
        self.closed.emit()
        event.accept()

    def _restore(self) -> None:
        """Restore size and position of the last run; the whole window is then visible on a screen."""
        self.resize(FIRST_SIZE.boundedTo(self._room.size()))
        geometry = GEOMETRY.of(self._settings)
        if not geometry.isEmpty() and self.restoreGeometry(geometry):
            self._bring_back()

    def show_last_page(self) -> None:
        """Build and show the page that was open last, or the first one; to be called once, before the window is shown.

        It is not part of the constructor, because pages may ask for the window and for one another.
        """
        last = PAGE.of(self._settings)
        usual = [entry.identifier for entry in self._entries.values() if not entry.is_at_bottom]
        self.show_page(last if last in usual else next(iter(self._entries)))
        self._stack.setFocus()

    def _bring_back(self) -> None:
        """If a part of the window lies outside every screen, move it onto one, and shrink it if it is too large."""
        place, screens = self.normalGeometry(), QRegion()
        for screen in self.screen().virtualSiblings():
            screens += screen.availableGeometry()
        if QRegion(place).subtracted(screens).isEmpty() or self.isMaximized() or self.isFullScreen():
            return
        room = (QApplication.screenAt(place.center()) or self.screen()).availableGeometry() - SCREEN_MARGINS
        place.setSize(place.size().boundedTo(room.size()))
        place.moveRight(min(place.right(), room.right()))
        place.moveBottom(min(place.bottom(), room.bottom()))
        place.moveTopLeft(QPoint(max(place.left(), room.left()), max(place.top(), room.top())))
        self.setGeometry(place)
