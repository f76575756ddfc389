"""Float32 unless a card is fast at bfloat16, or a person asks for it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from mtgui.auditing.engine.devices import choose_device
from mtgui.cli.main import run
from mtgui.common.errors import UsageError
from mtgui.common.events import Finished
from mtgui.rehearsal.grid import Cell, run_grid
from mtgui.rehearsal.pictures.labelled_pictures import TrainingData
from mtgui.rehearsal.pictures.users import UserPlan
from mtgui.rehearsal.rehearsal_events import CellDone
from mtgui.rehearsal.rehearsal_request import RehearsalRequest
from mtgui.rehearsal.rehearse import rehearse
from mtgui.rehearsal.training.precision import plan_as_begun, precision_on
from mtgui.rehearsal.training.small_networks import Network, make_network
from mtgui.rehearsal.training.training_plan import TrainingPlan, TrainingPrecision
from mtgui.rehearsal.training.trial_steps import Trial
from mtgui.rehearsal.training.weight_files import load_tensors, save_tensors, tensor_text
from tests.cli.test_rehearse_command import SMALL
from tests.needs_card import CARD
from tests.rehearsal.rehearsal_helpers import TINY, ended, processor, tiny_data

DATA: TrainingData = tiny_data()


def test_a_processor_computes_in_float32_unless_asked() -> None:
    assert precision_on(processor(), "auto", is_private=False) == "float32"
    assert precision_on(processor(), "bfloat16", is_private=False) == "bfloat16"


@CARD
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


def begun(folder: Path, precision: TrainingPrecision) -> RehearsalRequest:
    """Train the model “absent” into ``folder``; return the whole rehearsal, for which nobody asked for float32."""
    users, plan = UserPlan(users=2, published=5, withheld=5), replace(TINY, epochs=1)
    whole = RehearsalRequest(data=tiny_data(40), users=users, training=plan, out=folder, threads=1)
    ended(rehearse(replace(whole, kinds=("absent",), training=replace(plan, precision=precision))))
    return replace(whole, precision_is_auto=True)


def stated(request: RehearsalRequest) -> str:
    last = ended(rehearse(request))[0][-1]
    assert isinstance(last, Finished)
    return str(last.result["settings"]["training"]["precision"])


def test_what_was_begun_in_one_precision_goes_on_in_it_where_nobody_asks_for_another(tmp_path: Path) -> None:
    request = begun(tmp_path, "bfloat16")
    with pytest.raises(UsageError, match="other settings"):
        stated(replace(request, kinds=("absent",), precision_is_auto=False))
    assert stated(request) == "bfloat16"


def test_a_checkpoint_that_does_not_write_its_precision_down_goes_on_in_it_all_the_same(tmp_path: Path) -> None:
    request = begun(tmp_path, "bfloat16")
    path = tmp_path / "absent.checkpoint.safetensors"
    tensors = load_tensors(path)
    assert tensor_text(tensors.pop("precision")) == "bfloat16"
    save_tensors(path, tensors)
    assert stated(request) == "bfloat16"


def test_private_training_has_one_precision_only(tmp_path: Path) -> None:
    plan = TrainingPlan(private_noise=1.0)
    assert plan_as_begun(plan, tmp_path, ("absent",)) == plan


def test_a_grid_finds_cells_that_were_begun_in_the_other_precision(tmp_path: Path) -> None:
    request = replace(begun(tmp_path / "one", "float32"), kinds=("absent",), precision_is_auto=False)
    other = replace(request, training=replace(request.training, precision="bfloat16"), precision_is_auto=True)
    ended(run_grid([Cell("m", "c", 0, request)], tmp_path / "grid"))
    events = ended(run_grid([Cell("m", "c", 0, other)], tmp_path / "grid"))[0]
    assert [event.was_there for event in events if isinstance(event, CellDone)] == [True]


def test_both_at_once_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*SMALL, "--bfloat16", "--precision", "float32"]) != 0
    assert "not in both" in capsys.readouterr().err


def test_few_pictures_in_bfloat16_are_not_worth_a_warning() -> None:
    plan = TrainingPlan(network="resnet8", batch=16, precision="bfloat16")
    pictures = (torch.from_numpy(DATA.pixels), torch.from_numpy(DATA.labels))
    network = Network(make_network(TINY.network, 3, 0))
    assert Trial(plan, network, processor(), pictures, None).bfloat16_notice(1, 10) == ""
