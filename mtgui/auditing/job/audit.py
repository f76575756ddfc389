"""The whole audit: every record on every model, from files to verdicts, as a generator of frozen events."""

import contextlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from fractions import Fraction

from mtgui.auditing.engine.devices import choose_device
from mtgui.auditing.engine.sharing import Team, join_team
from mtgui.auditing.engine.torch_threads import allowed_threads, using_threads
from mtgui.auditing.job.audit_events import AuditDone, ModelRead, NetworkChosen, PicturesFound
from mtgui.auditing.job.audit_request import AuditRequest
from mtgui.auditing.job.audit_result import AuditResult, PairResult, TimeResult
from mtgui.auditing.job.checks import check_candidates, check_labels, check_missing, check_reach, check_reports
from mtgui.auditing.job.denoisers import ReadDenoiser
from mtgui.auditing.job.models import read_for_audit
from mtgui.auditing.job.network_choice import UnmarkedOriginals, decide_network, undecided_input
from mtgui.auditing.job.originals import copies_there, not_followed
from mtgui.auditing.job.outcome import PairOutcome
from mtgui.auditing.job.pair import Pair
from mtgui.auditing.job.prediction_choice import decide_prediction
from mtgui.auditing.job.read_models import ReadModel
from mtgui.auditing.job.report_writing import Adjusted, build_report, result_values, write_reports
from mtgui.auditing.job.run_context import RunContext
from mtgui.auditing.job.subject import AuditSubject, load_subject
from mtgui.auditing.statistics.adjusted_p import holm, multiplied
from mtgui.auditing.statistics.verdict import code_of
from mtgui.common.codec import to_values
from mtgui.common.control import Control
from mtgui.common.errors import UsageError, readable_name
from mtgui.common.events import Event, Finished, Noticed, Paused, Resumed, Started
from mtgui.records.attainable_p import AuditSize
from mtgui.records.audit_log import audit_log_path, check_log, end_run
from mtgui.records.data_folder import data_folder
from mtgui.records.journal import utc_now


def audit(request: AuditRequest, control: Control | None = None) -> Generator[Event]:
    """Carry out ``request``; yield what happens; the last event is `Finished` with every result.

    If only the time is asked for, the result is `TimeResult`; no picture is shown, no run counts and no state is kept.

    If torchrun started several processes, only the first one yields events. Raises UsageError if the request does not
    fit a record or model, RecordError, ModelError, StorageError, the errors of the engine, and CancelledError. Losses
    computed so far are kept, and the same request goes on from there. A caller that stops early must close the
    generator.
    """
    control = control or Control()
    team = join_team()
    with ExitStack() as stack:
        stack.enter_context(using_threads(request.threads))
        if team is not None:
            stack.enter_context(team.working())
        # Pauses are handled here, where events can be yielded; the work itself does not see them.
        events = stack.enter_context(closing(_Audit(request, _Unpaused(control), team, stack).run()))
        for event in events:
            if team is None or team.is_leader:
                yield event
            if control.is_paused:
                yield Paused()
                control.checkpoint()
                yield Resumed()


class _Audit:
    def __init__(self, request: AuditRequest, control: Control, team: Team | None, stack: ExitStack) -> None:
        self._request, self._control, self._stack = request, control, stack
        folder = request.state or data_folder() / "audits"
        device, log = choose_device(request.device), request.log or audit_log_path()
        # In a team, the program that starts the processes sets their number of threads, which must be equal.
        most = allowed_threads()
        self._context = RunContext(device, team, log, folder, request.threads if team is None else most, most)
        self._started = utc_now()
        self._sizes: tuple[AuditSize, ...] = ()
        self._stated: set[tuple[int, int]] = set()

    def run(self) -> Generator[Event]:
        if self._context.leads and not self._request.states_time_only:
            check_reports(self._request.reports)
            check_log(self._context.log)
        subjects = yield from self._load_subjects()
        models = yield from self._read_models(subjects)
        if any(model.are_keys_dear for model in models):
            self._sizes = check_reach(self._request, subjects, are_keys_dear=True)
        check_labels(self._request.label, subjects, models)
        check_candidates(subjects, models)
        if self._request.states_time_only:
            yield from self._state_time_only(subjects, models)
            return
        models = yield from self._decide_networks(subjects, models)
        outcomes: list[PairOutcome] = []
        try:
            for pair in self._pairs(subjects, enumerate(models)):
                yield from pair.settle()
                yield from self._state_time(pair)
                outcome = yield from pair.run()
                if outcome is not None:
                    outcomes.append(outcome)
        except BaseException:
            self._give_up(outcomes)
            raise
        if self._context.leads:
            yield from self._conclude(subjects, models, outcomes)

    def _pairs(self, subjects: Sequence[AuditSubject], models: Iterable[tuple[int, ReadModel]]) -> Iterator[Pair]:
        """Yield every record on every model, with its number; a model is built when its first record comes."""
        request, around, control, sizes = self._request, self._context, self._control, self._sizes
        for number, read in models:
            model = read.build(read.recognition.first, around.device, request.precision)
            for record, subject in enumerate(subjects):
                yield Pair(request, (number, record), subject, read, model, around, control, sizes)

    def _state_time(self, pair: Pair) -> Generator[Event]:
        """Say once how long the audit of ``pair`` will take, if it is one that says so."""
        if pair.says_time and pair.numbers not in self._stated:
            self._stated.add(pair.numbers)
            yield from pair.stated_time()

    def _state_time_only(self, subjects: Sequence[AuditSubject], models: Sequence[ReadModel]) -> Generator[Event]:
        """Say how long the audit of every record on every model will take."""
        if self._context.team is not None:
            raise UsageError("The time is measured in one process; leave out torchrun.")
        passes, seconds = 0, 0.0
        for pair in self._pairs(subjects, enumerate(models)):
            yield from pair.settle()
            stated = yield from pair.stated_time()
            passes, seconds = passes + stated.passes, seconds + stated.seconds
        yield Finished(to_values(TimeResult(passes, seconds)))

    def _load_subjects(self) -> Generator[Event, None, list[AuditSubject]]:
        """Read every record and find its originals, before any costly work."""
        yield Started("finding the originals", len(self._request.records))
        subjects: list[AuditSubject] = []
        for number, path in enumerate(self._request.records):
            subject = load_subject(path, self._request.places, self._control)
            names = {picture.picture_id: picture.name for picture in subject.pool}
            ways = {names[one]: original.way for one, original in subject.originals.found.items()}
            yield PicturesFound(
                record=number,
                path=str(path),
                found=tuple(name for name, way in ways.items() if way == "file"),
                by_pixels=tuple(name for name, way in ways.items() if way == "pixels"),
                changed=subject.originals.changed,
                missing=subject.originals.missing,
            )
            for link in subject.originals.linked:
                yield Noticed(not_followed(link))
            if subject.originals.copies:
                yield Noticed(copies_there(readable_name(path), subject.originals.copies))
            for note in subject.record.notes:
                yield Noticed(f"{readable_name(path)}: {note}")
            check_missing(subject, self._request.missing, self._request.places)
            _check_twin(subject, subjects)
            subjects.append(subject)
        self._sizes = check_reach(self._request, subjects)
        return subjects

    def _read_models(self, subjects: Sequence[AuditSubject]) -> Generator[Event, None, list[ReadModel]]:
        yield Started("reading the model", len(self._request.models))
        models = []
        for number, choice in enumerate(self._request.models):
            read = read_for_audit(choice, self._request, subjects, self._stack, self._control)
            yield ModelRead(number, str(choice.path), read.summary)
            models.append(read)
        return models

    def _decide_networks(
        self, subjects: Sequence[AuditSubject], models: Sequence[ReadModel]
    ) -> Generator[Event, None, list[ReadModel]]:
        """Let the unmarked originals decide where several networks fit a model, or several inputs are usual."""
        are_all_there = not any(subject.is_missing.any() for subject in subjects)
        decided = []
        for number, model in enumerate(models):
            read = model
            if isinstance(model, ReadDenoiser):
                if model.is_undecided:
                    # Originals are shown to it for that, too, so the time is said before.
                    for pair in self._pairs(subjects, [(number, model)]):
                        yield from self._state_time(pair)
                    read = yield from decide_prediction(model, subjects, self._request, self._context, self._control)
            elif are_all_there and (model.recognition.is_undecided or model.recognition.first.other_inputs):
                originals = UnmarkedOriginals.of(subjects, self._request, model)
                read = yield from decide_network(model, originals, self._request, self._context, self._control)
                if read is not model:
                    yield NetworkChosen(number, str(read.path), read.summary)
            elif model.recognition.first.other_inputs:
                read = undecided_input(model)
            decided.append(read)
        return decided

    def _give_up(self, outcomes: list[PairOutcome]) -> None:
        """Write into the audit log that finished pairs were cancelled, because the whole audit did not finish."""
        with contextlib.suppress(Exception):
            for outcome in outcomes:
                end_run(self._context.log, outcome.run.run_id, utc_now(), "cancelled", {})

    def _conclude(
        self, subjects: list[AuditSubject], models: list[ReadModel], outcomes: list[PairOutcome]
    ) -> Iterator[Event]:
        """Adjust all p-values, write the reports, and yield the verdicts.

        The verdicts hold even if a report could not be written.
        """
        family = tuple(multiplied(outcome.findings.p_value, outcome.runs) for outcome in outcomes)
        adjusted = Adjusted(family, holm(family))
        report = build_report(self._request, self._started, subjects, models, outcomes, adjusted)
        written = write_reports(self._request.reports, report, subjects)
        results = [
            result_values(report, part, subjects[part.record].path, models[part.model].path, outcome.device)
            for part, outcome in zip(report.results, outcomes, strict=True)
        ]
        for outcome, p_adjusted, result in zip(outcomes, adjusted.values, results, strict=True):
            self._end(outcome, p_adjusted, result)
            if not written.problems:
                # If a report failed, the state files stay, so that a second try ends soon.
                outcome.discard_states()
            yield AuditDone(*outcome.numbers, result)
        found = AuditResult(tuple(results), tuple(map(str, written.paths)), written.problems, report.notes)
        yield Finished(to_values(found))

    def _end(self, outcome: PairOutcome, p_adjusted: Fraction, result: PairResult) -> None:
        """Write the outcome into the audit log."""
        findings = outcome.findings
        verdict = code_of(p_adjusted, self._request.alpha, stopped_early=findings.stopped_early)
        ending = "stopped early" if findings.stopped_early else verdict
        end_run(self._context.log, outcome.run.run_id, utc_now(), ending, to_values(result))


class _Unpaused(Control):
    """A view of the control ``whole`` without pauses, for the work; pauses are handled between two events."""

    def __init__(self, whole: Control) -> None:
        """Follow the control ``whole``."""
        super().__init__()
        self._whole = whole

    @property
    def is_cancelled(self) -> bool:
        """True once ``whole`` was cancelled."""
        return self._whole.is_cancelled

    def checkpoint(self) -> None:
        """Raise `CancelledError` once ``whole`` was cancelled."""
        if self._whole.is_cancelled:
            self._whole.checkpoint()


def _check_twin(subject: AuditSubject, others: Sequence[AuditSubject]) -> None:
    """Raise UsageError if one of ``others`` is the same record: to audit it twice would only double p."""
    for other in others:
        if other.record.record_id == subject.record.record_id:
            raise UsageError(
                f"{readable_name(other.path)} and {readable_name(subject.path)} are the same mark record. Name it once."
            )
