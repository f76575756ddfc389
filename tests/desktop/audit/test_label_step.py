"""The label that the page proposes, and what it says of labels that the model does not know."""

import pytest
from pytestqt.qtbot import QtBot

from mtgui.desktop.audit.label_step import LabelStep
from mtgui.desktop.audit.model_summary import ModelSummary
from tests.desktop.desktop_helpers import show, text_of

pytestmark = pytest.mark.usefixtures("themed")
MODEL = ModelSummary(title="A network", classes=3, class_names=("castle", "sea shore", "forest"))
NAMELESS = ModelSummary(title="A network", classes=3)


@pytest.fixture
def step(qtbot: QtBot) -> LabelStep:
    return show(qtbot, LabelStep(), 400, 300)


def test_labels_that_are_classes_are_proposed(step: LabelStep) -> None:
    assert step.label == "auto"
    step.set_labels(["castle", "Sea_Shore", "castle"])
    step.set_model(MODEL)
    assert step.label == "record"
    step.set_labels([])
    assert step.label == "auto"


@pytest.mark.parametrize("labels", [["castle", "unicorn"], ["castle", None], ["1", "2"]])
def test_others_are_not(step: LabelStep, labels: list[str | None]) -> None:
    step.set_model(MODEL)
    step.set_labels(labels)
    assert step.label == "auto"


def test_without_names_nothing_is_proposed(step: LabelStep) -> None:
    step.set_model(NAMELESS)
    step.set_labels(["1", "2"])
    assert step.label == "auto"
    step.ways.button("record").click()
    assert step.label == "record"


def test_what_a_person_chose_stays(step: LabelStep) -> None:
    step.set_model(MODEL)
    step.ways.button("class").click()
    step.set_labels(["castle"])
    assert step.ways.value == "class"
    step.ways.button("auto").click()
    step.set_labels(["forest"])
    assert step.label == "auto"


def test_a_label_that_is_no_class_is_named_and_keeps_the_audit_from_running(step: LabelStep) -> None:
    step.set_model(MODEL)
    step.set_labels(["castle", "forrest"])
    step.ways.button("record").click()
    assert not step.is_ready
    assert "forrest" in text_of(step)
    assert "Did you mean “forest”" in text_of(step)
