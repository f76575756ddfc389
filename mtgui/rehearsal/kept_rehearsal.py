"""The folder of a rehearsal: checks which rehearsal it holds, and whether the results are there."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mtgui.common.codec import FieldError, from_values
from mtgui.common.errors import UsageError, printable
from mtgui.common.files import replace
from mtgui.common.hashing import sha256_bytes
from mtgui.rehearsal.findings.kept_files import (
    IDENTITY,
    RESULTS_DIGEST,
    RESULTS_NAME,
    SETTINGS_NAME,
    model_path,
    save_users,
)
from mtgui.rehearsal.pictures.users import User
from mtgui.rehearsal.rehearsal_identity import differences
from mtgui.rehearsal.rehearsal_result import RehearsalResult
from mtgui.rehearsal.training.checkpoints import checkpoint_path
from mtgui.rehearsal.training.file_names import CHECKPOINT_SUFFIX
from mtgui.rehearsal.training.training import OtherTrainingError


def _is_result(values: Mapping[str, Any]) -> bool:
    """True where this version can read ``values`` as a result; another one may have kept less."""
    try:
        from_values(RehearsalResult, values, "tolerant")
    except FieldError:
        return False
    return True


class RehearsalFolder:
    """A folder, seen by the rehearsal with a certain identity."""

    def __init__(self, path: Path, identity: Mapping[str, Any]) -> None:
        """Keep the folder ``path`` and the ``identity`` (see `identity_of`); nothing is read yet."""
        self._path, self._identity = path, identity
        self._is_ours = False

    def results(self, models: Sequence[str]) -> dict[str, Any] | None:
        """Return the results that this same rehearsal left in the folder.

        Returns None without results, or if a file of ``models`` or of their checkpoints was deleted to begin again.
        """
        kept = _read(self._path / SETTINGS_NAME)
        if kept.get(IDENTITY) != self._identity:
            return None
        files = [path for name in models for path in (model_path(self._path, name), checkpoint_path(self._path, name))]
        if not all(path.is_file() for path in files):
            return None
        try:
            content = (self._path / RESULTS_NAME).read_bytes()
        except OSError:
            return None
        values = _read(self._path / RESULTS_NAME)
        return values if kept.get(RESULTS_DIGEST) == sha256_bytes(content) and _is_result(values) else None

    def begin(self, users: Sequence[User]) -> None:
        """Write ``users`` and settings, unless the folder holds a training, which is checked when it goes on.

        Raises OSError.
        """
        if not any(self._path.glob(f"*{CHECKPOINT_SUFFIX}")):
            self.keep(users)

    def keep(self, users: Sequence[User]) -> None:
        """Write ``users`` and settings, once; the folder must be known to be of this rehearsal. Raises OSError."""
        if self._is_ours:
            return
        save_users(self._path, users)
        path = self._path / SETTINGS_NAME
        if _read(path).get(IDENTITY) != self._identity:
            replace(path, (json.dumps({IDENTITY: self._identity}, indent=1) + "\n").encode())
        self._is_ours = True

    @contextlib.contextmanager
    def naming_differences(self) -> Iterator[None]:
        """Make the error for a training with other settings name these settings, as far as they are known."""
        try:
            yield
        except OtherTrainingError as error:
            before = _read(self._path / SETTINGS_NAME).get(IDENTITY)
            said = differences(before, self._identity) if isinstance(before, dict) else []
            if not said:
                raise
            raise UsageError(
                f"The folder “{printable(self._path)}” holds a rehearsal with other settings: {'; '.join(said)}. Take "
                "those that it was begun with, or choose another folder."
            ) from error


def _read(path: Path) -> dict[str, Any]:
    """Return the JSON object in the file at ``path``; an empty one if the file is missing or damaged."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(path.read_bytes())
        if isinstance(found, dict):
            return found
    return {}
