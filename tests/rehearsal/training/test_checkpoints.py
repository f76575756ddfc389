"""A checkpoint that could not be written is said, also to a person who stops the training."""

from pathlib import Path

import pytest
import torch

from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, StorageError
from mtgui.rehearsal.rehearsal_events import EpochDone
from mtgui.rehearsal.training.checkpoints import CheckpointWriter
from mtgui.rehearsal.training.training import train
from mtgui.rehearsal.training.weight_files import load_tensors
from tests.rehearsal.rehearsal_helpers import TINY, processor, tiny_data

TENSORS = {"one": torch.ones(3)}


def test_a_stop_does_not_hide_that_the_last_epoch_could_not_be_kept(tmp_path: Path) -> None:
    control, path = Control(), tmp_path / "gone" / "c"
    events = train(TINY, tiny_data(), None, processor(), checkpoint=path, control=control)
    for event in events:
        if isinstance(event, EpochDone):
            control.cancel()
            break
    with pytest.raises(StorageError, match=r"the last epoch could not be kept in .*it is not there"):
        next(events)


def keep_and_fail(path: Path, error: type[Exception]) -> None:
    with CheckpointWriter(path) as writer:
        writer.keep(TENSORS)
        raise error


def test_a_stop_waits_until_the_last_epoch_is_kept(tmp_path: Path) -> None:
    with pytest.raises(CancelledError):
        keep_and_fail(tmp_path / "c", CancelledError)
    assert torch.equal(load_tensors(tmp_path / "c")["one"], TENSORS["one"])


def test_what_went_wrong_first_is_what_is_raised(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        keep_and_fail(tmp_path / "gone" / "c", ZeroDivisionError)


def test_events_that_nobody_takes_any_more_end_without_an_error(tmp_path: Path) -> None:
    events = train(TINY, tiny_data(), None, processor(), checkpoint=tmp_path / "gone" / "c")
    assert any(isinstance(event, EpochDone) for event in events)
    events.close()


def test_a_training_that_ends_says_what_could_not_be_kept(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), CheckpointWriter(tmp_path / "gone" / "c") as writer:
        writer.keep(TENSORS)
