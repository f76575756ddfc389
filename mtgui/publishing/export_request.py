"""The request to mark and export pictures."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from mtgui.common.errors import UsageError, printable
from mtgui.marking.pattern import PicturePattern
from mtgui.marking.settings import MarkSettings
from mtgui.pictures.encoding import EncodeOptions
from mtgui.publishing.sources import Source
from mtgui.records.coin_choice import Choice
from mtgui.records.draw import PublishRule
from mtgui.records.record_suffix import RECORD_SUFFIX

if TYPE_CHECKING:
    from mtgui.publishing.other_records import OtherRecord

Conflict = Literal["rename", "skip", "overwrite"]
CONFLICTS: tuple[Conflict, ...] = get_args(Conflict)


@dataclass(frozen=True)
class MarkRequest:
    """One job: mark ``sources``, write copies below ``out``, keep the evidence in ``record``.

    settings, pattern_picture: the mark. settings_are_chosen: False when these are defaults; then an existing record is
    continued with its own settings.
    choices: "always publish" or "always withhold", by path.
    jobs: number of worker threads. on_conflict: what to do if the name of a copy is taken; originals are never touched.
    linked_folders: links to folders that were passed over, to be named in the notes. others: records that must not know
    pictures of a new record.
    """

    sources: tuple[Source, ...]
    out: Path
    record: Path
    settings: MarkSettings = field(default_factory=MarkSettings)
    settings_are_chosen: bool = True
    pattern_picture: PicturePattern | None = None
    publish: PublishRule = field(default_factory=PublishRule)
    options: EncodeOptions = field(default_factory=EncodeOptions)
    embed_commitment: bool = False
    choices: Mapping[Path, Choice] = field(default_factory=dict)
    jobs: int = field(default_factory=lambda: os.cpu_count() or 1)
    on_conflict: Conflict = "rename"
    linked_folders: tuple[Path, ...] = ()
    others: "tuple[OtherRecord, ...]" = ()

    def __post_init__(self) -> None:
        """Raise UsageError for a request without pictures or workers."""
        if not self.sources:
            raise UsageError("There are no pictures to mark. Name picture files, or folders that hold some.")
        if self.jobs < 1:
            raise UsageError(f"At least one worker is needed, not {self.jobs}.")


def default_record_path(out: Path) -> Path:
    """Return the default path of the record: beside the export folder ``out``.

    It is never inside, because the folder will be published and the record holds the key. Raises UsageError if ``out``
    is the root of a disk.
    """
    folder = Path(os.path.realpath(out))
    if not folder.name:
        raise UsageError(f"“{printable(out)}” is no place for marked copies. Choose a folder below it.")
    return folder.with_name(folder.name + RECORD_SUFFIX)
