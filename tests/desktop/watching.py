"""Counts what the window's thread does, so that a busy computer changes nothing: items in a turn, files, modules."""

import os
import sys
from collections import Counter
from pathlib import Path
from threading import get_ident
from types import FrameType

from PySide6.QtCore import QAbstractEventDispatcher, QObject


class Turns(QObject):
    """Counts what comes between two turns of the event loop; `most` is the largest count."""

    def __init__(self) -> None:
        super().__init__()
        self.most = self.total = self._now = 0

    def __enter__(self) -> "Turns":
        dispatcher = QAbstractEventDispatcher.instance()
        dispatcher.awake.connect(self._begin)
        dispatcher.aboutToBlock.connect(self._begin)
        return self

    def __exit__(self, *_: object) -> None:
        QAbstractEventDispatcher.instance().disconnect(self)

    def saw(self, count: int = 1) -> None:
        """Note ``count`` things."""
        self._now += count
        self.total += count
        self.most = max(self.most, self._now)

    def saw_one(self, _thing: object) -> None:
        """Note one thing; connect it to a signal."""
        self.saw()

    def saw_all(self, things: tuple[object, ...]) -> None:
        """Note ``things``; connect it to a signal."""
        self.saw(len(things))

    def _begin(self) -> None:
        self._now = 0


class OwnThread:
    """Notes which files this thread opens or lists, and of which modules it runs code, while it is entered."""

    def __init__(self) -> None:
        self.files: set[Path] = set()
        self.modules: Counter[str] = Counter()
        self._thread = get_ident()

    def __enter__(self) -> "OwnThread":
        _watching.append(self)
        sys.setprofile(self._profile)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        _watching.remove(self)

    def opened_below(self, folder: Path) -> list[Path]:
        """Return what was opened in ``folder``, itself included."""
        return sorted(path for path in self.files if path.is_relative_to(folder))

    def ran(self, package: str) -> list[str]:
        """Return the modules of ``package`` of which a function was called."""
        return sorted(name for name in self.modules if f"{name}.".startswith(f"{package}."))

    def note(self, path: Path) -> None:
        """Take down a file that some thread opens."""
        if get_ident() == self._thread:
            self.files.add(path)

    def _profile(self, frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            self.modules[str(frame.f_globals.get("__name__"))] += 1


_watching: list[OwnThread] = []


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if _watching and event in ("open", "os.scandir", "os.listdir"):
        (path, *_) = arguments
        if isinstance(path, str | bytes):
            for watcher in _watching:
                watcher.note(Path(os.fsdecode(path)))


sys.addaudithook(_hear)
