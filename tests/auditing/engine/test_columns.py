"""The loss matrix: right, the same however it is cut, and complete after every mishap."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor, nn

from mtgui.auditing.engine.columns import loss_columns
from mtgui.auditing.engine.engine_errors import DeviceError, ModelRunError, NonFiniteLossError
from mtgui.auditing.engine.original_losses import OriginalLosses, all_original_losses, original_losses, precision_effect
from mtgui.auditing.engine.prepared_originals import Original, prepare_picture
from mtgui.auditing.engine.task import (
    Advanced,
    Column,
    MatrixTask,
    Restarted,
    column_marks,
    plan_batches,
)
from mtgui.auditing.engine.views import ONE_VIEW, TEN_VIEWS, Views
from mtgui.auditing.loss_kinds import UNITS_PER_LOSS
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, UsageError
from mtgui.marking.mark import make_mark, mark_picture
from mtgui.marking.settings import MarkKind, MarkSettings
from tests.auditing.engine.engine_helpers import (
    CLASSES,
    SMALL,
    SmallNet,
    key_marks,
    matrix_of,
    picture,
    prepared_pictures,
    small_model,
    small_task,
)
from tests.auditing.engine.simulated_card import RoomlessLane
from tests.marking.marking_helpers import design
from tests.needs_card import CARD


def _plainly(task: MatrixTask) -> NDArray[np.float64]:
    """The matrix by plain loops: whole pictures marked in NumPy, cropped, a float64 network, one picture at a time."""
    net = SmallNet().double()
    mean, std = (torch.tensor(values, dtype=torch.float64)[:, None, None] for values in (SMALL.mean, SMALL.std))
    matrix = np.zeros((len(task.pictures), task.columns))
    for row, (one, label) in enumerate(zip(task.pictures, task.labels, strict=True)):
        whole = np.zeros((3, *one.size), np.uint8)
        rows, columns = one.pixels.shape[1:]
        whole[:, one.at[0] : one.at[0] + rows, one.at[1] : one.at[1] + columns] = one.pixels
        for column in range(task.columns):
            mark = task.marks(column)[one.block]
            marked = torch.from_numpy(whole if mark is None else mark_picture(whole, mark, one.design))
            losses = []
            for corner in task.views.crops:
                top, left = corner.at(one.size, SMALL.crop)
                crop = marked[:, top : top + 32, left : left + 32]
                for shown in (crop, crop.flip(2)) if task.views.is_mirrored else (crop,):
                    logits = net(((shown.double() / 255 - mean) / std)[None])
                    losses.append(nn.functional.cross_entropy(logits, torch.tensor([label])).item())
            matrix[row, column] = sum(losses) / len(losses)
    return matrix


@pytest.mark.parametrize("views", [ONE_VIEW, TEN_VIEWS])
@pytest.mark.parametrize("batch", [1, 4, 64])
def test_the_matrix_equals_plain_loops(views: Views, batch: int) -> None:
    task = small_task(6, 3, views=views, blocks=2)
    matrix = matrix_of(list(loss_columns(task, batch=batch)), task)
    assert matrix.dtype == np.int64
    assert np.abs(matrix / UNITS_PER_LOSS - _plainly(task)).max() < 1e-5


def test_without_a_mark_the_originals_are_shown() -> None:
    task = replace(small_task(6, 1), marks=lambda _: [None])
    matrix = matrix_of(list(loss_columns(task, batch=4)), task)
    table = all_original_losses(task, batch=4)
    own = table[np.arange(6), list(task.labels)]
    assert np.array_equal(matrix[:, 0], np.rint(own * UNITS_PER_LOSS).astype(np.int64))
    assert np.abs(own - _plainly(task)[:, 0]).max() < 1e-5


@given(st.integers(1, 40), st.integers(1, 30), st.integers(1, 64))
def test_every_batch_meets_every_key_in_the_same_company(pictures: int, columns: int, batch: int) -> None:
    task = small_task(1, columns)
    order = [int(row) for row in np.random.default_rng(pictures).permutation(pictures)]
    task = replace(task, pictures=list(task.pictures) * pictures, labels=[0] * pictures, rows=order)
    plan = plan_batches(task, batch)
    sizes = {len(group) for group in plan.groups}
    assert len(sizes) == 1
    assert 0 in plan.groups[0]
    assert sorted(column for group in plan.groups for column in group) == list(range(len(plan.groups) * sizes.pop()))
    assert [row for chunk in plan.chunks for row in chunk] == order
    for group in range(len(plan.groups)):
        assert all(1 <= len(unit) <= batch for unit in plan.units(group))
    # Fillers are never more than what evens out the groups.
    assert sum(len(group) for group in plan.groups) - columns < len(plan.groups)


def test_passes_are_told_after_every_batch() -> None:
    task = small_task(6, 5, views=TEN_VIEWS)
    events = list(loss_columns(task, batch=4))
    assert sum(event.passes for event in events if isinstance(event, Advanced)) == task.passes == 300
    assert sum(isinstance(event, Advanced) for event in events) == 10


class Forgetful(nn.Module):
    """A network whose memory is too small for more than ``most`` pictures; ``spared`` batches go well before."""

    def __init__(self, most: int, spared: int = 0, kind: type[Exception] = torch.OutOfMemoryError) -> None:
        super().__init__()
        self.net, self.most, self.spared, self.kind = SmallNet(), most, spared, kind

    def forward(self, pixels: Tensor) -> Tensor:
        if len(pixels) > self.most:
            self.spared -= 1
            if self.spared < 0:
                raise self.kind
        answer: Tensor = self.net(pixels)
        return answer


@pytest.mark.parametrize("kind", [torch.OutOfMemoryError, MemoryError])
def test_want_of_memory_begins_again_with_smaller_batches(kind: type[Exception]) -> None:
    task = small_task(6, 5, model=small_model(Forgetful(3, spared=1, kind=kind)))
    events = list(loss_columns(task, batch=12))
    restarts = [place for place, event in enumerate(events) if isinstance(event, Restarted)]
    assert [event.batch for event in events if isinstance(event, Restarted)] == [6, 3]
    assert any(isinstance(event, Column) for event in events[: restarts[0]])
    again = small_task(6, 5)
    expected = matrix_of(list(loss_columns(again, batch=3)), again)
    assert np.array_equal(matrix_of(events[restarts[-1] :], task), expected)


def test_a_single_picture_too_many_is_a_sentence() -> None:
    task = small_task(6, 5, model=small_model(Forgetful(0)))
    with pytest.raises(DeviceError, match="too little memory to show the model even one picture"):
        list(loss_columns(task, batch=4))
    with pytest.raises(DeviceError, match="even one picture"):
        all_original_losses(task, batch=4)


def test_originals_begin_again_too() -> None:
    task = small_task(6, 5, model=small_model(Forgetful(2, spared=1)))
    events = list(original_losses(task, batch=4))
    batch = [Advanced, OriginalLosses]
    assert [type(event) for event in events] == [*batch, Restarted, *batch, *batch, *batch]
    assert np.array_equal(all_original_losses(task, batch=2), all_original_losses(small_task(6, 5), batch=2))


def test_damaged_weights_refuse_the_audit() -> None:
    net = SmallNet()
    net.head.weight.data[2, 3] = float("nan")
    task = small_task(6, 5, model=small_model(net))
    with pytest.raises(NonFiniteLossError, match="weights may be damaged"):
        list(loss_columns(task, batch=4))
    with pytest.raises(NonFiniteLossError):
        all_original_losses(task, batch=4)


def test_a_model_that_fails_is_a_sentence() -> None:
    task = small_task(6, 5, model=small_model(nn.Flatten()))
    with pytest.raises(ModelRunError, match="number of classes"):
        list(loss_columns(task, batch=4))


def test_enough_can_be_said_at_any_event() -> None:
    for count in range(1, 8):
        with closing(loss_columns(small_task(6, 5), batch=4)) as events:
            assert len(list(islice(events, count))) == count


def test_cancelling_ends_between_two_batches() -> None:
    control = Control()
    events = loss_columns(small_task(6, 5), batch=4, control=control)
    next(events)
    control.cancel()
    with pytest.raises(CancelledError):
        list(events)


class Told(Control):
    """A control that says when the work has come to a checkpoint."""

    def __init__(self) -> None:
        super().__init__()
        self.is_reached = threading.Event()

    def checkpoint(self) -> None:
        self.is_reached.set()
        super().checkpoint()


def test_a_pause_holds_the_next_batch_and_changes_nothing() -> None:
    control, task = Told(), small_task(6, 5)
    events = loss_columns(task, batch=4, control=control)
    seen = [next(events)]
    control.pause()
    control.is_reached.clear()
    with ThreadPoolExecutor(1) as executor:
        rest = executor.submit(list, events)
        control.is_reached.wait()
        assert not rest.done()
        control.resume()
        seen += rest.result()
    assert np.array_equal(matrix_of(seen, task), matrix_of(list(loss_columns(task, batch=4)), task))


def test_key_columns_come_from_the_record() -> None:
    from tests.records.records_helpers import make_block

    block = make_block()
    marks = column_marks([block])
    assert marks(0)[0] == block.mark
    keys = {mark.key for column in range(4) for mark in marks(column) if mark is not None}
    assert len(keys) == 4


def test_half_precision_is_measured_against_float32() -> None:
    task = small_task(6, 1, model=small_model().at_precision("half"))
    assert isinstance(task.model, type(small_model()))
    effect = precision_effect(task.model, task, batch=4)
    assert (effect.precision, effect.pictures) == ("half", 6)
    assert 0 < effect.mean < effect.largest < 1
    exact = precision_effect(small_model(), task, batch=4)
    assert exact.largest == 0


def test_parts_that_do_not_fit_are_refused() -> None:
    task = small_task(6, 5)
    with pytest.raises(UsageError, match="Labels or order"):
        replace(task, labels=[0] * 5)
    with pytest.raises(UsageError, match="Labels or order"):
        replace(task, rows=[0, 1, 2, 3, 4, 4])
    with pytest.raises(UsageError, match="classes, which are 0 to 4"):
        replace(task, labels=[CLASSES] * 6)
    with pytest.raises(UsageError, match="at least one picture"):
        replace(task, pictures=[], labels=[], rows=[])


@settings(deadline=None, max_examples=10)
@given(st.integers(33, 90), st.integers(33, 90), st.integers(0, 1000), st.sampled_from(("paper", "tint")))
def test_a_marked_crop_is_a_crop_of_the_marked_picture(height: int, width: int, seed: int, kind: MarkKind) -> None:
    original = Original(picture(height, width, seed), design(seed, height, width), needs_texture=True)
    one = prepare_picture(original, SMALL, TEN_VIEWS)
    marks = key_marks(settings=MarkSettings(kind=kind))
    own = marks(0)[0]
    assert own is not None
    mark = make_mark(own.key, MarkSettings(kind=kind))
    whole = mark_picture(one.pixels, mark, one.design)
    assert whole.shape == (3, *one.size)
    task = replace(small_task(1, 1, views=TEN_VIEWS), pictures=[one], marks=marks)
    assert np.abs(matrix_of(list(loss_columns(task, batch=1)), task) / UNITS_PER_LOSS - _plainly(task)).max() < 1e-5


@CARD
@pytest.mark.parametrize("views", [ONE_VIEW, TEN_VIEWS])
def test_a_card_gives_the_same_matrix(views: Views) -> None:
    from mtgui.auditing.engine.classifier import TorchClassifier
    from mtgui.auditing.engine.devices import choose_device

    host = small_task(9, 6, views=views)
    card = replace(host, model=TorchClassifier(SmallNet(), CLASSES, SMALL, choose_device("cuda")))
    matrices = [matrix_of(list(loss_columns(task, batch=8)), task) for task in (host, card, card)]
    assert np.abs(matrices[0] - matrices[1]).max() < 1e-5 * UNITS_PER_LOSS
    assert np.array_equal(matrices[1], matrices[2])


@CARD
def test_a_card_that_is_too_small_begins_again() -> None:
    from mtgui.auditing.engine.classifier import TorchClassifier
    from mtgui.auditing.engine.devices import choose_device

    module = Forgetful(3, spared=1)
    model = TorchClassifier(module, CLASSES, SMALL, choose_device("cuda"))
    task = replace(small_task(6, 5), model=model, lane=RoomlessLane)
    events = list(loss_columns(task, batch=12))
    restarts = [place for place, event in enumerate(events) if isinstance(event, Restarted)]
    assert matrix_of(events[restarts[-1] :], task).shape == (6, 5)


def test_prepared_pictures_differ() -> None:
    assert len({one.pixels.tobytes() for one in prepared_pictures(6)}) == 6
