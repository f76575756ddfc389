"""The mouse wheel scrolls a column; it changes a field in it only while the field has the focus."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractSlider, QAbstractSpinBox, QComboBox, QScrollBar, QWidget

_FIELDS = (QComboBox, QAbstractSpinBox, QAbstractSlider)


class WheelGuard(QObject):
    """Hands the wheel over fields without focus on to the column that they lie in; on the window's thread."""

    def guard(self, column: QWidget) -> None:
        """Guard all fields that lie in ``column`` now."""
        for field in column.findChildren(QWidget):
            if isinstance(field, _FIELDS) and not isinstance(field, QScrollBar):
                if field.focusPolicy() == Qt.FocusPolicy.WheelFocus:
                    # Otherwise the first turn of the wheel would give the field the focus.
                    field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
                field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ignore the wheel over a field without focus, so that Qt offers it to the widgets around the field."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False
