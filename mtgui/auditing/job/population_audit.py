"""The population way, for comparison: sets of other people's pictures, each marked under a fresh key."""

import hashlib
import time
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.engine.columns import loss_columns
from mtgui.auditing.engine.prepared_originals import Original, PreparedPicture, prepare_pictures
from mtgui.auditing.engine.task import Column, MatrixTask, Restarted
from mtgui.auditing.engine.views import Views
from mtgui.auditing.job.labels import ClassNames
from mtgui.auditing.report.document import PopulationBaselinesPart, PopulationPart
from mtgui.auditing.statistics.baselines import logit_scaled
from mtgui.auditing.statistics.metrics import set_metrics
from mtgui.auditing.statistics.population import population_p, population_sets
from mtgui.common.control import Control
from mtgui.common.errors import MtguiError, UsageError, printable
from mtgui.common.events import Event, Progress, Started
from mtgui.common.files import is_folder
from mtgui.common.folder_walk import files_in, folders_in
from mtgui.common.hashing import sha256_file
from mtgui.marking.keys import MarkKey, subkey
from mtgui.marking.mark import Mark, PictureDesign, make_mark
from mtgui.pictures.decoding import probe
from mtgui.pictures.formats import looks_like_picture
from mtgui.records.record import Block


@dataclass(frozen=True)
class Comparison:
    """The published pictures, with which other people's sets are compared: their labels, losses and marks.

    losses: (pictures,) int64, in units of 2⁻²⁰ nat.
    """

    block: Block
    labels: tuple[int, ...]
    losses: NDArray[np.int64]


@dataclass(frozen=True)
class Asked:
    """Other people's pictures by class, the number of sets to draw from them, and the seed."""

    originals: Mapping[int, list[Original]]
    sets: int
    seed: bytes
    batch: int
    views: Views
    jobs: int


def compare_with_population(
    asked: Asked, comparison: Comparison, model: AuditedModel, control: Control
) -> Generator[Event, None, PopulationPart]:
    """Draw sets with as many pictures of each class as were published, and compare their set losses.

    No picture is twice in a set. Raises the errors of the engine.
    """
    counts, originals = Counter(comparison.labels), asked.originals
    sets = np.concatenate(
        [
            population_sets(_seed(asked.seed, label), len(originals[label]), count, asked.sets)
            + _start(originals, label)
            for label, count in sorted(counts.items())
        ],
        axis=1,
    )
    labels = [label for label, count in sorted(counts.items()) for _ in range(count)]
    has_tint = comparison.block.settings.has_tint
    everything = [replace(one, needs_texture=has_tint) for label in sorted(originals) for one in originals[label]]
    yield Started("preparing other people's pictures", len(everything))
    prepared = list(prepare_pictures(everything, model.preprocessing, asked.views, asked.jobs, control))
    losses = yield from _losses(asked, comparison, model, (prepared, sets, labels), control)
    own, others = int(comparison.losses.sum()), losses.sum(axis=1)
    return PopulationPart(
        pictures=len(everything),
        size=len(labels),
        set_losses=tuple(int(loss) for loss in others),
        at_most=int(np.count_nonzero(others <= own)),
        p_value=population_p(own, others),
        baselines=_baselines(comparison.losses, losses) if model.loss_facts.kind == "cross-entropy" else None,
    )


def _baselines(own: NDArray[np.int64], others: NDArray[np.int64]) -> PopulationBaselinesPart:
    own_logit, logits = int(logit_scaled(own).sum()), logit_scaled(others).sum(axis=1)
    alone = set_metrics(own, others.ravel())
    return PopulationBaselinesPart(
        logit_set_losses=tuple(int(loss) for loss in logits),
        own_logit_set_loss=own_logit,
        logit_p_value=population_p(own_logit, logits),
        picture_tpr_at={f"{float(bound):g}": share for bound, share in alone.tpr_at},
        picture_auc=alone.auc,
    )


def _losses(
    asked: Asked,
    comparison: Comparison,
    model: AuditedModel,
    parts: tuple[Sequence[PreparedPicture], NDArray[np.intp], list[int]],
    control: Control,
) -> Generator[Event, None, NDArray[np.int64]]:
    """Return the losses of every set, (sets, size) int64, in units of 2⁻²⁰ nat; several sets share a batch."""
    prepared, sets, labels = parts
    size = sets.shape[1]
    at_once, batch = max(1, asked.batch // size), asked.batch
    losses = np.empty(sets.shape, dtype=np.int64)
    yield Started("other people's sets", len(sets))
    start = time.monotonic()
    for first in range(0, len(sets), at_once):
        some = sets[first : first + at_once]
        marks = [_mark(comparison.block, first + place) for place in range(len(some))]
        task = MatrixTask(
            model=model,
            pictures=[replace(prepared[i], block=place) for place, chosen in enumerate(some) for i in chosen],
            labels=labels * len(some),
            marks=partial(_same, marks),
            columns=1,
            rows=range(len(some) * size),
            slots=lambda group: np.zeros((1, group), dtype=np.intp),
            views=asked.views,
        )
        for event in loss_columns(task, batch=batch, control=control):
            if isinstance(event, Restarted):
                batch = event.batch
            elif isinstance(event, Column):
                losses[first : first + len(some)] = event.losses.reshape(len(some), size)
        done, seconds = first + len(some), time.monotonic() - start
        yield Progress(done, len(sets), seconds, seconds / done * (len(sets) - done))
    return losses


def _same(marks: Sequence[Mark | None], _column: int) -> Sequence[Mark | None]:
    return marks


def _mark(block: Block, number: int) -> Mark | None:
    """Return the mark of set ``number``, under a key that no record and no decoy uses."""
    if block.settings.is_invisible:
        return None
    key = MarkKey(subkey(MarkKey(block.decoy_seed), "population key", number.to_bytes(8, "big")))
    return make_mark(key, block.settings, block.pattern_picture)


def _seed(seed: bytes, label: int) -> bytes:
    return hashlib.sha256(seed + b"\x00population " + str(label).encode()).digest()


def _start(originals: Mapping[int, list[Original]], label: int) -> int:
    return sum(len(found) for other, found in originals.items() if other < label)


def find_population(
    folder: Path, labels: Sequence[int], names: ClassNames, known: frozenset[str]
) -> dict[int, list[Original]]:
    """Return other people's pictures of every class in ``labels``, from its subfolder of ``folder``.

    A subfolder is named like the class or by its number. known: ids of the user's own pictures, which are left out.
    Raises UsageError if a class is missing, or has fewer pictures than ``labels`` has of it.
    """
    counts = Counter(labels)
    if not is_folder(folder):
        raise UsageError(f"There is no folder “{printable(folder)}” with other people's pictures. Check the name.")
    found: dict[int, list[Original]] = {}
    for place in folders_in(folder, hidden=True):
        label = _label_of(place, names)
        if label is not None and label in counts:
            found.setdefault(label, []).extend(_pictures_in(place, known))
    for label in counts:
        if label not in found:
            raise UsageError(
                f"“{printable(folder)}” has no folder for {names.title(label)}. It needs one folder per class, each "
                "named like the class or by its number."
            )
        if len(found[label]) < counts[label]:
            raise UsageError(
                f"“{printable(folder)}” has {len(found[label])} pictures of {names.title(label)} that are not your "
                f"own, fewer than the {counts[label]} that were published. Put more into it."
            )
    return found


def _label_of(place: Path, names: ClassNames) -> int | None:
    try:
        return names.index_of(place.name)
    except MtguiError:
        return None


def _pictures_in(folder: Path, known: frozenset[str]) -> list[Original]:
    """Return the readable pictures in ``folder``, each once, without the user's own."""
    found: dict[str, Original] = {}
    for path in files_in(folder):
        if looks_like_picture(path):
            try:
                info = probe(path)
            except MtguiError:
                continue
            picture_id = sha256_file(path)
            if picture_id not in known:
                found.setdefault(picture_id, Original(path, PictureDesign(picture_id, info.height, info.width)))
    return list(found.values())
