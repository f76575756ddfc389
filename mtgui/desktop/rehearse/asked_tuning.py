"""Turns the choices of the Rehearse page into a request for a rehearsal of LoRAs."""

import hashlib
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from mtgui.common.codec import to_values
from mtgui.desktop.rehearse.rehearsal_choices import ALPHA, RehearsalChoices
from mtgui.rehearsal.fine_tuning.tuning_settings import TuningSettings
from mtgui.rehearsal.rehearsal_settings import MADE

OPTIONS = ("--model", "diffusion")
"""With these, ``mtgui rehearse`` takes such a request."""


def asked_tuning(choices: RehearsalChoices, out: Path | None) -> TuningSettings:
    """Return the settings of the rehearsal that ``choices`` describe; it stores everything in ``out``."""
    extent = choices.tuning_extent
    asked = TuningSettings(
        data=MADE if choices.others is None else str(choices.others),
        seed=choices.seed,
        device=choices.device,
        out=out,
        users=extent.users,
        alpha=Fraction(str(ALPHA)),
        fine_tune=choices.fine_tune,
        exposures=extent.exposures,
        base_steps=extent.base_steps,
    )
    if choices.source == "record" and choices.record is not None:
        return replace(asked, record=choices.record, pictures=choices.places)
    return replace(
        asked,
        published=choices.published,
        # The page does not start without private pictures; until then, the time is that with one.
        withheld=max(1, choices.withheld),
        pictures=choices.pictures if choices.source == "pictures" else (),
    )


def tuning_digest(choices: RehearsalChoices) -> str:
    """Return 16 hex digits that differ between different rehearsals; the device changes only the speed."""
    values = to_values(replace(asked_tuning(choices, None), device="auto"))
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode("ascii")).hexdigest()[:16]
