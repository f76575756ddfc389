"""What the Rehearse page asks of the engine."""

import hashlib
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args, get_type_hints

from mtgui.common.codec import to_values
from mtgui.desktop.rehearse.countermeasure_switches import measure_named
from mtgui.desktop.rehearse.rehearsal_choices import ALPHA, RehearsalChoices
from mtgui.rehearsal.rehearsal_settings import MADE, RehearsalSettings


def asked_rehearsal(choices: RehearsalChoices, out: Path) -> RehearsalSettings:
    """Return the settings that rehearse as ``choices`` say and keep everything in ``out``."""
    extent = choices.extent
    asked = RehearsalSettings(
        data=MADE if choices.others is None else str(choices.others),
        limit=extent.limit,
        users=extent.users,
        network=extent.network,
        epochs=extent.epochs,
        batch=32,
        weight_decay=0.0,
        alpha=Fraction(str(ALPHA)),
        keys=extent.keys,
        sets=extent.sets,
        audit_every=extent.audit_every,
        device=choices.device,
        seed=choices.seed,
        out=out,
        **_countermeasures(choices),
    )
    if choices.source == "record" and choices.record is not None:
        return replace(asked, record=choices.record, pictures=choices.places)
    mark = choices.mark
    return replace(
        asked,
        published=choices.published,
        withheld=choices.withheld,
        blend=mark.blend_ratio,
        noise=mark.noise_budget,
        noise_kind=mark.noise_kind,
        pictures=choices.pictures if choices.source == "pictures" else (),
    )


def digest_of(choices: RehearsalChoices) -> str:
    """Return what is the same for the same rehearsal only, so that one that was stopped goes on in its folder."""
    # The device changes no more than the speed.
    values = to_values(replace(asked_rehearsal(choices, Path()), device="auto"))
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode("ascii")).hexdigest()[:16]


def _countermeasures(choices: RehearsalChoices) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    for name, value in choices.measures:
        measure = measure_named(name)
        if measure is not None:
            field = measure.option.removeprefix("--").replace("-", "_")
            is_whole = int in get_args(get_type_hints(RehearsalSettings)[field])
            # Written shortly and read again, so that 95 % is .95 and no neighbour of it.
            number = float(f"{value * measure.factor:g}")
            asked[field] = round(number) if is_whole else number
            if field == "private_noise":
                asked["private_clip"] = 1.0
    return asked
