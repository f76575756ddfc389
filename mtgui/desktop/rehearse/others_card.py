"""Step 2 of a rehearsal: other people's pictures, which the model is trained on as well."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget

from mtgui.common.errors import readable_name, storage_reason
from mtgui.common.files import is_folder
from mtgui.common.folder_walk import folders_in
from mtgui.desktop.rehearse.rehearsal_choices import RehearsalChoices
from mtgui.desktop.widgets.controls import Caption
from mtgui.desktop.widgets.restyling import set_tone
from mtgui.desktop.widgets.step_cards import Fact, FactGrid, StepCard
from mtgui.desktop.widgets.step_fields import choose_data, named_combo

MADE, FOLDER = "made", "folder"
KINDS = ((MADE, "Pictures that mtgui draws"), (FOLDER, "A folder with a subfolder for each kind"))
MADE_NOTE = "Ten kinds of coloured shapes. The other artists’ pictures come from here, too."
FOLDER_NOTE = (
    "Each subfolder is a kind of picture that the model learns to tell from the others. Each needs a few "
    "dozen pictures, and twice as many as an artist publishes and keeps private."
)
FEWEST_CLASSES = 2


class OthersCard(StepCard):
    """The card of other people's pictures."""

    changed = Signal()
    problem = Signal(str)
    """A sentence: a folder cannot be used."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build the card with *pictures that mtgui draws* chosen."""
        super().__init__(2, "Other people’s pictures", "", parent)
        self._folder: Path | None = None
        self.kind = named_combo("Other people’s pictures", KINDS)
        self.choose = QPushButton("Choose the f&older…")
        self.choose.setAccessibleName("Choose the folder of other people’s pictures")
        self._facts, self._note = FactGrid(), Caption(MADE_NOTE)
        for part in (self.kind, self._facts, self._note):
            self.body.addWidget(part)
        self.body.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignLeft)
        self.kind.activated.connect(self._changed)
        self.choose.clicked.connect(self.choose_folder)
        self._show()

    @property
    def folder(self) -> Path | None:
        """The chosen folder; None for pictures that mtgui draws."""
        return self._folder if self.kind.currentData() == FOLDER else None

    @property
    def lacking(self) -> str:
        """One sentence on what must be done here before a rehearsal can run; empty if nothing."""
        return "First choose a folder of other people’s pictures." if self._wants_folder() else ""

    def put_into(self, choices: RehearsalChoices) -> RehearsalChoices:
        """Return ``choices`` with the settings of this card."""
        return replace(choices, others=self.folder)

    def show_choices(self, choices: RehearsalChoices) -> None:
        """Show ``choices``; a folder that no longer exists is ignored."""
        if choices.others is not None and is_folder(choices.others):
            self._folder = choices.others
        choose_data(self.kind, MADE if choices.others is None or self._folder is None else FOLDER)
        self._show()

    def take(self, folder: Path) -> None:
        """Use ``folder`` if it has at least two subfolders; else emit `problem`."""
        try:
            classes = _classes_in(folder)
        except OSError as error:
            self.problem.emit(f"The folder “{readable_name(folder)}” cannot be read: {storage_reason(error)}.")
            return
        if len(classes) < FEWEST_CLASSES:
            self.problem.emit(
                f"“{readable_name(folder)}” has {len(classes)} subfolders. Choose a folder with one subfolder for each "
                "kind of picture, and at least two of them."
            )
            return
        self._folder = folder
        choose_data(self.kind, FOLDER)
        self._changed()

    def choose_folder(self) -> None:
        """Ask for the folder."""
        start = str(self._folder or Path.home())
        chosen = QFileDialog.getExistingDirectory(self.window(), "Choose a folder of other people’s pictures", start)
        if chosen:
            self.take(Path(chosen))

    def set_locked(self, is_locked: bool) -> None:
        """Disable the card while a rehearsal runs."""
        self.kind.setEnabled(not is_locked)
        self.choose.setEnabled(not is_locked)

    def _wants_folder(self) -> bool:
        return self.kind.currentData() == FOLDER and self._folder is None

    def _changed(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        is_folder_kind = self.kind.currentData() == FOLDER
        self.choose.setVisible(is_folder_kind)
        self._note.setText(FOLDER_NOTE if is_folder_kind else MADE_NOTE)
        set_tone(self._note, "")
        facts = []
        if is_folder_kind and self._folder is not None:
            try:
                classes = _classes_in(self._folder)
            except OSError:
                classes = []
            shown = ", ".join(classes[:4]) + (f" and {len(classes) - 4:,} more" if len(classes) > 4 else "")
            facts = [
                Fact("Folder", readable_name(self._folder), str(self._folder)),
                Fact("Kinds", f"{len(classes):,}: {shown}"),
            ]
        self._facts.set_facts(facts)
        self._facts.setVisible(bool(facts))


def _classes_in(folder: Path) -> list[str]:
    """Return the names of the subfolders. Raises OSError."""
    return sorted(readable_name(one) for one in folders_in(folder))
