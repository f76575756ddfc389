"""What to expect of an audit of a LoRA or a diffusion model, from what its header says of its training; no torch."""

from dataclasses import dataclass

from mtgui.common.texts import plural, text


@dataclass(frozen=True)
class ExposureBand:
    """LoRAs whose training showed each picture at least ``least`` times, and how many of them trials found."""

    least: int
    found: str


BANDS = (
    ExposureBand(200, "In trials with small models, nearly all LoRAs with that much training were found."),
    ExposureBand(100, "In trials with small models, half to all of the LoRAs with that much training were found."),
    ExposureBand(50, "In trials with small models, a quarter to all of the LoRAs with that much training were found."),
    ExposureBand(10, "In trials with small models, from none to all of the LoRAs with that much training were found."),
    ExposureBand(0, "So little training was not tried; hardly any such LoRA would be found."),
)
"""From the most training to the least.

The trials: three bases, 24 LoRAs of 25 published pictures each, 25 more kept private, p ≤ 0.01; the guide has them.
"""
UNKNOWN_LORA = (
    "It does not say how often training showed each picture. In trials with small models, nearly all LoRAs were found "
    "after 200 times, and half to all after 100."
)
WHOLE_MODEL = (
    "A model trained on millions of pictures has seen each of them a few times at most, and nothing will be found. A "
    "model that was trained further on few pictures may show much."
)


def band_of(exposures: int) -> ExposureBand:
    """Return the band of a LoRA whose training showed each picture ``exposures`` (≥ 0) times."""
    return next(band for band in BANDS if exposures >= band.least)


def lora_outlook(exposures: int | None) -> str:
    """Return what to expect of a LoRA that says its training showed each picture ``exposures`` times; None: unsaid."""
    if exposures is None:
        return text(UNKNOWN_LORA)
    said = plural(
        exposures,
        "It says that training showed each picture {count} time.",
        "It says that training showed each picture {count} times.",
    )
    return f"{said} {text(band_of(exposures).found)}"


def model_outlook() -> str:
    """Return what to expect of a whole diffusion model, whose files say nothing of exposures."""
    return text(WHOLE_MODEL)
