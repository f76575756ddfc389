"""Float32 unless a card is fast at bfloat16, or a person asks for it."""

import json

import pytest
import torch

from mtgui.auditing.engine.devices import choose_device
from mtgui.cli.main import run
from mtgui.rehearsal.data import TrainingData
from mtgui.rehearsal.networks import Network, make_network
from mtgui.rehearsal.plan import TrainingPlan
from mtgui.rehearsal.precision import precision_on
from mtgui.rehearsal.trial import Trial
from tests.cli.test_rehearse import SMALL
from tests.rehearsal.helpers import TINY, processor, tiny_data

DATA: TrainingData = tiny_data()


def test_a_processor_computes_in_float32_unless_asked() -> None:
    assert precision_on(processor(), "auto", is_private=False) == "float32"
    assert precision_on(processor(), "bfloat16", is_private=False) == "bfloat16"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")
def test_a_card_that_is_fast_at_it_computes_in_bfloat16_but_not_privately() -> None:
    card = choose_device("cuda")
    is_fast = torch.cuda.get_device_capability(card.torch_device) >= (8, 0)
    assert precision_on(card, "auto", is_private=False) == ("bfloat16" if is_fast else "float32")
    assert precision_on(card, "auto", is_private=True) == "float32"
    assert precision_on(card, "float32", is_private=False) == "float32"


@pytest.mark.parametrize(
    ("words", "used"),
    [([], "float32"), (["--precision", "bfloat16"], "bfloat16"), (["--bfloat16"], "bfloat16")],
)
def test_the_results_state_what_was_really_used(
    words: list[str], used: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*SMALL, "--models", "absent", "--sets", "0", "--threads", "1", "--json", *words]) == 0
    settings = json.loads(capsys.readouterr().out)["settings"]
    assert settings["training"]["precision"] == used
    assert settings["device"] == "CPU, 1 thread"


def test_both_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*SMALL, "--bfloat16", "--precision", "float32"]) != 0
    assert "not in both" in capsys.readouterr().err


def test_few_pictures_in_bfloat16_are_not_worth_a_warning() -> None:
    plan = TrainingPlan(network="resnet8", batch=16, precision="bfloat16")
    pictures = (torch.from_numpy(DATA.pixels), torch.from_numpy(DATA.labels))
    network = Network(make_network(TINY.network, 3, 0))
    assert Trial(plan, network, processor(), pictures, None).bfloat16_notice(1, 10) == ""
