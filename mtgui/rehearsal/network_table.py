"""The networks that a rehearsal can train, one row each; `mtgui.rehearsal.training.small_networks` builds them."""

from dataclasses import dataclass

from mtgui.common.errors import UsageError


@dataclass(frozen=True)
class NetworkRow:
    """A network: its name for the command line, its title in the window, and its speed of training.

    speed: pictures per second on two cores of a usual computer; it is used to estimate the time of a rehearsal.
    """

    name: str
    title: str
    speed: float


NETWORKS: tuple[NetworkRow, ...] = (
    NetworkRow("resnet8", "ResNet-8, small", 700),
    NetworkRow("fast", "Five convolutions", 300),
    NetworkRow("fast-large", "Five convolutions, for large pictures", 1200),
    NetworkRow("resnet20", "ResNet-20", 350),
    NetworkRow("resnet18", "ResNet-18, large", 30),
    NetworkRow("wrn-28-4", "WRN-28-4, the paper’s", 15),
)
NETWORK_NAMES = tuple(row.name for row in NETWORKS)


def network_named(name: str) -> NetworkRow:
    """Return the network called ``name``. Raises UsageError listing the names."""
    for row in NETWORKS:
        if row.name == name:
            return row
    raise UsageError(f"There is no network called “{name}”; choose {', '.join(NETWORK_NAMES)}.")
