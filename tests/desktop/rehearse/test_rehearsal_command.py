"""What the page asks of the command line: understood by it, and the same for the same rehearsal only."""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtgui.common.control import Control
from mtgui.common.errors import UsageError
from mtgui.desktop.rehearse.rehearsal_choices import EFFORTS, RehearsalChoices, cost_in_words, scaled
from mtgui.desktop.rehearse.rehearsal_command import digest_of, rehearsal_command
from mtgui.marking.settings import MarkSettings
from mtgui.rehearsal.training.countermeasure_table import SWITCHES, Switch
from mtgui.rehearsal.training.network_table import NETWORK_NAMES

OUT = Path("out")


@pytest.fixture
def parser() -> argparse.ArgumentParser:
    """What ``mtgui rehearse`` understands."""
    pytest.importorskip("torch")
    from mtgui.cli.rehearse import register

    parser = argparse.ArgumentParser()
    register(parser)
    return parser


def parsed(parser: argparse.ArgumentParser, choices: RehearsalChoices) -> argparse.Namespace:
    return parser.parse_args(rehearsal_command(choices, OUT)[1:])


def test_every_choice_is_understood(parser: argparse.ArgumentParser) -> None:
    switches = tuple((one.key, one.usual) for one in SWITCHES)
    own = RehearsalChoices("pictures", (Path("a"), Path("b")), measures=switches, others=Path("others"))
    options = parsed(parser, own)
    assert options.pictures == [Path("a"), Path("b")]
    assert options.data == "others"
    assert (options.jpeg, options.crop, options.filter, options.private_noise) == (50, 0.8, 0.05, 1.0)
    assert (options.output_digits, options.fine_tune_afterwards, options.distil) == (2, 5, 10)
    assert (options.events, options.control, options.out) == (True, "stdin", OUT)


@pytest.mark.parametrize("network", NETWORK_NAMES)
@pytest.mark.parametrize("effort", EFFORTS)
def test_networks_and_efforts_are_known(parser: argparse.ArgumentParser, network: str, effort: str) -> None:
    choices = replace(RehearsalChoices(network=network), effort=next(one for one in EFFORTS if one == effort))
    options = parsed(parser, choices)
    assert options.network == network
    assert options.epochs >= 30


@pytest.mark.parametrize("switch", SWITCHES, ids=[one.key for one in SWITCHES])
@pytest.mark.parametrize("bound", ["least", "usual", "most"])
def test_the_engine_takes_every_value_that_the_window_offers(
    parser: argparse.ArgumentParser, switch: Switch, bound: str
) -> None:
    from mtgui.cli.rehearse_request import Requests

    choices = RehearsalChoices(measures=((switch.key, getattr(switch, bound)),), others=Path("nowhere"))
    # Values are judged before pictures are looked for.
    with pytest.raises(UsageError, match="no folder or archive “nowhere”"):
        list(Requests(Control()).of(parsed(parser, choices)))


def test_a_record_brings_its_own_mark_and_numbers(parser: argparse.ArgumentParser) -> None:
    choices = RehearsalChoices("record", record=Path("x.mtrecord"), places=(Path("p"),))
    options = parsed(parser, choices)
    assert (options.record, options.pictures) == (Path("x.mtrecord"), [Path("p")])
    assert (options.published, options.blend, options.noise) == (None, None, None)


def test_the_mark_is_carried_over(parser: argparse.ArgumentParser) -> None:
    options = parsed(parser, RehearsalChoices(mark=MarkSettings(0.85, 4, "uniform"), published=7, withheld=3))
    assert (options.blend, options.noise, options.noise_kind) == (0.85, 4, "uniform")
    assert (options.published, options.withheld) == (7, 3)


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


def test_the_cost_is_said_beforehand() -> None:
    assert "about a minute" in cost_in_words(RehearsalChoices())
    assert "about 10 minutes" in cost_in_words(RehearsalChoices(effort="thorough"))
    assert "hours" in cost_in_words(RehearsalChoices(effort="thorough", network="wrn-28-4"))
    assert "several times longer" in cost_in_words(RehearsalChoices(measures=(("private", 1.0),)))


@given(st.integers(1, 60), st.integers(0, 60), st.integers(2, 60))
def test_numbers_are_scaled_as_the_engine_does(published: int, withheld: int, pictures: int) -> None:
    own = pytest.importorskip("mtgui.rehearsal.pictures.own_pictures").OwnPictures
    pixels = np.zeros((pictures, 3, 16, 16), np.uint8)
    counts = own(pixels, (None,) * pictures, (published, withheld)).counts
    assert scaled(published, withheld, pictures) == counts
