"""The networks that a rehearsal can train, one row each; `mtgui.rehearsal.training.small_networks` builds them."""

from dataclasses import dataclass

from mtgui.common.errors import UsageError


@dataclass(frozen=True)
class NetworkRow:
    """A network: its name for the command line, and its title in the window."""

    name: str
    title: str


NETWORKS: tuple[NetworkRow, ...] = (
    NetworkRow("resnet8", "ResNet-8, small"),
    NetworkRow("fast", "Five convolutions"),
    NetworkRow("fast-large", "Five convolutions, for large pictures"),
    NetworkRow("resnet20", "ResNet-20"),
    NetworkRow("resnet18", "ResNet-18, large"),
    NetworkRow("wrn-28-4", "WRN-28-4, the paper’s"),
)
NETWORK_NAMES = tuple(row.name for row in NETWORKS)


def network_named(name: str) -> NetworkRow:
    """Return the network called ``name``. Raises UsageError listing the names."""
    for row in NETWORKS:
        if row.name == name:
            return row
    raise UsageError(f"There is no network called “{name}”; choose {', '.join(NETWORK_NAMES)}.")
