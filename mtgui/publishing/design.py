"""Checks before any work: can this design prove anything, and can the copies be written where they should go?"""

import os
from pathlib import Path

from mtgui.common.errors import UsageError, readable_name, storage_reason
from mtgui.publishing.request import MarkRequest
from mtgui.records.record import Block
from mtgui.records.summary import describe_settings


def check_design(request: MarkRequest) -> None:
    """Raise UsageError for a design without any coin: no later audit could prove a thing with it."""
    everything = request.publish.published_of(len(request.sources)) == len(request.sources)
    publishes_all = everything and "always withhold" not in request.choices.values()
    if publishes_all and not request.settings.has_key_coin:
        what = "Without a mark" if request.settings.is_invisible else "With a picture as pattern and no noise"
        raise UsageError(
            f"{what}, nothing depends on chance when every picture is published, and nothing could be proved later. "
            "Withhold some pictures (for instance publish 50 %), or use a stronger mark."
        )


def check_same_settings(request: MarkRequest, first: Block) -> None:
    """Raise UsageError when a record is to be continued under other settings than its own."""
    if not request.settings_are_chosen:
        return
    if request.settings != first.settings or request.pattern_picture != first.pattern_picture:
        raise UsageError(
            f"The mark record {readable_name(request.record)} was made with other settings "
            f"({describe_settings(first.settings)}). To continue it, use those; for new settings, use another record."
        )


def check_target(request: MarkRequest) -> None:
    """Raise UsageError unless copies and record can be written where the request says; make the folder."""
    out, record = request.out, request.record
    if os.path.lexists(out) and not out.is_dir():
        raise UsageError(f"“{out}” is a file, not a folder. Choose another export folder.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"The export folder “{out}” cannot be made: {storage_reason(error)}.") from error
    _check_writable(out, "The export folder")
    if record.is_dir():
        raise UsageError(f"“{record}” is a folder. Name a file for the mark record.")
    if not record.exists():
        if not record.parent.is_dir():
            raise UsageError(f"The folder “{record.parent}” for the mark record does not exist. Make it first.")
        _check_writable(record.parent, "The folder for the mark record")


def _check_writable(folder: Path, what: str) -> None:
    try:
        probe = os.open(folder / f".mtgui-{os.getpid()}", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except OSError as error:
        raise UsageError(f"{what} “{folder}” cannot be written to: {storage_reason(error)}.") from error
    os.close(probe)
    (folder / f".mtgui-{os.getpid()}").unlink(missing_ok=True)
