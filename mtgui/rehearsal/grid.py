"""A grid of rehearsals: marks × countermeasures × seeds; none is done twice."""

import contextlib
import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mtgui.common import files
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, MtguiError
from mtgui.common.events import Event, Finished, Started
from mtgui.common.hashing import sha256_bytes
from mtgui.rehearsal.findings.grid_table import as_csv, as_markdown, rows_of
from mtgui.rehearsal.findings.kept_files import RESULTS_NAME, save_results
from mtgui.rehearsal.rehearsal_events import CellDone, CellFailed
from mtgui.rehearsal.rehearsal_identity import contents_of
from mtgui.rehearsal.rehearsal_request import RehearsalRequest
from mtgui.rehearsal.rehearse import rehearse
from mtgui.rehearsal.training.file_names import CHECKPOINT_SUFFIX
from mtgui.rehearsal.training.precision import in_both

_CELLS = "cells"


@dataclass(frozen=True, eq=False)
class Cell:
    """One rehearsal of a grid: the names of its marks and countermeasures, and its seed."""

    marks: str
    countermeasures: str
    seed: int
    request: RehearsalRequest

    @property
    def name(self) -> str:
        """Its name for people."""
        return f"{self.marks}, {self.countermeasures}, seed {self.seed}"

    def digest(self) -> str:
        """Return a SHA-256 of everything on which the result depends, except the device, in hexadecimal digits."""
        return sha256_bytes(json.dumps(contents_of(self.request), sort_keys=True).encode())


def run_grid(cells: Sequence[Cell], out: Path, control: Control | None = None) -> Iterator[Event]:
    """Run every cell that has no result in the folder ``out`` yet; the last event is `Finished`.

    Each cell has a rehearsal folder of its own. After each cell, ``grid.json``, ``grid.csv`` and ``grid.md`` are
    replaced, whole or not at all. A cell that was interrupted goes on after its last epoch when the same grid is run
    again. A cell that fails is named, and the others go on. Raises OSError, CancelledError.
    """
    control = control or Control()
    out.mkdir(parents=True, exist_ok=True)
    yield Started("rehearsals", len(cells))
    done: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for number, wanted in enumerate(cells, 1):
        control.checkpoint()
        cell, folder = _as_begun(wanted, out / _CELLS)
        result, was_there = _read(folder / RESULTS_NAME), True
        try:
            if result is None:
                result, was_there = (yield from _rehearsed(cell, folder, control)), False
        except CancelledError:
            raise
        except MtguiError as error:
            failed.append({"name": cell.name, "reason": str(error)})
            yield CellFailed(number, len(cells), cell.name, str(error))
            continue
        rows = rows_of(cell.marks, cell.countermeasures, cell.seed, result)
        done.append({"name": cell.name, "folder": f"{_CELLS}/{folder.name}", "rows": rows})
        _write(out, done, failed)
        yield CellDone(number, len(cells), cell.name, was_there, tuple(rows))
    _write(out, done, failed)
    yield Finished({"cells": done, "failed": failed, "folder": str(out)})


def _as_begun(cell: Cell, cells: Path) -> tuple[Cell, Path]:
    """Return ``cell`` and its folder in ``cells``; without a chosen precision, ``cell`` gets that of its beginning."""
    plans = in_both(cell.request.training) if cell.request.precision_is_auto else (cell.request.training,)
    found = []
    for plan in plans:
        one = replace(cell, request=replace(cell.request, training=plan))
        found.append((one, cells / one.digest()[:16]))
    return next(((one, folder) for one, folder in found if folder.is_dir()), found[0])


def _rehearsed(cell: Cell, folder: Path, control: Control) -> Generator[Event, None, dict[str, Any]]:
    """Rehearse into ``folder``; the result is written last, so a folder with a result is a finished cell."""
    result: dict[str, Any] = {}
    for event in rehearse(replace(cell.request, out=folder), control):
        if isinstance(event, Finished):
            result = dict(event.result)
        else:
            yield event
    save_results(folder, result)
    for checkpoint in folder.glob(f"*{CHECKPOINT_SUFFIX}"):
        with contextlib.suppress(OSError):
            checkpoint.unlink()
    return dict(json.loads(_text(result)))


def _read(path: Path) -> dict[str, Any] | None:
    """Return the result at ``path``; None if it is missing or damaged."""
    try:
        result = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return result if isinstance(result, dict) and "models" in result else None


def _write(out: Path, done: Sequence[dict[str, Any]], failed: Sequence[dict[str, Any]]) -> None:
    rows = [row for cell in done for row in cell["rows"]]
    files.replace(out / "grid.json", _text({"cells": done, "failed": failed}))
    files.replace(out / "grid.csv", as_csv(rows).encode())
    files.replace(out / "grid.md", as_markdown(rows).encode())


def _text(values: object) -> bytes:
    return (json.dumps(values, indent=1) + "\n").encode()
