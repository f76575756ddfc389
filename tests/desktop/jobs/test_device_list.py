"""Devices as the engine lists them, and choices that outlive the list."""

import json

import pytest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from mtgui.desktop.audit.run_step import RunChoices, RunStep
from mtgui.desktop.jobs.device_list import devices_from_output, offer_devices

pytestmark = pytest.mark.usefixtures("themed")
HERE = (("auto", "Automatic"), ("cuda:0", "NVIDIA H100 · 85 GB"), ("cpu", "CPU, 2 threads · 24 GB"))


@pytest.mark.parametrize("output", ["", "{}", "no", json.dumps({"devices": [{"name": "cpu"}]}), json.dumps([1])])
def test_an_answer_that_makes_no_sense_is_passed_over(output: str) -> None:
    assert devices_from_output(output) == ()


@pytest.mark.parametrize(("before", "after"), [("auto", "auto"), ("cuda", "cuda:0"), ("cpu", "cpu"), ("xpu", "auto")])
def test_a_choice_stays_where_it_can(qtbot: QtBot, before: str, after: str) -> None:
    combo = QComboBox()
    qtbot.addWidget(combo)
    combo.addItem("before", before)
    offer_devices(combo, HERE)
    assert combo.currentData() == after
    assert combo.count() == len(HERE)


def test_one_card_among_several_is_kept_over_a_start(qtbot: QtBot) -> None:
    step = RunStep()
    qtbot.addWidget(step)
    step.set_choices(RunChoices(device="cuda:0"))
    assert step.choices.device == "cuda:0"
    step.set_devices(HERE)
    assert step.choices.device == "cuda:0"
    assert "NVIDIA H100" in step.device.currentText()
    step.set_devices(HERE[:1] + HERE[2:])
    assert step.choices.device == "auto"
