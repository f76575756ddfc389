"""The folder of a rehearsal: whose it is, what was different before, and results that need not be made again."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, UsageError
from mtgui.common.events import Event, Finished, Noticed, event_to_json
from mtgui.marking.settings import MarkSettings
from mtgui.rehearsal.findings.kept_files import save_results
from mtgui.rehearsal.findings.sentence import made_before
from mtgui.rehearsal.findings.user_audits import AuditPlan
from mtgui.rehearsal.pictures.drawn_pictures import make_pictures
from mtgui.rehearsal.pictures.users import UserPlan
from mtgui.rehearsal.rehearsal_events import EpochDone, TrainingBegun
from mtgui.rehearsal.rehearsal_request import RehearsalRequest
from mtgui.rehearsal.rehearse import rehearse
from tests.rehearsal.rehearsal_helpers import TINY, tiny_data


def small(out: Path, **changes: Any) -> RehearsalRequest:
    request = RehearsalRequest(
        data=tiny_data(40),
        users=UserPlan(users=2, published=5, withheld=5),
        training=TINY,
        audits=AuditPlan(keys=3, keys_beside=1, sets=4),
        device="cpu",
        out=out,
        threads=1,
    )
    return replace(request, **changes)


def interrupted(request: RehearsalRequest) -> None:
    """Begin ``request`` and stop it after an epoch."""
    control = Control()
    events = rehearse(request, control)
    assert any(isinstance(event, EpochDone) for event in events)
    control.cancel()
    with pytest.raises(CancelledError):
        list(events)


def finished(request: RehearsalRequest) -> list[Event]:
    """Do ``request`` to its end, and keep what came out as the program does."""
    events = list(rehearse(request))
    assert isinstance(events[-1], Finished)
    assert request.out is not None
    save_results(request.out, events[-1].result)
    return events


def refusal(request: RehearsalRequest) -> str:
    with pytest.raises(UsageError) as caught:
        list(rehearse(request))
    return str(caught.value)


def test_a_folder_of_other_settings_is_refused_with_the_settings_that_differ(tmp_path: Path) -> None:
    interrupted(small(tmp_path))
    users = UserPlan(users=2, published=6, withheld=5, settings=MarkSettings(blend_ratio=0.5))
    said = refusal(small(tmp_path, users=users, training=replace(TINY, epochs=7), aside=0.3))
    assert str(tmp_path) in said
    for part in ("epochs 2, now 7", "published 5, now 6", "blend ratio 0.7, now 0.5", "share kept aside 0.2, now 0.3"):
        assert part in said
    assert "withheld" not in said
    assert said.endswith("Take those that it was begun with, or choose another folder.")


def test_other_pictures_in_the_same_number_are_named(tmp_path: Path) -> None:
    interrupted(small(tmp_path))
    others = make_pictures(3, 40, 8, side=16)
    assert "with other settings: other pictures." in refusal(small(tmp_path, data=others))


def test_a_refused_rehearsal_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    interrupted(small(tmp_path))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    refusal(small(tmp_path, seed=5))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert isinstance(finished(small(tmp_path))[-1], Finished)


def test_other_audits_of_the_same_models_are_no_other_settings(tmp_path: Path) -> None:
    first = finished(small(tmp_path))[-1]
    events = finished(small(tmp_path, audits=AuditPlan(keys=4, keys_beside=1, sets=4)))
    assert not any(isinstance(event, TrainingBegun) for event in events)
    assert isinstance(first, Finished)
    assert isinstance(events[-1], Finished)
    assert events[-1].result["settings"]["audits"]["keys"] == 4
    again = list(rehearse(small(tmp_path)))
    assert not isinstance(again[0], Noticed), "results of other audits are not taken for these"


def test_a_finished_rehearsal_is_not_done_again_and_says_how_it_was_made(tmp_path: Path) -> None:
    first = finished(small(tmp_path))[-1]
    notice, last = rehearse(small(tmp_path, threads=None))
    assert notice == Noticed(
        "These results were made before, on CPU, 1 thread; to rehearse again, choose another folder or another seed."
    )
    assert event_to_json(last) == event_to_json(first)


def test_a_finished_rehearsal_says_that_it_has_another_number_of_threads(tmp_path: Path) -> None:
    finished(small(tmp_path))
    notice, _ = rehearse(small(tmp_path, threads=2))
    assert notice == Noticed(
        "These results were made before, on CPU, 1 thread, and not with 2 threads; to rehearse with that number, "
        "choose another folder."
    )


@pytest.mark.parametrize("device", ["CPU, 2 threads", "CPU, 1 thread; CPU, 2 threads", "Some Card"])
def test_nothing_is_said_of_threads_that_were_those_asked_for_or_that_a_card_has_not(device: str) -> None:
    assert "not with" not in made_before(device, 2)


@pytest.mark.parametrize("name", ["results.json", "absent.safetensors", "marked.checkpoint.safetensors"])
def test_what_was_deleted_is_made_again(name: str, tmp_path: Path) -> None:
    first = finished(small(tmp_path))[-1]
    (tmp_path / name).unlink()
    again = finished(small(tmp_path))
    assert not isinstance(again[0], Noticed)
    assert again[-1] == first
    assert (tmp_path / name).exists()


def test_results_that_were_changed_are_made_again(tmp_path: Path) -> None:
    first = finished(small(tmp_path))[-1]
    (tmp_path / "results.json").write_text("{}")
    assert list(rehearse(small(tmp_path)))[-1] == first


def test_a_folder_from_before_settings_were_kept_is_refused_all_the_same(tmp_path: Path) -> None:
    interrupted(small(tmp_path))
    (tmp_path / "settings.json").unlink()
    assert "belongs to a training with other settings or pictures" in refusal(small(tmp_path, seed=5))
    assert isinstance(finished(small(tmp_path))[-1], Finished)
    assert (tmp_path / "settings.json").exists()
