"""An error that mtgui did not expect, as it is told to a person."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class UnexpectedError:
    """An error as it is shown: one line, the traceback, and the path of the log."""

    summary: str
    details: str
    log_path: Path
