"""Recorded steps: the same weights as plain ones, and plain ones wherever a recording cannot be trusted."""

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from mtgui.auditing.engine.devices import Device, choose_device
from mtgui.rehearsal.pictures.labelled_pictures import split
from mtgui.rehearsal.training.graph_recording import CudaRecorder, Drawn, RecordedSteps, Recorder
from mtgui.rehearsal.training.small_networks import Network, make_network
from mtgui.rehearsal.training.training import train
from mtgui.rehearsal.training.training_plan import TrainingPlan
from mtgui.rehearsal.training.training_steps import Stepper, sent_to
from mtgui.rehearsal.training.weight_files import module_hash
from tests.needs_card import CARD
from tests.rehearsal.rehearsal_helpers import TINY, ended, processor, tiny_data

KEPT, ASIDE = split(tiny_data(), 0.25, 0)
SIZES = (16, 16, 5, 16, 16, 16, 16, 5, 16)
RATES = (0.01, 0.02, 0.05, 0.1, 0.08, 0.06, 0.04, 0.02, 0.01)
PLANS = [
    TINY,
    replace(TINY, augmentation="flip and crop", label_smoothing=0.1),
    replace(TINY, mixup=0.5),
    replace(TINY, cutmix=1.0, mixup=0.5),
    replace(TINY, optimiser="adamw"),
    replace(TINY, precision="bfloat16"),
]


class Repeating:
    """Stands in for a card on the processor: what is recorded is computed again at each replay."""

    def __init__(self) -> None:
        self.replays = self.warmed = 0

    @contextlib.contextmanager
    def warming(self) -> Iterator[None]:
        self.warmed += 1
        yield

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        def replay() -> None:
            self.replays += 1
            work()

        return replay


class Forgetful(Repeating):
    """Its recordings do nothing."""

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        assert callable(work)
        return lambda: None


class AlmostRight(Repeating):
    """Its recordings are off by a hair."""

    def __init__(self, weights: torch.Tensor) -> None:
        super().__init__()
        self._weights = weights

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        def replay() -> None:
            work()
            self._weights.mul_(1 + 1e-6)

        return replay


class Refusing(Repeating):
    """It cannot record."""

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        assert callable(work)
        raise RuntimeError("operation not permitted when stream is capturing\nmore lines")


def stepped(
    plan: TrainingPlan, device: Device, recorder: Recorder | None, sizes: Sequence[int] = SIZES
) -> tuple[Stepper, torch.nn.Module]:
    """Return a stepper after steps of ``sizes`` pictures, at changing rates."""
    where = device.torch_device
    module = make_network(plan.network, 3, 1).to(where).to(memory_format=torch.channels_last).train()
    pictures = (torch.from_numpy(KEPT.pixels).to(where), torch.from_numpy(KEPT.labels).to(where))
    generator, chance = torch.Generator(where), random.Random(5)
    generator.manual_seed(4)
    stepper = Stepper(plan, Network(module), device, generator, pictures, recorder=recorder)
    stepper.begin()
    for number, size in enumerate(sizes):
        rows = torch.arange(number, number + size, device=where)
        stepper.step(rows, RATES[number], chance)
    return stepper, module


def difference(one: torch.nn.Module, other: torch.nn.Module) -> float:
    """Return how far the weights lie apart, as a share of how far they lie from where they began."""
    start = make_network(TINY.network, 3, 1).state_dict()
    pairs = zip(one.state_dict().items(), other.state_dict().values(), strict=True)
    apart = moved = 0.0
    for (name, first), second in pairs:
        apart += float((first.double() - second.double()).square().sum())
        moved += float((first.double().cpu() - start[name].double()).square().sum())
    return float((apart / moved) ** 0.5)


@pytest.mark.parametrize("plan", PLANS)
def test_recorded_steps_move_the_weights_as_plain_ones(plan: TrainingPlan) -> None:
    recorder = Repeating()
    (own, module), (plain, wanted) = stepped(plan, processor(), recorder), stepped(plan, processor(), Refusing())
    # Seven full batches: three to warm up, one replay on trial, and then the four that count.
    assert (recorder.warmed, recorder.replays) == (3, 5)
    assert own.take_notices() == []
    assert module_hash(module) == module_hash(wanted)
    assert int(own.hits) == int(plain.hits)
    assert float(own.loss_sum) == float(plain.loss_sum)


@pytest.mark.parametrize(("recorder", "why"), [(Forgetful(), "exactly the same"), (Refusing(), "not permitted")])
def test_what_cannot_be_recorded_rightly_is_said_once_and_computed_step_by_step(recorder: Recorder, why: str) -> None:
    (own, module), (_, wanted) = stepped(TINY, processor(), recorder), stepped(TINY, processor(), None)
    notices = own.take_notices()
    assert len(notices) == 1
    assert why in notices[0]
    assert own.take_notices() == []
    assert difference(module, wanted) < 1e-4


def test_a_recording_that_is_off_by_a_hair_is_not_trusted() -> None:
    weights = torch.ones(4)

    def compute(drawn: Drawn) -> None:
        weights.sub_(drawn["rate"] * drawn["rows"])

    steps = RecordedSteps(compute, lambda: [weights], AlmostRight(weights), 4, {})
    for _ in range(5):
        steps.step({"rows": torch.arange(4), "rate": torch.tensor(0.125)})
    assert torch.equal(weights, 1 - 5 * 0.125 * torch.arange(4))
    assert ["exactly the same" in notice for notice in steps.take_notices()] == [True]


def test_dropout_is_never_recorded() -> None:
    recorder = Repeating()
    stepped(replace(TINY, dropout=0.2), processor(), recorder)
    assert (recorder.warmed, recorder.replays) == (0, 0)


def test_short_batches_alone_are_never_recorded() -> None:
    recorder = Repeating()
    stepped(TINY, processor(), recorder, sizes=(5, 5, 5, 5, 5, 5))
    assert (recorder.warmed, recorder.replays) == (0, 0)


class FailingCard:
    """Stands in for PyTorch's CUDA where a recording cannot be ended: like it, it never leaves the stream then."""

    def __init__(self) -> None:
        self.usual = SimpleNamespace(device=torch.device("cuda", 0))
        self.current: object = self.usual
        self.tried = self.allocated = self.most = 0
        self.default_generators = [torch.Generator()]

    def Stream(self, _device: torch.device) -> object:  # the name is PyTorch's
        return SimpleNamespace()

    def CUDAGraph(self) -> object:
        return SimpleNamespace(replay=lambda: None)

    def graph_pool_handle(self) -> tuple[int, int]:
        return 0, 1

    def current_stream(self, _device: torch.device) -> object:
        return self.current

    def set_stream(self, stream: object) -> None:
        self.current = stream

    def mem_get_info(self, _device: torch.device) -> tuple[int, int]:
        return 1 << 30, 1 << 30

    def memory_reserved(self, _device: torch.device) -> int:
        return self.allocated

    def memory_allocated(self, _device: torch.device) -> int:
        return self.allocated

    def max_memory_allocated(self, _device: torch.device) -> int:
        return self.most

    def reset_peak_memory_stats(self, _device: torch.device) -> None:
        pass

    @contextlib.contextmanager
    def graph(self, _graph: object, *, pool: object, stream: object) -> Iterator[None]:
        assert pool == (0, 1)
        self.current, self.tried = stream, self.tried + 1
        yield
        raise RuntimeError("CUDA error: operation failed due to a previous error during capture")


def test_after_a_recording_that_cannot_be_ended_the_usual_stream_computes_and_none_is_tried_again() -> None:
    card, broken = FailingCard(), list[Any]()
    recorder = CudaRecorder(torch.device("cuda", 0), card, broken)
    with pytest.raises(RuntimeError, match="during capture"):
        recorder.record(lambda: None)
    assert card.current is card.usual
    with pytest.raises(RuntimeError, match="failed before"):
        CudaRecorder(torch.device("cuda", 0), card, broken).record(lambda: None)
    assert card.tried == 1


@pytest.mark.parametrize(("steps", "has_room"), [(1 << 29, True), (1 << 30, False)])
def test_a_recording_needs_room_for_what_steps_take_and_not_for_the_pictures_again(steps: int, has_room: bool) -> None:
    card = FailingCard()
    card.allocated = 8 << 30
    recorder = CudaRecorder(torch.device("cuda", 0), card, [])
    card.most = card.allocated + steps
    with pytest.raises(RuntimeError, match="during capture" if has_room else "memory is too small"):
        recorder.record(lambda: None)


def test_nothing_of_a_recording_is_left_once_it_is_let_go_of() -> None:
    own, module = stepped(TINY, processor(), Repeating())
    assert all(parameter.grad is not None for parameter in module.parameters())
    own.release()
    assert all(parameter.grad is None for parameter in module.parameters())


@CARD
@pytest.mark.parametrize("plan", PLANS)
def test_a_card_moves_the_weights_as_plain_steps_to_the_last_bit(plan: TrainingPlan) -> None:
    card = choose_device("cuda")
    (_, module), (_, wanted) = stepped(plan, card, None), stepped(plan, card, Refusing())
    assert module_hash(module) == module_hash(wanted)


@CARD
def test_what_is_mixed_is_sent_to_a_card_without_waiting_for_it() -> None:
    cuda: Any = torch.cuda
    card, values = choose_device("cuda").torch_device, [0.25, 0.75, 0.5, 0.5, 3, 12, 4, 13]
    cuda.set_sync_debug_mode("error")
    try:
        sent = sent_to(card, values)
    finally:
        cuda.set_sync_debug_mode("default")
    assert sent.tolist() == values


@CARD
def test_a_training_on_a_card_repeats_itself() -> None:
    plan = replace(TINY, epochs=3, augmentation="flip and crop")
    card = choose_device("cuda")
    first, again = (ended(train(plan, tiny_data(64), None, card))[1] for _ in range(2))
    assert module_hash(first.module) == module_hash(again.module)
    assert first.threads is None


@CARD
def test_a_card_goes_on_as_usual_after_a_recording_that_it_could_not_end() -> None:
    cuda: Any = torch.cuda
    card = choose_device("cuda").torch_device
    usual, value = cuda.current_stream(card), torch.ones(8, device=card)
    recorder = CudaRecorder(card, broken=[])

    def waits_for_its_result() -> None:
        value.mul_(value.sum().item())

    with pytest.raises(RuntimeError):
        recorder.record(waits_for_its_result)
    assert cuda.current_stream(card) == usual
    assert float(torch.nn.functional.dropout(value, 0.5).sum()) >= 0
    cuda.synchronize(card)
    before = cuda.memory_allocated(card)
    for _ in range(4):
        freed = torch.empty(1 << 20, device=card)
        freed.record_stream(cuda.Stream(card))
        del freed
    cuda.synchronize(card)
    torch.empty(1, device=card)
    assert cuda.memory_allocated(card) - before < 1 << 20
