"""Rehearsals of LoRAs and fine-tunes, from a request to a result."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("diffusers", reason="needs the extra “diffusion”")

from mtgui.auditing.diffusion.plans import DiffusionPlan, LoraPlan
from mtgui.auditing.diffusion.recognise import recognise_diffusion
from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, UsageError
from mtgui.common.events import Event, Noticed
from mtgui.common.hashing import sha256_file
from mtgui.reading.reader import inspect_model
from mtgui.rehearsal.fine_tuning.artist_files import ORIGINALS, RECORD
from mtgui.rehearsal.fine_tuning.rehearse_tuning import rehearse_tuning
from mtgui.rehearsal.fine_tuning.tuning_folder import BASE
from mtgui.rehearsal.pictures.own_pictures import OwnPictures
from mtgui.rehearsal.rehearsal_events import ArtistAudited, StepsDone
from tests.auditing.job.job_helpers import exact
from tests.auditing.job.job_helpers import result as audited
from tests.rehearsal.fine_tuning.tuning_helpers import PUBLISHED, WITHHELD, finish, of_kind, tiny_request

SMALLEST = 1 / 924
"""p with 6 of 12 pictures: as many draws are possible."""


def until(events: Any, wanted: type[Event], control: Control) -> list[Event]:
    """Return the events up to the first one that is ``wanted``, after which the rehearsal is cancelled."""
    found = []
    try:
        for event in events:
            found.append(event)
            if isinstance(event, wanted):
                control.cancel()
    except CancelledError:
        return found
    raise AssertionError("it was not stopped")


def test_loras_that_saw_their_pictures_often_are_found_and_others_are_not() -> None:
    _, result = finish(tiny_request(None, base_steps=40, exposures=(400,)))
    assert all(one.p_values[0] <= 0.01 for one in result.artists)
    assert all(one.innocent[0] > SMALLEST * 1.5 for one in result.artists)
    assert [one.smallest_p for one in result.artists] == pytest.approx([SMALLEST] * 2)
    assert [(one.exposures, one.found, one.of) for one in result.points] == [(400, 2, 2)]
    assert result.sentence.startswith("After 400 exposures of each picture, 2 of 2 LoRAs were found out")


def test_a_full_fine_tune_is_found_too(tmp_path: Path) -> None:
    _, result = finish(tiny_request(tmp_path, base_steps=40, exposures=(250,), fine_tune="full"))
    assert all(one.p_values[0] <= 0.01 for one in result.artists)
    plan = recognise_diffusion(inspect_model(tmp_path / "artist-1" / "250-exposures.safetensors"))
    assert isinstance(plan, DiffusionPlan)
    assert plan.side == 16


def test_files_are_loras_that_say_what_they_saw(tmp_path: Path) -> None:
    finish(tiny_request(tmp_path))
    base = recognise_diffusion(inspect_model(tmp_path / BASE))
    assert isinstance(base, DiffusionPlan)
    plan = recognise_diffusion(inspect_model(tmp_path / "artist-2" / "3-exposures.safetensors"), base)
    assert isinstance(plan, LoraPlan)
    assert plan.spelling == "peft"
    assert (plan.says.pictures, plan.says.exposures, plan.says.resolution) == (PUBLISHED, 3, "16 × 16")
    assert plan.says.base_sha256 == sha256_file(tmp_path / BASE)


def test_an_audit_of_the_kept_files_finds_the_same(tmp_path: Path) -> None:
    _, kept = finish(tiny_request(tmp_path, exposures=(20,)))
    artist = tmp_path / "artist-1"
    found = audited(
        AuditRequest(
            (ModelChoice(artist / "20-exposures.safetensors", base=tmp_path / BASE),),
            (artist / RECORD,),
            (artist / ORIGINALS,),
            device="cpu",
            threads=1,
            stops_early=False,
        )
    )
    # Other batches change the last bits of losses, and so the order of a few draws that are almost equal.
    assert float(exact(found, "p_value")) == pytest.approx(kept.artists[0].p_values[0], abs=3 * SMALLEST)


def test_a_stopped_rehearsal_goes_on_and_ends_as_if_it_had_not_been_stopped(tmp_path: Path) -> None:
    control, stopped = Control(), tiny_request(tmp_path / "stopped", exposures=(3,))
    whole = finish(tiny_request(tmp_path / "whole", exposures=(3,)))[1]
    until(rehearse_tuning(stopped, control), ArtistAudited, control)
    events, result = finish(stopped)
    assert result == whole
    assert {one.model for one in of_kind(events, StepsDone)} == {"artist 2"}
    events, again = finish(stopped)
    assert again == whole
    assert not of_kind(events, StepsDone)
    assert "made before" in of_kind(events, Noticed)[0].sentence


def test_finished_artists_are_not_trained_again(tmp_path: Path) -> None:
    request = tiny_request(tmp_path)
    _, before = finish(request)
    (tmp_path / "results.json").unlink()
    (tmp_path / "artist-2" / "findings.json").unlink()
    events, result = finish(request)
    assert result == before
    assert {one.model for one in of_kind(events, StepsDone)} == {"artist 2"}
    assert [one.was_there for one in of_kind(events, ArtistAudited)] == [True, True, False, False]


def test_a_training_can_be_stopped_inside(tmp_path: Path) -> None:
    control = Control()
    events = until(rehearse_tuning(tiny_request(tmp_path), control), StepsDone, control)
    assert len(of_kind(events, StepsDone)) == 1
    assert not (tmp_path / BASE).exists()


def test_a_folder_of_another_rehearsal_is_refused_with_the_difference(tmp_path: Path) -> None:
    finish(tiny_request(tmp_path))
    with pytest.raises(UsageError, match=r"with other settings: exposures 2, 3, now 3, 4\. Take"):
        finish(tiny_request(tmp_path, exposures=(3, 4)))
    (tmp_path / "settings.json").write_text(json.dumps({"identity": {"settings": {}}}))
    with pytest.raises(UsageError, match=r"of another kind\. Take"):
        finish(tiny_request(tmp_path))


def test_own_pictures_are_those_of_the_first_artist() -> None:
    chance = np.random.default_rng(0)
    pixels = chance.integers(0, 256, (8, 3, 16, 16), dtype=np.uint8)
    own = OwnPictures(pixels, (None,) * 8, (PUBLISHED, WITHHELD))
    _, result = finish(tiny_request(None, own))
    assert result.own == 0
    assert [one.is_own for one in result.artists] == [True, False]
    assert "The one made of your pictures" in result.sentence


def test_without_the_libraries_one_sentence_says_how_to_install_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(UsageError, match=r'pip install "mtgui\[diffusion\]"'):
        finish(tiny_request(None))
