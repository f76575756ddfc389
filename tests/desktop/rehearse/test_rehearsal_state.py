"""What is known of a rehearsal at any moment, from its events alone."""

import math
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mtgui.common.events import Event, Finished, ItemFailed, Noticed, Paused, Progress, Resumed, Started, ThreadsChosen
from mtgui.desktop.rehearse.plot_tables import audits_table, chances_table, curves_table
from mtgui.desktop.rehearse.rehearsal_state import RehearsalState
from mtgui.desktop.rehearse.rehearsal_words import (
    audits_in_words,
    chances_in_words,
    curves_in_words,
    final_verdict,
    measures_in_words,
    progress_in_words,
    running_verdict,
)
from mtgui.rehearsal.rehearsal_events import EpochDone, TrainingAudited, TrainingDone, UserP
from mtgui.rehearsal.rehearsal_result import Baselines, CurvePoint, Measures, ModelResult, RehearsalResult, UserResult


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def epoch(model: str, number: int, epochs: int = 4, test_accuracy: float | None = 0.25) -> EpochDone:
    return EpochDone(model, number, epochs, 2.0 / number, number / epochs, test_accuracy, 1800.0, 0.1)


def audited(number: int, values: list[float], own: float | None = None) -> TrainingAudited:
    return TrainingAudited("marked", number, 4, tuple(UserP(*one) for one in enumerate(values)), own)


def finished(own: int | None = None, low: int = 3) -> Finished:
    users = tuple(
        UserResult(user, {"keys only": 0.5, "withheld only": None, "both": 0.001 if user < low else 0.3}, {}, 0.1)
        for user in range(4)
    )
    model = ModelResult("marked", 640, 4, 1.0, 0.5, users, None)
    curve = CurvePoint(12, 12, 60, 80, 0.75, 0.4, 0.9), CurvePoint(2, 2, 8, 80, 0.1, 0.0, 0.4)
    return Finished(RehearsalResult({}, 22.0, 0.9, (model,), "It is so.", own, curve).values())


def tell(rehearsal: RehearsalState, *events: Event) -> RehearsalState:
    for event in events:
        rehearsal.tell(event)
    return rehearsal


def test_rounds_and_audits_are_kept_in_their_order() -> None:
    rehearsal = tell(
        RehearsalState(),
        Started("training marked", 4),
        epoch("marked", 1),
        epoch("marked", 2),
        audited(2, [0.2, 0.004, 0.5]),
        epoch("absent", 1),
    )
    assert [point.epoch for point in rehearsal.models["marked"].points] == [1, 2]
    assert rehearsal.audits[0].p_values == (0.2, 0.004, 0.5)
    assert "round 2 of 4" in running_verdict(rehearsal).headline
    assert "After 2 rounds with your copies, an audit would find 1 of 3 artists" in running_verdict(rehearsal).sentence
    assert "with your copies, after 2 of 4 rounds: loss 1.000, 50 % of its own pictures right" in curves_in_words(
        rehearsal
    )
    assert "The median of all artists is p = 0.2." in audits_in_words(rehearsal)


def test_one_s_own_p_leads() -> None:
    rehearsal = tell(RehearsalState(), epoch("marked", 2), audited(2, [0.004, 0.2], own=0.004))
    assert "an audit of your pictures gives p = 0.004" in running_verdict(rehearsal).sentence


def test_later_stages_count_on() -> None:
    rehearsal = tell(
        RehearsalState(models=1),
        Started("training marked", 4),
        epoch("marked", 4, 10),
        Started("training marked, distilling", 6),
        Progress(50, 100, 1.0),
    )
    assert list(rehearsal.models) == ["marked"]
    assert math.isclose(rehearsal.models["marked"].within, 0.7)
    assert running_verdict(rehearsal).headline == "Distilling the model with your copies: round 5 of 10."


def test_time_left_comes_from_the_share_that_is_done_and_pauses_do_not_count() -> None:
    clock = Clock()
    rehearsal = RehearsalState(models=1, clock=clock)
    tell(rehearsal, Started("training marked", 4))
    clock.now += 10
    tell(rehearsal, epoch("marked", 2))
    assert rehearsal.remaining is not None
    assert math.isclose(rehearsal.remaining, 10 * (1 - 0.425) / 0.425)
    tell(rehearsal, Paused())
    clock.now += 1000
    assert rehearsal.seconds == 10
    assert "paused" in progress_in_words(rehearsal)
    tell(rehearsal, Resumed())
    clock.now += 1
    assert rehearsal.seconds == 11


def test_the_end_counts_who_was_found_and_says_the_engine_s_sentence() -> None:
    rehearsal = tell(RehearsalState(), finished())
    verdict = final_verdict(rehearsal)
    assert verdict.headline == "Found for 3 of 4 artists."
    assert (verdict.sentence, verdict.sign) == ("It is so.", "▲")
    assert "memorise yours less" in verdict.caveat
    assert [one.pictures for one in rehearsal.chances] == [4, 24], "the curve grows"
    assert "12 published and 12 private: found in 75 % of cases (40 % to 90 %)." in chances_in_words(rehearsal)


def test_own_pictures_decide_the_headline() -> None:
    assert "you among them" in final_verdict(tell(RehearsalState(), finished(own=0))).headline
    missed = final_verdict(tell(RehearsalState(), finished(own=3)))
    assert (missed.headline, missed.sign) == ("Found for 3 of 4 artists, but not for you.", "○")


def test_tables_hold_what_the_plots_show() -> None:
    rehearsal = tell(RehearsalState(), epoch("marked", 1, test_accuracy=None), audited(1, [0.5, 0.25]), finished())
    assert curves_table(rehearsal).splitlines() == [
        "model,round,loss_nats,train_accuracy,test_accuracy",
        "marked,1,2.0,0.25,",
    ]
    assert audits_table(rehearsal).splitlines()[1:] == ["1,1,0.5,", "1,2,0.25,"]
    assert chances_table(rehearsal).splitlines()[2] == "12,12,60,80,0.75,0.4,0.9,False"


def test_a_p_just_above_alpha_is_not_rounded_to_it() -> None:
    rehearsal = tell(RehearsalState(), epoch("marked", 1), audited(1, [0.0104], own=0.0104))
    assert "p = 0.011 (found: at most 0.01)" in running_verdict(rehearsal).sentence


@given(
    st.lists(
        st.sampled_from(
            [
                Started("training marked", 0),
                Started("auditing nobody", 3),
                Progress(5, 0, 1.0),
                Progress(7, 3, 1.0),
                epoch("marked", 9, 4),
                EpochDone("other", 1, 0, 1.0, 0.5, None, 9.0, 0.1),
                TrainingDone("absent", 0, 1.0, None, 0.0),
                audited(3, []),
                audited(1, [0.0, 1.0]),
                Resumed(),
                Paused(),
                Finished({}),
                Finished({"models": [], "curve": 3}),
                finished(own=9),
            ]
        ),
        max_size=6,
    )
)
def test_events_in_a_strange_order_break_nothing(events: list[Event]) -> None:
    rehearsal = RehearsalState()
    for event in events:
        rehearsal.tell(event)
        running_verdict(rehearsal)
        progress_in_words(rehearsal)
        curves_in_words(rehearsal)
        audits_in_words(rehearsal)
        chances_in_words(rehearsal)
        final_verdict(rehearsal)


def test_what_is_worth_saying_is_kept_apart_from_what_was_left_out() -> None:
    rehearsal = RehearsalState()
    rehearsal.tell(Noticed("On this processor bfloat16 is slow."))
    rehearsal.tell(ItemFailed(Path("a/b.png"), "It is broken."))
    assert rehearsal.remarks == ["On this processor bfloat16 is slow."]
    assert rehearsal.notes == ["b.png: It is broken."]


def test_a_number_of_threads_that_nobody_asked_for_is_no_remark() -> None:
    rehearsal = RehearsalState()
    rehearsal.tell(ThreadsChosen("Computing with 1 of 2 threads: with 2 it is slower now."))
    assert (rehearsal.remarks, rehearsal.notes) == ([], [])


def test_the_paper_s_baselines_are_told_where_they_were_measured() -> None:
    def measures(tpr: float) -> Measures:
        return Measures(0.0, {"0.01": tpr, "0": 0.0}, 0.9, 200)

    baselines = Baselines(measures(0.9), measures(0.125))
    rehearsal = RehearsalState()
    assert measures_in_words(rehearsal) == ""
    model = ModelResult("marked", 640, 4, 1.0, 0.5, (), measures(1.0), baselines=baselines)
    rehearsal.result = RehearsalResult({}, None, None, (model,), "", None, ())
    assert "100 % of sets found by their loss, 90 % by their logit-scaled loss, and 12 % of single pictures" in (
        measures_in_words(rehearsal)
    )
    rehearsal.result = RehearsalResult({}, None, None, (replace(model, baselines=None),), "", None, ())
    assert measures_in_words(rehearsal) == "", "results of earlier versions have none"
