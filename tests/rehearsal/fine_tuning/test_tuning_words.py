"""The words, the work and the settings of rehearsals of LoRAs; none of it needs torch."""

from typing import Any

import pytest

from mtgui.common.control import Control
from mtgui.common.errors import UsageError
from mtgui.common.events import Event, Paused, Progress, Resumed
from mtgui.rehearsal.fine_tuning.tuning_progress import Pace
from mtgui.rehearsal.fine_tuning.tuning_result import ArtistResult, ExposurePoint
from mtgui.rehearsal.fine_tuning.tuning_sentence import tuning_sentence
from mtgui.rehearsal.fine_tuning.tuning_settings import TuningSettings
from mtgui.rehearsal.fine_tuning.tuning_work import expected_counts, work_of_tuning


def points(*found: int, accused: int = 0) -> list[ExposurePoint]:
    return [
        ExposurePoint(exposures, count, 4, count / 4, 0.0, 1.0, accused)
        for exposures, count in zip((20, 100, 200), found, strict=True)
    ]


def artist(*p_values: float, is_own: bool = False) -> ArtistResult:
    return ArtistResult(0, p_values, (1.0,) * len(p_values), 1e-4, is_own)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ((0, 1, 4), "After 200 exposures of each picture, 4 of 4 LoRAs were found out; after 100 exposures, 1."),
        ((0, 0, 2), "After 200 exposures of each picture, 2 of 4 LoRAs were found out; after 100 exposures, none."),
        ((0, 0, 0), "After 200 exposures of each picture, 0 of 4 LoRAs were found out."),
    ],
)
def test_the_sentence_says_how_many_exposures_it_takes(found: tuple[int, ...], words: str) -> None:
    said = tuning_sentence("lora", points(*found), [artist(0.5, 0.5, 0.5)], 0.01)
    assert said.startswith(f"{words} In 12 audits")
    assert said.endswith("it was accused 0 times.")


def test_the_sentence_speaks_of_own_pictures() -> None:
    said = tuning_sentence("full", points(0, 1, 2, accused=1), [artist(0.5, 0.01, 0.001, is_own=True)], 0.01)
    assert "2 of 4 fine-tunes were found out" in said
    assert "The one made of your pictures was found out after 100 exposures." in said
    assert said.endswith("it was accused 3 times.")


def test_the_sentence_says_when_nobody_could_be_found() -> None:
    few = ArtistResult(0, (1 / 70,) * 3, (1.0,) * 3, 1 / 70)
    said = tuning_sentence("lora", points(0, 0, 0), [few], 0.01)
    assert "With so few pictures p is 0.015 at best, so nobody could be found." in said
    assert "at best" not in tuning_sentence("lora", points(0, 0, 0), [artist(0.5, 0.5, 0.5)], 0.01)


def test_work_counts_every_picture_that_is_shown() -> None:
    settings = TuningSettings(users=3, published=5, withheld=6, exposures=(10, 40), base_steps=7)
    work = work_of_tuning(settings, expected_counts(settings, (5, 6)))
    assert work.steps == 7 * 32 + 3 * 40 * 5
    assert work.passes == 3 * 2 * 2 * 11 * 24


def test_work_counts_the_pictures_that_each_artist_has() -> None:
    settings = TuningSettings(users=3, exposures=(10,), base_steps=7)
    assert expected_counts(settings, (60, 20)) == [(60, 20), (25, 20), (25, 20)]
    work = work_of_tuning(settings, [(60, 20), (25, 20), (25, 20)])
    assert work.steps == 7 * 32 + 10 * 110
    assert work.passes == 2 * 170 * 24


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"exposures": ()}, "named once each"),
        ({"exposures": (20, 10)}, "named once each"),
        ({"exposures": (0, 10)}, "smallest number of exposures lies between 1 and 10,000"),
        ({"users": 1}, "number of artists lies between 2"),
        ({"rank": 0}, "rank of a LoRA"),
        ({"width": 20}, "width is a multiple of 8"),
        ({"side": 18}, "side is a multiple of 4"),
        ({"withheld": 0}, "withhold one at least"),
    ],
)
def test_impossible_settings_are_refused(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        TuningSettings(**wrong)


def test_copies_are_unmarked_unless_a_mark_is_asked_for() -> None:
    assert TuningSettings().of_pictures.preset == "invisible"
    assert TuningSettings(preset="clear").of_pictures.preset == "clear"
    assert TuningSettings(tint=4.0).of_pictures.preset is None


def test_progress_counts_skipped_work_but_not_its_time() -> None:
    now = iter([0.0, 1.0, 2.0])
    pace = Pace(100, Control(), lambda: next(now))
    pace.skip(50)
    assert list(pace.did(10)) == [Progress(60, 100, 1.0, 4.0)]
    assert list(pace.did(30)) == [Progress(90, 100, 2.0, 0.5)]


def test_paused_work_waits() -> None:
    class Resuming(Control):
        def checkpoint(self) -> None:
            self.resume()
            super().checkpoint()

    control = Resuming()
    control.pause()
    events: list[Event] = list(Pace(10, control, lambda: 0.0).did(1))
    assert events == [Paused(), Resumed()]
