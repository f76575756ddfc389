"""What the Rehearse page asks of the command line."""

import hashlib
from pathlib import Path

from mtgui.desktop.rehearse.rehearsal_choices import ALPHA, RehearsalChoices


def rehearsal_command(choices: RehearsalChoices, out: Path) -> list[str]:
    """Return the arguments of ``mtgui`` that rehearse as ``choices`` say, keep everything in ``out``, and tell it."""
    return [*_work(choices), "--out", str(out), "--events", "--control", "stdin"]


def digest_of(choices: RehearsalChoices) -> str:
    """Return what is the same for the same rehearsal only, so that one that was stopped goes on in its folder."""
    # The device changes no more than the speed.
    parts = [part for part in _work(choices) if part != choices.device]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _work(choices: RehearsalChoices) -> list[str]:
    extent = choices.extent
    parts = ["rehearse", "--data", "made" if choices.others is None else str(choices.others)]
    if extent.limit is not None:
        parts += ["--limit", str(extent.limit)]
    parts += [*_own(choices), "--users", str(extent.users)]
    parts += ["--network", extent.network, "--epochs", str(extent.epochs), "--batch", "32", "--weight-decay", "0"]
    parts += ["--alpha", f"{ALPHA:g}", "--keys", str(extent.keys), "--sets", str(extent.sets)]
    parts += ["--audit-every", str(extent.audit_every), "--device", choices.device, "--seed", str(choices.seed)]
    for switch, value in choices.switches:
        parts += switch.words(value)
    return parts


def _own(choices: RehearsalChoices) -> list[str]:
    if choices.source == "record" and choices.record is not None:
        places = ["--pictures", *map(str, choices.places)] if choices.places else []
        return ["--record", str(choices.record), *places]
    mark = choices.mark
    parts = ["--published", str(choices.published), "--withheld", str(choices.withheld)]
    parts += ["--blend", f"{mark.blend_ratio:g}", "--noise", str(mark.noise_budget), "--noise-kind", mark.noise_kind]
    if choices.source == "pictures" and choices.pictures:
        parts += ["--pictures", *map(str, choices.pictures)]
    return parts
