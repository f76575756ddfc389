"""The entries of the picture list."""

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mtgui.common.errors import readable_name

Badge = Literal["", "published", "withheld", "always published", "always private"]
BADGE_SIGNS: dict[str, str] = {"published": "▲", "withheld": "○", "always published": "▲", "always private": "○"}
BADGE_WORDS: dict[str, str] = {
    "published": "Goes out",
    "withheld": "Stays home",
    "always published": "Pinned",
    "always private": "Pinned",
}
"""Texts that are short enough for a tile; pinned pictures are the person's own choice."""
BADGE_MEANINGS: dict[str, str] = {
    "published": "goes out",
    "withheld": "stays home: never publish it",
    "always published": "goes out, by your own choice",
    "always private": "stays home, by your own choice",
}


@dataclass(frozen=True)
class PictureEntry:
    """One picture of the list.

    ``root`` is the folder whose structure is kept on export (for a single file, the folder it lies in);
    ``identity`` is equal for two paths to the same file; ``error`` says in one sentence why the picture
    cannot be used; ``badge`` says what the draw, or the person, decided about it. ``title`` is shown
    in place of the file name if it is not empty.
    """

    path: Path
    root: Path
    identity: str
    error: str = ""
    badge: Badge = ""
    title: str = ""

    @property
    def name(self) -> str:
        """The title, or the file name, fit for one line of text."""
        return self.title or readable_name(self.path)

    @property
    def is_drawn(self) -> bool:
        """True when the draw has decided about the picture."""
        return self.badge in ("published", "withheld")

    @property
    def folder(self) -> Path:
        """Where the picture lies below ``root``."""
        return self.path.parent.relative_to(self.root)

    @property
    def folder_label(self) -> str | None:
        """The name of the first folder below ``root`` on the way to the picture; None if it lies in ``root`` itself."""
        return next(iter(self.folder.parts), None)


def entry_of(path: Path, root: Path | None = None) -> PictureEntry:
    """Return the entry of the file ``path``. This asks the disk for its identity."""
    return PictureEntry(path, root or path.parent, identity_of(path))


def identity_of(path: Path) -> str:
    """Return the same text for every path to the same file: links are resolved, and case is folded where the system
    ignores it.
    """
    return os.path.normcase(os.path.realpath(path))


@dataclass(frozen=True)
class ShownPicture:
    """One picture of a record: its name, whether it was published, the path of its original, and its loss."""

    name: str
    is_published: bool
    path: Path | None = None
    loss: float = math.nan
