"""What is expected of an audit, from how often training showed each picture."""

import pytest

from mtgui.auditing.diffusion.expected_power import BANDS, band_of, lora_outlook, model_outlook


@pytest.mark.parametrize(
    ("exposures", "least"),
    [(0, 0), (9, 0), (10, 10), (49, 10), (50, 50), (99, 50), (100, 100), (199, 100), (200, 200), (10**9, 200)],
)
def test_every_number_of_exposures_has_its_band(exposures: int, least: int) -> None:
    assert band_of(exposures).least == least


def test_bands_are_from_the_most_training_to_the_least() -> None:
    assert [band.least for band in BANDS] == sorted({band.least for band in BANDS}, reverse=True)
    assert len({band.found for band in BANDS}) == len(BANDS)


def test_what_a_file_says_is_said_to_be_its_word() -> None:
    assert lora_outlook(80).startswith(
        "It says that training showed each picture 80 times. In trials with small models, a "
    )
    assert lora_outlook(1).startswith("It says that training showed each picture 1 time.")
    assert "hardly any" in lora_outlook(1)
    assert lora_outlook(None).startswith("It does not say how often")
    assert "nothing will be found" in model_outlook()
