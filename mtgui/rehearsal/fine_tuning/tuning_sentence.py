"""The result of a rehearsal of LoRAs, in plain sentences and as a table for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from mtgui.common.texts import plural, text
from mtgui.common.words import alpha_text, counted, p_text, percent, whole
from mtgui.rehearsal.fine_tuning.tuning_result import ArtistResult, ExposurePoint
from mtgui.rehearsal.fine_tuning.tuning_settings import FineTune

_FOUND: Mapping[FineTune, tuple[str, str]] = {
    "lora": (
        "After {exposures} of each picture, {found} of {count} LoRA was found out",
        "After {exposures} of each picture, {found} of {count} LoRAs were found out",
    ),
    "full": (
        "After {exposures} of each picture, {found} of {count} fine-tune was found out",
        "After {exposures} of each picture, {found} of {count} fine-tunes were found out",
    ),
}


def tuning_sentence(
    fine_tune: FineTune, points: Sequence[ExposurePoint], artists: Sequence[ArtistResult], alpha: float
) -> str:
    """Return sentences on how many artists were found, after how many exposures, and how many innocents accused."""
    own = next((one for one in artists if one.is_own), None)
    parts = [
        _found(fine_tune, points),
        "" if own is None else _own(own, points, alpha),
        _too_few(artists, alpha),
        _innocent(points),
    ]
    return " ".join(filter(None, parts))


def _found(fine_tune: FineTune, points: Sequence[ExposurePoint]) -> str:
    """Return a sentence on the most exposures, and on the fewest after which somebody was found."""
    last = points[-1]
    most = plural(last.of, *_FOUND[fine_tune], found=whole(last.found), exposures=_exposures(last.exposures))
    some = [one for one in points[:-1] if one.found]
    if not last.found or not points[:-1]:
        return f"{most}."
    if not some:
        return text("{most}; after {fewer}, none.", most=most, fewer=_exposures(points[-2].exposures))
    first = some[0]
    return text(
        "{most}; after {fewer}, {found}.", most=most, fewer=_exposures(first.exposures), found=whole(first.found)
    )


def _own(own: ArtistResult, points: Sequence[ExposurePoint], alpha: float) -> str:
    found = [point.exposures for point, p in zip(points, own.p_values, strict=True) if p <= alpha]
    if not found:
        return text("The one made of your pictures was never found out.")
    return text("The one made of your pictures was found out after {exposures}.", exposures=_exposures(found[0]))


def _too_few(artists: Sequence[ArtistResult], alpha: float) -> str:
    """Return a sentence if the numbers of pictures allow nobody to be found; else an empty text."""
    smallest = min(one.smallest_p for one in artists)
    if smallest <= alpha:
        return ""
    return text("With so few pictures p is {p} at best, so nobody could be found.", p=p_text(smallest))


def _innocent(points: Sequence[ExposurePoint]) -> str:
    audits = sum(point.of for point in points)
    return plural(
        audits,
        "In {count} audit for pictures that a model never saw, it was accused {times} times.",
        "In {count} audits for pictures that a model never saw, it was accused {times} times.",
        times=whole(sum(point.accused for point in points)),
    )


def _exposures(number: int) -> str:
    return counted(number, "exposure")


def tuning_in_words(values: Mapping[str, Any], alpha: float) -> str:
    """Return the values of a `TuningResult` as lines for a person."""
    heads = "  ".join(f"{f'{number:,} ×':>9}" for number in values["exposures"])
    lines = [values["sentence"], "", f"p of each artist after so many exposures:\n  {'':28}  {heads}"]
    for one in values["artists"]:
        name = f"artist {one['artist'] + 1}" + (", your pictures" if one["is_own"] else "")
        lines.append(_row(name, [p_text(p) for p in one["p_values"]]))
        lines.append(_row("  the next one, never shown", [p_text(p) for p in one["innocent"]]))
    points = values["points"]
    lines.append(_row(f"found at p ≤ {alpha_text(alpha)}", [f"{one['found']} of {one['of']}" for one in points]))
    shares = [f"{percent(one['low'], 0)[:-2]}–{percent(one['high'], 0)}" for one in points]
    lines.append(_row("95 % interval", shares))
    return "\n".join([*lines, "", values["caveat"]])


def _row(name: str, cells: Sequence[str]) -> str:
    return f"  {name:28}  " + "  ".join(f"{cell:>9}" for cell in cells)
