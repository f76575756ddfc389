"""Where mtgui keeps what it knows of its own work."""

import os
from pathlib import Path

import platformdirs

FOLDER_VARIABLE = "MTGUI_DATA_FOLDER"


def data_folder() -> Path:
    """Return the folder for what mtgui keeps about its own work; it need not exist yet."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else Path(platformdirs.user_data_dir("mtgui", appauthor=False))
