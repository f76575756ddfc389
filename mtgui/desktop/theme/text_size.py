"""How large text is: as the system's own, or as the settings say. Sizes in tokens are those of usual text.

The scale is kept with the application, before widgets are built; it changes at the next start.
"""

import re

from PySide6.QtGui import QFontDatabase, QFontInfo, QGuiApplication

USUAL = range(11, 15)
"""Heights of the system's font, in pixels, at which text keeps the sizes of the tokens."""
LEAST, MOST = 0.85, 1.6
_OWN_PIXELS = 13
_PROPERTY = "mtguiTextScale"
_SIZES = re.compile(r"\b(font-size|min-height|max-height): (\d+)px")


def scale_for(choice: str, system_pixels: int) -> float:
    """Return by how much text is larger than usual: ``choice`` is “system”, or a percentage such as “130”."""
    wanted = int(choice) / 100 if choice.isdecimal() else 1.0
    if not choice.isdecimal() and system_pixels not in USUAL and system_pixels > 0:
        wanted = system_pixels / _OWN_PIXELS
    return min(max(wanted, LEAST), MOST)


def system_pixels() -> int:
    """Return the height of the system's own font, in logical pixels."""
    return QFontInfo(QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)).pixelSize()


def set_text_scale(app: QGuiApplication, scale: float) -> None:
    """Let texts of ``app`` that are drawn from now on be larger by ``scale``."""
    app.setProperty(_PROPERTY, scale)


def text_scale() -> float:
    """Return by how much text is larger than usual."""
    app = QGuiApplication.instance()
    scale = app.property(_PROPERTY) if app is not None else None
    return float(scale) if isinstance(scale, int | float) else 1.0


def scaled(pixels: int) -> int:
    """Return ``pixels``, the size of a text or of what holds one, at the current scale."""
    return round(pixels * text_scale())


def with_scaled_sizes(stylesheet: str) -> str:
    """Return ``stylesheet`` with the sizes of text, and the heights of what holds it, at the current scale."""
    if text_scale() == 1.0:
        return stylesheet
    return _SIZES.sub(lambda found: f"{found[1]}: {scaled(int(found[2]))}px", stylesheet)
