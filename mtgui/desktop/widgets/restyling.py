"""Properties on which the style sheet depends; a widget that is shown follows them."""

from PySide6.QtWidgets import QWidget


def restyle(widget: QWidget, name: str, value: str) -> None:
    """Give ``widget`` the property ``name`` with this ``value``, and apply the style sheet again where that is new."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def set_tone(widget: QWidget, tone: str) -> None:
    """Colour ``widget`` by ``tone``, “caution”, “error” or nothing."""
    restyle(widget, "tone", tone)
