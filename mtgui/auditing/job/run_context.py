"""The surroundings of an audit: device, other processes, audit log and state files."""

from dataclasses import dataclass
from pathlib import Path

from mtgui.auditing.engine.devices import Device
from mtgui.auditing.engine.sharing import Team


@dataclass(frozen=True)
class RunContext:
    """The surroundings of an audit: the device, the team if there is one, the audit log and the folder of state files.

    asked_threads: number of processor threads, if a person chose it or several processes were started with it.
    most_threads: that number, else the largest number that may compute.
    """

    device: Device
    team: Team | None
    log: Path
    states: Path
    asked_threads: int | None
    most_threads: int

    @property
    def leads(self) -> bool:
        """True for the one process that writes files and yields events."""
        return self.team is None or self.team.is_leader
