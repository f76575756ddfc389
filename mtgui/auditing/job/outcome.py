"""What the audit of one record on one model came to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.engine.state_file import discard_state
from mtgui.auditing.job.labels import Labelling
from mtgui.auditing.job.state_files import States
from mtgui.auditing.report.document import PopulationPart
from mtgui.auditing.statistics.findings import Findings
from mtgui.records.audit_log import AuditRun


@dataclass(frozen=True)
class PairOutcome:
    """An audit that ran to its end, before it is adjusted for the others.

    losses: (columns, rows) int64, its rows in the order of ``columns``, as they were judged. runs: how many
    there were, this one included. device: what the model computed on, for people, with its number of threads. states:
    the files that an interrupted audit would have gone on from.
    """

    numbers: tuple[int, int]
    run: AuditRun
    labelling: Labelling
    keys: int
    columns: tuple[int, ...]
    losses: NDArray[np.int64]
    findings: Findings
    runs: int
    forward_passes: int
    batch: int
    device: str
    seconds: float
    notes: tuple[str, ...]
    states: States
    population: PopulationPart | None
    precision_effect: str | None

    def discard_states(self) -> None:
        """Remove what an interrupted audit would have gone on from, whatever number of threads it was begun with."""
        for path in self.states.by_threads(self.run.settings_digest).values():
            discard_state(path)
