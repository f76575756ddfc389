"""The speed of a rehearsal of LoRAs, with a clock that the test sets."""

import pytest

pytest.importorskip("diffusers", reason="needs the extra “diffusion”")

from mtgui.common.control import Control
from mtgui.rehearsal.fine_tuning.tuning_settings import TuningSettings
from mtgui.rehearsal.fine_tuning.tuning_speed import tuning_speed
from mtgui.rehearsal.fine_tuning.tuning_work import BATCH
from mtgui.rehearsal.work import Speed


def test_the_speed_is_that_of_the_shortest_turn_for_each_picture() -> None:
    spans = (9.0, 6.0, 7.0, 3.0, 2.0, 4.0)
    moments = iter([moment for start, span in enumerate(spans) for moment in (100.0 * start, 100.0 * start + span)])
    settings = TuningSettings(device="cpu", threads=1, width=8)
    assert tuning_speed(settings, Control(), lambda: next(moments)) == Speed(6.0 / BATCH, 2.0 / BATCH, 0)
