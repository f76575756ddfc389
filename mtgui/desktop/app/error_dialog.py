"""The dialog for an unexpected error in mtgui itself."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout

from mtgui.desktop.app.unexpected_error import UnexpectedError
from mtgui.desktop.theme.icons import icon, icon_pixmap
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.scrolled_dialog import LEAST_HEIGHT, room_on_screen


class ErrorDialog(QDialog):
    """Says that mtgui itself failed; a button shows the details, another copies them."""

    def __init__(self, error: UnexpectedError) -> None:
        """Describe ``error``; the parent is the active window, if there is one."""
        super().__init__(QApplication.activeWindow())
        self._error = error
        self.setWindowTitle("mtgui")
        self.setMinimumWidth(520)
        sign = QLabel()
        sign.setPixmap(icon_pixmap("warning", 32, self.devicePixelRatioF(), "caution"))
        sign.setAlignment(Qt.AlignmentFlag.AlignTop)
        title = QLabel("Something went wrong in mtgui itself")
        title.setProperty("kind", "title")
        text = QLabel("Your pictures are untouched, and you can go on working. If it happens again, restart mtgui.")
        text.setWordWrap(True)
        place = Caption(f"The details are also in {error.log_path}")
        place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words = QVBoxLayout()
        words.setSpacing(8)
        for label in (title, text, place):
            words.addWidget(label)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        self._details = self._make_details()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 20)
        layout.setSpacing(16)
        layout.addLayout(top)
        layout.addWidget(self._details, 1)
        layout.addLayout(self._make_buttons())

    @property
    def details_are_shown(self) -> bool:
        """True while the traceback is shown."""
        return not self._details.isHidden()

    def copy_details(self) -> None:
        """Put the whole report on the clipboard."""
        QGuiApplication.clipboard().setText(f"{self._error.summary}\n\n{self._error.details}")

    def _make_details(self) -> QPlainTextEdit:
        details = QPlainTextEdit(self._error.details)
        details.setReadOnly(True)
        details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        details.setAccessibleName("Details of the error")
        details.setTabChangesFocus(True)
        details.setMinimumHeight(LEAST_HEIGHT)
        details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        details.hide()
        return details

    def _make_buttons(self) -> QHBoxLayout:
        self._toggle = QPushButton("Show &details")
        self._toggle.clicked.connect(self._toggle_details)
        copy = QPushButton(icon("copy"), "&Copy details")
        copy.clicked.connect(self.copy_details)
        close = QPushButton("Go on")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._toggle)
        row.addWidget(copy)
        row.addStretch(1)
        row.addWidget(close)
        return row

    def _toggle_details(self) -> None:
        self._details.setVisible(self._details.isHidden())
        self._toggle.setText("Hide &details" if self.details_are_shown else "Show &details")
        self.resize(self.sizeHint().boundedTo(room_on_screen(self)))
