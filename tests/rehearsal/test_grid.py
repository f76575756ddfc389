"""Grids: every cell once, whatever happens in between, and tables that say what was found."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mtgui.common.control import Control
from mtgui.common.errors import CancelledError
from mtgui.common.events import Event, Finished
from mtgui.marking.settings import MarkSettings
from mtgui.rehearsal.countermeasure_table import Countermeasures
from mtgui.rehearsal.findings.grid_table import as_markdown
from mtgui.rehearsal.findings.user_audits import AuditPlan
from mtgui.rehearsal.grid import Cell, run_grid
from mtgui.rehearsal.pictures.drawn_pictures import make_pictures
from mtgui.rehearsal.pictures.users import UserPlan
from mtgui.rehearsal.rehearsal_events import CellDone, CellFailed, EpochDone
from mtgui.rehearsal.rehearsal_request import RehearsalRequest
from tests.rehearsal.rehearsal_helpers import TINY

REQUEST = RehearsalRequest(
    data=make_pictures(2, 20, 4, side=16),
    users=UserPlan(users=2, published=3, withheld=3, more_settings=(MarkSettings(0.9, 4),)),
    training=replace(TINY, epochs=2),
    audits=AuditPlan(keys=3, keys_beside=1, draws=99, sets=4),
    kinds=("marked",),
    device="cpu",
)
CELLS = [
    Cell("two", "none", 0, REQUEST),
    Cell("two", "blurred", 0, replace(REQUEST, measures=Countermeasures(blur=1.0))),
    Cell("two", "none", 1, replace(REQUEST, seed=1, training=replace(REQUEST.training, seed=1))),
]


def ran(out: Path, cells: list[Cell] = CELLS) -> tuple[list[Event], dict[str, Any]]:
    events = list(run_grid(cells, out))
    assert isinstance(events[-1], Finished)
    return events, dict(events[-1].result)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("grid")


@pytest.fixture(scope="module")
def result(out: Path) -> dict[str, Any]:
    return ran(out)[1]


def test_every_cell_has_a_line_for_every_kind_of_marks(result: dict[str, Any], out: Path) -> None:
    rows = [row for cell in result["cells"] for row in cell["rows"]]
    assert [(row["countermeasures"], row["seed"]) for row in rows] == [
        (name, seed) for name, seed in (("none", 0), ("blurred", 0), ("none", 1)) for _ in range(2)
    ]
    assert {row["mark"] for row in rows} == {
        "blend ratio 0.7 with colour stripes, perlin noise of 8/255",
        "blend ratio 0.9 with colour stripes, perlin noise of 4/255",
    }
    assert all(row["users"] == 1 and len(row["p_values"]) == 1 for row in rows)
    assert rows[1]["psnr"] > rows[0]["psnr"]
    with (out / "grid.csv").open(newline="") as file:
        read = list(csv.DictReader(file))
    assert [line["test_accuracy"] for line in read] == [str(row["test_accuracy"]) for row in rows]
    assert json.loads((out / "grid.json").read_text("utf-8"))["cells"] == result["cells"]


def test_the_short_table_joins_the_seeds(result: dict[str, Any], out: Path) -> None:
    rows = [row for cell in result["cells"] for row in cell["rows"]]
    table = (out / "grid.md").read_text("utf-8")
    assert table == as_markdown(rows)
    lines = table.splitlines()
    assert len([line for line in lines if line.startswith("| two |")]) == 4
    assert any("| none | marked | 2 | " in line and " of 2 |" in line for line in lines)


def test_what_is_done_is_not_done_again(result: dict[str, Any], out: Path) -> None:
    events, again = ran(out)
    assert [event.was_there for event in events if isinstance(event, CellDone)] == [True] * 3
    assert not any(isinstance(event, EpochDone) for event in events)
    assert again == result
    folder = out / result["cells"][0]["folder"]
    assert not list(folder.glob("*.checkpoint.safetensors"))
    assert (folder / "marked.safetensors").is_file()


def test_a_damaged_result_is_made_anew(result: dict[str, Any], out: Path) -> None:
    path = out / result["cells"][1]["folder"] / "results.json"
    path.write_bytes(path.read_bytes()[:100])
    events, again = ran(out)
    assert [event.was_there for event in events if isinstance(event, CellDone)] == [True, False, True]
    assert again == result


def test_a_cancelled_grid_goes_on_in_the_middle_of_a_cell(result: dict[str, Any], tmp_path: Path) -> None:
    control = Control()
    events = run_grid(CELLS, tmp_path, control)
    epochs = 0
    while epochs < 3:
        epochs += isinstance(next(events), EpochDone)
    control.cancel()
    with pytest.raises(CancelledError):
        list(events)
    assert len(json.loads((tmp_path / "grid.json").read_text("utf-8"))["cells"]) == 1
    again, after = ran(tmp_path)
    assert [event.epoch for event in again if isinstance(event, EpochDone)] == [2, 1, 2]
    assert after["cells"] == result["cells"]


def test_a_cell_that_fails_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    greedy = Cell("two", "none", 7, replace(REQUEST, users=UserPlan(users=9, published=9, withheld=9)))
    events, result = ran(tmp_path, [greedy, CELLS[0]])
    failed = [event for event in events if isinstance(event, CellFailed)]
    assert [(event.number, event.name) for event in failed] == [(1, "two, none, seed 7")]
    assert "Take fewer artists or pictures" in failed[0].reason
    assert len(result["cells"]) == len(result["failed"]) == 1
