"""A whole rehearsal: marks are found, absent marks are not, and everything can be had again."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtgui.auditing.loss_kinds import UNITS_PER_LOSS
from mtgui.common.control import Control
from mtgui.common.errors import CancelledError, UsageError
from mtgui.common.events import Event, Finished
from mtgui.marking.settings import MarkSettings
from mtgui.rehearsal.findings.results import result_in_words
from mtgui.rehearsal.findings.user_audits import AuditPlan
from mtgui.rehearsal.pictures.drawn_pictures import make_pictures
from mtgui.rehearsal.pictures.own_pictures import OwnPictures
from mtgui.rehearsal.pictures.users import UserPlan
from mtgui.rehearsal.rehearsal_events import TrainingAudited, TrainingDone, UserAudited
from mtgui.rehearsal.rehearsal_request import RehearsalRequest
from mtgui.rehearsal.rehearse import rehearse
from mtgui.rehearsal.training.training_plan import TrainingPlan

# Half of the pictures are strays, so that they can only be learned by heart.
REQUEST = RehearsalRequest(
    data=make_pictures(3, 80, 4, side=16, strays=0.5),
    users=UserPlan(users=2, published=16, withheld=16),
    training=TrainingPlan(network="resnet8", epochs=30, batch=16, weight_decay=0.0),
    audits=AuditPlan(keys=199, keys_beside=15, draws=1999, alpha=Fraction(1, 20), sets=40),
    seed=2,
    device="cpu",
)
QUICK = replace(REQUEST, training=replace(REQUEST.training, epochs=1), audits=AuditPlan(keys=3, keys_beside=1, sets=4))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rehearsal")


@pytest.fixture(scope="module")
def events(folder: Path) -> list[Event]:
    return list(rehearse(replace(REQUEST, out=folder)))


def test_marks_are_found_and_absent_marks_are_not(events: list[Event]) -> None:
    assert isinstance(events[-1], Finished)
    marked, absent = events[-1].result["models"]
    assert (marked["kind"], absent["kind"]) == ("marked", "absent")
    assert marked["train_accuracy"] > 0.97
    assert all(user["p_values"]["withheld only"] < 0.05 for user in marked["users"])
    assert all(user["p_values"]["both"] < 0.05 for user in marked["users"])
    assert all(user["p_values"]["both"] > 0.01 for user in absent["users"])
    assert marked["measures"]["auc"] > absent["measures"]["auc"]
    for name in ("logit_set", "picture"):
        assert marked["baselines"][name]["auc"] > absent["baselines"][name]["auc"]
    assert marked["baselines"]["picture"]["auc"] < 1.0
    assert marked["baselines"]["picture"]["sets"] == 40 * 16


def test_it_tells_of_every_training_and_every_user(events: list[Event]) -> None:
    assert [event.model for event in events if isinstance(event, TrainingDone)] == ["marked", "absent"]
    audited = [(event.model, event.user) for event in events if isinstance(event, UserAudited)]
    assert audited == [("marked", 0), ("marked", 1), ("absent", 0), ("absent", 1)]


def test_what_is_kept_proves_the_numbers(events: list[Event], folder: Path) -> None:
    assert isinstance(events[-1], Finished)
    with np.load(folder / "users.npz") as users, np.load(folder / "marked.losses.npz") as losses:
        published = users["user1_published"]
        own = losses["user1_withheld_only_losses"][0]
        stated = events[-1].result["models"][0]["users"][0]["set_loss"]
        assert own[published].sum() / (16 * UNITS_PER_LOSS) == pytest.approx(stated)
        assert losses["member_sets"][0] == own[published].sum()
        assert len(losses["held_out_sets"]) == 40
        assert losses["held_out_pictures"].sum(axis=1).tolist() == losses["held_out_sets"].tolist()


def _but_for_the_device(finished: Finished) -> dict[str, Any]:
    """Return the result without the name of the device, in which the number of threads stands."""
    settings = {name: value for name, value in finished.result["settings"].items() if name != "device"}
    return {**finished.result, "settings": settings}


def test_the_same_request_again_trains_nothing_and_says_the_same(events: list[Event], folder: Path) -> None:
    again = list(rehearse(replace(REQUEST, out=folder)))
    assert isinstance(again[-1], Finished)
    assert isinstance(events[-1], Finished)
    assert _but_for_the_device(again[-1]) == _but_for_the_device(events[-1])
    assert all(event.epochs == 30 for event in again if isinstance(event, TrainingDone))


def test_the_words_name_every_design(events: list[Event]) -> None:
    assert isinstance(events[-1], Finished)
    words = result_in_words(events[-1].result, 0.05)
    assert "Found at p ≤ 0.05, withheld only: 2 of 2 artists." in words
    assert "dB PSNR" in words
    assert "Another model may remember more or less." in words


def test_it_ends_with_a_sentence_and_a_curve(events: list[Event]) -> None:
    assert isinstance(events[-1], Finished)
    result = events[-1].result
    assert result["sentence"] == (
        "16 pictures were published and 16 stayed private. A model trained on the copies was found out for 2 of 2 "
        "artists. A "
        "model that never saw them was accused in 0 of 2 cases."
    )
    assert result["own"] is None
    sizes = [(point["published"], point["withheld"]) for point in result["curve"]]
    assert sizes == sorted(sizes)
    assert sizes[-1] == (16, 16)
    assert (result["curve"][-1]["found"], result["curve"][-1]["of"]) == (2, 2)
    assert result["curve"][0]["share"] < 1.0
    assert "learned by one model" in result["curve_note"]


def test_the_curve_goes_on_with_further_artists_who_count_nowhere_else() -> None:
    users = UserPlan(users=2, published=5, withheld=4)
    request = replace(QUICK, users=users, kinds=("marked",), reach=9)
    ended = list(rehearse(request))[-1]
    assert isinstance(ended, Finished)
    curve = ended.result["curve"]
    assert [(one["published"], one["withheld"]) for one in curve if one["is_beyond"]] == [(6, 6), (8, 7), (9, 9)]
    assert (curve[-1]["of"], curve[-1]["is_beyond"]) == (4, True)
    assert len(ended.result["models"][0]["users"]) == 2
    assert "2 artists" in ended.result["sentence"]
    assert ended.result["settings"]["reach"] == 9
    assert "further artists" in result_in_words(ended.result, 0.05)


def test_audits_during_the_training_change_nothing_and_see_the_marks_sink_in(events: list[Event]) -> None:
    watched = list(rehearse(replace(REQUEST, audit_every=10, kinds=("marked",))))
    audited = [event for event in watched if isinstance(event, TrainingAudited)]
    assert [(event.model, event.epoch, event.epochs) for event in audited] == [("marked", n, 30) for n in (10, 20, 30)]
    assert all(one.p_value < 0.05 for one in audited[-1].p_values)
    assert [one.user for one in audited[0].p_values] == [0, 1]
    assert audited[0].own is None
    assert isinstance(watched[-1], Finished)
    assert isinstance(events[-1], Finished)
    assert watched[-1].result["models"][0] == events[-1].result["models"][0]


def test_own_pictures_are_audited_among_the_others() -> None:
    own = OwnPictures(make_pictures(3, 4, 99, side=16).pixels, (None,) * 12)
    last = list(rehearse(replace(QUICK, own=own, audit_every=1)))
    audited = [event for event in last if isinstance(event, TrainingAudited)]
    assert audited[0].own == audited[0].p_values[0].p_value
    assert isinstance(last[-1], Finished)
    assert last[-1].result["own"] == 0
    assert last[-1].result["sentence"].startswith("6 pictures were published and 6 stayed private. ")
    assert last[-1].result["settings"]["users"]["published"] == 6


def test_one_user_is_spoken_of_as_one() -> None:
    result = _result(replace(QUICK, users=replace(QUICK.users, users=1), kinds=("absent",)))
    assert "of 1 artist." in result_in_words(result, 0.05)


def test_designs_without_a_coin_are_left_out() -> None:
    invisible = replace(QUICK.users, settings=MarkSettings(1.0, 0))
    result = _result(replace(QUICK, users=invisible, kinds=("absent",)))
    assert result["psnr"] is None
    assert [p is None for p in result["models"][0]["users"][0]["p_values"].values()] == [True, False, True]
    nothing_back = _result(replace(QUICK, users=replace(QUICK.users, withheld=0), kinds=("marked", "unmarked")))
    assert [p is None for p in nothing_back["models"][0]["users"][0]["p_values"].values()] == [False, True, True]
    assert nothing_back["models"][0]["pictures"] == nothing_back["models"][1]["pictures"]
    with pytest.raises(UsageError, match="Withhold some, or use a stronger mark"):
        _result(replace(QUICK, users=replace(invisible, withheld=0)))


def test_it_can_be_cancelled() -> None:
    control = Control()
    control.cancel()
    with pytest.raises(CancelledError):
        list(rehearse(QUICK, control))


def _result(request: RehearsalRequest) -> dict[str, Any]:
    last = list(rehearse(request))[-1]
    assert isinstance(last, Finished)
    return dict(last.result)
