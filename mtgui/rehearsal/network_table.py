"""The networks that a rehearsal can train, one row each; `mtgui.rehearsal.training.small_networks` builds them."""

from dataclasses import dataclass

from mtgui.common.errors import UsageError


@dataclass(frozen=True)
class NetworkRow:
    """A network: its name for the command line, its title in the window, and how fast it is trained.

    speed: pictures that two cores of a usual computer train on in a second, to say beforehand what a rehearsal costs.
    """

    name: str
    title: str
    speed: float


NETWORKS: tuple[NetworkRow, ...] = (
    NetworkRow("resnet8", "ResNet-8, small", 700),
    NetworkRow("fast", "Five convolutions", 300),
    NetworkRow("resnet20", "ResNet-20", 350),
    NetworkRow("resnet18", "ResNet-18, large", 30),
    NetworkRow("wrn-28-4", "WRN-28-4, the paper’s", 15),
)
NETWORK_NAMES = tuple(row.name for row in NETWORKS)


def network_named(name: str) -> NetworkRow:
    """Return the network called ``name``. Raises UsageError with the names there are."""
    for row in NETWORKS:
        if row.name == name:
            return row
    raise UsageError(f"There is no network called “{name}”; choose {', '.join(NETWORK_NAMES)}.")
