"""The table of a grid: one line per rehearsal, model and kind of marks; and a shorter table over all seeds."""

import csv
import io
import statistics
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from mtgui.common.words import p_text, percent
from mtgui.marking.settings import MarkSettings
from mtgui.rehearsal.findings.intervals import share_interval
from mtgui.rehearsal.findings.results import STATISTICS, statistics_of
from mtgui.rehearsal.rehearsal_result import DESIGNS

Row = dict[str, Any]


def rows_of(marks: str, countermeasures: str, seed: int, result: Mapping[str, Any]) -> list[Row]:
    """Return the lines of one rehearsal's ``result``, as read from JSON: one for each model and kind of marks.

    In a line, ``found`` is the number of ``users`` with p ≤ α by their strongest design; ``p_values`` are their p.
    """
    alpha = float(Fraction(result["settings"]["audits"]["alpha"]))
    return [
        {
            "marks": marks,
            "mark": MarkSettings(**kind["settings"]).in_words,
            "countermeasures": countermeasures,
            "seed": seed,
            "model": model["kind"],
            **_found(model, kind["users"], alpha),
            "alpha": alpha,
            "train_accuracy": model["train_accuracy"],
            "test_accuracy": model["test_accuracy"],
            "psnr": kind["psnr"],
            "ssim": kind["ssim"],
            "fpr_at_full_tpr": model["measures"] and model["measures"]["fpr_at_full_tpr"],
            "auc": model["measures"] and model["measures"]["auc"],
            **_measures(model),
            "epsilon": model["privacy"] and model["privacy"]["epsilon"],
            "left_out": model["left_out"] and model["left_out"]["pictures"],
            "left_out_of_users": model["left_out"] and model["left_out"]["of_users"],
            **_detected(model.get("detected")),
            "epochs": model["epochs"],
        }
        for model in result["models"]
        for kind in result["marks"]
    ]


def as_csv(rows: Sequence[Row]) -> str:
    """Return ``rows`` as comma-separated values with a header line; unknown values are empty."""
    file = io.StringIO()
    if rows:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({**row, "p_values": " ".join(map(str, row["p_values"]))})
    return file.getvalue()


def as_markdown(rows: Sequence[Row]) -> str:
    """Return ``rows`` as a Markdown table over all seeds: share of users found, median p, and mean accuracies.

    The share has a 95 % interval, in which users count as independent cases.
    """
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["marks"], row["mark"], row["countermeasures"], row["model"]), []).append(row)
    head = ["marks", "mark", "countermeasures", "model", "seeds", "found", "95 %", "median p", "own", "others", "PSNR"]
    head.append("TPR at FPR 1 %: set / logit / picture")
    lines = [head, ["---"] * len(head)]
    for names, group in groups.items():
        found, users = (sum(row[name] for row in group) for name in ("found", "users"))
        low, high = share_interval(found, users)
        p_values = [p for row in group for p in row["p_values"]]
        lines.append(
            [
                *(_cell(name) for name in names),
                str(len(group)),
                f"{found} of {users}",
                f"{percent(low, 0)} to {percent(high, 0)}",
                p_text(statistics.median(p_values) if p_values else None),
                *(
                    percent(statistics.fmean(row[name] for row in group), 1)
                    for name in ("train_accuracy", "test_accuracy")
                ),
                "–" if group[0]["psnr"] is None else f"{statistics.fmean(row['psnr'] for row in group):.1f} dB",
                _tpr_in_words(group),
            ]
        )
    text = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    note = (
        "own, others: share of the pictures trained on, and of others, that the model classifies rightly. Set, logit, "
        "picture: sets told apart by their loss, by their logit-scaled loss, and each picture by its own loss.\n"
    )
    return f"{text}\n{note}"


def _detected(found: Mapping[str, int] | None) -> Row:
    names = {"caught": "detector_caught", "of": "detector_of", "alarms": "detector_alarms", "others": "detector_others"}
    return {title: None if found is None else found[name] for name, title in names.items()}


_BOUNDS = {"0.01": "1_percent", "0.001": "0.1_percent", "0": "0"}


def _measures(model: Mapping[str, Any]) -> Row:
    """Return TPR at the paper's bounds of the FPR for each statistic, and AUC and FPR at full TPR of the baselines."""
    found, values = statistics_of(model), Row()
    for name, _ in STATISTICS:
        one = found.get(name)
        for bound, title in _BOUNDS.items():
            values[f"{name}_tpr_at_fpr_{title}"] = None if one is None else one["tpr_at"].get(bound)
        if name != "set":
            values[f"{name}_auc"] = None if one is None else one["auc"]
            values[f"{name}_fpr_at_full_tpr"] = None if one is None else one["fpr_at_full_tpr"]
    return values


def _tpr_in_words(group: Sequence[Row]) -> str:
    """Return the mean TPR at 1 % FPR of each statistic over the rows of ``group``."""
    parts = []
    for name, _ in STATISTICS:
        shares = [tpr for row in group if (tpr := row.get(f"{name}_tpr_at_fpr_1_percent")) is not None]
        parts.append(percent(statistics.fmean(shares), 0) if shares else "–")
    return " / ".join(parts)


def _found(model: Mapping[str, Any], users: Sequence[int], alpha: float) -> Row:
    by_user = {user["user"]: user["p_values"] for user in model["users"]}
    strongest = [_strongest(by_user[number]) for number in users]
    p_values = [p for p in strongest if p is not None]
    designs = {
        f"found_{design.replace(' ', '_')}": sum(
            by_user[number][design] is not None and by_user[number][design] <= alpha for number in users
        )
        for design in DESIGNS
    }
    return {"users": len(users), "found": sum(p <= alpha for p in p_values), **designs, "p_values": p_values}


def _strongest(p_values: Mapping[str, float | None]) -> float | None:
    order = ("both", "withheld only", "keys only")
    return next((p_values[design] for design in order if p_values[design] is not None), None)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
