"""The speed of this computer: measured on a copy of the work, in steps and passes."""

import itertools
from dataclasses import replace

import pytest

from mtgui.common.control import Control
from mtgui.common.errors import CancelledError
from mtgui.marking.settings import MarkSettings
from mtgui.rehearsal.pictures.users import UserPlan
from mtgui.rehearsal.rehearsal_settings import RehearsalSettings
from mtgui.rehearsal.speed_trial import measured_speed
from mtgui.rehearsal.work import DETECTOR_EPOCHS, Speed, work_of
from tests.rehearsal.rehearsal_helpers import TINY, processor

TINT = MarkSettings(kind="tint", tint_strength=4.0)


@pytest.mark.parametrize("settings", [MarkSettings(), TINT, MarkSettings(1.0, 0)], ids=["paper", "tint", "none"])
def test_steps_and_passes_take_time(settings: MarkSettings) -> None:
    found = measured_speed(TINY, UserPlan(users=3, settings=settings), processor(), 16, 77, Control())
    assert found.step > 0
    assert found.audit > 0
    assert found.pictures == 77


def test_a_pass_is_the_time_of_an_audit_by_its_passes() -> None:
    ticks = itertools.count(0, 12)
    users = UserPlan(published=4, withheld=2)
    found = measured_speed(TINY, users, processor(), 16, 1, Control(), clock=lambda: float(next(ticks)))
    assert found.audit == 12 / (6 * 8), "six pictures under eight keys"


def test_a_measurement_can_be_cancelled() -> None:
    control = Control()
    control.cancel()
    with pytest.raises(CancelledError):
        measured_speed(TINY, UserPlan(), processor(), 16, 1, control)


def test_the_time_is_that_of_all_steps_and_passes() -> None:
    settings = RehearsalSettings(
        limit=200, users=2, published=10, withheld=5, epochs=4, keys=9, keys_beside=3, sets=7, audit_every=2,
        models=("marked", "absent"), aside=0.5,
    )  # fmt: skip
    work = work_of(settings, 1000)
    assert work.steps == 4 * ((100 - 2 * 5) + (100 - 2 * 15))
    keys_only, withheld_only, both = 10 * 10, 15, 15 * 4
    marked, absent = keys_only + withheld_only + both, withheld_only + (keys_only + both) / 10
    assert work.passes == pytest.approx(2 * (marked + absent) + 2 * 7 * 10 + 2 * 2 * both)
    assert work.seconds(Speed(0.5, 0.25, 1000)) == work.steps / 2 + work.passes / 4
    later = work_of(replace(settings, countermeasures={"distil": 3.0}), 1000)
    assert later.steps == work.steps * 7 / 4
    detecting = work_of(replace(settings, countermeasures={"detect": 0.01}), 1000)
    assert detecting.steps == work.steps + 2 * DETECTOR_EPOCHS * 2 * (100 - 2 * 15)
