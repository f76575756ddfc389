"""Groups of radio buttons as one stop of the Tab key."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup


def keep_one_tab_stop(group: QButtonGroup) -> None:
    """Let the Tab key reach only the checked button of ``group``, or all if there is none; arrow keys do the rest."""
    chosen = group.checkedButton()
    for button in group.buttons():
        is_stop = chosen is None or button is chosen
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if is_stop else Qt.FocusPolicy.ClickFocus)
