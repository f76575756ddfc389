"""The card above the results: the verdict, or what is known so far while work runs."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from mtgui.desktop.theme.appearance import current_tokens
from mtgui.desktop.theme.tokens import GRID
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.plain_text import keep_plain
from mtgui.desktop.widgets.restyling import restyle
from mtgui.desktop.widgets.wording import CardWords

SIGN_PIXELS = 26
SIGN_WIDTH = 36


class VerdictCard(QFrame):
    """Shows `CardWords`: sign, headline, sentence and small print; while work runs, also a progress bar."""

    def __init__(self, progress: str, parent: QWidget | None = None) -> None:
        """Build the card, empty; ``progress`` is what a screen reader calls its progress bar."""
        super().__init__(parent)
        self.setProperty("kind", "verdict")
        self._verdict: CardWords | None = None
        self._sign = QLabel()
        self._sign.setFixedWidth(SIGN_WIDTH)
        self._sign.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._headline, self._sentence = QLabel(), QLabel()
        self._headline.setProperty("kind", "headline")
        self._caveat = Caption()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(progress)
        self.state = Caption()
        words = QVBoxLayout()
        words.setSpacing(GRID)
        for label in (self._headline, self._sentence, self._caveat):
            label.setWordWrap(True)
            keep_plain(label)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            words.addWidget(label)
        words.addWidget(self.bar)
        words.addWidget(self.state)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 4 * GRID, 5 * GRID, 4 * GRID)
        layout.setSpacing(3 * GRID)
        layout.addWidget(self._sign)
        layout.addLayout(words, 1)
        self.show_progress(None)

    @property
    def verdict(self) -> CardWords | None:
        """The shown words."""
        return self._verdict

    def show_verdict(self, verdict: CardWords) -> None:
        """Show ``verdict``; screen readers announce a final one."""
        if verdict == self._verdict:
            return
        is_new = self._verdict is None or self._verdict.kind != verdict.kind
        self._verdict = verdict
        self._headline.setText(verdict.headline)
        self._sentence.setText(verdict.sentence)
        self._caveat.setText(verdict.caveat)
        self._caveat.setVisible(bool(verdict.caveat))
        self._sign.setText(verdict.sign)
        self._sign.setVisible(bool(verdict.sign))
        text = " ".join(part for part in (verdict.headline, verdict.sentence, verdict.caveat) if part)
        self.setAccessibleName(f"Verdict: {text}")
        if is_new:
            restyle(self, "verdict", verdict.kind)
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))
            self._tint()

    def show_progress(self, done: int | None, total: int = 0, text: str = "") -> None:
        """Show ``done`` of ``total`` (0 if unknown) and a line below; None hides both."""
        self.bar.setVisible(done is not None)
        self.state.setVisible(done is not None and bool(text))
        if done is not None:
            self.bar.setRange(0, total)
            self.bar.setValue(done)
            self.state.setText(text)

    def changeEvent(self, event: QEvent) -> None:
        """Colour the sign again."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _tint(self) -> None:
        if self._verdict is not None:
            colour = current_tokens().role(self._verdict.role)
            self._sign.setStyleSheet(f"color: {colour}; font-size: {SIGN_PIXELS}px;")
