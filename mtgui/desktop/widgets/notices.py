"""The view of an empty page, and the message bar for anything that needs attention."""

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mtgui.desktop.theme.icons import icon, icon_pixmap
from mtgui.desktop.theme.text_size import scaled
from mtgui.desktop.theme.tokens import CONTROL_HEIGHT, GRID, Role
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.plain_text import keep_plain
from mtgui.desktop.widgets.restyling import restyle

Tone = Literal["info", "caution", "error"]
_SIGNS: dict[Tone, tuple[str, Role, str]] = {
    "info": ("info", "accent", "Note"),
    "caution": ("warning", "caution", "Caution"),
    "error": ("error", "error", "Error"),
}


COLUMN_WIDTH = 460


class MessageBar(QFrame):
    """A quiet bar at the top of a page: sign, text, at most one action, close. It is hidden while it has no text.

    Each tone has its own sign and its own word for screen readers, not only a colour. Escape closes the bar.
    """

    action_triggered = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the bar, hidden."""
        super().__init__(parent)
        self._tone: Tone = "info"
        self.setProperty("kind", "message")
        self.setProperty("tone", "info")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._sign = QLabel(self)
        self._text = QLabel(self)
        keep_plain(self._text)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action = QPushButton(self)
        self._action.setProperty("kind", "quiet")
        self._close = QToolButton(self)
        self._close.setProperty("kind", "quiet")
        self._close.setIcon(icon("close"))
        self._close.setToolTip("Close (Esc)")
        self._close.setAccessibleName("Close message")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * GRID, GRID + 2, 2 * GRID, GRID + 2)
        layout.setSpacing(2 * GRID + 2)
        layout.addWidget(self._sign)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._action)
        layout.addWidget(self._close)
        self._action.clicked.connect(self.action_triggered)
        self._close.clicked.connect(self.dismiss)
        self.hide()

    @property
    def text(self) -> str:
        """The shown text; empty while the bar is hidden."""
        return self._text.text() if not self.isHidden() else ""

    @property
    def tone(self) -> Tone:
        """The tone of the shown text."""
        return self._tone

    def show_message(self, text: str, tone: Tone = "info", action: str = "") -> None:
        """Show ``text`` in ``tone``, with a button if ``action`` is given; screen readers announce it."""
        self._tone = tone
        restyle(self, "tone", tone)
        word = _SIGNS[tone][2]
        self._text.setText(text)
        self._sign.setAccessibleName(word)
        self._action.setText(action)
        self._action.setVisible(bool(action))
        self.setAccessibleName(f"{word}: {text}")
        self._draw_sign()
        self.show()
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, f"{word}: {text}"))

    def dismiss(self) -> None:
        """Hide the bar, and emit a signal if it was visible."""
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Redraw the sign in new colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_sign()

    def _draw_sign(self) -> None:
        name, role, _ = _SIGNS[self._tone]
        self._sign.setPixmap(icon_pixmap(name, 18, self.devicePixelRatioF(), role))


class FloatingMessages(MessageBar):
    """A message bar that lies over its parent, so that nothing moves under the mouse when it comes and goes.

    It lies at the bottom, where it covers no heading and no caption.
    """

    def __init__(self, area: Callable[[], QRect], parent: QWidget) -> None:
        """Lie at the bottom of the rectangle that ``area`` returns, in coordinates of ``parent``."""
        super().__init__(parent)
        self.setProperty("place", "bottom")
        self._area = area
        parent.installEventFilter(self)

    def show_message(self, text: str, tone: Tone = "info", action: str = "") -> None:
        """Show ``text`` as `MessageBar` does, above everything else."""
        super().show_message(text, tone, action)
        self.place()
        self.raise_()

    def place(self) -> None:
        """Lie where the area is now."""
        area = self._area()
        height = self.heightForWidth(area.width()) if self.hasHeightForWidth() else self.sizeHint().height()
        height = max(height, self.minimumSizeHint().height())
        self.setGeometry(area.left(), area.bottom() + 1 - height, area.width(), height)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Follow the size of the parent."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest) and not self.isHidden():
            self.place()
        return False


class EmptyState(QWidget):
    """The view of a page that is still empty: icon, title, text, one button, a hint."""

    triggered = Signal()
    link_triggered = Signal(int)
    """The number of the link, among those of `set_links`."""

    def __init__(
        self, icon_name: str, title: str, text: str, button: str, hint: str = "", parent: QWidget | None = None
    ) -> None:
        """Show these texts; ``button`` is the text of the primary button, ``hint`` the line below it."""
        super().__init__(parent)
        self.setAccessibleName(title)
        self._icon_name = icon_name
        self._icon = QLabel(self)
        self._title = _centred(QLabel(title, self))
        self._title.setProperty("kind", "title")
        self._title.setWordWrap(True)
        self._text = _centred(QLabel(text, self))
        self._text.setWordWrap(True)
        keep_plain(self._title, self._text)
        self._hint = _centred(Caption(hint, self))
        self._hint.setVisible(bool(hint))
        self._button = QPushButton(button, self)
        self._button.setProperty("kind", "primary")
        self._button.clicked.connect(self.triggered)
        self._choices = QHBoxLayout()
        self._choices.setSpacing(2 * GRID)
        self._small_print = _centred(Caption("", self))
        self._small_print.hide()
        self._links_title = _centred(Caption("", self))
        self._links = QVBoxLayout()
        self._links.setSpacing(0)
        self._link_buttons: list[QPushButton] = []
        self._lay_out()
        self._draw_icon()

    @property
    def button(self) -> QPushButton:
        """The primary button."""
        return self._button

    def say(self, title: str, text: str, hint: str = "") -> None:
        """Replace the texts."""
        self.setAccessibleName(title)
        self._title.setText(title)
        self._text.setText(text)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))

    def set_small_print(self, text: str) -> None:
        """Show ``text`` as small print at the end."""
        self._small_print.setText(text)
        self._small_print.setVisible(bool(text))

    def add_choice(self, text: str) -> QPushButton:
        """Add a quiet button to the row below the hint and return it."""
        button = QPushButton(text, self)
        button.setProperty("kind", "quiet")
        self._choices.addWidget(button)
        return button

    def set_links(self, title: str, texts: Sequence[str]) -> None:
        """Replace the links: show ``texts`` as buttons, one below the other, under ``title``."""
        for button in self._link_buttons:
            self._links.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._link_buttons = [QPushButton(text, self) for text in texts]
        for button in self._link_buttons:
            button.setProperty("kind", "quiet")
            button.clicked.connect(self._link_clicked)
            self._links.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        self._links_title.setText(title)
        self._links_title.setVisible(bool(texts))

    def _link_clicked(self) -> None:
        sender = self.sender()
        if isinstance(sender, QPushButton) and sender in self._link_buttons:
            self.link_triggered.emit(self._link_buttons.index(sender))

    def changeEvent(self, event: QEvent) -> None:
        """Redraw the icon in new colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._draw_icon()

    def _lay_out(self) -> None:
        centre = Qt.AlignmentFlag.AlignHCenter
        column = QWidget(self)
        column.setMaximumWidth(scaled(COLUMN_WIDTH))
        across = QHBoxLayout(self)
        across.addStretch(1)
        across.addWidget(column, 1000)
        across.addStretch(1)
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addStretch(5)
        layout.addWidget(self._icon, 0, centre)
        layout.addSpacing(4 * GRID)
        layout.addWidget(self._title)
        layout.addSpacing(2 * GRID)
        layout.addWidget(self._text)
        layout.addSpacing(6 * GRID)
        layout.addWidget(self._button, 0, centre)
        layout.addSpacing(4 * GRID)
        layout.addWidget(self._hint)
        layout.addSpacing(4 * GRID)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addLayout(self._choices)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addSpacing(6 * GRID)
        layout.addWidget(self._links_title)
        layout.addSpacing(GRID)
        layout.addLayout(self._links)
        layout.addSpacing(4 * GRID)
        layout.addWidget(self._small_print)
        layout.addStretch(6)

    def _draw_icon(self) -> None:
        self._icon.setPixmap(icon_pixmap(self._icon_name, 64, self.devicePixelRatioF(), "muted"))


def _centred(label: QLabel) -> QLabel:
    label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    return label


def icon_button(icon_name: str, name: str, shortcut: str = "", parent: QWidget | None = None) -> QToolButton:
    """Return a square button, as high as other controls; ``name`` is its tool tip and accessible name."""
    button = QToolButton(parent)
    button.setIcon(icon(icon_name, "text", "on_accent"))
    button.setAccessibleName(name)
    button.setToolTip(f"{name} ({shortcut})" if shortcut else name)
    button.setFixedSize(scaled(CONTROL_HEIGHT), scaled(CONTROL_HEIGHT))
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if shortcut:
        button.setShortcut(shortcut)
    return button
