"""The shipped table of evidence, the guide's tables from it, and the published experiment as a grid."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from mtgui.cli.main import run
from mtgui.common.codec import FieldError, to_values
from mtgui.common.resources import resource_path
from mtgui.marking.settings import PRESETS
from mtgui.records.evidence_table import COINS, EVIDENCE_NAME, FORMAT, REGIMES, evidence_table, read_evidence
from mtgui.rehearsal.evidence.guide_tables import with_tables
from mtgui.rehearsal.evidence.making import table_text
from mtgui.rehearsal.evidence.trainings import CIFAR, TINY

ROOT = Path(__file__).parents[2]
TABLE = evidence_table()


def test_the_guide_shows_the_shipped_table() -> None:
    guide = (ROOT / "resources" / "guide" / "guide.md").read_text(encoding="utf-8")
    assert with_tables(guide, TABLE) == guide, "run: python packaging/make_evidence_table.py WORK --tables"


def test_the_file_is_what_the_command_writes() -> None:
    assert resource_path(EVIDENCE_NAME).read_text(encoding="utf-8") == table_text(TABLE)
    assert TABLE.format == FORMAT


def test_it_was_measured_with_the_presets_as_they_are() -> None:
    assert [(mark.name, mark.mark) for mark in TABLE.marks] == [(preset.name, preset.mark) for preset in PRESETS]


def test_every_number_comes_from_counted_models_and_artists() -> None:
    seeds = {(one.data, one.regime): len(one.seeds) for one in TABLE.trainings}
    assert {regime for _, regime in seeds} == set(REGIMES)
    for row in TABLE.detections:
        assert row.models <= seeds[row.data, row.regime]
        assert row.artists >= row.models
        assert row.coins in COINS
        for one in row.found:
            if one.rate is not None:
                assert one.rate.low <= one.rate.share <= one.rate.high


def test_the_models_reached_their_regimes() -> None:
    least = {"memorises": 0.995, "augmented": 0.97}
    for one in TABLE.trainings:
        assert one.train_accuracy >= least[one.regime], (one.data, one.regime)


def test_a_smaller_error_chance_finds_no_more() -> None:
    for row in TABLE.detections:
        shares = [one.rate.share for one in row.found if one.rate is not None]
        assert shares == sorted(shares, reverse=True)
        assert [one.alpha for one in row.found] == [Fraction(1, 20), Fraction(1, 100), Fraction(1, 1000)]


def test_a_table_with_a_wrong_number_is_refused() -> None:
    values = to_values(TABLE)
    values["detections"][0]["found"][1]["rate"]["share"] = 1.5
    with pytest.raises(FieldError, match="share"):
        read_evidence(json.dumps(values).encode())


def test_the_collections_of_the_command_are_those_of_the_table() -> None:
    assert {one.data for one in TABLE.trainings} <= {CIFAR.name, TINY.name}


@pytest.mark.parametrize("name", ["paper_grid.toml", "paper_grid_small.toml"])
def test_grids_of_the_published_experiment_can_be_read(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first thing that is wrong is that there are no pictures."""
    grid = ROOT / "tests" / "benchmarks" / name
    status = run(["rehearse", "--grid", str(grid), "--data", str(tmp_path / "none"), "--out", str(tmp_path / "out")])
    assert status != 0
    assert "There is no folder or archive" in capsys.readouterr().err
