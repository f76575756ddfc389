"""``mtgui devices``: the devices of this computer that a model can run on."""

import argparse
import json
from collections.abc import Callable

from mtgui.auditing.engine.devices import all_devices


def register(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    """Add the arguments of the command; return the function that runs it."""
    parser.description = (
        "List what audits and rehearsals can run on here, the name for --device first. “auto” takes the first."
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object: devices (name, title, memory)")
    return run


def run(options: argparse.Namespace) -> int:
    """Print one line for each device."""
    found = [{"name": one.name, "title": one.title, "memory": one.memory_bytes} for one in all_devices()]
    if options.json:
        print(json.dumps({"devices": found}), flush=True)
        return 0
    for one in found:
        print(f"{one['name']:<8} {one['title']}, {int(str(one['memory'])) / 1e9:.0f} GB")
    return 0
