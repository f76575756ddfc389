"""The folder in which mtgui keeps its logs and state files."""

import os
from pathlib import Path

import platformdirs

FOLDER_VARIABLE = "MTGUI_DATA_FOLDER"


def data_folder() -> Path:
    """Return the folder for logs and state files of this user; it may not exist yet."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_data_dir("mtgui", appauthor=False))
