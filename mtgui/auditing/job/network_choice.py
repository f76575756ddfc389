"""Decides between networks that fit a model file equally well, by what unmarked originals do in each of them.

All originals of all records decide together, published and withheld alike, and none of them is marked. So the decision
does not depend on what was thrown by chance, and the test stays exact whatever is decided.

Two numbers are compared. The first is how far the values in a network differ from the statistics that batch
normalisation stored in training: it needs no labels. Where that says nothing, the mean loss decides.
"""

import math
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.architectures.trials import Trial, doubt_in_words, ranking, reason_in_words
from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.auditing.engine.devices import starting_batch
from mtgui.auditing.engine.engine_errors import ModelRunError, NonFiniteLossError
from mtgui.auditing.engine.original_losses import OriginalLosses, original_losses
from mtgui.auditing.engine.prepared_originals import Original, PreparedPicture, prepare_pictures
from mtgui.auditing.engine.stored_statistics import StoredStatistics
from mtgui.auditing.engine.task import MatrixTask
from mtgui.auditing.engine.views import ONE_VIEW
from mtgui.auditing.job.audit_request import AuditRequest
from mtgui.auditing.job.models import ReadModel
from mtgui.auditing.job.run_context import RunContext
from mtgui.auditing.job.subject import AuditSubject
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, readable_name
from mtgui.common.events import Event, Noticed, Progress, Started


@dataclass(frozen=True)
class UnmarkedOriginals:
    """The unmarked originals of all records, one record after the other.

    labels: for each record, the classes of its originals, None where the model chooses one class for all.
    """

    pictures: tuple[Original, ...]
    counts: tuple[int, ...]
    labels: tuple[tuple[int, ...] | None, ...]

    @classmethod
    def of(cls, subjects: Sequence[AuditSubject], request: AuditRequest, read: ReadModel) -> "UnmarkedOriginals":
        """Return those of ``subjects``, which must all have been found. Raises UsageError for impossible labels."""
        names, labels = read.class_names, list[tuple[int, ...] | None]()
        for subject in subjects:
            labelling = subject.labelling(subject.label_rule(request.label, names), names)
            labels.append(None if labelling is None else labelling.labels)
        sets = [subject.unmarked() for subject in subjects]
        return cls(tuple(one for some in sets for one in some), tuple(map(len, sets)), tuple(labels))

    @property
    def are_labelled(self) -> bool:
        """True when at least one record has labels; only such records take part in the mean loss then."""
        return any(labels is not None for labels in self.labels)

    def mean_loss(self, losses: NDArray[np.float64]) -> float:
        """Return the mean in nats of ``losses``, (pictures, classes) float64; without labels, of the best class."""
        total, count, start = 0.0, 0, 0
        for size, labels in zip(self.counts, self.labels, strict=True):
            own = losses[start : start + size]
            start += size
            if labels is None and self.are_labelled:
                continue
            count += size
            total += own.sum(axis=0).min() if labels is None else own[np.arange(size), list(labels)].sum()
        return float(total / count)


def decide_network(
    read: ReadModel, originals: UnmarkedOriginals, request: AuditRequest, around: RunContext, control: Control
) -> Generator[Event, None, ReadModel]:
    """Return ``read`` with the candidate first that fits ``originals`` best, and with what all of them did.

    Raises UsageError if no candidate can compute them, PictureError, CancelledError, and the errors of the engine.
    """
    candidates, many = read.recognition.candidates, len(originals.pictures)
    yield Started("comparing the networks that fit", many * len(candidates))
    start, trials = time.monotonic(), list[Trial]()
    prepared: list[PreparedPicture] = []
    for number, candidate in enumerate(candidates):
        preprocessing = candidate.preprocessing
        if not number or preprocessing != candidates[number - 1].preprocessing:
            prepared = list(prepare_pictures(originals.pictures, preprocessing, ONE_VIEW, around.most_threads, control))
        model = read.build(candidate, around.device, request.precision)
        statistics = model.stored_statistics() if isinstance(model, TorchClassifier) else StoredStatistics(())
        losses = np.empty((many, model.classes))
        batch, done = request.batch or starting_batch(model.where, preprocessing.crop), 0
        try:
            with statistics.watching():
                for event in original_losses(_task(model, prepared), batch=batch, control=control):
                    if isinstance(event, OriginalLosses):
                        losses[list(event.rows)] = event.losses
                        done += len(event.rows)
                        seconds = time.monotonic() - start
                        yield Progress(number * many + done, many * len(candidates), seconds)
                    else:
                        statistics.forget()
                        done = 0
                        yield Noticed(event.sentence)
        except (ModelRunError, NonFiniteLossError):
            # A network that cannot compute them, or answers with no numbers, is not the one that was trained.
            trials.append(Trial(candidate.match.architecture, candidate.match.title, None, None))
        else:
            loss = originals.mean_loss(losses)
            trials.append(Trial(candidate.match.architecture, candidate.match.title, statistics.divergence(), loss))
    ranked = ranking(trials)
    if not ranked:
        raise UsageError(
            f"None of the {len(candidates)} networks that fit {readable_name(read.path)} can compute the originals. "
            "Check the size of its input, or give the Python file that builds it."
        )
    chance = math.log(read.classes) if originals.are_labelled else None
    reason, doubt = reason_in_words(trials, many), doubt_in_words(trials, chance)
    return read.recognised_as(read.recognition.decided(ranked[0], tuple(trials), reason, doubt))


def _task(model: AuditedModel, pictures: Sequence[PreparedPicture]) -> MatrixTask:
    """Return the task of showing ``model`` the unmarked ``pictures``, one view each."""
    blocks = 1 + max(picture.block for picture in pictures)
    return MatrixTask(
        model=model,
        pictures=pictures,
        labels=[0] * len(pictures),
        marks=lambda _: (None,) * blocks,
        columns=1,
        rows=range(len(pictures)),
        slots=lambda size: np.zeros((1, size), dtype=np.intp),
    )
