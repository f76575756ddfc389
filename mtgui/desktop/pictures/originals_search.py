"""Looks for the originals of a record on a worker thread: beside the record first, then in known folders."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, MtguiError
from mtgui.common.files import is_folder
from mtgui.desktop.pictures.picture_entries import ShownPicture

if TYPE_CHECKING:
    from mtgui.auditing.job.originals import Originals
    from mtgui.records.record import Record

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SearchFindings:
    """What a search found for the record at ``path``; if it failed, only ``problem``, one sentence.

    pictures: those that take part in an audit, in its order. lost: picture ids of the originals that were not found.
    changed, missing: their names, where a file of that name was found and where none was. withheld_too: how many other
    pictures the record holds. by_pixels: how many were found by their pixels alone. places: folders of the originals.
    """

    path: Path
    record: "Record | None" = None
    pictures: tuple[ShownPicture, ...] = ()
    lost: frozenset[str] = frozenset()
    withheld_too: int = 0
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    by_pixels: int = 0
    places: tuple[Path, ...] = ()
    problem: str = ""

    @property
    def found(self) -> int:
        """How many originals were found."""
        return sum(one.path is not None for one in self.pictures)

    @property
    def published(self) -> int:
        """How many of the pictures were published."""
        return sum(one.is_published for one in self.pictures)

    @property
    def is_complete(self) -> bool:
        """True when every original was found."""
        return self.record is not None and self.found == len(self.pictures)


class OriginalsSearch(QObject):
    """One search, on a worker thread. `done` is emitted on the window's thread, unless the search was cancelled."""

    done = Signal(object)
    """The `SearchFindings`."""
    _arrived = Signal(object)

    def __init__(self, path: Path, places: Sequence[Path], parent: QObject | None = None) -> None:
        """Prepare to look for the originals of the record at ``path`` in its folder, then in ``places``."""
        super().__init__(parent)
        self.path = path
        self._places = [path.absolute().parent, *places]
        self._control = Control()
        self._arrived.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._work, name="mtgui-originals")

    def start(self) -> None:
        """Start the worker thread."""
        self._thread.start()

    def cancel(self) -> None:
        """Stop soon; `done` is not emitted."""
        self._control.cancel()

    def wait(self) -> None:
        """Wait for the worker thread."""
        self._thread.join()

    def _tell(self, findings: SearchFindings) -> None:
        if not self._control.is_cancelled:
            self.done.emit(findings)

    def _work(self) -> None:
        try:
            findings = find(self.path, self._places, self._control)
        except CancelledError:
            return
        except MtguiError as error:
            findings = SearchFindings(self.path, problem=str(error))
        except Exception as error:
            _log.exception("a search for originals failed")
            findings = SearchFindings(self.path, problem=f"Something went wrong in mtgui itself ({error}).")
        if not self._control.is_cancelled:
            self._arrived.emit(findings)


def find(path: Path, places: Sequence[Path], control: Control) -> SearchFindings:
    """Return the originals of the record at ``path`` that lie in ``places``; the search ends when all are found.

    It runs on the worker thread. Raises RecordError, CancelledError.
    """
    from mtgui.auditing.job.originals import find_originals
    from mtgui.auditing.statistics.audit_design import audited_rows
    from mtgui.records.journal import read_record

    record = read_record(path)
    rows = audited_rows(record.blocks)
    pool = [block.pool[index] for block, index in rows]
    found: dict[str, Path] = {}
    changed: dict[str, None] = {}
    by_pixels = 0
    for place in dict.fromkeys(places):
        wanted = [picture for picture in pool if picture.picture_id not in found]
        if not wanted:
            break
        if is_folder(place):
            part: Originals = find_originals(wanted, [place], control)
            found |= {picture_id: original.path for picture_id, original in part.found.items()}
            by_pixels += sum(original.way == "pixels" for original in part.found.values())
            changed |= dict.fromkeys(part.changed)
    gone = [picture for picture in pool if picture.picture_id not in found]
    lost = [picture.name for picture in gone]
    return SearchFindings(
        path=path,
        record=record,
        pictures=tuple(
            ShownPicture(block.pool[i].name, block.is_published(i), found.get(block.pool[i].picture_id))
            for block, i in rows
        ),
        lost=frozenset(picture.picture_id for picture in gone),
        withheld_too=record.picture_count - len(rows),
        changed=tuple(name for name in lost if name in changed),
        missing=tuple(name for name in lost if name not in changed),
        by_pixels=by_pixels,
        places=tuple(dict.fromkeys(original.parent for original in found.values())),
    )
