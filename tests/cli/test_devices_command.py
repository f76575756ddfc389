"""``mtgui devices``."""

import json

import pytest

pytest.importorskip("torch")

from mtgui.auditing.engine.devices import choose_device
from mtgui.cli.main import run


def test_every_device_that_is_listed_can_be_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["devices", "--json"]) == 0
    devices = json.loads(capsys.readouterr().out)["devices"]
    assert devices[-1]["name"] == "cpu"
    for one in devices:
        device = choose_device(one["name"])
        assert (device.name, device.title, device.memory_bytes) == (one["name"], one["title"], one["memory"])
    assert choose_device("auto").name == devices[0]["name"]


def test_in_words_a_device_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["devices"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("cpu      CPU, ")
    assert lines[-1].endswith(" GB")
