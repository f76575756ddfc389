"""The whole way from trainings to the table: it goes on where it stopped, and takes nothing that was not measured."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mtgui.common.control import Control
from mtgui.marking.settings import PRESETS
from mtgui.records.evidence_table import EvidenceTable, read_evidence
from mtgui.rehearsal.countermeasure_table import COUNTERMEASURES
from mtgui.rehearsal.evidence.guide_tables import BEGIN, END, with_tables
from mtgui.rehearsal.evidence.making import make_table, table_text, train_lacking
from mtgui.rehearsal.evidence.mark_measures import MarkMeasures
from mtgui.rehearsal.evidence.sources import Effort, Sources
from mtgui.rehearsal.evidence.trainings import CIFAR, COUNTERED, SLOTS, Recipe, countered_groups, slots_of
from mtgui.rehearsal.pictures.drawn_pictures import make_pictures
from mtgui.rehearsal.rehearsal_events import CellDone, EpochDone

RECIPE = Recipe("drawn", 16, None, 0.2, "resnet8", 16, 0.05, (("memorises", 1), ("augmented", 1)), 9, 6, 6)
EFFORT = Effort(1, 0, 19, 0, "float32", "cpu", 1)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    folder = tmp_path_factory.mktemp("pictures")
    data = make_pictures(3, 60, 1, side=16)
    for number, (pixels, label) in enumerate(zip(data.pixels, data.labels, strict=True)):
        place = folder / f"class {label}"
        place.mkdir(exist_ok=True)
        Image.fromarray(np.ascontiguousarray(pixels.transpose(1, 2, 0))).save(place / f"{number}.png")
    return Sources({RECIPE: folder}, None, None)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory, sources: Sources) -> Path:
    folder = tmp_path_factory.mktemp("work")
    for _ in train_lacking(sources, folder, EFFORT, Control()):
        pass
    return folder


@pytest.fixture(scope="module")
def table(work: Path, sources: Sources) -> EvidenceTable:
    return make_table(sources, work, "a command", EFFORT)


def test_finished_trainings_are_not_repeated_and_seeds_are_added(work: Path, sources: Sources) -> None:
    again = list(train_lacking(sources, work, EFFORT, Control()))
    assert [event.was_there for event in again if isinstance(event, CellDone)] == [True, True]
    assert not [event for event in again if isinstance(event, EpochDone)]


def test_the_table_holds_every_mark_and_regime(table: EvidenceTable) -> None:
    assert [(one.data, one.regime, one.seeds, one.epochs) for one in table.trainings] == [
        ("drawn", "memorises", (0,), 1),
        ("drawn", "augmented", (0,), 1),
    ]
    assert {row.mark for row in table.detections} == set(SLOTS)
    for row in table.detections:
        assert row.models == 1
        assert row.coins == "withheld only" or row.mark != "invisible"
    whole = {(r.mark, r.coins): r.artists for r in table.detections if r.published == 6 and r.regime == "augmented"}
    assert whole["invisible", "withheld only"] == 3
    assert whole["paper", "keys only"] == whole["clear", "both"] == 2


def test_nothing_is_stated_that_audits_could_not_reach(table: EvidenceTable) -> None:
    by_key = [row for row in table.detections if row.coins == "keys only"]
    assert by_key
    for row in by_key:
        assert [one.rate is None for one in row.found] == [False, True, True]  # 20 keys
    assert not table.comparisons or {float(one.alpha) for one in table.comparisons} == {0.05}


def test_it_can_be_written_and_read_again(table: EvidenceTable) -> None:
    assert read_evidence(table_text(table).encode()) == table


def test_trainings_by_another_plan_are_left_out(work: Path, sources: Sources) -> None:
    folder, path = next(iter(sources.archives.items()))
    longer = Sources({replace(folder, epochs=(("memorises", 2), ("augmented", 1))): path}, None, None)
    assert [one.regime for one in make_table(longer, work, "", EFFORT).trainings] == ["augmented"]


def test_marks_are_measured_once(work: Path, sources: Sources) -> None:
    told: list[str] = []
    MarkMeasures(work).complete(sources, EFFORT, told.append)
    assert len(told) == len(PRESETS) + len(PRESETS) - 1
    told.clear()
    MarkMeasures(work).complete(sources, EFFORT, told.append)
    assert told == []
    table = make_table(sources, work, "", EFFORT)
    seen = {mark.name: mark.visibility[0].psnr for mark in table.marks}
    assert seen["invisible"] is None
    assert (seen["faint"] or 0) > (seen["clear"] or 0) > (seen["paper"] or 99) > 15
    assert {one.mark for one in table.attacks} == {"faint", "clear", "paper"}


def test_the_guide_gets_the_tables_between_its_marks(table: EvidenceTable) -> None:
    once = with_tables(f"before\n{BEGIN}\nold\n{END}\nafter\n", table)
    assert once.startswith("before\n")
    assert once.endswith("\nafter\n")
    assert "old" not in once
    assert "**drawn, models that augment**: artists found" in once
    assert "| Clear | 2 |" in once
    assert "| key, p\u00a0≤\u00a00.05 |" in once, "a bound is not broken into two lines"
    assert "| 6 + 0 | – |" in once
    assert "Not measured yet: countermeasures, attacks on the marks." in once
    assert with_tables(once, table) == once
    with pytest.raises(ValueError, match="lacks"):
        with_tables("without marks", table)


def test_every_mark_meets_every_class_over_the_seeds() -> None:
    met: dict[str, set[int]] = {name: set() for name in SLOTS}
    for seed in range(5):
        marks = slots_of(seed)
        for user in range(CIFAR.users):
            name = next(one.name for one in PRESETS if one.mark == marks[user % len(marks)])
            met[name].add(user % 10)
    assert all(len(classes) == 10 for classes in met.values())


def test_every_countermeasure_with_a_proposed_value_has_a_training() -> None:
    groups = list(countered_groups(COUNTERED, "float32"))
    names = [group.countermeasure.split(" ")[0] for group in groups]
    assert names[0] == ""
    assert len(set(names)) == len(names) == len({group.folder for group in groups})
    assert set(names[1:]) >= {row.name for row in COUNTERMEASURES if row.switch is not None}
    assert all((group.measures, group.training) != (groups[0].measures, groups[0].training) for group in groups[1:])
