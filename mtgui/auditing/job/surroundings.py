"""Where an audit runs, and what it shares with others."""

from dataclasses import dataclass
from pathlib import Path

from mtgui.auditing.engine.devices import Device
from mtgui.auditing.engine.sharing import Team


@dataclass(frozen=True)
class Surroundings:
    """Where an audit runs: the device, the other processes at it if any, the audit log and the folder of states.

    may_choose_threads: that nobody and no earlier pair has said with how many threads the processor computes.
    """

    device: Device
    team: Team | None
    log: Path
    states: Path
    may_choose_threads: bool = False

    @property
    def leads(self) -> bool:
        """True for the one process that writes and speaks."""
        return self.team is None or self.team.is_leader
