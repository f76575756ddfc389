"""The outcome of the audit of one record on one model."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.engine.state_file import discard_state
from mtgui.auditing.job.labels import Labelling
from mtgui.auditing.job.state_files import States
from mtgui.auditing.loss_kinds import LossFacts
from mtgui.auditing.report.document import PopulationPart
from mtgui.auditing.statistics.findings import Findings
from mtgui.records.audit_log import AuditRun


@dataclass(frozen=True)
class PairOutcome:
    """An audit that ran to its end, before p is adjusted for the other audits.

    losses: (columns, rows) int64, as judged, its rows in the order of ``columns``. runs: number of runs, this one
    included. device: title of the device, with its number of threads. states: state files of this audit.
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
    loss: LossFacts

    def discard_states(self) -> None:
        """Remove the state files of this audit, for all numbers of threads."""
        for path in self.states.by_threads(self.run.settings_digest).values():
            discard_state(path)
