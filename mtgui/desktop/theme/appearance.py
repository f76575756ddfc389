"""Applies the colours to the application (palette, style sheet, font), and follows the system's scheme live."""

from PySide6.QtCore import QDir, QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from mtgui.common.resources import resource_path
from mtgui.desktop.settings import Theme
from mtgui.desktop.theme.stylesheet import CONTROLS_PREFIX, stylesheet
from mtgui.desktop.theme.text_size import scaled, with_scaled_sizes
from mtgui.desktop.theme.tokens import DARK, LIGHT, TEXT_PIXELS, Scheme, Tokens, tokens_of

_PROPERTY = "mtguiScheme"


def apply_theme(app: QApplication, scheme: Scheme) -> None:
    """Give ``app`` the Fusion style, the font, and the palette and style sheet of ``scheme``."""
    tokens = tokens_of(scheme)
    app.setProperty(_PROPERTY, scheme)
    QDir.setSearchPaths(CONTROLS_PREFIX, [str(resource_path("icons") / "controls")])
    app.setStyle("Fusion")
    app.setFont(text_font())
    app.setPalette(palette(tokens))
    app.setStyleSheet(with_scaled_sizes(stylesheet(tokens)))


def current_tokens() -> Tokens:
    """Return the current colour table; the light one if no theme has been applied yet."""
    app = QGuiApplication.instance()
    return DARK if app is not None and app.property(_PROPERTY) == "dark" else LIGHT


def text_font(pixels: int = TEXT_PIXELS, *, bold: bool = False) -> QFont:
    """Return the system's own font, ``pixels`` high where text has its usual size."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPixelSize(scaled(pixels))
    font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return font


def palette(tokens: Tokens) -> QPalette:
    """Return the palette with the colours of ``tokens``, for parts that a style sheet cannot colour."""
    result = QPalette()
    roles = {
        QPalette.ColorRole.Window: tokens.window,
        QPalette.ColorRole.WindowText: tokens.text,
        QPalette.ColorRole.Base: tokens.field,
        QPalette.ColorRole.AlternateBase: tokens.panel,
        QPalette.ColorRole.Text: tokens.text,
        QPalette.ColorRole.PlaceholderText: tokens.muted,
        QPalette.ColorRole.Button: tokens.raised,
        QPalette.ColorRole.ButtonText: tokens.text,
        QPalette.ColorRole.BrightText: tokens.error,
        QPalette.ColorRole.ToolTipBase: tokens.raised,
        QPalette.ColorRole.ToolTipText: tokens.text,
        QPalette.ColorRole.Highlight: tokens.accent,
        QPalette.ColorRole.HighlightedText: tokens.on_accent,
        QPalette.ColorRole.Link: tokens.accent,
        QPalette.ColorRole.LinkVisited: tokens.accent,
        QPalette.ColorRole.Accent: tokens.accent,
        QPalette.ColorRole.Light: tokens.hover,
        QPalette.ColorRole.Mid: tokens.line,
        QPalette.ColorRole.Dark: tokens.edge,
    }
    for role, colour in roles.items():
        result.setColor(role, QColor(colour))
    for role in (
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
        QPalette.ColorRole.HighlightedText,
    ):
        result.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.disabled))
    result.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, QColor(tokens.line))
    return result


class ThemeFollower(QObject):
    """Keeps the application in the chosen scheme: the system's (followed live), always light, or always dark."""

    changed = Signal(str)

    def __init__(self, app: QApplication, choice: Theme = "system") -> None:
        """Apply ``choice`` at once, and follow the system from then on if it says so; ``app`` becomes the parent."""
        super().__init__(app)
        self._app = app
        self._choice: Theme = choice
        self._scheme: Scheme | None = None
        app.styleHints().colorSchemeChanged.connect(self._follow)
        self.set_choice(choice)

    @property
    def choice(self) -> Theme:
        """The chosen scheme, which may be the system's."""
        return self._choice

    @property
    def scheme(self) -> Scheme:
        """The scheme that is shown: light or dark."""
        return self._scheme or "light"

    def set_choice(self, choice: Theme) -> None:
        """Show the scheme ``choice`` from now on; the system's own dialogs follow where this is possible."""
        self._choice = choice
        hints = self._app.styleHints()
        if choice == "system":
            hints.unsetColorScheme()
        else:
            hints.setColorScheme(Qt.ColorScheme.Dark if choice == "dark" else Qt.ColorScheme.Light)
        self._follow()

    def _follow(self) -> None:
        scheme = self._wanted()
        if scheme != self._scheme:
            self._scheme = scheme
            apply_theme(self._app, scheme)
            self.changed.emit(scheme)

    def _wanted(self) -> Scheme:
        if self._choice != "system":
            return self._choice
        return "dark" if self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"
