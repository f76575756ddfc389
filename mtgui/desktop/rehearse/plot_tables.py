"""The numbers behind the plots of a rehearsal, as CSV."""

import csv
import io
import math
from collections.abc import Iterable, Sequence

from mtgui.desktop.rehearse.rehearsal_state import RehearsalState
from mtgui.desktop.rehearse.tuning_state import TuningState


def curves_table(rehearsal: RehearsalState) -> str:
    """Return one row for every round of every model."""
    return _csv(
        ("model", "round", "loss_nats", "train_accuracy", "test_accuracy"),
        (
            (model.name, one.epoch, one.loss, one.train_accuracy, _blank(one.test_accuracy))
            for model in rehearsal.models.values()
            for one in model.points
        ),
    )


def audits_table(rehearsal: RehearsalState) -> str:
    """Return p of every user, after every round that was followed by audits."""
    return _csv(
        ("round", "artist", "p_value", "own"),
        (
            (point.epoch, number + 1, value, _blank(point.own if point.own is not None else math.nan))
            for point in rehearsal.audits
            for number, value in enumerate(point.p_values)
        ),
    )


def chances_table(rehearsal: RehearsalState) -> str:
    """Return one row for every point of the curve."""
    return _csv(
        ("published", "withheld", "found", "of", "share", "low", "high", "further_artists"),
        (
            (one.published, one.withheld, one.found, one.of, one.share, one.low, one.high, one.is_beyond)
            for one in rehearsal.chances
        ),
    )  # fmt: skip


def tuning_table(state: TuningState) -> str:
    """Return one row for every artist and number of exposures."""
    return _csv(
        ("artist", "exposures", "p_value", "p_of_pictures_not_in_the_model", "own"),
        (
            (one.artist + 1, one.exposures, one.p_value, one.innocent, one.is_own)
            for _, one in sorted(state.audited.items())
        ),
    )


def _blank(value: float) -> float | str:
    return "" if math.isnan(value) else value


def _csv(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(heads)
    writer.writerows(rows)
    return text.getvalue()
