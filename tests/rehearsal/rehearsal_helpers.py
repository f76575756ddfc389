"""Shared by the tests of rehearsals: tiny data, and a training small enough for a test."""

from typing import Any

from mtgui.auditing.engine.devices import Device, choose_device
from mtgui.common.events import Event
from mtgui.rehearsal.pictures.drawn_pictures import make_pictures
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData
from mtgui.rehearsal.training.training_plan import TrainingPlan

TINY = TrainingPlan(network="resnet8", epochs=2, batch=16, seed=3)


def processor() -> Device:
    return choose_device("cpu")


def tiny_data(per_class: int = 16, classes: int = 3) -> TrainingData:
    return make_pictures(classes, per_class, 7, side=16)


def ended(generator: Any) -> tuple[list[Event], Any]:
    """Return every event of ``generator`` and what it returned."""
    events: list[Event] = []
    while True:
        try:
            events.append(next(generator))
        except StopIteration as stop:
            return events, stop.value
