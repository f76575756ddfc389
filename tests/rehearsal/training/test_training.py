"""Training: real, tiny, and the same every time."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, StorageError, UsageError
from mtgui.common.events import Event, Paused, Resumed
from mtgui.rehearsal.network_table import NETWORK_NAMES
from mtgui.rehearsal.pictures.augmentation import box_around, draw_moves, flipped_and_cropped, mixed, pasted, thinned
from mtgui.rehearsal.pictures.labelled_pictures import split
from mtgui.rehearsal.rehearsal_events import EpochDone, TrainingDone
from mtgui.rehearsal.training.small_networks import make_network
from mtgui.rehearsal.training.training import Trained, train
from mtgui.rehearsal.training.training_plan import PAPER, TrainingPlan
from mtgui.rehearsal.training.training_steps import sent_to
from mtgui.rehearsal.training.weight_files import load_tensors, model_tensors, module_hash
from tests.rehearsal.rehearsal_helpers import TINY, ended, processor, tiny_data

KEPT, ASIDE = split(tiny_data(), 0.25, 0)


def trained(plan: TrainingPlan = TINY, **options: Any) -> Trained:
    result = ended(train(plan, KEPT, ASIDE, processor(), **options))[1]
    assert isinstance(result, Trained)
    return result


def test_the_same_plan_gives_the_same_weights_and_another_seed_others() -> None:
    plan = replace(TINY, augmentation="flip and crop", mixup=0.4, cutmix=1.0, dropout=0.2, label_smoothing=0.1)
    first, again = trained(plan), trained(plan)
    assert module_hash(first.module) == module_hash(again.module)
    assert module_hash(first.module) != module_hash(trained(replace(plan, seed=4)).module)


@pytest.mark.parametrize(
    "change",
    [
        {"mixup": 0.5},
        {"cutmix": 1.0},
        {"dropout": 0.5},
        {"label_smoothing": 0.2},
        {"weight_decay": 0.1},
        {"augmentation": "flip and crop"},
        {"precision": "bfloat16"},
        {"optimiser": "adamw"},
        {"schedule": "cosine"},
    ],
)
def test_every_switch_has_a_say_in_the_weights(change: dict[str, Any], plain_hash: str) -> None:
    assert module_hash(trained(replace(TINY, epochs=1, **change)).module) != plain_hash


@pytest.fixture(scope="module")
def plain_hash() -> str:
    return module_hash(trained(replace(TINY, epochs=1)).module)


def learned(seed: int) -> tuple[float, float]:
    """Return the accuracy on pictures that were learned, and the loss of the last epoch as a share of the first's."""
    result = ended(train(replace(TINY, epochs=20, seed=seed), tiny_data(24), None, processor()))[1]
    assert result.test_accuracy is None
    losses = [event.loss for event in result.history]
    return result.train_accuracy, losses[-1] / losses[0]


def test_it_learns() -> None:
    accuracy, loss = learned(3)
    assert accuracy > 0.9
    assert loss < 0.5


def test_a_cancelled_training_goes_on_with_the_same_result(tmp_path: Path) -> None:
    plan = replace(TINY, epochs=4, augmentation="flip and crop", optimiser="adamw", rate=0.01, keeps_best=True)
    whole = trained(plan)
    control = Control()
    first = train(plan, KEPT, ASIDE, processor(), checkpoint=tmp_path / "c", control=control)
    for event in first:
        if isinstance(event, EpochDone) and event.epoch == 2:
            control.cancel()
            break
    with pytest.raises(CancelledError):
        next(first)
    events, resumed = ended(train(plan, KEPT, ASIDE, processor(), checkpoint=tmp_path / "c"))
    assert [event.epoch for event in events if isinstance(event, EpochDone)] == [3, 4]
    assert module_hash(resumed.module) == module_hash(whole.module)
    assert [e.loss for e in resumed.history] == [e.loss for e in whole.history]


def test_a_checkpoint_of_another_training_is_refused(tmp_path: Path) -> None:
    trained(checkpoint=tmp_path / "c")
    with pytest.raises(UsageError, match="other settings or pictures"):
        trained(replace(TINY, rate=0.2), checkpoint=tmp_path / "c")
    (tmp_path / "c").write_bytes(b"no tensors here")
    with pytest.raises(StorageError, match="or damaged"):
        trained(checkpoint=tmp_path / "c")


def test_a_pause_waits_and_changes_nothing() -> None:
    control, events = Control(), list[Event]()
    generator = train(TINY, KEPT, ASIDE, processor(), control=control)
    for event in _resuming(generator, control):
        events.append(event)
        if isinstance(event, EpochDone) and event.epoch == 1:
            control.pause()
    assert [type(event) for event in events if isinstance(event, Paused | Resumed)] == [Paused, Resumed]
    assert next(e for e in reversed(events) if isinstance(e, EpochDone)).loss == trained().history[-1].loss


def _resuming(events: Iterator[Event], control: Control) -> Iterator[Event]:
    for event in events:
        if isinstance(event, Paused):
            control.resume()
        yield event


IMPATIENT = replace(TINY, epochs=30, patience=2, rate=0.3)


def epochs_with_patience(seed: int) -> int:
    """Return after how many of 30 epochs a training that waits two for a better one ends."""
    return len(trained(replace(IMPATIENT, seed=seed)).history)


def test_early_stopping_keeps_the_best_epoch() -> None:
    events, result = ended(train(IMPATIENT, KEPT, ASIDE, processor()))
    done = [event for event in events if isinstance(event, EpochDone)]
    accuracies = [event.test_accuracy or 0.0 for event in done]
    assert len(done) < 30
    assert accuracies.index(max(accuracies)) == len(done) - 3
    assert result.test_accuracy == max(accuracies)
    assert isinstance(events[-1], TrainingDone)


def shrinkage(seed: int) -> float:
    """Return the squares of weights that decayed strongly, as a share of those that did not."""
    plain, decayed = (trained(replace(TINY, weight_decay=d, seed=seed)).module for d in (0.0, 0.5))
    norms = [sum(float(p.detach().square().sum()) for p in module.parameters()) for module in (plain, decayed)]
    return norms[1] / norms[0]


def test_strong_weight_decay_shrinks_the_weights() -> None:
    assert shrinkage(3) < 0.7


@pytest.mark.parametrize("name", NETWORK_NAMES)
def test_every_network_takes_small_pictures(name: str) -> None:
    network = make_network(name, 7, 0).eval()
    with torch.inference_mode():
        assert network(torch.zeros(2, 3, 16, 16)).shape == (2, 7)
    assert all(
        torch.equal(a, b) for a, b in zip(network.parameters(), make_network(name, 7, 0).parameters(), strict=True)
    )


def test_the_fast_network_has_the_size_it_states() -> None:
    assert sum(p.numel() for p in make_network("fast", 10, 0).parameters()) == pytest.approx(1.6e6, rel=0.05)


@given(st.integers(2, 40), st.integers(1, 30), st.sampled_from(["cosine", "one cycle", "constant"]))
def test_rates_stay_between_nothing_and_the_highest(epochs: int, batches: int, schedule: Any) -> None:
    plan = TrainingPlan(epochs=epochs, schedule=schedule, rate=0.3)
    rates = [plan.rate_at(step, epochs * batches) for step in range(epochs * batches)]
    assert all(0 <= rate <= 0.3 + 1e-12 for rate in rates)
    assert max(rates) > 0.15


def test_the_papers_schedule_steps_down_after_its_epochs() -> None:
    rates = [PAPER.rate_at(epoch * 10 + 9, 1000) for epoch in range(100)]
    assert [rates[n] for n in (0, 60, 61, 80, 81, 90, 91, 99)] == pytest.approx(
        [0.1, 0.1, 0.02, 0.02, 0.004, 0.004, 0.0008, 0.0008]
    )


def test_crops_and_flips_are_parts_of_the_padded_picture() -> None:
    pixels = torch.arange(1, 1 + 2 * 3 * 8 * 8).reshape(2, 3, 8, 8)
    generator = torch.Generator().manual_seed(2)
    padded = torch.nn.functional.pad(pixels, (4, 4, 4, 4))
    mirrored = 0
    for _ in range(20):
        for number, one in enumerate(flipped_and_cropped(pixels, *draw_moves(2, generator))):
            parts = [padded[number, :, r : r + 8, c : c + 8] for r in range(9) for c in range(9)]
            plain, flipped = (any(torch.equal(view, part) for part in parts) for view in (one, one.flip(2)))
            assert plain or flipped
            mirrored += flipped and not plain
    assert 5 < mirrored < 35


def test_mixing_and_pasting_leave_the_shares_they_state() -> None:
    inputs = torch.stack([torch.full((3, 20, 20), float(n)) for n in range(4)])
    order = torch.tensor([1, 2, 3, 0])
    assert torch.allclose(
        mixed(inputs, torch.tensor([0.75, 0.25]), order)[:, 0, 0, 0], torch.tensor([0.25, 1.25, 2.25, 2.25])
    )
    box, own = box_around((0.5, 0.5), 0.64, (20, 20))
    result = pasted(inputs, torch.tensor(box), order)
    assert own == pytest.approx(0.64, abs=0.05)
    assert all(float((result[n] == n).double().mean()) == pytest.approx(own) for n in range(4))
    assert box_around((0.0, 0.0), 0.64, (20, 20))[1] > own


def test_a_box_sent_as_fractions_pastes_the_same() -> None:
    inputs, order = torch.rand(3, 3, 20, 20), torch.tensor([1, 2, 0])
    box = (3, 17, 0, 20)
    sent = sent_to(torch.device("cpu"), [0.1, 0.9, *box])
    assert sent[:2].tolist() == torch.tensor([0.1, 0.9]).tolist()
    assert torch.equal(pasted(inputs, sent[2:], order), pasted(inputs, torch.tensor(box), order))


def test_dropout_leaves_out_its_share_and_keeps_the_mean() -> None:
    thin = thinned(torch.ones(50, 400), 0.3, torch.Generator().manual_seed(1))
    assert float((thin == 0).double().mean()) == pytest.approx(0.3, abs=0.02)
    assert float(thin.mean()) == pytest.approx(1.0, abs=0.03)


def test_saved_weights_come_back_as_they_were(tmp_path: Path) -> None:
    trained(checkpoint=tmp_path / "c")
    tensors = load_tensors(tmp_path / "c")
    weights = model_tensors(trained().module)
    assert all(torch.equal(tensors[f"model.{name}"], weight) for name, weight in weights.items())
