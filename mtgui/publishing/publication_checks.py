"""Checks before any work: can an audit of this design show anything, and can the copies be written?"""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mtgui.common.errors import UsageError, printable, readable_name, storage_reason
from mtgui.common.files import is_folder, is_ordinary
from mtgui.marking.settings import MarkSettings
from mtgui.publishing.examine import LEAST_TINT
from mtgui.publishing.export_request import MarkRequest
from mtgui.records.chances import block_strata, possible_draws
from mtgui.records.record import Block


def check_design(request: MarkRequest) -> None:
    """Raise UsageError for a design without picture coin and key coin, with which no audit could show anything."""
    everything = request.publish.published_of(len(request.sources)) == len(request.sources)
    publishes_all = everything and "always withhold" not in request.choices.values()
    if publishes_all and not request.settings.has_key_coin:
        raise _without_coin(request.settings, "every picture is published")


def check_draw(block: Block, tints: Sequence[float] = ()) -> None:
    """Raise UsageError when ``block`` has neither a picture coin nor a key coin.

    tints: root mean square of the tint of each picture in 255ths. The check uses only how many pictures could be
    chosen, never which were.
    """
    if possible_draws(block_strata(block)) > 1:
        return
    if not block.settings.has_key_coin:
        raise _without_coin(block.settings, "there is no choice left among the pictures that could be used")
    if block.settings.has_tint and sum(tints) < LEAST_TINT * len(tints):
        raise UsageError(
            "These pictures are so flat, or so much of them is black, white and pure colours, that next to nothing of "
            "the tint would be left, and nothing could be proved later. Withhold some pictures (for instance publish "
            "50 %), or use the preset paper."
        )


def _without_coin(settings: MarkSettings, why: str) -> UsageError:
    what = "With a picture as pattern and no noise"
    if settings.kind == "tint" and settings.has_tint:
        what = "With so weak a tint"
    elif settings.is_invisible:
        what = "Without a mark"
    return UsageError(
        f"{what}, nothing depends on chance when {why}, and nothing could be proved later. "
        "Withhold some pictures (for instance publish 50 %), or use a stronger mark."
    )


def check_same_settings(request: MarkRequest, first: Block) -> None:
    """Raise UsageError when an existing record would be continued with settings other than its own."""
    if not request.settings_are_chosen:
        return
    if request.settings.values() != first.settings.values() or request.pattern_picture != first.pattern_picture:
        raise UsageError(
            f"The mark record {readable_name(request.record)} was made with other settings "
            f"({first.settings.in_words}). To continue it, use those; for new settings, use another record."
        )


def check_target(request: MarkRequest) -> None:
    """Make the export folder. Raises UsageError unless copies and record can be written to their places."""
    out, record = request.out, request.record
    shown, shown_record = printable(out), printable(record)
    _check_record_place(request)
    if os.path.lexists(out) and not is_folder(out):
        raise UsageError(f"“{shown}” is a file, not a folder. Choose another export folder.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The export folder “{shown}” cannot be made: {storage_reason(error)}.") from error
    _check_writable(out, "The export folder")
    if not os.path.lexists(record):
        if not is_folder(record.parent):
            raise UsageError(
                f"The folder “{printable(record.parent)}” for the mark record does not exist. Make it first."
            )
        _check_writable(record.parent, "The folder for the mark record")
    elif not is_ordinary(record):
        raise UsageError(f"“{shown_record}” is not an ordinary file. Name a file for the mark record.")


def _check_record_place(request: MarkRequest) -> None:
    """Refuse a record that lies in the export folder, or whose path is one of the pictures."""
    folder, record = Path(os.path.realpath(request.out)), Path(os.path.realpath(request.record))
    if folder in record.parents:
        raise UsageError(
            f"The mark record “{printable(request.record)}” would lie in the export folder, and be published with "
            "the copies; but it holds the secret key. Choose another place for it."
        )
    if any(Path(os.path.realpath(source.path)) == record for source in request.sources):
        raise UsageError(
            f"“{printable(request.record)}” is one of the pictures. Name another file for the mark record."
        )


def _check_writable(folder: Path, what: str) -> None:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return
    except OSError as error:
        raise UsageError(f"{what} “{printable(folder)}” cannot be written to: {storage_reason(error)}.") from error
