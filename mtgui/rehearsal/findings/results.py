"""Results of a rehearsal, as values for JSON and as a table in words."""

from collections.abc import Mapping, Sequence
from typing import Any

from mtgui.auditing.statistics.baselines import BaselineMetrics
from mtgui.auditing.statistics.metrics import SetMetrics
from mtgui.common.words import alpha_text, counted, p_text, percent
from mtgui.rehearsal.rehearsal_result import DESIGNS, Baselines, Measures


def measures_of(metrics: SetMetrics, sets: int) -> Measures:
    """Return ``metrics`` ready for JSON."""
    tpr_at = {f"{float(bound):g}": share for bound, share in metrics.tpr_at}
    return Measures(metrics.fpr_at_full_tpr, tpr_at, metrics.auc, sets)


def baselines_of(metrics: BaselineMetrics, sets: int, size: int) -> Baselines:
    """Return ``metrics`` ready for JSON; there were ``sets`` held-out sets of ``size`` pictures."""
    return Baselines(measures_of(metrics.logit_set, sets), measures_of(metrics.picture, sets * size))


STATISTICS = (("set", "set loss"), ("logit_set", "logit-scaled set loss"), ("picture", "each picture alone"))
"""What members are told apart by: names in tables, and titles."""


def statistics_of(model: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the measures of a ``model``, as read from JSON, by the names of `STATISTICS`; only those that it has."""
    found = {"set": model["measures"], **(model.get("baselines") or {})}
    return {name: found[name] for name, _ in STATISTICS if found.get(name) is not None}


_TITLES = {
    "marked": "trained on the marked copies",
    "unmarked": "trained on the same pictures without marks",
    "absent": "trained on none of the artists' pictures",
}


def result_in_words(values: Mapping[str, Any], alpha: float) -> str:
    """Return the values of a `RehearsalResult` as lines for a person; a user with p ≤ ``alpha`` counts as found."""
    lines = [values["sentence"], ""]
    if values["psnr"] is not None:
        side = values["settings"].get("side")
        size = "" if side is None else f", at {side} × {side} pixels, the size of the training pictures"
        lines.append(f"The marks{size}: {values['psnr']:.1f} dB PSNR, {values['ssim']:.3f} SSIM on average.")
    for model in values["models"]:
        lines += ["", *_model_lines(model, alpha, values["settings"]["training"]["precision"])]
    if values["curve"]:
        lines += ["", *_curve_lines(values["curve"]), values["curve_note"]]
    return "\n".join([*lines, "", values["caveat"]])


def _curve_lines(curve: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = ["How many pictures are enough: the share of audits that find them", "  published  withheld  found  95 %"]
    for point in curve:
        bounds = f"{percent(point['low'], 0)} to {percent(point['high'], 0)}"
        more = "  (further artists)" if point.get("is_beyond") else ""
        lines.append(
            f"  {point['published']:9}  {point['withheld']:8}  {percent(point['share'], 0):>5}  {bounds}{more}"
        )
    return lines


def _model_lines(model: Mapping[str, Any], alpha: float, precision: str) -> list[str]:
    users = model["users"]
    head = (
        f"Model {_TITLES[model['kind']]}: {counted(model['pictures'], 'picture')}, "
        f"{percent(model['train_accuracy'], 1)} of them and "
        f"{percent(model['test_accuracy'], 1)} of others classified rightly."
    )
    lines = [
        head,
        *_making_lines(model, precision),
        "  artist  " + "  ".join(f"{f'p, {design}':>16}" for design in DESIGNS) + "     set loss",
    ]
    for user in users:
        cells = "  ".join(f"{_cell(user, design):>16}" for design in DESIGNS)
        lines.append(f"  {user['user'] + 1:6}  {cells}  {user['set_loss']:11.4f}")
    for design in DESIGNS:
        values = [user["p_values"][design] for user in users if user["p_values"][design] is not None]
        if values:
            found = sum(value <= alpha for value in values)
            lines.append(f"  Found at p ≤ {alpha_text(alpha)}, {design}: {found} of {counted(len(users), 'artist')}.")
    return [*lines, *_measures_lines(statistics_of(model))]


def _measures_lines(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a table with one line for each statistic."""
    if not found:
        return []
    first = next(iter(found.values()))
    heads = ["FPR at TPR 100 %", *(f"TPR at FPR {percent(float(bound), 2)}" for bound in first["tpr_at"]), "AUC"]
    lines = [
        f"  Against {first['sets']:,} held-out sets:",
        "  " + " " * 21 + "  ".join(f"{head:>16}" for head in heads),
    ]
    for name, title in STATISTICS:
        if name in found:
            one = found[name]
            shares = [percent(one["fpr_at_full_tpr"], 2), *(percent(tpr, 1) for tpr in one["tpr_at"].values())]
            cells = [*shares, f"{one['auc']:.4f}"]
            lines.append(f"  {title:21}" + "  ".join(f"{cell:>16}" for cell in cells))
    return lines


def _making_lines(model: Mapping[str, Any], precision: str) -> list[str]:
    privacy, left_out = model["privacy"], model["left_out"]
    lines = [f"  Trained in {precision} on: {model['device']}."]
    if left_out is not None:
        lines.append(
            f"  The filter left out {counted(left_out['pictures'], 'picture')}, "
            f"{left_out['of_users']:,} of them artists' own."
        )
    detected = model.get("detected")
    if detected is not None:
        lines.append(
            f"  The detector of marks caught {detected['caught']:,} of {counted(detected['of'], 'picture')} of "
            f"artists, and {detected['alarms']:,} of {detected['others']:,} others."
        )
    if privacy is not None:
        lines.append(f"  Trained privately: ε = {privacy['epsilon']:.3g} at δ = {privacy['delta']:.2g}.")
    return lines


def _cell(user: Mapping[str, Any], design: str) -> str:
    p_value = user["p_values"][design]
    return "stopped early" if user["stopped_early"].get(design) and p_value is not None else p_text(p_value)
