"""What to expect of an audit of a LoRA or a diffusion model, from what its header says of its training; no torch."""

from dataclasses import dataclass

from mtgui.common.texts import plural, text


@dataclass(frozen=True)
class ExposureBand:
    """LoRAs whose training showed each picture at least ``least`` times, and how many of them trials found."""

    least: int
    found: str


BANDS = (
    ExposureBand(100, "In trials, nearly all LoRAs with that much training were found."),
    ExposureBand(50, "In trials, most LoRAs with that much training were found."),
    ExposureBand(20, "In trials, about half of the LoRAs with that much training were found."),
    ExposureBand(10, "In trials, few LoRAs with that much training were found."),
    ExposureBand(0, "In trials, hardly any LoRA with so little training was found."),
)
"""From the most training to the least. The trials: small LoRAs of 25 published pictures, 25 more kept private."""
UNKNOWN_LORA = (
    "It does not say how often training showed each picture. In trials, most LoRAs were found from 50 times on, and "
    "hardly any below 10."
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
