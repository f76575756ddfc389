"""Events as lines of JSON."""

import json
from pathlib import Path

import pytest

from mtgui.common.events import (
    Event,
    Finished,
    ItemDone,
    ItemFailed,
    Paused,
    Progress,
    Resumed,
    Started,
    Stopped,
    event_to_json,
)

EVERY_KIND: list[tuple[Event, str]] = [
    (Started("checking pictures", 3), "started"),
    (ItemDone(Path("a.png"), Path("out/a.png"), ("note",)), "item_done"),
    (ItemFailed(Path("a.png"), "it is empty."), "item_failed"),
    (Progress(1, 3, 0.5, 1.0), "progress"),
    (Paused(), "paused"),
    (Resumed(), "resumed"),
    (Finished({"marked": [1]}), "finished"),
    (Stopped("The disk is full."), "stopped"),
]


@pytest.mark.parametrize(("event", "kind"), EVERY_KIND)
def test_every_event_names_its_kind(event: Event, kind: str) -> None:
    assert json.loads(event_to_json(event))["event"] == kind


def test_an_event_carries_its_fields() -> None:
    line = json.loads(event_to_json(ItemDone(Path("a.png"), Path("out/a.png"), ("note",))))
    assert line == {
        "event": "item_done",
        "source": str(Path("a.png")),
        "target": str(Path("out/a.png")),
        "notes": ["note"],
    }


@pytest.mark.parametrize("name", ["line\nbreak.png", "🎨.png", "raw\udcff.png"])
def test_any_file_name_fits_on_one_ascii_line(name: str) -> None:
    line = event_to_json(ItemFailed(Path(name), "reason"))
    assert line.isascii()
    assert "\n" not in line
    assert json.loads(line)["source"] == name
