"""Makes the table of evidence: runs the trainings that are lacking, and collects those that are there."""

import json
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import torch

from mtgui.common.codec import to_values
from mtgui.common.control import Control
from mtgui.common.events import Event
from mtgui.marking.settings import PRESETS
from mtgui.records.evidence_table import FORMAT, EvidenceTable, Made, MeasuredMark
from mtgui.rehearsal.evidence.collecting import comparisons, countered, detections, finished_trainings, trained_models
from mtgui.rehearsal.evidence.mark_measures import MarkMeasures
from mtgui.rehearsal.evidence.sources import Effort, Sources
from mtgui.rehearsal.evidence.trainings import Group, audits_with, countered_groups, main_groups
from mtgui.rehearsal.grid import run_grid
from mtgui.rehearsal.training.training_plan import TrainingPrecision
from mtgui.version import __version__


def groups_of(sources: Sources, precision: TrainingPrecision) -> tuple[list[Group], list[Group]]:
    """Return the groups without countermeasures, and those that compare countermeasures."""
    more = () if sources.countered is None else countered_groups(sources.countered, precision)
    return list(main_groups(sources.recipes, precision)), list(more)


def train_lacking(sources: Sources, work: Path, effort: Effort, control: Control) -> Iterator[Event]:
    """Run the trainings that have no result in ``work``; yield their events.

    The first seed of every group comes before the second of any. A training that was stopped goes on after its last
    epoch. Raises the errors of rehearsals.
    """
    main, more = groups_of(sources, effort.precision)
    for groups, seeds, keys in (
        (main, effort.seeds, effort.keys),
        (more, effort.countered_seeds, effort.countered_keys),
    ):
        for seed in range(seeds):
            for group in groups:
                data = sources.of(group.recipe)
                cell = group.cell(data, seed, audits_with(keys), effort.device, effort.threads)
                yield from run_grid([cell], work / group.folder, control)


def make_table(sources: Sources, work: Path, command: str, effort: Effort) -> EvidenceTable:
    """Return the table of all that lies finished in ``work``. Raises OSError, ValueError."""
    main, more = groups_of(sources, effort.precision)
    kept = {group: trainings for group in main if (trainings := finished_trainings(group, work))}
    against = {group: trainings for group in more if (trainings := finished_trainings(group, work))}
    marks = MarkMeasures(work)
    return EvidenceTable(
        format=FORMAT,
        is_pilot=False,
        made=Made(
            command=command,
            date=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            program=__version__,
            torch=f"{torch.__version__}, Python {platform.python_version()}",
            decoy_keys=effort.keys,
        ),
        marks=tuple(
            MeasuredMark(preset.name, preset.title, preset.mark.values(), marks.visibility(preset.mark))
            for preset in PRESETS
        ),
        trainings=tuple(trained_models(group, trainings) for group, trainings in kept.items()),
        detections=tuple(row for group, trainings in kept.items() for row in detections(group, trainings)),
        comparisons=tuple(row for group, trainings in kept.items() for row in comparisons(group, trainings)),
        countered=tuple(row for group, trainings in against.items() for row in countered(group, trainings)),
        attacks=tuple(one for preset in PRESETS for one in marks.attacks(preset.mark)),
    )


def table_text(table: EvidenceTable) -> str:
    """Return ``table`` as JSON with one line for each row."""
    parts = []
    for name, value in to_values(table).items():
        if isinstance(value, list):
            rows = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in value)
            parts.append(f"{json.dumps(name)}: [\n{rows}\n]" if rows else f"{json.dumps(name)}: []")
        else:
            parts.append(f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}")
    return "{" + ",\n".join(parts) + "}\n"
