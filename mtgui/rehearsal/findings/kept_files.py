"""The files that a rehearsal keeps, from which every number can be computed again."""

import contextlib
import io
import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtgui.common.files import replace
from mtgui.common.hashing import sha256_bytes
from mtgui.rehearsal.findings.findings_plot import results_plot
from mtgui.rehearsal.findings.user_audits import UserAudit
from mtgui.rehearsal.pictures.users import User
from mtgui.rehearsal.rehearsal_result import Design

RESULTS_NAME, PLOT_NAME, SETTINGS_NAME = "results.json", "results.svg", "settings.json"
IDENTITY, RESULTS_DIGEST = "identity", "results"
"""Names in the settings file: the identity of the rehearsal, and the SHA-256 of its results once they exist."""


def save_results(out: Path, values: Mapping[str, Any]) -> None:
    """Write the ``values`` of a `RehearsalResult` as a picture and then as JSON; then note the end in the settings.

    Raises OSError.
    """
    alpha = float(Fraction(values["settings"]["audits"]["alpha"]))
    replace(out / PLOT_NAME, results_plot(values, alpha).encode())
    content = _text(values)
    replace(out / RESULTS_NAME, content)
    with contextlib.suppress(FileNotFoundError, ValueError):
        settings = {**json.loads((out / SETTINGS_NAME).read_bytes()), RESULTS_DIGEST: sha256_bytes(content)}
        replace(out / SETTINGS_NAME, _text(settings))


def _text(values: Mapping[str, Any]) -> bytes:
    return (json.dumps(values, indent=1) + "\n").encode()


def model_path(out: Path, kind: str) -> Path:
    """Return the path of the model of ``kind`` in the folder ``out``."""
    return out / f"{kind}.safetensors"


def save_users(out: Path, users: Sequence[User]) -> None:
    """Write originals, marked copies and keys; the keys are used only in this rehearsal. Raises OSError."""
    arrays: dict[str, NDArray[Any]] = {}
    for user in users:
        start = f"user{user.number + 1}"
        arrays |= {
            f"{start}_originals": user.pixels,
            f"{start}_copies": user.copies,
            f"{start}_labels": user.labels,
            f"{start}_published": user.published,
            f"{start}_key": np.frombuffer(user.block.key.secret, np.uint8),
            f"{start}_decoy_seed": np.frombuffer(user.block.decoy_seed, np.uint8),
        }
    _save_arrays(out / "users.npz", arrays)


def save_losses(
    out: Path,
    kind: str,
    found: Sequence[Mapping[Design, UserAudit]],
    members: NDArray[np.int64],
    others: NDArray[np.int64],
) -> None:
    """Write the loss matrices of the model of ``kind``, and the losses of users' sets and of held-out sets.

    members, others: (sets, pictures of a set). Raises OSError.
    """
    arrays: dict[str, NDArray[Any]] = {
        "member_sets": members.sum(axis=1),
        "held_out_sets": others.sum(axis=1),
        "member_pictures": members,
        "held_out_pictures": others,
    }
    for number, audits in enumerate(found, 1):
        for design, audit in audits.items():
            start = f"user{number}_{design.replace(' ', '_')}"
            arrays |= {f"{start}_losses": audit.losses, f"{start}_columns": np.array(audit.columns)}
    _save_arrays(out / f"{kind}.losses.npz", arrays)


def _save_arrays(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    replace(path, file.getvalue())
