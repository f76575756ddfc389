"""Decides between networks that fit a model file equally well, by what unmarked originals do in each of them.

All originals of all records decide together, published and withheld alike, and none of them is marked. So the decision
does not depend on what was thrown by chance, and the test stays exact whatever is decided.

They also decide how the input is scaled, where scripts differ in that and no file says it.

Two numbers are compared. The first is how far the values in a network differ from the statistics that batch
normalisation stored in training: it needs no labels. Where that says nothing, the mean loss decides.
"""

import math
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.architectures.match import Candidate, Recognition
from mtgui.auditing.architectures.trials import Trial, doubt_in_words, ranking, reason_in_words
from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.auditing.engine.engine_errors import ModelRunError, NonFiniteLossError
from mtgui.auditing.engine.original_losses import OriginalLosses, original_losses, originals_task
from mtgui.auditing.engine.prepared_originals import Original, PreparedPicture, prepare_pictures
from mtgui.auditing.engine.stored_statistics import StoredStatistics
from mtgui.auditing.engine.task import Advanced
from mtgui.auditing.engine.views import ONE_VIEW
from mtgui.auditing.job.audit_request import AuditRequest
from mtgui.auditing.job.read_models import ReadModel
from mtgui.auditing.job.run_context import RunContext
from mtgui.auditing.job.subject import AuditSubject
from mtgui.auditing.preprocessing import Origins, Preprocessing
from mtgui.common.control import Control
from mtgui.common.events import Event, Noticed, Progress, Started
from mtgui.common.words import nats

_PARTS = 4
"""The originals are shown in so many parts, which shows how sure the decision is."""
_MUCH_BETTER = 2
"""Another input is taken only if the first layer is this many times closer to what it stored: pictures of one's own may
have more or less contrast than those of the training."""
_CLOSE = 0.1
"""It is also taken only if the divergence of the first layer, in nats, is smaller than this: drawings on white paper
differ from the training whatever the scale, and then another scale can look better than the right one."""


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
            labelling = subject.labelling(read.label_rule(request.label, subject), names)
            labels.append(None if labelling is None else labelling.labels)
        sets = [subject.unmarked() for subject in subjects]
        return cls(tuple(one for some in sets for one in some), tuple(map(len, sets)), tuple(labels))

    @property
    def are_labelled(self) -> bool:
        """True when at least one record has labels; only such records take part in the mean loss then."""
        return any(labels is not None for labels in self.labels)

    def mean_loss(self, losses: NDArray[np.float64], places: Sequence[int]) -> float | None:
        """Return the mean in nats over the originals at ``places``; without labels, that of the best class.

        losses: (pictures, classes) float64, in nats. None if none of them counts.
        """
        total, count, start = 0.0, 0, 0
        for size, labels in zip(self.counts, self.labels, strict=True):
            own = [place for place in places if start <= place < start + size]
            if own and (labels is not None or not self.are_labelled):
                of_own = losses[own]
                classes = None if labels is None else [labels[place - start] for place in own]
                total += of_own.sum(axis=0).min() if classes is None else of_own[np.arange(len(own)), classes].sum()
                count += len(own)
            start += size
        return float(total / count) if count else None


@dataclass(frozen=True)
class _Seen:
    """What the originals did in a network: its trial, and the divergence of its first layer in nats."""

    trial: Trial
    first: float | None = None


class _Looks:
    """Shows all originals to one network after the other, and keeps what they did."""

    def __init__(
        self, read: ReadModel, originals: UnmarkedOriginals, request: AuditRequest, around: RunContext, control: Control
    ) -> None:
        self._read, self._originals, self._request = read, originals, request
        self._around, self._control = around, control
        self._start, self._shown, self._total = time.monotonic(), 0, 0
        self._kept: dict[tuple[str, Preprocessing], _Seen] = {}
        self._prepared: tuple[Preprocessing, list[PreparedPicture]] | None = None
        self._built: tuple[str, AuditedModel] | None = None
        self.problems: list[ModelRunError | NonFiniteLossError] = []
        """Why networks could not compute the originals."""

    def begin(self, looks: int) -> Iterator[Event]:
        """Yield the event for the beginning of this number of ``looks``."""
        self._total = looks * len(self._originals.pictures)
        yield Started("trying which network fits", self._total)

    def show(self, candidate: Candidate) -> Generator[Event, None, _Seen]:
        """Return what the originals do in ``candidate``, which sees them unless it did before."""
        place = candidate.match.architecture, candidate.preprocessing
        if place not in self._kept:
            self._kept[place] = yield from self._show(candidate)
        return self._kept[place]

    def _show(self, candidate: Candidate) -> Generator[Event, None, _Seen]:
        pictures, name = self._pictures(candidate.preprocessing), candidate.match
        model = self._model(candidate)
        losses, parts = np.empty((len(pictures), model.classes)), list[tuple[list[int], StoredStatistics]]()
        try:
            for first in range(min(_PARTS, len(pictures))):
                places = list(range(first, len(pictures), _PARTS))
                statistics = model.stored_statistics() if isinstance(model, TorchClassifier) else StoredStatistics(())
                yield from self._losses_of_part(model, pictures, places, losses, statistics)
                parts.append((places, statistics))
                self._shown += len(places)
        except (ModelRunError, NonFiniteLossError) as error:
            # A network that cannot compute them, or answers with no numbers, is not the one that was trained.
            self.problems.append(error)
            return _Seen(Trial(name.architecture, name.title, None, None))
        numbers = tuple(
            (statistics.divergence(), loss)
            for places, statistics in parts
            if (loss := self._originals.mean_loss(losses, places)) is not None
        )
        whole = parts[0][1]
        for _, statistics in parts[1:]:
            whole.add(statistics)
        loss = self._originals.mean_loss(losses, range(len(pictures)))
        return _Seen(Trial(name.architecture, name.title, whole.divergence(), loss, numbers), whole.first_divergence())

    def _losses_of_part(
        self,
        model: AuditedModel,
        pictures: Sequence[PreparedPicture],
        places: list[int],
        losses: NDArray[np.float64],
        statistics: StoredStatistics,
    ) -> Generator[Event]:
        """Show the pictures at ``places``, and put what the model does into ``losses`` and ``statistics``."""
        task = originals_task(model, [pictures[place] for place in places])
        batch, done = self._request.batch or model.first_batch, 0
        with statistics.watching():
            for event in original_losses(task, batch=batch, control=self._control):
                if isinstance(event, OriginalLosses):
                    losses[[places[row] for row in event.rows]] = event.losses
                elif isinstance(event, Advanced):
                    done += event.passes
                    yield Progress(self._shown + done, self._total, time.monotonic() - self._start)
                else:
                    statistics.forget()
                    done = 0
                    yield Noticed(event.sentence)

    def _model(self, candidate: Candidate) -> AuditedModel:
        """Return the network of ``candidate``, built only if it is another than the last one."""
        name, built = candidate.match.architecture, self._built
        if built is not None and built[0] == name and isinstance(built[1], TorchClassifier):
            return built[1].with_preprocessing(candidate.preprocessing)
        self._built = name, self._read.build(candidate, self._around.device, self._request.precision)
        return self._built[1]

    def _pictures(self, preprocessing: Preprocessing) -> list[PreparedPicture]:
        """Return the originals resized for ``preprocessing``; its mean and deviation are applied by the model."""
        if self._prepared is None or not _are_of_one_size(self._prepared[0], preprocessing):
            jobs, originals = self._around.most_threads, self._originals.pictures
            found = list(prepare_pictures(originals, preprocessing, ONE_VIEW, jobs, self._control))
            self._prepared = preprocessing, found
        return self._prepared[1]


def _are_of_one_size(one: Preprocessing, other: Preprocessing) -> bool:
    return replace(one, mean=other.mean, std=other.std, channels=other.channels) == other


def decide_network(
    read: ReadModel, originals: UnmarkedOriginals, request: AuditRequest, around: RunContext, control: Control
) -> Generator[Event, None, ReadModel]:
    """Return ``read`` with the candidate and the input that fit ``originals`` best, and with the reason.

    It is the same object if nothing was open or another input does not fit much better. Raises the error of the first
    network if none can compute them, PictureError, CancelledError, and the errors of the engine.
    """
    looks, found = _Looks(read, originals, request, around, control), read.recognition
    probe = next((candidate for candidate in found.candidates if candidate.other_inputs), None)
    inputs, networks = 0 if probe is None else 1 + len(probe.other_inputs), len(found.candidates)
    yield from looks.begin(inputs + networks - (probe is not None) if found.is_undecided else inputs)
    candidates, reason = (found.candidates, "") if probe is None else (yield from _with_best_input(looks, found, probe))
    if not found.is_undecided:
        return read.recognised_as(found.taking(candidates[0], reason)) if reason else read
    trials: list[Trial] = []
    for candidate in candidates:
        seen = yield from looks.show(candidate)
        trials.append(seen.trial)
    ranked = ranking(trials)
    if not ranked:
        raise looks.problems[0]
    chance = math.log(read.classes) if originals.are_labelled else None
    whole_reason = f"{reason_in_words(trials, len(originals.pictures))} {reason}".rstrip()
    doubt = doubt_in_words(trials, chance)
    return read.recognised_as(found.taking(candidates[ranked[0]], whole_reason, tuple(trials), doubt))


def undecided_input(read: ReadModel) -> ReadModel:
    """Return ``read`` with the doubt that nothing decided how its input is scaled, since originals are missing."""
    found = read.recognition
    doubt = (
        "Scripts for such networks scale the input in several ways. Only all originals together can show which one it "
        "was, and some are missing, so the usual one was taken: give mean and deviation if you know them."
    )
    return read.recognised_as(found.taking(found.first, found.reason, found.trials, doubt))


def _with_best_input(
    looks: _Looks, recognition: Recognition, probe: Candidate
) -> Generator[Event, None, tuple[tuple[Candidate, ...], str]]:
    """Return the candidates with the mean and deviation that fit best, and the reason; unchanged, and no reason, if
    those that are usual fit well enough.

    ``probe``, a candidate, decides for all: its first layer sees what the first layers of the others see.
    """
    candidates = recognition.candidates
    usual = yield from looks.show(probe)
    found: list[tuple[float, Preprocessing, Origins]] = []
    for preprocessing, origins in probe.other_inputs if usual.first is not None else ():
        seen = yield from looks.show(replace(probe, preprocessing=preprocessing, origins=origins))
        if seen.first is not None:
            found.append((seen.first, preprocessing, origins))
    if usual.first is None or not found:
        return candidates, ""
    least, best, origins = min(found, key=lambda one: one[0])
    if least * _MUCH_BETTER > usual.first or least > _CLOSE:
        return candidates, ""
    changed = tuple(_with_scale(one, best, origins) if one.other_inputs else one for one in candidates)
    return changed, (
        f"Its input is not scaled as usual ({origins.normalisation} instead): what its first layer sees then differs "
        f"by {nats(least)} nats from what it stored in training, and with the usual one by {nats(usual.first)}."
    )


def _with_scale(candidate: Candidate, preprocessing: Preprocessing, origins: Origins) -> Candidate:
    scaled = replace(candidate.preprocessing, mean=preprocessing.mean, std=preprocessing.std)
    said = f"{origins.normalisation}, by unmarked originals"
    return replace(candidate, preprocessing=scaled, origins=replace(candidate.origins, normalisation=said))
