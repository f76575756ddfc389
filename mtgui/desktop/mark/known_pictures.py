"""The question before a second draw: pictures that another record knows already."""

from typing import TYPE_CHECKING, Literal

from PySide6.QtWidgets import QLabel, QMessageBox, QWidget

from mtgui.common.errors import printable, readable_name
from mtgui.common.texts import plural, text
from mtgui.common.words import listed
from mtgui.desktop.widgets.plain_text import keep_plain

if TYPE_CHECKING:
    from mtgui.publishing.other_records import AlreadyRecordedError

Answer = Literal["continue", "second record", "nothing"]


MOST_NAMES = 12


class KnownPicturesQuestion(QMessageBox):
    """Asks what to do with pictures that a record knows; Escape does nothing, Return continues that record."""

    def __init__(self, found: "AlreadyRecordedError", parent: QWidget) -> None:
        """Ask about the record that was ``found``."""
        super().__init__(parent)
        name = readable_name(found.other.record)
        self.setWindowTitle(text("Already in a record"))
        self.setText(
            plural(
                found.known,
                "{count} of these pictures is in the record {name} already. Continue it?",
                "{count} of these pictures are in the record {name} already. Continue it?",
                name=name,
            )
        )
        self.setInformativeText(
            _which(found)
            + text(
                "A second record draws these pictures a second time. It can publish what the first one keeps private; "
                "then the first one may prove nothing."
            )
        )
        keep_plain(*self.findChildren(QLabel))
        self._continue = self.addButton(text("Continue {name}", name=name), QMessageBox.ButtonRole.AcceptRole)
        self._second = self.addButton(text("Make a second record"), QMessageBox.ButtonRole.DestructiveRole)
        nothing = self.addButton(text("Cancel"), QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(self._continue)
        self.setEscapeButton(nothing)

    @property
    def answer(self) -> Answer:
        """What the person chose; “nothing” before that."""
        chosen = self.clickedButton()
        if chosen is self._continue:
            return "continue"
        return "second record" if chosen is self._second else "nothing"


def _which(found: "AlreadyRecordedError") -> str:
    """Return which pictures the record knows, and which further records know some of them, in paragraphs."""
    parts = [f"{listed([printable(name) for name in found.names], MOST_NAMES)}."]
    if found.also:
        names = listed([readable_name(one.record) for one in found.also], MOST_NAMES)
        parts.append(text("Further records know some of the pictures, too: {names}.", names=names))
    return "".join(f"{part}\n\n" for part in parts)
