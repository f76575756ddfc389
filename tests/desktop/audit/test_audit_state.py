"""Events fold into what is known; what is unknown or malformed changes nothing."""

import json
import math
from pathlib import Path

import pytest

from mtgui.auditing.job.audit_events import AuditDone, AuditPlanned, KeyDone
from mtgui.auditing.job.audit_result import PairResult
from mtgui.common.codec import FieldError
from mtgui.common.events import ItemDone, Noticed, Started, ThreadsChosen
from mtgui.desktop.audit.audit_state import AuditState, audit_from_values
from mtgui.desktop.audit.audit_words import pictures_in_words, plot_in_words, running_verdict, verdict_of
from mtgui.desktop.audit.growing_histogram import DrawHistograms
from mtgui.desktop.pictures.picture_entries import ShownPicture

PICTURES = (ShownPicture("a.png", True), ShownPicture("b.png", False))
PLAN = AuditPlanned(0, 0, 2, 1, 1, 2, 3, 6, 1 / 6, 4, "CPU", 64, 0.01)


def key_done(column: int, values: list[float], at_most: int, counted: int) -> KeyDone:
    losses = (0.1, 0.9) if column == 0 else None
    return KeyDone(0, 0, column, column + 1, 2, tuple(values), losses, at_most, counted, 1.0)


def told() -> AuditState:
    audit = AuditState((PICTURES,), ("castle",))
    audit.tell(Started("showing pictures", 4))
    assert audit.tell(PLAN)
    assert audit.tell(key_done(0, [0.1, 0.5, 0.9], 1, 3))
    assert audit.tell(key_done(1, [0.4, 0.6, 0.8], 1, 6))
    return audit


def test_draws_losses_and_counts_are_kept() -> None:
    state = told().pair(0, 0)
    assert (state.draws.total, state.set_loss, state.at_most, state.counted) == (6, 0.1, 1, 6)
    assert [(one.name, one.loss) for one in state.shown()] == [("a.png", 0.1), ("b.png", 0.9)]
    assert state.title == "castle"


def test_events_of_no_interest_change_nothing() -> None:
    audit = told()
    before = json.dumps(audit.to_values())
    assert not audit.tell(ItemDone(Path("a.png")))
    assert json.dumps(audit.to_values()) == before


def test_a_story_survives_the_history() -> None:
    audit = told()
    audit.tell(AuditDone(0, 0, PairResult(verdict="evidence", p_value=0.001, p_adjusted=0.001)))
    again = audit_from_values(json.loads(json.dumps(audit.to_values())))
    state = again.pair(0, 0)
    assert state.is_evidence
    assert state.draws.total == 6
    assert state.shown() == audit.pair(0, 0).shown()


OLD = {
    "model": 0, "record": 0, "title": "castle", "label": "castle", "set_loss": 0.1, "losses": [0.1, None],
    "plan": {"model": 0, "record": 0, "pictures": 2, "device": "CPU", "alpha": 0.05},
    "draws": DrawHistograms().to_json(), "pictures": [["a.png", True, "/a.png"], ["b.png", False, ""]],
    "keys_done": 2, "keys": 2, "at_most": 1, "counted": 6,
    "result": {"verdict": "evidence", "p_value": 0.001, "p_adjusted": 0.006, "of_another_version": [1]},
}  # fmt: skip


def test_a_story_of_an_older_version_is_read_as_far_as_it_goes() -> None:
    state = audit_from_values([OLD]).pair(0, 0)
    assert state.is_evidence
    assert state.plan is None, "the plan of that version says less than a plan of this one"
    assert [one.path for one in state.pictures] == [Path("/a.png"), None]
    assert math.isnan(state.losses[1])
    assert verdict_of(state).headline.startswith("Strong evidence")


@pytest.mark.parametrize("change", [{"draws": 3}, {"pictures": [["a.png"]]}, {"keys": "two"}])
def test_a_story_that_makes_no_sense_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(FieldError):
        audit_from_values([{**OLD, **change}])


def test_the_running_p_is_told_in_words() -> None:
    audit = told()
    assert "1 of 6" in running_verdict(audit, audit.pair(0, 0)).headline
    assert "p = 0.17" in running_verdict(audit, audit.pair(0, 0)).sentence
    assert running_verdict(AuditState(), AuditState().pair(0, 0)).headline == "Starting the engine…"


def test_the_verdict_follows_from_the_numbers_and_not_from_the_words_of_the_engine() -> None:
    audit = told()
    result = PairResult(
        verdict="evidence", p_value_exact="1/4800", p_adjusted_exact="1/800", runs=2, headline="Something else.",
        notes=("Note.",),
    )  # fmt: skip
    audit.tell(AuditDone(0, 0, result))
    verdict = verdict_of(audit.pair(0, 0), "a on b:")
    assert (verdict.sign, verdict.headline) == (
        "▲",
        "Strong evidence that this model was trained on your published pictures.",
    )
    assert verdict.sentence == "Chance alone gives a result like this at most 1 time in 800."
    assert verdict.caveat == (
        "a on b: p = 0.00021; adjusted for 2 runs of this record on this model p = 0.0013; α = 0.01. "
        "This is not the probability that the model is innocent. Note."
    )


def test_a_verdict_without_numbers_is_none_unless_it_is_no_evidence() -> None:
    audit = told()
    audit.tell(AuditDone(0, 0, PairResult(verdict="no evidence")))
    verdict = verdict_of(audit.pair(0, 0))
    assert (verdict.sign, verdict.headline) == ("○", "No evidence found.")
    assert verdict.sentence == "This does not show that they were not used."
    assert "not the probability" in verdict.caveat
    audit.tell(AuditDone(0, 0, PairResult(verdict="evidence")))
    assert verdict_of(audit.pair(0, 0)).headline == "No verdict."


def test_plots_are_text_for_those_who_do_not_see_them() -> None:
    state = told().pair(0, 0)
    assert "6 reference draws between 0.100 and 0.900 nats" in plot_in_words(state)
    assert "1 of 6 draws are no higher" in plot_in_words(state)
    assert "Best remembered: a.png" in pictures_in_words(state)
    assert plot_in_words(AuditState().pair(0, 0)) == "No draws yet."


def test_a_number_of_threads_that_nobody_asked_for_is_no_note() -> None:
    audit = told()
    audit.tell(ThreadsChosen("Computing with 1 of 2 threads: with 2 it is slower now."))
    audit.tell(Noticed("Memory ran out, so batches are smaller."))
    assert audit.notes == ["Memory ran out, so batches are smaller."]
