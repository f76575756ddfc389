"""Turns the choices of the Rehearse page into a request for the engine."""

import hashlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from mtgui.desktop.rehearse.rehearsal_choices import ALPHA, REACH, RehearsalChoices
from mtgui.rehearsal.rehearsal_settings import MADE, RehearsalSettings


def asked_rehearsal(choices: RehearsalChoices, out: Path) -> RehearsalSettings:
    """Return the settings of the rehearsal that ``choices`` describe; it stores everything in ``out``."""
    extent = choices.extent
    asked = RehearsalSettings(
        data=MADE if choices.others is None else str(choices.others),
        limit=extent.limit,
        users=extent.users,
        network=extent.network,
        epochs=extent.epochs,
        batch=32,
        alpha=Fraction(str(ALPHA)),
        keys=extent.keys,
        sets=extent.sets,
        audit_every=extent.audit_every,
        device=choices.device,
        seed=choices.seed,
        reach=_reach(choices),
        out=out,
        countermeasures=_countermeasures(choices),
    )
    if choices.source == "record" and choices.record is not None:
        return replace(asked, record=choices.record, pictures=choices.places)
    asked = replace(
        asked,
        published=choices.published,
        withheld=choices.withheld,
        pictures=choices.pictures if choices.source == "pictures" else (),
    )
    mark = choices.mark
    if mark.kind == "tint":
        return replace(asked, tint=mark.tint_strength, tint_colour=mark.tint_is_coloured)
    return replace(asked, blend=mark.blend_ratio, noise=mark.noise_budget, noise_kind=mark.noise_kind)


def _reach(choices: RehearsalChoices) -> int | None:
    """Return how far the curve goes on beyond the numbers of ``choices``; None if they reach so far themselves."""
    numbers = (choices.published, choices.withheld) if choices.withheld else (choices.published,)
    return None if choices.source == "made" and min(numbers) >= REACH else REACH


def _countermeasures(choices: RehearsalChoices) -> dict[str, float]:
    asked = {"weight-decay": 0.0}
    for switch, value in choices.switches:
        words = switch.words(value)
        asked |= {option.removeprefix("--"): float(text) for option, text in zip(words[::2], words[1::2], strict=True)}
    return asked


def digest_of(choices: RehearsalChoices) -> str:
    """Return 16 hex digits that differ between different rehearsals: a stopped one finds its folder by them.

    They are a hash of the command line of the first version, so that folders of every version are found.
    """
    extent = choices.extent
    parts = ["rehearse", "--data", "made" if choices.others is None else str(choices.others)]
    if extent.limit is not None:
        parts += ["--limit", str(extent.limit)]
    parts += [*_own_words(choices), "--users", str(extent.users)]
    parts += ["--network", extent.network, "--epochs", str(extent.epochs), "--batch", "32", "--weight-decay", "0"]
    parts += ["--alpha", f"{ALPHA:g}", "--keys", str(extent.keys), "--sets", str(extent.sets)]
    # The device changes only the speed.
    parts += ["--audit-every", str(extent.audit_every), "--device", "--seed", str(choices.seed)]
    if _reach(choices) is not None:
        parts += ["--reach", str(REACH)]
    for switch, value in choices.switches:
        parts += switch.words(value)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _own_words(choices: RehearsalChoices) -> list[str]:
    if choices.source == "record" and choices.record is not None:
        places = ["--pictures", *map(str, choices.places)] if choices.places else []
        return ["--record", str(choices.record), *places]
    mark = choices.mark
    parts = ["--published", str(choices.published), "--withheld", str(choices.withheld)]
    if mark.kind == "tint":
        parts += ["--tint", f"{mark.tint_strength:g}", *(["--tint-colour"] if mark.tint_is_coloured else [])]
    else:
        parts += ["--blend", f"{mark.blend_ratio:g}", "--noise", str(mark.noise_budget)]
        parts += ["--noise-kind", mark.noise_kind]
    if choices.source == "pictures" and choices.pictures:
        parts += ["--pictures", *map(str, choices.pictures)]
    return parts
