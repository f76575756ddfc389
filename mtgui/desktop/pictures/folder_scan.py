"""Finds the pictures among dropped files and folders, on a worker thread."""

import logging
import os
import stat
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, UsageError, storage_reason
from mtgui.common.folder_walk import Found, is_hidden, walk
from mtgui.desktop.pictures.picture_entries import PictureEntry, identity_of

CHUNK = 50
NOT_A_PICTURE = "not a picture of a known kind"
HIDDEN = "hidden"
COPIES = "a folder with marked copies"
NOT_A_FILE = "neither a file nor a folder"
OUTSTANDING = 2
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ScanSummary:
    """How a scan ended.

    found: number of pictures. skipped: pairs (reason, number of files or folders). refused: pairs (folder, one sentence
    that says why).
    """

    found: int
    skipped: tuple[tuple[str, int], ...]
    was_cancelled: bool
    refused: tuple[tuple[Path, str], ...] = ()

    @property
    def refusal(self) -> str:
        """Why folders were refused; empty if none was."""
        return " ".join(sentence for _, sentence in self.refused)

    @property
    def sentence(self) -> str:
        """What was skipped, as text for a person; hidden files are not mentioned. Empty if nothing else was skipped."""
        told = [(reason, count) for reason, count in self.skipped if reason != HIDDEN]
        return "; ".join(f"{count} skipped: {reason}" for reason, count in told)


@dataclass(frozen=True)
class _Parcel:
    generation: int
    content: tuple[PictureEntry, ...] | ScanSummary


class FolderScan(QObject):
    """Walks files and folders on a worker thread; emits their pictures in natural order on the window's thread.

    A slow disk never blocks the window: the walk has its own daemon thread, at most two deliveries reach
    the window in one turn of its event loop, and a cancelled walk is dropped even while the disk does not answer.
    """

    found = Signal(object)
    """A tuple of at most `CHUNK` `PictureEntry`."""
    finished = Signal(object)
    """A `ScanSummary`, once for each `start`, also after `cancel`."""
    _arrived = Signal(object)

    def __init__(self, is_picture: Callable[[str], bool], parent: QObject | None = None) -> None:
        """Take files whose name ``is_picture`` accepts; it is called on the worker thread."""
        super().__init__(parent)
        self._is_picture = is_picture
        self._walk: _Walk | None = None
        self._generation = 0
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._received = 0
        self._next_turn = QTimer(self)
        self._next_turn.setSingleShot(True)
        self._next_turn.timeout.connect(self._acknowledge)

    @property
    def is_running(self) -> bool:
        """True between `start` and `finished`."""
        return self._walk is not None

    def start(self, paths: Sequence[Path]) -> None:
        """Walk ``paths``; a running walk is cancelled first."""
        self.cancel()
        self._generation += 1
        self._walk = _Walk(tuple(paths), self._is_picture, self._generation, self._arrived.emit)
        self._walk.start()

    def cancel(self) -> None:
        """Stop the walk, if one is running; pictures that were emitted stay."""
        if self._walk is not None:
            walk, self._walk = self._walk, None
            self._next_turn.stop()
            self._received = 0
            walk.cancel()
            self._generation += 1
            self.finished.emit(ScanSummary(walk.delivered, walk.reasons(), True))

    def wait(self, seconds: float) -> bool:
        """Cancel, and wait for the worker at most ``seconds``; False if the disk still blocks it."""
        walk = self._walk
        self.cancel()
        return walk is None or walk.join(seconds)

    @Slot(object)
    def _deliver(self, parcel: _Parcel) -> None:
        if parcel.generation != self._generation or self._walk is None:
            return
        if isinstance(parcel.content, ScanSummary):
            self._walk = None
            self._next_turn.stop()
            self._received = 0
            self.finished.emit(parcel.content)
        else:
            self._walk.delivered += len(parcel.content)
            self._received += 1
            self._next_turn.start(0)
            self.found.emit(parcel.content)

    def _acknowledge(self) -> None:
        """Ask for more only in the next turn of the event loop: a fast disk could otherwise keep one turn for ever."""
        received, self._received = self._received, 0
        if self._walk is not None:
            self._walk.acknowledge(received)


class _Walk:
    """One walk. `_run` works on its daemon thread; of the window it knows only the function that sends parcels."""

    def __init__(
        self,
        paths: tuple[Path, ...],
        is_picture: Callable[[str], bool],
        generation: int,
        send: Callable[[_Parcel], None],
    ) -> None:
        self._paths, self._is_picture = paths, is_picture
        self._generation, self._send = generation, send
        self._control = Control()
        self._tokens = threading.Semaphore(OUTSTANDING)
        self._skipped: Counter[str] = Counter()
        self._refused: list[tuple[Path, str]] = []
        self._judged: dict[Path, bool] = {}
        self._seen: set[tuple[int, int]] = set()
        self._thread = threading.Thread(target=self._run, name="mtgui folder scan", daemon=True)
        self.delivered = 0

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        self._control.cancel()
        self._tokens.release()

    def acknowledge(self, count: int) -> None:
        self._tokens.release(count)

    def join(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def reasons(self) -> tuple[tuple[str, int], ...]:
        return tuple(self._skipped.copy().most_common())

    def _run(self) -> None:
        count = 0
        chunk: list[PictureEntry] = []
        try:
            for entry in self._entries():
                chunk.append(entry)
                count += 1
                if len(chunk) == CHUNK:
                    self._hand_over(tuple(chunk))
                    chunk = []
                self._control.checkpoint()
            if chunk:
                self._hand_over(tuple(chunk))
        except CancelledError:
            return
        except Exception:
            _log.exception("The folder scan failed")
            self._skipped["mtgui itself failed while reading the folder; the log says more"] += 1
        self._emit(ScanSummary(count, self.reasons(), False, tuple(self._refused)))

    def _hand_over(self, chunk: tuple[PictureEntry, ...]) -> None:
        self._tokens.acquire()
        self._emit(chunk)

    def _emit(self, content: tuple[PictureEntry, ...] | ScanSummary) -> None:
        if not self._control.is_cancelled:
            with suppress(RuntimeError):  # the window is gone
                self._send(_Parcel(self._generation, content))

    def _entries(self) -> Iterator[PictureEntry]:
        for path in self._paths:
            try:
                kind = path.stat().st_mode
            except OSError as error:
                self._skipped[storage_reason(error)] += 1
                continue
            if stat.S_ISDIR(kind):
                if not self._is_refused(path):
                    yield from self._below(path)
            elif not stat.S_ISREG(kind):
                self._skipped[NOT_A_FILE] += 1
            elif self._is_picture(path.name):
                if self._is_refused(path.parent):
                    continue
                yield PictureEntry(path, path.parent, identity_of(path))
            else:
                self._skipped[NOT_A_PICTURE] += 1

    def _is_refused(self, folder: Path) -> bool:
        """True for a folder of marked copies, which the command line refuses with the same sentence."""
        from mtgui.publishing.sources import refuse_copies

        if folder not in self._judged:
            self._judged[folder] = False
            try:
                refuse_copies(folder)
            except UsageError as error:
                self._refused.append((folder, str(error)))
                self._judged[folder] = True
        return self._judged[folder]

    def _enters(self, folder: Path) -> bool:
        from mtgui.publishing.sources import is_export_folder

        if is_export_folder(Path(os.path.realpath(folder))):
            self._skipped[COPIES] += 1
            return False
        return True

    def _below(self, root: Path) -> Iterator[PictureEntry]:
        home = (root, Path(os.path.realpath(root)))
        for found in walk(
            root,
            hides=is_hidden,
            enters=self._enters,
            follows_links=True,
            checkpoint=self._control.checkpoint,
            seen=self._seen,
        ):
            reason = self._reason_against(found)
            if reason:
                self._skipped[reason] += 1
                continue
            if found.path.parent != home[0]:
                home = (found.path.parent, Path(os.path.realpath(found.path.parent)))
            identity = identity_of(found.path) if found.is_link else os.path.normcase(home[1] / found.path.name)
            yield PictureEntry(found.path, root, identity)

    def _reason_against(self, found: Found) -> str:
        """Return why ``found`` is skipped; empty for a picture."""
        if found.kind == "hidden":
            return HIDDEN
        if found.kind == "closed":
            told = storage_reason(found.error) if found.error is not None else ""
            return f"a folder that could not be read: {told}"
        if found.error is not None:
            return storage_reason(found.error)
        if found.kind == "special":
            return NOT_A_FILE
        return "" if self._is_picture(found.path.name) else NOT_A_PICTURE
