"""The right side of the Audit page before the first audit: the next step, with one button."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from mtgui.common.errors import readable_name
from mtgui.common.files import is_folder, is_ordinary
from mtgui.common.resources import resource_path
from mtgui.common.words import counted, one_time_in, whole
from mtgui.desktop.audit.outlook import Outlook
from mtgui.desktop.widgets.notices import EmptyState
from mtgui.records.record_suffix import RECORD_SUFFIX
from mtgui.rehearsal.training.file_names import MODEL_SUFFIX

TITLE = "Was a model trained on your pictures?"
TEXT = (
    "Load a model or LoRA that you downloaded and the record of your marked pictures. mtgui marks your originals under "
    "your key and under keys that were never used, shows them to the model, and compares the losses."
)
BASE_TEXT = (
    "A LoRA changes another model, its base. mtgui compares how well both remove noise from your originals: whether "
    "the LoRA gained more on those that you published than on those that you kept private."
)
HINT = "or drop a model file and a mark record here"
BASE_HINT = "or drop the base here"
BUTTONS = {
    "model": "Choose a model…",
    "base": "Choose its base…",
    "architecture": "Choose the architecture…",
    "record": "Add a mark record…",
    "folder": "Look in a folder…",
}
DEMO = "Try it on two small models"
LINKS = 3


class StartView(EmptyState):
    """Shows the next step; `triggered` is emitted when the person presses its button."""

    recent_chosen = Signal(object)
    """The `Path` of a model or record that was used before."""
    demo_wanted = Signal()
    """The person wants the pictures, record and models that ship with mtgui."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show the first step."""
        super().__init__("audit", TITLE, TEXT, BUTTONS["model"], HINT, parent)
        self._recent: list[Path] = []
        self._demo = self.add_choice(DEMO)
        self._demo.clicked.connect(self.demo_wanted)
        self.link_triggered.connect(self._link_chosen)

    def show_step(self, step: str, recent: Sequence[Path]) -> None:
        """Offer ``step`` (a key of `BUTTONS`, or empty) and the files in ``recent``, which were used for it before."""
        self.say(TITLE, *((BASE_TEXT, BASE_HINT) if step == "base" else (TEXT, HINT)))
        self.button.setVisible(step in BUTTONS)
        self.button.setText(BUTTONS.get(step, ""))
        self._demo.setVisible(step == "model")
        self._recent = [path for path in recent if is_ordinary(path) or is_folder(path)][:LINKS]
        self.set_links("Used before" if self._recent else "", [readable_name(path) for path in self._recent])

    def show_ready(self, outlooks: Sequence[Outlook], alpha: Fraction) -> None:
        """Say what the audit will do."""
        pictures, keys = sum(one.pictures for one in outlooks), max(one.keys for one in outlooks)
        published = sum(one.published for one in outlooks)
        has_decoys = keys > 1
        shown = counted(pictures, "picture") + (f" under {counted(keys, 'key')}" if has_decoys else "")
        self._demo.hide()
        self.say(
            "Ready",
            f"mtgui will show the model {shown}, and see whether the {published:,} "
            f"{'published under yours' if has_decoys else 'that you published'} stand out. Everything is fixed before "
            f"the first answer. Evidence is a result that chance alone gives at most 1 time in "
            f"{whole(one_time_in(alpha))}.",
        )

    def _link_chosen(self, place: int) -> None:
        self.recent_chosen.emit(self._recent[place])


def demo_paths() -> list[Path]:
    """Return the record and the two models that ship with mtgui; the model that used the pictures comes first.

    Raises StorageError if the installation does not have them.
    """
    folder = resource_path("demo-audit")
    return [*sorted(folder.glob(f"*{MODEL_SUFFIX}"), reverse=True), *folder.glob(f"*{RECORD_SUFFIX}")]
