"""The host works ahead of the device, no further than is said, and what it finds does not depend on how far."""

import faulthandler
import threading
from collections.abc import Generator, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.auditing.engine.columns import loss_columns
from mtgui.auditing.engine.device_lane import CudaLane, Lane
from mtgui.auditing.engine.devices import choose_device
from mtgui.auditing.engine.engine_errors import ModelRunError
from mtgui.auditing.engine.marked_batches import MarkedBatches
from mtgui.auditing.engine.original_losses import all_original_losses
from mtgui.auditing.engine.pipeline import Answer, Pipeline
from mtgui.auditing.engine.prepared_originals import Original, PicturesOnTheWay, PreparedPicture
from mtgui.auditing.engine.task import Advanced, Column, MatrixEvent, MatrixTask, Restarted, plan_batches
from mtgui.auditing.engine.views import ONE_VIEW, TEN_VIEWS, Views
from mtgui.auditing.loss_kinds import UNITS_PER_LOSS
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, PictureError
from tests.auditing.engine.engine_helpers import CLASSES, SMALL, SmallNet, matrix_of, small_model, small_task
from tests.auditing.engine.simulated_card import PATIENCE, RoomlessLane, SimulatedCard
from tests.auditing.engine.test_columns import Forgetful
from tests.marking.marking_helpers import design
from tests.needs_card import CARD

# Batches that a card has at most: launched, and made beside.
IN_HAND = SimulatedCard.flying + 1 + SimulatedCard.ahead


def on(card: SimulatedCard, task: MatrixTask) -> MatrixTask:
    return replace(task, lane=card.to)


def own_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("mtgui-")]


@pytest.fixture
def originals(tmp_path: Path) -> list[Original]:
    """Twelve pictures of unequal shapes, as files."""
    rng = np.random.default_rng(1)
    made = []
    for number in range(12):
        path, (height, width) = tmp_path / f"{number}.png", (60 + number, 50 + 2 * number)
        Image.fromarray(rng.integers(0, 256, (height, width, 3), np.uint8)).save(path)
        made.append(Original(path, design(number, height, width)))
    return made


class Gated(Control):
    """Lets so many pictures be decoded, and further ones when the gate is opened."""

    def __init__(self, passing: int) -> None:
        super().__init__()
        self._passing, self.gate = iter(range(passing)), threading.Event()
        self.began = 0

    def checkpoint(self) -> None:
        super().checkpoint()
        self.began += 1
        if next(self._passing, None) is None and not self.gate.wait(PATIENCE):
            raise TimeoutError


@pytest.mark.parametrize("views", [ONE_VIEW, TEN_VIEWS])
@pytest.mark.parametrize("room", [0, 1 << 30])
@pytest.mark.parametrize(("pictures", "columns", "batch"), [(6, 5, 12), (13, 4, 5), (1, 30, 4)])
def test_a_card_finds_what_the_processor_finds(
    views: Views, room: int, pictures: int, columns: int, batch: int
) -> None:
    task = small_task(pictures, columns, views=views)
    with SimulatedCard(crops=len(views.crops), room=room) as card:
        events = list(loss_columns(on(card, task), batch=batch))
        table = all_original_losses(on(card, task), batch=batch)
    assert np.array_equal(matrix_of(events, task), matrix_of(list(loss_columns(task, batch=batch)), task))
    assert np.array_equal(table, all_original_losses(task, batch=batch))


@pytest.mark.parametrize(("makers", "ahead", "flying"), [(1, 1, 0), (1, 4, 3), (4, 4, 1), (3, 9, 9), (2, 0, 0)])
def test_neither_threads_nor_how_far_ahead_they_work_change_what_is_found(makers: int, ahead: int, flying: int) -> None:
    task = small_task(9, 7)
    with SimulatedCard() as card:
        card.makers, card.ahead, card.flying = makers, ahead, flying
        events = list(loss_columns(on(card, task), batch=4))
    plain = list(loss_columns(task, batch=4))
    assert [e.index for e in events if isinstance(e, Column)] == [e.index for e in plain if isinstance(e, Column)]
    assert np.array_equal(matrix_of(events, task), matrix_of(plain, task))


def test_the_host_makes_further_batches_while_the_first_is_computed() -> None:
    def pace(number: int) -> None:
        if number == 0:
            card.wait_until(lambda: card.made == IN_HAND)

    with SimulatedCard(pace=pace) as card:
        task = small_task(6, 20)
        assert matrix_of(list(loss_columns(on(card, task), batch=6)), task).shape == (6, 20)
        assert card.launched == card.done == 20


@pytest.mark.parametrize("is_paced", [True, False])
def test_no_more_batches_are_made_than_is_said(is_paced: bool) -> None:
    def pace(number: int) -> None:
        if is_paced:
            card.wait_until(lambda: card.made == min(20, number + IN_HAND))

    with SimulatedCard(pace=pace) as card:
        list(loss_columns(on(card, small_task(6, 20)), batch=6))
        assert card.most_in_hand <= IN_HAND


def test_the_first_batch_is_launched_before_the_last_picture_is_decoded(originals: list[Original]) -> None:
    control = Gated(len(originals) - 1)
    order = [int(row) for row in np.random.default_rng(3).permutation(len(originals))]

    def pace(_number: int) -> None:
        control.gate.set()

    with (
        SimulatedCard(pace=pace) as card,
        PicturesOnTheWay(originals, SMALL, ONE_VIEW, order=order, jobs=1, control=control) as pictures,
    ):
        task = replace(small_task(1, 3), pictures=pictures, labels=[0] * 12, rows=order, lane=card.to)
        found = matrix_of(list(loss_columns(task, batch=4)), task)
        ready = replace(task, pictures=list(pictures), lane=Lane)
    assert np.array_equal(found, matrix_of(list(loss_columns(ready, batch=4)), ready))


def test_pictures_are_decoded_no_further_than_anybody_asks(originals: list[Original]) -> None:
    control = Gated(len(originals))
    with PicturesOnTheWay(originals, SMALL, ONE_VIEW, order=range(12), jobs=2, control=control) as pictures:
        for place in range(12):
            assert pictures[place].design == originals[place].design
            assert control.began <= place + 1 + 2 * 2
            assert pictures.are_ready <= (control.began == 12)
        assert pictures.are_ready
        assert [one.design for one in pictures[3:9:2]] == [originals[place].design for place in (3, 5, 7)]
        assert pictures[-1] is pictures[11]
        with pytest.raises(IndexError):
            pictures[12]


def test_pictures_come_in_the_order_in_which_they_are_wanted(originals: list[Original]) -> None:
    order = [7, 3, 11, 0, 1, 2, 4, 5, 6, 8, 9, 10]
    control = Gated(2)
    with PicturesOnTheWay(originals, SMALL, ONE_VIEW, order=order, jobs=1, control=control) as pictures:
        assert [one.design for one in pictures.in_turn(2)] == [originals[7].design, originals[3].design]
        control.gate.set()
        assert [one.design for one in pictures] == [original.design for original in originals]


def test_a_damaged_picture_ends_the_matrix_before_any_column(originals: list[Original]) -> None:
    path = originals[9].source
    assert isinstance(path, Path)
    path.write_bytes(path.read_bytes()[:300])
    events = []
    with (
        SimulatedCard() as card,
        PicturesOnTheWay(originals, SMALL, ONE_VIEW, order=range(12), jobs=2, control=Control()) as pictures,
    ):
        task = replace(small_task(1, 3), pictures=pictures, labels=[0] * 12, rows=range(12), lane=card.to)
        with closing(loss_columns(task, batch=4)) as columns, pytest.raises(PictureError, match=r"9\.png"):
            events += list(columns)
        assert not pictures.are_ready
    assert not any(isinstance(event, Column) for event in events)


def started(card: SimulatedCard, pictures: PicturesOnTheWay, control: Control) -> Generator[MatrixEvent]:
    task = replace(small_task(1, 9), pictures=pictures, labels=[0] * 12, rows=range(12), lane=card.to)
    return loss_columns(task, batch=4, control=control)


def test_cancelling_leaves_no_thread(originals: list[Original]) -> None:
    control = Control()
    with SimulatedCard() as card:
        with (
            PicturesOnTheWay(originals, SMALL, ONE_VIEW, order=range(12), jobs=2, control=control) as pictures,
            closing(started(card, pictures, control)) as events,
        ):
            next(events)
            control.cancel()
            with pytest.raises(CancelledError):
                list(events)
        assert not own_threads()


def test_leaving_early_leaves_no_thread(originals: list[Original]) -> None:
    with SimulatedCard() as card:
        with (
            PicturesOnTheWay(originals, SMALL, ONE_VIEW, order=range(12), jobs=2, control=Control()) as pictures,
            closing(started(card, pictures, Control())) as events,
        ):
            assert len(list(islice(events, 2))) == 2
        assert not own_threads()


def test_cancelling_wakes_whoever_waits_for_a_picture(originals: list[Original]) -> None:
    control = Gated(5)

    def pace(_number: int) -> None:
        control.cancel()
        control.gate.set()

    with (
        SimulatedCard(pace=pace) as card,
        PicturesOnTheWay(originals, SMALL, ONE_VIEW, order=range(12), jobs=1, control=control) as pictures,
        pytest.raises(CancelledError),
    ):
        list(started(card, pictures, Control()))


def test_what_goes_wrong_on_the_card_arrives() -> None:
    with SimulatedCard() as card:
        task = small_task(6, 5, model=small_model(Forgetful(3, spared=1)))
        events = list(loss_columns(on(card, task), batch=12))
    restarts = [place for place, event in enumerate(events) if isinstance(event, Restarted)]
    assert restarts
    again = small_task(6, 5)
    expected = matrix_of(list(loss_columns(again, batch=3)), again)
    assert np.array_equal(matrix_of(events[restarts[-1] :], task), expected)


def test_pictures_that_never_reached_the_card_are_sent_again() -> None:
    task = small_task(12, 4)
    plan = plan_batches(task, 3)

    def losses(pipeline: Pipeline, group: int, most: int | None = None) -> list[torch.Tensor]:
        with closing(pipeline.losses(plan.units(group))) as answers:
            found = (answer.losses for answer in answers if isinstance(answer, Answer))
            return list(islice(found, most))

    with SimulatedCard() as card:
        pipeline = Pipeline(on(card, task), Control())
        assert len(losses(pipeline, 0, most=1)) == 1
        for group in range(4):
            assert torch.equal(torch.cat(losses(pipeline, group)), torch.cat(losses(Pipeline(task, Control()), group)))


def test_nothing_is_launched_while_the_work_is_paused() -> None:
    control, seen = Control(), list[MatrixEvent]()
    control.pause()
    with SimulatedCard() as card:
        task = on(card, small_task(6, 20))
        working = threading.Thread(target=lambda: seen.extend(loss_columns(task, batch=6, control=control)))
        working.start()
        card.wait_until(lambda: card.made == 1)
        assert card.launched == 0
        control.resume()
        working.join()
    assert matrix_of(seen, task).shape == (6, 20)


@pytest.fixture
def on_a_card() -> MatrixTask:
    """A task whose model lies on the CUDA card."""
    model = TorchClassifier(SmallNet(), CLASSES, SMALL, choose_device("cuda"))
    return replace(small_task(9, 12, blocks=2), model=model)


@pytest.mark.parametrize("lane", [CudaLane, RoomlessLane])
@CARD
def test_a_real_card_finds_the_same_with_and_without_room_for_originals(
    on_a_card: MatrixTask, lane: type[CudaLane]
) -> None:
    host, on_a_card = replace(on_a_card, model=small_model()), replace(on_a_card, lane=lane)
    for batch in (4, 18):
        found = [matrix_of(list(loss_columns(task, batch=batch)), task) for task in (host, on_a_card, on_a_card)]
        assert np.abs(found[0] - found[1]).max() < 1e-5 * UNITS_PER_LOSS
        assert np.array_equal(found[1], found[2])
    table = all_original_losses(on_a_card, batch=4)
    assert np.abs(table - all_original_losses(host, batch=4)).max() < 1e-5


@pytest.mark.parametrize("views", [ONE_VIEW, TEN_VIEWS])
@CARD
def test_a_real_card_is_shown_the_same_pixels_but_for_one_in_a_thousand(on_a_card: MatrixTask, views: Views) -> None:
    pictures = small_task(9, 12, blocks=2, views=views).pictures
    card = MarkedBatches(replace(on_a_card, views=views, pictures=pictures))
    host = MarkedBatches(replace(on_a_card, views=views, pictures=pictures, model=small_model()))
    plan = plan_batches(on_a_card, 4)
    differing = []
    for group in range(len(plan.groups)):
        for unit in plan.units(group):
            for one, other in zip(host.begin(unit, is_new=True), card.begin(unit, is_new=group == 0), strict=True):
                differing.append((host.finish(one) != card.finish(other).cpu()).double().mean().item())
    assert np.mean(differing) <= 0.001


# torch says that it does not notice every wait yet.
@pytest.mark.filterwarnings("ignore:Synchronization debug mode")
@CARD
def test_nothing_waits_for_a_real_card_but_for_its_answers(on_a_card: MatrixTask) -> None:
    list(loss_columns(on_a_card, batch=4))
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("error")
    try:
        assert matrix_of(list(loss_columns(on_a_card, batch=4)), on_a_card).shape == (9, 12)
    finally:
        torch.cuda.set_sync_debug_mode(before)


def test_want_of_the_hosts_memory_is_an_error_of_its_own() -> None:
    with pytest.raises(MemoryError):
        Lane(torch.device("cpu")).memory((1 << 62,))


def stack_of(thread: int) -> str:
    """Return what the thread with this identifier is at, a line for each call."""
    with TemporaryFile("w+") as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        threads = file.read().split("\n\n")
    return next((stack for stack in threads if f"0x{thread:016x}" in stack.partition("\n")[0]), "")


class Dragging(Sequence[PreparedPicture]):
    """Pictures: each beyond the first so many is there only when the thread that made this waits for other threads."""

    def __init__(self, pictures: Sequence[PreparedPicture], at_once: int) -> None:
        self.pictures, self.at_once, self.seen = pictures, at_once, 0
        self._asking = threading.get_ident()

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, place: Any) -> Any:
        self.seen += 1
        if self.seen > self.at_once:
            self._wait()
        return self.pictures[place]

    def _wait(self) -> None:
        for _ in range(int(PATIENCE * 1000)):
            if "in shutdown\n" in stack_of(self._asking):
                return
            threading.Event().wait(0.001)
        raise TimeoutError


@pytest.mark.parametrize("fails", [False, True])
def test_who_leaves_waits_for_no_further_picture(fails: bool) -> None:
    task = small_task(12, 9)
    once = Dragging(task.pictures, 10**9)
    list(loss_columns(replace(task, pictures=once, columns=1, slots=one_slot), batch=12))
    # While the second batch is shown, the third is being made, or about to be, and waits for its first picture.
    pictures = Dragging(task.pictures, 2 * once.seen)
    model = small_model(Failing(2)) if fails else task.model
    with closing(loss_columns(replace(task, pictures=pictures, model=model), batch=12)) as events:
        shown = (event for event in events if isinstance(event, Advanced))
        next(shown)
        with pytest.raises(ModelRunError) if fails else nullcontext():
            next(shown)
    assert pictures.seen <= 2 * once.seen + 1
    assert not own_threads()


def one_slot(size: int) -> NDArray[np.intp]:
    return np.zeros((1, size), dtype=np.intp)


class Failing(SmallNet):
    """A network that fails when it is shown the batch with this number, from 1."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self.left = last

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        self.left -= 1
        if not self.left:
            raise ValueError("the fan has stopped")
        return super().forward(pixels)


def test_there_is_one_road_to_a_card_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    streams: list[torch.device] = []
    monkeypatch.setattr(torch.cuda, "Stream", streams.append)
    card, other = torch.device("cuda", 98), torch.device("cuda", 99)
    for device in (card, card, other, card):
        CudaLane(device)
    assert streams == [card, other]
