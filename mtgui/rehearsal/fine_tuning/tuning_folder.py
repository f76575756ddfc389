"""The folder of a rehearsal of LoRAs: its base, a folder for each artist, and what was found so far."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mtgui.common.codec import FieldError, from_values
from mtgui.common.errors import UsageError, printable
from mtgui.common.files import is_ordinary, replace
from mtgui.common.hashing import sha256_bytes
from mtgui.rehearsal.findings.kept_files import IDENTITY, RESULTS_DIGEST, RESULTS_NAME, SETTINGS_NAME, save_users
from mtgui.rehearsal.fine_tuning.tuning_result import ArtistResult, TuningResult
from mtgui.rehearsal.pictures.users import User
from mtgui.rehearsal.rehearsal_identity import differences

BASE = Path("base", "diffusion_pytorch_model.safetensors")
"""Where the library itself puts the weights of a model."""
_FINDINGS = "findings.json"


class TuningFolder:
    """A folder, seen by the rehearsal with a certain identity."""

    def __init__(self, path: Path, identity: Mapping[str, Any]) -> None:
        """Keep ``path`` and ``identity`` (see `tuning_identity`); nothing is read yet."""
        self.path, self._identity = path, identity

    @property
    def base(self) -> Path:
        """The file of the base."""
        return self.path / BASE

    def of_artist(self, artist: int) -> Path:
        """Return the folder of ``artist``, from 0."""
        return self.path / f"artist-{artist + 1}"

    def model(self, artist: int, exposures: int) -> Path:
        """Return the file of the model of ``artist``, from 0, after so many ``exposures``."""
        return self.of_artist(artist) / f"{exposures}-exposures.safetensors"

    def begin(self, users: Sequence[User]) -> None:
        """Make the folder and note whose it is, once. Raises UsageError if it holds another rehearsal; OSError."""
        self.path.mkdir(parents=True, exist_ok=True)
        before: Any = _read(self.path / SETTINGS_NAME).get(IDENTITY)
        if before == self._identity:
            return
        if before is not None or any(self.path.glob("*.safetensors")):
            is_alike = isinstance(before, dict) and before.get("kind") == self._identity["kind"]
            said = differences(before, self._identity) if is_alike else []
            with_others = f" with other settings: {'; '.join(said)}" if said else " of another kind"
            raise UsageError(
                f"The folder “{printable(self.path)}” holds a rehearsal{with_others}. Take those that it was begun "
                "with, or choose another folder."
            )
        save_users(self.path, users)
        replace(self.path / SETTINGS_NAME, _text({IDENTITY: self._identity}))

    def results(self) -> dict[str, Any] | None:
        """Return the results that this same rehearsal left here; None without any, or if a model was deleted."""
        kept = _read(self.path / SETTINGS_NAME)
        values = _read(self.path / RESULTS_NAME)
        if kept.get(IDENTITY) != self._identity or kept.get(RESULTS_DIGEST) != sha256_bytes(_text(values)):
            return None
        try:
            result = from_values(TuningResult, values, "tolerant")
        except FieldError:
            return None
        models = [self.model(one.artist, number) for one in result.artists for number in result.exposures]
        return values if all(map(is_ordinary, [self.base, *models])) else None

    def findings(self, artist: int, exposures: Sequence[int]) -> ArtistResult | None:
        """Return what was found of ``artist``; None unless all models of ``exposures`` are there, and audited."""
        if not all(is_ordinary(self.model(artist, number)) for number in exposures):
            return None
        try:
            found = from_values(ArtistResult, _read(self.of_artist(artist) / _FINDINGS), "tolerant")
        except FieldError:
            return None
        return found if len(found.p_values) == len(found.innocent) == len(exposures) else None

    def keep_findings(self, values: Mapping[str, Any], artist: int) -> None:
        """Write the ``values`` of the `ArtistResult` of ``artist``. Raises OSError."""
        replace(self.of_artist(artist) / _FINDINGS, _text(values))

    def keep_results(self, values: Mapping[str, Any]) -> None:
        """Write the ``values`` of a `TuningResult`, and then note the end. Raises OSError."""
        content = _text(values)
        replace(self.path / RESULTS_NAME, content)
        settings = {**_read(self.path / SETTINGS_NAME), RESULTS_DIGEST: sha256_bytes(content)}
        replace(self.path / SETTINGS_NAME, _text(settings))


def _text(values: Mapping[str, Any]) -> bytes:
    return (json.dumps(values, indent=1) + "\n").encode()


def _read(path: Path) -> dict[str, Any]:
    """Return the JSON object in the file at ``path``; an empty one if the file is missing or damaged."""
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(path.read_bytes())
        if isinstance(found, dict):
            return found
    return {}
