"""The captions that the page offers for a model, and what each of them means."""

from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from mtgui.auditing.architectures.generator_description import CAPTION_TEXT, GeneratorDescription
from mtgui.desktop.audit.caption_step import CaptionStep
from tests.desktop.desktop_helpers import show, text_of

pytestmark = pytest.mark.usefixtures("themed")
SILENT = GeneratorDescription("LoRA", "diffusion/sd1 lora", "a LoRA", "kohya", {"UNet": 16})
NAMED = replace(SILENT, says={CAPTION_TEXT: "ohwx person"})
PIXELS = replace(SILENT, takes_captions=False)


@pytest.fixture
def step(qtbot: QtBot) -> CaptionStep:
    return show(qtbot, CaptionStep(), 400, 300)


def offered(step: CaptionStep) -> list[str]:
    return [step.ways.itemText(row) for row in range(step.ways.count())]


def choose(step: CaptionStep, title: str) -> None:
    row = step.ways.findText(title)
    step.ways.setCurrentIndex(row)
    step.ways.activated.emit(row)


def test_only_what_is_there_is_offered(step: CaptionStep) -> None:
    step.set_model(SILENT)
    assert offered(step) == ["Empty", "Text"]
    step.set_labels(["castle", "sea"])
    assert offered(step) == ["Empty", "From the record", "Text"]
    step.set_labels(["castle", None])
    assert offered(step) == ["Empty", "Text"]
    step.set_model(NAMED)
    assert offered(step) == ["Empty", "From the file", "The model’s choice", "Text"]


def test_what_the_engine_does_by_default_is_proposed(step: CaptionStep) -> None:
    step.set_model(SILENT)
    assert step.prompt == "none"
    step.set_model(NAMED)
    assert step.prompt == "auto"
    assert "the empty caption or “ohwx person”" in text_of(step)
    assert step.needs_all_originals


def test_what_a_person_chose_stays_where_it_can(step: CaptionStep) -> None:
    step.set_model(NAMED)
    choose(step, "From the file")
    assert step.prompt == "file"
    step.set_labels(["castle"])
    assert step.prompt == "file"
    step.set_model(SILENT)
    assert step.prompt == "none"


def test_a_text_is_taken_once_it_is_there(step: CaptionStep) -> None:
    step.set_model(SILENT)
    choose(step, "Text")
    assert step.own.isVisible()
    assert not step.is_ready
    step.own.setText(" none ")
    assert step.prompt == "text:none", "a text may be the name of a way"
    step.set_prompt("text:a castle")
    assert (step.own.text(), step.prompt) == ("a castle", "text:a castle")


def test_with_missing_originals_the_model_is_not_proposed_to_choose(step: CaptionStep) -> None:
    step.set_model(NAMED)
    step.set_labels([None], has_lost=True)
    assert step.prompt == "none"


def test_a_model_of_pixels_takes_none(step: CaptionStep) -> None:
    step.set_model(NAMED)
    step.set_model(PIXELS)
    assert not step.ways.isVisible()
    assert "takes no caption" in text_of(step)
    assert step.prompt == "none"
