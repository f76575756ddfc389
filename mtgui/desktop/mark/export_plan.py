"""The answers of the export dialog as one frozen value: where copies go and how they are written."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mtgui.common.errors import MtguiError, readable_name
from mtgui.common.resources import resource_path
from mtgui.desktop import settings as table

if TYPE_CHECKING:
    from mtgui.pictures.encoding import Target
    from mtgui.publishing.export_request import Conflict
    from mtgui.records.record import Record


@dataclass(frozen=True)
class ExportPlan:
    """The export folder, the mark record, and how copies are written.

    label_from_folders: in the record, the label of a picture is the first folder below the one that was added.
    """

    out: Path
    record: Path
    format: "Target" = table.EXPORT_FORMAT.default
    quality: int = table.EXPORT_QUALITY.default
    remove_gps: bool = table.REMOVE_GPS.default
    forbid_training: bool = table.FORBID_TRAINING.default
    embed_commitment: bool = table.EMBED_COMMITMENT.default
    on_conflict: "Conflict" = table.ON_CONFLICT.default
    label_from_folders: bool = False


@dataclass(frozen=True)
class RecordAtHand:
    """What exists at the path for the record: nothing, a record to continue, or something else (``problem``)."""

    record: "Record | None" = None
    problem: str = ""


def look_at_record(path: Path) -> RecordAtHand:
    """Return what exists at ``path``. This reads the file."""
    from mtgui.records.journal import read_record

    if not os.path.lexists(path):
        return RecordAtHand()
    try:
        return RecordAtHand(read_record(path))
    except MtguiError as error:
        return RecordAtHand(problem=str(error))


def path_from(text: str) -> Path | None:
    """Return ``text`` as a path, with ``~`` for the home folder; None if it is not an absolute path."""
    try:
        path = Path(text.strip()).expanduser()
    except RuntimeError:
        return None
    return path if path.is_absolute() and "\0" not in text else None


def proposed_folder(pictures: tuple[Path, ...], roots: tuple[Path, ...]) -> Path:
    """Return the proposed folder for the copies of ``pictures``: beside the folder in which they were found.

    If that place cannot be written or belongs to mtgui itself, it lies in the home folder.
    """
    root = roots[0] if roots else (pictures[0].parent if pictures else Path.home())
    if root == resource_path("demo"):
        return Path.home() / "mtgui demo – copies"
    if not root.name:
        return root / "copies"
    place = root.parent if os.access(root.parent, os.W_OK) else Path.home()
    return place / f"{root.name} – copies"


def short_name(path: Path) -> str:
    """Return the last two parts of a path, for a line of text."""
    return f"{readable_name(path.parent)}/{readable_name(path)}" if path.parent.name else readable_name(path)
