"""What the page asks of the command line: understood by it, and the same for the same rehearsal only."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtgui.common.codec import from_values, parse_object, to_values
from mtgui.common.control import Control
from mtgui.common.errors import UsageError
from mtgui.desktop.rehearse.asked_rehearsal import asked_rehearsal, digest_of
from mtgui.desktop.rehearse.rehearsal_choices import EFFORTS, RehearsalChoices, cost_in_words, scaled
from mtgui.marking.settings import MarkSettings
from mtgui.rehearsal.countermeasure_table import SWITCHES, Switch
from mtgui.rehearsal.network_table import NETWORK_NAMES
from mtgui.rehearsal.rehearsal_settings import RehearsalSettings
from mtgui.rehearsal.work import Speed, work_of

OUT = Path("out")


def asked(choices: RehearsalChoices) -> RehearsalSettings:
    """What the engine reads of what the window writes."""
    line = json.dumps(to_values(asked_rehearsal(choices, OUT))).encode("ascii")
    return from_values(RehearsalSettings, parse_object(line))


def test_every_choice_is_understood() -> None:
    switches = tuple((one.key, one.usual) for one in SWITCHES)
    found = asked(RehearsalChoices("pictures", (Path("a"), Path("b")), measures=switches, others=Path("others")))
    assert found.pictures == (Path("a"), Path("b"))
    assert found.data == "others"
    measures = found.countermeasures
    assert [measures[name] for name in ("jpeg", "crop", "filter", "private-noise", "private-clip")] == [
        50, 0.8, 0.05, 1.0, 1.0,
    ]  # fmt: skip
    assert [measures[name] for name in ("output-digits", "fine-tune-afterwards", "distil")] == [2, 5, 10]
    assert found.out == OUT


@pytest.mark.parametrize("network", NETWORK_NAMES)
@pytest.mark.parametrize("effort", EFFORTS)
def test_networks_and_efforts_are_known(network: str, effort: str) -> None:
    choices = replace(RehearsalChoices(network=network), effort=next(one for one in EFFORTS if one == effort))
    assert asked(choices).network == network
    assert (asked(choices).epochs or 0) >= 30


@pytest.mark.parametrize("switch", SWITCHES, ids=[one.key for one in SWITCHES])
@pytest.mark.parametrize("bound", ["least", "usual", "most"])
def test_the_engine_takes_every_value_that_the_window_offers(switch: Switch, bound: str) -> None:
    requests = pytest.importorskip("mtgui.cli.rehearse_request").Requests
    choices = RehearsalChoices(measures=((switch.key, getattr(switch, bound)),), others=Path("nowhere"))
    # Values are judged before pictures are looked for.
    with pytest.raises(UsageError, match="no folder or archive “nowhere”"):
        list(requests(Control()).of(asked(choices)))


def test_a_record_brings_its_own_mark_and_numbers() -> None:
    found = asked(RehearsalChoices("record", record=Path("x.mtrecord"), places=(Path("p"),)))
    assert (found.record, found.pictures) == (Path("x.mtrecord"), (Path("p"),))
    assert (found.published, found.blend, found.noise) == (None, None, None)


def test_the_mark_is_carried_over() -> None:
    found = asked(RehearsalChoices(mark=MarkSettings(0.85, 4, "uniform"), published=7, withheld=3))
    assert (found.blend, found.noise, found.noise_kind) == (0.85, 4, "uniform")
    assert (found.published, found.withheld) == (7, 3)


def test_a_tint_is_carried_over_without_the_values_of_the_paper_s_mark() -> None:
    choices = RehearsalChoices(mark=MarkSettings(kind="tint", tint_strength=5.25))
    found = asked(choices)
    assert (found.tint, found.blend, found.noise, found.noise_kind) == (5.25, None, None, None)
    users_of = pytest.importorskip("mtgui.cli.rehearse_request").users_of
    assert users_of(found).settings == choices.mark
    stronger = replace(choices, mark=replace(choices.mark, tint_strength=5.5))
    assert len({digest_of(one) for one in (choices, stronger, RehearsalChoices())}) == 3


def test_another_device_goes_on_with_the_same_rehearsal_and_another_seed_does_not() -> None:
    choices = RehearsalChoices()
    assert digest_of(choices) == digest_of(replace(choices, device="cpu"))
    assert digest_of(choices) != digest_of(replace(choices, seed=1))
    assert digest_of(choices) != digest_of(replace(choices, measures=(("jpeg", 50.0),)))


def test_a_rehearsal_that_an_earlier_version_began_is_found_again() -> None:
    everything = RehearsalChoices(
        measures=(
            ("jpeg", 50), ("resize", 16), ("blur", 1), ("crop", 80), ("colours", 20), ("filter", 5), ("mixup", 1),
            ("early", 3), ("private", 1), ("digits", 2), ("tune", 5), ("distil", 10),
        )
    )  # fmt: skip
    assert digest_of(everything) == "dc11e8879a5e4e66"


@pytest.mark.parametrize(
    ("choices", "reach"),
    [
        (RehearsalChoices(), None),
        (RehearsalChoices(published=40, withheld=0), None),
        (RehearsalChoices(published=6), 25),
        (RehearsalChoices(withheld=6), 25),
        (RehearsalChoices("pictures", (Path("a"),)), 25),
        (RehearsalChoices("record", record=Path("x.mtrecord")), 25),
    ],
)
def test_the_curve_goes_on_where_the_person_has_fewer_pictures(choices: RehearsalChoices, reach: int | None) -> None:
    assert asked(choices).reach == reach


def test_the_cost_is_said_beforehand() -> None:
    choices = RehearsalChoices()
    assert "30 rounds each, with the pictures of 5 artists." in cost_in_words(choices, None)
    assert "has not been measured yet" in cost_in_words(choices, None)
    assert "Measuring" in cost_in_words(choices, None, is_measuring=True)
    assert "several times longer" in cost_in_words(RehearsalChoices(measures=(("private", 1.0),)), 30.0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (20, "Less than a minute on this computer"), (70, "About a minute on"), (230, "About 4 minutes on"),
        (1240, "About 20 minutes on"), (3500, "About an hour on"), (9000, "About 2 hours on"),
    ],
)  # fmt: skip
def test_times_are_rounded_as_roughly_as_they_are_known(seconds: float, words: str) -> None:
    assert words in cost_in_words(RehearsalChoices(), seconds)


def test_the_work_grows_with_everything_that_is_asked_for() -> None:
    speed = Speed(0.001, 0.0001, 2000)

    def seconds(choices: RehearsalChoices) -> float:
        return work_of(asked_rehearsal(choices, OUT), speed.pictures).seconds(speed)

    usual = RehearsalChoices()
    steps = 30 * ((640 - 5 * 25) + (640 - 5 * 50))
    assert work_of(asked_rehearsal(usual, OUT), 2000).steps == steps
    for more in (
        replace(usual, epochs=60), replace(usual, effort="thorough"), replace(usual, measures=(("distil", 10.0),)),
    ):  # fmt: skip
        assert seconds(more) > seconds(usual)


@given(st.integers(1, 60), st.integers(0, 60), st.integers(2, 60))
def test_numbers_are_scaled_as_the_engine_does(published: int, withheld: int, pictures: int) -> None:
    own = pytest.importorskip("mtgui.rehearsal.pictures.own_pictures").OwnPictures
    pixels = np.zeros((pictures, 3, 16, 16), np.uint8)
    counts = own(pixels, (None,) * pictures, (published, withheld)).counts
    assert scaled(published, withheld, pictures) == counts
