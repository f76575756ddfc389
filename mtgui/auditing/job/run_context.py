"""Where an audit runs, and what it shares with others."""

from dataclasses import dataclass
from pathlib import Path

from mtgui.auditing.engine.devices import Device
from mtgui.auditing.engine.sharing import Team


@dataclass(frozen=True)
class RunContext:
    """Where an audit runs: the device, the other processes at it if any, the audit log and the folder of states.

    asked_threads: with how many threads the processor computes where a person, or who started several processes, says
    so. most_threads: that, or else how many may compute.
    """

    device: Device
    team: Team | None
    log: Path
    states: Path
    asked_threads: int | None
    most_threads: int

    @property
    def leads(self) -> bool:
        """True for the one process that writes and speaks."""
        return self.team is None or self.team.is_leader
