"""The devices that the engine can compute on, as lists for people."""

import json
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox

from mtgui.common.errors import printable
from mtgui.desktop.settings import AUTOMATIC


def devices_from_output(output: str) -> tuple[tuple[str, str], ...]:
    """Return (name, text) of each device in the output of ``mtgui devices --json``; nothing if it cannot be read."""
    try:
        listed = json.loads(output)["devices"]
        return tuple(
            (str(one["name"]), f"{printable(str(one['title']))} · {one['memory'] / 1e9:,.0f} GB") for one in listed
        )
    except (ValueError, KeyError, TypeError):
        return ()


def offer_devices(combo: QComboBox, devices: Sequence[tuple[str, str]]) -> None:
    """Make ``combo`` offer ``devices``; the chosen one stays chosen if it is among them, else “auto” is chosen.

    A kind, such as “cuda”, stands for its first device.
    """
    chosen = str(combo.currentData())
    names = [name for name, _ in devices]
    near = next((name for name in names if name == chosen or name.partition(":")[0] == chosen), AUTOMATIC[0])
    with QSignalBlocker(combo):
        combo.clear()
        for name, text in devices:
            combo.addItem(text, name)
        combo.setCurrentIndex(max(0, names.index(near) if near in names else 0))
