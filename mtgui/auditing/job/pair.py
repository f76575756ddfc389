"""Audits one record on one model: label, plan, loss matrix, findings."""

import os
import secrets
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.audited_model import AuditedModel
from mtgui.auditing.engine.original_losses import precision_effect
from mtgui.auditing.engine.prepared_originals import Original, PicturesOnTheWay, PreparedPicture
from mtgui.auditing.engine.state_file import AuditState, audit_state
from mtgui.auditing.engine.task import MatrixTask, column_marks
from mtgui.auditing.engine.views import query_views
from mtgui.auditing.job.audit_events import AuditPlanned, LabelChosen, TimeStated
from mtgui.auditing.job.audit_request import AuditRequest
from mtgui.auditing.job.checks import check_runs
from mtgui.auditing.job.judged_matrix import Judged, Judging, judge, kept_columns, passes_for
from mtgui.auditing.job.labels import (
    MODEL_CHOICE,
    Labelling,
    PromptNames,
    label_of_model,
    labels_in_words,
    proposal_in_words,
)
from mtgui.auditing.job.originals_shown import shown_originals
from mtgui.auditing.job.outcome import PairOutcome
from mtgui.auditing.job.population_audit import Asked, Comparison, compare_with_population, find_population
from mtgui.auditing.job.processor_threads import Earlier, Work, settle_threads
from mtgui.auditing.job.read_models import ReadModel
from mtgui.auditing.job.run_context import RunContext
from mtgui.auditing.job.run_log import RunLog, note_on_log
from mtgui.auditing.job.state_files import ENGINE, States
from mtgui.auditing.job.subject import AuditSubject
from mtgui.auditing.job.time_needed import AuditSetting, measured_speed, work_of
from mtgui.auditing.loss_kinds import LossFacts, loss_scale
from mtgui.auditing.report.document import PopulationPart
from mtgui.auditing.statistics.findings import findings_of
from mtgui.auditing.statistics.reference_draws import reference_draws
from mtgui.auditing.statistics.streams import key_slots, row_order, seed_of
from mtgui.common.codec import to_values
from mtgui.common.control import Control
from mtgui.common.events import Event, Noticed, Progress, Started
from mtgui.common.texts import text
from mtgui.common.words import counted, one_in, whole
from mtgui.records.attainable_p import Attainable, AuditSize, run_factor
from mtgui.records.audit_log import AuditRun, digest_of, distinct_runs, read_runs, runs_like
from mtgui.records.journal import utc_now

_SAME_LOSS = 16
_SAME_THREADS = "Give all of them the same number with --threads."


class Pair:
    """The audit of record and model number ``numbers`` (model, record)."""

    def __init__(
        self,
        request: AuditRequest,
        numbers: tuple[int, int],
        subject: AuditSubject,
        read: ReadModel,
        model: AuditedModel,
        surroundings: RunContext,
        control: Control,
        sizes: Sequence[AuditSize],
    ) -> None:
        """Keep the parts; nothing is computed yet. sizes: of the audits of all records of the run."""
        self._request, self._numbers, self._subject = request, numbers, subject
        self._read, self._model, self._context, self._control = read, model, surroundings, control
        self._rule = read.label_rule(request.label, subject)
        self._seed = seed_of(subject.record.commitments, read.weights_hash)
        self._keys = sizes[numbers[1]].keys - 1
        self._batch = request.batch or model.first_batch
        self._sizes = sizes

    @property
    def numbers(self) -> tuple[int, int]:
        """The numbers of its model and its record."""
        return self._numbers

    @property
    def says_time(self) -> bool:
        """True if it says how long it will take: a model of one step is quick, and its progress soon shows it."""
        return self._model.steps > 1 and self._context.team is None

    def settle(self) -> Iterator[Event]:
        """Choose the number of processor threads, before the model sees anything, and yield an event about it.

        The pictures are not being decoded yet, because that would slow the measurement.
        """
        pictures = len(self._subject.unmarked())
        earlier, around = Earlier(), self._context
        if around.leads:
            labelling = self._subject.labelling(self._rule, self._read.class_names)
            run = self._run_of(labelling)
            runs = runs_like(read_runs(around.log), run, apart_from="labels")
            earlier = Earlier.of(runs, self._states(), None if labelling is None else run.settings_digest)
        passes = pictures * (self._keys + 1) * query_views(self._request.views).count * self._model.loss_facts.passes
        work = Work(self._batch, passes, self._control)
        yield from settle_threads(self._model, earlier, around.asked_threads, around.most_threads, work)

    def stated_time(self) -> Generator[Event, None, TimeStated]:
        """Measure with black pictures how long the audit will take with the present threads; yield and return it."""
        pictures = len(self._subject.unmarked())
        chooses, views = self._rule == MODEL_CHOICE, query_views(self._request.views).count
        setting = AuditSetting(pictures, self._keys, self._batch, views, chooses, self._read.trial_passes)
        speed = yield from measured_speed(self._model, setting.shown_at_once, self._control)
        work = work_of(self._model, setting)
        stated = TimeStated(*self._numbers, work.passes, work.seconds(speed), self._model.where.title)
        yield stated
        return stated

    def run(self) -> Generator[Event, None, PairOutcome | None]:
        """Audit, and return the outcome; None for a process that does not lead.

        Raises UsageError if the request does not fit the record or the model, and the errors of the engine.
        """
        start = time.monotonic()
        originals = self._subject.unmarked()
        with self._pictures(originals) as pictures:
            yield from self._prepare(pictures)
            return (yield from self._run(pictures, start))

    def _run(self, pictures: PicturesOnTheWay, start: float) -> Generator[Event, None, PairOutcome | None]:
        labelling = yield from self._label(pictures)
        others = self._find_others(labelling)
        task = self._task(pictures, labelling.labels)
        run = self._run_of(labelling)
        self._agree_on(run)
        earlier = read_runs(self._context.log) if self._context.leads else ()
        runs = distinct_runs(earlier, run)
        best = check_runs(self._request, self._sizes, self._numbers[1], runs)
        yield from _said_of_runs(best)
        # If another log was chosen, person and report are told what the usual log would have counted.
        left_out = note_on_log(self._request.log, earlier, run) if self._context.leads else []
        yield from map(Noticed, left_out)
        yield self._planned(task, best)
        log = RunLog(self._context.log if self._context.leads else None, run)
        if pictures.are_ready:
            log.begin()
        with log.ending(), ExitStack() as stack:
            state = self._open_state(run, stack)
            yield from self._said_of_state(kept_columns(task, state))
            judging = judge(
                task,
                self._judging(),
                batch=self._batch,
                state=state,
                team=self._context.team,
                control=self._control,
                before_first_column=log.begin,
            )
            judged = yield from log.begun_in_time(judging, pictures)
            if not self._context.leads:
                return None
            batch = self._batch if state is None or state.batch is None else state.batch
            losses = np.stack(judged.losses)
            population = yield from self._compare(others, labelling, judged, batch)
            effect = self._precision_effect(task, batch)
            return PairOutcome(
                numbers=self._numbers,
                run=run,
                labelling=labelling,
                keys=self._keys,
                columns=tuple(judged.columns),
                losses=losses,
                findings=findings_of(judged.grid, self._subject.design),
                runs=log.begin(),
                forward_passes=passes_for(task, batch, judged.columns),
                batch=batch,
                device=self._model.where.title,
                seconds=time.monotonic() - start,
                notes=(*self._doubts(), *left_out, *judged.notes, *_note_on(losses)),
                states=self._states(),
                population=population,
                precision_effect=effect,
                loss=self._model.loss_facts,
            )

    def _doubts(self) -> tuple[str, ...]:
        doubt = self._read.recognition.doubt
        return (doubt,) if doubt else ()

    def _pictures(self, originals: list[Original]) -> PicturesOnTheWay:
        """Return ``originals``, which are decoded and resized once, in the order in which the model sees them."""
        return PicturesOnTheWay(
            originals,
            self._model.preprocessing,
            query_views(self._request.views),
            order=row_order(self._seed, len(originals)).tolist(),
            jobs=os.cpu_count() or 1,
            control=self._control,
        )

    def _prepare(self, pictures: PicturesOnTheWay) -> Iterator[Event]:
        """Wait for the originals of the first batch; the others are decoded during the work."""
        count, start = min(self._batch, len(pictures)), time.monotonic()
        yield Started("preparing pictures", count)
        for done, _ in enumerate(pictures.in_turn(count), start=1):
            yield Progress(done, count, time.monotonic() - start)

    def _label(self, pictures: Sequence[PreparedPicture]) -> Generator[Event, None, Labelling]:
        """Return the class of every row of the design; the model chooses before it sees any mark."""
        names = self._read.class_names
        if self._request.label is None and not isinstance(names, PromptNames):
            yield Noticed(proposal_in_words(self._rule))
        labelling = self._subject.labelling(self._rule, names)
        if labelling is None:
            task = self._task(pictures, [0] * len(pictures))
            losses = yield from shown_originals(task, "choosing the label", self._batch, self._control)
            labelling = label_of_model(losses, names)
        model, record = self._numbers
        yield LabelChosen(model, record, labelling.rule, labels_in_words(labelling, names), labelling.sentence)
        return labelling

    def _task(self, pictures: Sequence[PreparedPicture], labels: "list[int] | tuple[int, ...]") -> MatrixTask:
        """Return the matrix of the pictures that were found; ``labels`` are for these, or for every row."""
        if len(labels) != len(pictures):
            labels = [label for label, lost in zip(labels, self._subject.is_missing, strict=True) if not lost]
        columns = self._keys + 1
        return MatrixTask(
            model=self._model,
            pictures=pictures,
            labels=labels,
            marks=column_marks(self._subject.record.blocks),
            columns=columns,
            rows=[int(row) for row in row_order(self._seed, len(pictures))],
            slots=lambda group: key_slots(self._seed, columns, group),
            views=query_views(self._request.views),
        )

    def _judging(self) -> Judging:
        design = self._subject.design
        return Judging(
            design=design,
            draws=reference_draws(design, self._seed, self._request.draws),
            alpha=self._request.alpha,
            is_missing=self._subject.is_missing,
            stops_early=self._request.stops_early,
            numbers=self._numbers,
        )

    def _compare(
        self, others: dict[int, list[Original]] | None, labelling: Labelling, judged: Judged, batch: int
    ) -> Generator[Event, None, PopulationPart | None]:
        """Compare with other people's sets if requested."""
        if others is None:
            return None
        asked = Asked(
            others,
            self._request.population_sets,
            self._seed,
            batch,
            query_views(self._request.views),
            os.cpu_count() or 1,
        )
        comparison = Comparison(
            block=self._subject.record.blocks[0],
            labels=self._published_labels(labelling),
            losses=judged.losses[judged.columns.index(0)][list(self._subject.design.published)],
        )
        return (yield from compare_with_population(asked, comparison, self._model, self._control))

    def _published_labels(self, labelling: Labelling) -> tuple[int, ...]:
        return tuple(labelling.labels[row] for row in self._subject.design.published)

    def _find_others(self, labelling: Labelling) -> dict[int, list[Original]] | None:
        """Return other people's pictures if a comparison with them was requested."""
        if self._request.population is None:
            return None
        known = frozenset(picture.picture_id for _, _, picture in self._subject.record.pictures())
        labels = self._published_labels(labelling)
        return find_population(self._request.population, labels, self._read.class_names, known)

    def _precision_effect(self, task: MatrixTask, batch: int) -> str | None:
        """Return a sentence on how far losses at the chosen precision differ from float32, on unmarked originals."""
        if self._model.precision == "float32":
            return None
        effect = precision_effect(self._model, task, batch=batch, control=self._control)
        unit = f" {found}" if (found := loss_scale(self._model.loss_facts.kind, self._model.classes).unit) else ""
        return (
            f"At {effect.precision} precision the losses of {effect.pictures} unmarked originals differ from those at "
            f"float32 by at most {effect.largest:.3g}{unit}, on average by {effect.mean:.3g}."
        )

    def _said_of_state(self, kept: int) -> Iterator[Event]:
        """Yield an event about the columns that an earlier run has left."""
        if kept:
            keys = counted(self._keys + 1, "key")
            yield Noticed(f"This audit goes on where an earlier run of it stopped, with {kept:,} of {keys} done.")

    def _planned(self, task: MatrixTask, best: Attainable) -> AuditPlanned:
        design, size = self._subject.design, best.size
        model, record = self._numbers
        return AuditPlanned(
            model=model,
            record=record,
            pictures=design.pictures,
            published=len(design.published),
            withheld=design.withheld,
            keys=size.keys,
            draws=size.draws_made,
            grid=size.grid,
            smallest_p=float(best.smallest_p),
            forward_passes=task.passes,
            device=self._model.where.title,
            batch=self._batch,
            alpha=float(self._request.alpha),
            loss_kind=self._model.loss_facts.kind,
        )

    def _agree_on(self, run: AuditRun) -> None:
        """Make sure that all processes that share the audit do the same. Raises TeamError."""
        if (team := self._context.team) is not None:
            team.agree(run.settings_digest, "settings and pictures")
            # On cards the number is None in all processes, because it does not matter there.
            team.agree(str(self._model.threads), "number of threads", _SAME_THREADS)

    def _run_of(self, labelling: Labelling | None) -> AuditRun:
        """Return the run for the audit log, with everything that influences p.

        ``labelling`` is None before the model has chosen.
        """
        request, subject = self._request, self._subject
        lost = [p.picture_id for p, is_lost in zip(subject.pool, subject.is_missing, strict=True) if is_lost]
        settings = {
            "engine": ENGINE,
            "commitments": list(subject.record.commitments),
            "label": MODEL_CHOICE if labelling is None else labelling.rule,
            "labels": None if labelling is None else digest_of({"labels": list(labelling.labels)}),
            "keys": self._keys,
            "draws": request.draws,
            "alpha": str(request.alpha),
            "stops_early": request.stops_early,
            "views": request.views,
            "missing": sorted(lost),
            "architecture": self._read.architecture,
            "options": digest_of(self._read.recognition.best.options),
            "preprocessing": asdict(self._model.preprocessing),
            "precision": request.precision,
            "device": self._model.where.kind,
            "batch": request.batch,
        }
        facts = self._model.loss_facts
        if facts != LossFacts():
            # Classifiers keep the settings that they had before other models could be audited.
            settings["loss"] = digest_of(to_values(facts.without_names))
        return AuditRun(
            run_id=secrets.token_hex(16),
            time=utc_now(),
            record_id=subject.record.record_id,
            weights_hash=self._read.weights_hash,
            model=str(self._read.path.absolute()),
            record=str(subject.path.absolute()),
            settings=settings,
            threads=self._model.threads,
        )

    def _open_state(self, run: AuditRun, stack: ExitStack) -> AuditState | None:
        """Open the state file of an interrupted run of the same audit, or a new one."""
        path, identity = self._states().place(run.settings_digest)
        if not self._context.leads:
            return None
        path.parent.mkdir(parents=True, exist_ok=True)
        return stack.enter_context(audit_state(path, identity))

    def _states(self) -> States:
        pictures = int((~self._subject.is_missing).sum())
        return States(self._context.states, self._read.weights_hash, pictures, self._model.where)


def _said_of_runs(best: Attainable) -> Iterator[Event]:
    """Yield a notice of the run multiplier if other settings were tried before; the run can still be cancelled."""
    if best.runs > 1:
        yield Noticed(
            text(
                "With this one there are {runs} different runs of this record on this model, so p is multiplied by "
                "{factor}: it can come down to {odds} at best.",
                runs=whole(best.runs),
                factor=whole(run_factor(best.runs)),
                odds=one_in(best.smallest_p),
            )
        )


def _note_on(losses: NDArray[np.int64]) -> list[str]:
    """Return a note if all losses are equal except for rounding, else nothing."""
    if int(losses.max()) - int(losses.min()) > _SAME_LOSS or losses.size == 1:
        return []
    sentence = (
        "The model gives every picture the same loss, whatever it shows, so nothing can be found in it. Check that its "
        "architecture and preprocessing are the right ones."
    )
    return [sentence]
