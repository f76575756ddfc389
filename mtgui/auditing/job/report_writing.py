"""Makes the report and the results for programs from the outcomes, and writes report files."""

import contextlib
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from mtgui.auditing.job.audit_request import AuditRequest
from mtgui.auditing.job.audit_result import ModelFile, PairResult, PopulationResult
from mtgui.auditing.job.checks import unwritten
from mtgui.auditing.job.labels import labels_in_words
from mtgui.auditing.job.outcome import PairOutcome
from mtgui.auditing.job.read_models import ReadModel
from mtgui.auditing.job.subject import AuditSubject
from mtgui.auditing.report.document import (
    NOT_WITNESSED,
    BlockPart,
    FilePart,
    Found,
    LabelPart,
    LabelRule,
    ModelPart,
    PicturePart,
    PopulationPart,
    ProgramPart,
    RecordPart,
    Report,
    ResultPart,
    SettingsPart,
)
from mtgui.auditing.report.html import report_html
from mtgui.auditing.report.losses import Losses
from mtgui.auditing.report.report_files import report_to_json
from mtgui.auditing.statistics.population import CAVEAT
from mtgui.auditing.statistics.verdict import code_of, stored_words
from mtgui.common import files
from mtgui.common.errors import PictureError
from mtgui.pictures.small import thumbnail_jpeg
from mtgui.records.journal import utc_now
from mtgui.version import __version__

_THUMBNAIL = 96
_OTHER_LOG = "Earlier runs were counted in an audit log that was chosen for this run, not in the user's usual one."
_MOST_THUMBNAILS = 2000
_LIBRARIES = ("torch", "torchvision", "numpy", "pillow")
_RULES: Mapping[str, LabelRule] = {"record": "record", "auto": "auto"}
_WAYS: Mapping[str, Found] = {"file": "file hash", "pixels": "pixel hash"}


@dataclass(frozen=True)
class Adjusted:
    """The p-values of the run: ``family`` before and ``values`` after Holm's adjustment, one for each outcome."""

    family: tuple[Fraction, ...]
    values: tuple[Fraction, ...]


def build_report(
    request: AuditRequest,
    started: str,
    subjects: Sequence[AuditSubject],
    models: Sequence[ReadModel],
    outcomes: Sequence[PairOutcome],
    adjusted: Adjusted,
) -> Report:
    """Return the report of a finished run that began at ``started``."""
    return Report(
        program=_program(request, started, outcomes),
        settings=SettingsPart(
            alpha=request.alpha,
            reference_draws=request.draws,
            views=request.views,
            missing=request.missing,
            stops_early=request.stops_early,
        ),
        models=tuple(_model(read) for read in models),
        records=tuple(_record(subject) for subject in subjects),
        family=adjusted.family,
        results=tuple(
            _result(request, outcome, models[outcome.numbers[0]], place, adjusted)
            for place, outcome in enumerate(outcomes)
        ),
        notes=() if request.log is None else (_OTHER_LOG,),
    )


def _program(request: AuditRequest, started: str, outcomes: Sequence[PairOutcome]) -> ProgramPart:
    effects = [outcome.precision_effect for outcome in outcomes if outcome.precision_effect]
    libraries = []
    for name in _LIBRARIES:
        try:
            libraries.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return ProgramPart(
        version=__version__,
        libraries=(("Python", platform.python_version()), *libraries),
        system=f"{platform.system()} {platform.release()}, {platform.machine()}",
        device=" and ".join(dict.fromkeys(outcome.device for outcome in outcomes)),
        precision=request.precision,
        precision_effect=" ".join(effects) or None,
        started=started,
        finished=utc_now(),
    )


def _model(read: ReadModel) -> ModelPart:
    facts, found = read.facts, read.recognition
    return ModelPart(
        name=read.path.name or str(read.path),
        files=tuple(FilePart(file.name, file.size, file.sha256) for file in read.summary.files),
        weights_hash=read.weights_hash,
        format=facts.format,
        architecture=found.best.title,
        certainty=found.sureness,
        classes=read.classes,
        preprocessing=found.preprocessing,
        origins=found.origins,
        renamed=(*facts.renamed, *found.best.renamed),
        ignored=(*facts.ignored, *found.best.ignored),
        notes=(*facts.notes, *found.notes, *read.notes),
        trials=found.trials,
    )


def _record(subject: AuditSubject) -> RecordPart:
    record = subject.record
    return RecordPart(
        name=subject.path.name,
        record_id=record.record_id,
        blocks=tuple(
            BlockPart(
                commitment=commitment,
                created=block.created,
                mark_algorithm=block.mark_algorithm,
                mark=block.settings.in_words,
                has_key_coin=block.settings.has_key_coin,
                pool=len(block.pool),
                published=len(block.published),
                withheld=len(block.pool) - len(block.published),
            )
            for block, commitment in zip(record.blocks, record.commitments, strict=True)
        ),
        is_witnessed=False,
        pictures=tuple(_pictures(subject)),
    )


def _pictures(subject: AuditSubject) -> list[PicturePart]:
    stratum_of = {row: number for number, stratum in enumerate(subject.design.strata) for row in stratum.members}
    parts = []
    for row, (block, index) in enumerate(subject.rows):
        picture, is_published = block.pool[index], block.is_published(index)
        original = subject.originals.found.get(picture.picture_id)
        parts.append(
            PicturePart(
                picture_id=picture.picture_id,
                block=block.number,
                stratum=stratum_of.get(row),
                is_published=is_published,
                name=picture.name if is_published else None,
                found="missing" if original is None else _WAYS[original.way],
            )
        )
    return parts


def _result(request: AuditRequest, outcome: PairOutcome, read: ReadModel, place: int, adjusted: Adjusted) -> ResultPart:
    model, record = outcome.numbers
    names = labels_in_words(outcome.labelling, read.class_names)
    verdict = code_of(adjusted.values[place], request.alpha, stopped_early=outcome.findings.stopped_early)
    return ResultPart(
        model=model,
        record=record,
        label=LabelPart(
            rule=_RULES.get(outcome.labelling.rule, "class"),
            indices=outcome.labelling.labels,
            names=tuple((int(index), name) for index, name in names.items() if name is not None),
            sentence=outcome.labelling.sentence,
        ),
        keys=outcome.keys,
        columns=outcome.columns,
        losses=Losses(outcome.losses),
        findings=outcome.findings,
        runs=outcome.runs,
        place=place,
        p_adjusted=adjusted.values[place],
        verdict=verdict,
        words=stored_words(verdict, adjusted.values[place]),
        forward_passes=outcome.forward_passes,
        batch=outcome.batch,
        seconds=outcome.seconds,
        population=outcome.population,
        notes=outcome.notes,
        loss=outcome.loss,
    )


def result_values(report: Report, result: ResultPart, record: Path, model: Path, device: str) -> PairResult:
    """Return one result for programs: the numbers, the words, and the hashes of model and record.

    device: the device of this result; the report names the devices of all results together.
    """
    findings, (model_part, record_part) = result.findings, report.pair(result)
    verdict = report.verdict(result)
    return PairResult(
        model_file=str(model),
        record_file=str(record),
        verdict=result.verdict,
        headline=verdict.headline,
        sentence=verdict.sentence,
        words=result.words,
        numbers=verdict.numbers,
        caveat=verdict.caveat,
        alpha=float(report.settings.alpha),
        alpha_exact=str(report.settings.alpha),
        p_value=float(findings.p_value),
        p_adjusted=float(result.p_adjusted),
        p_value_exact=str(findings.p_value),
        p_adjusted_exact=str(result.p_adjusted),
        smallest_p=float(findings.smallest_p),
        runs=result.runs,
        family=len(report.family),
        set_loss=findings.set_loss,
        picture_coin=float(findings.picture_coin),
        key_coin=float(findings.key_coin),
        keys=result.keys + 1,
        keys_judged=len(result.columns),
        draws=findings.draws,
        grid=findings.grid,
        at_most=findings.at_most,
        counted=findings.counted,
        forward_passes=result.forward_passes,
        stopped_early=findings.stopped_early,
        pictures=len(record_part.pictures),
        missing=record_part.missing,
        published=sum(picture.is_published for picture in record_part.pictures),
        label=result.label.sentence,
        witnessed=record_part.is_witnessed,
        witness_words=None if record_part.is_witnessed else NOT_WITNESSED,
        seconds=round(result.seconds, 3),
        batch=result.batch,
        device=device,
        precision=report.program.precision,
        precision_effect=report.program.precision_effect,
        architecture=model_part.architecture,
        weights_hash=model_part.weights_hash,
        model_files=tuple(ModelFile(file.name, file.sha256) for file in model_part.files),
        record_id=record_part.record_id,
        commitments=tuple(block.commitment for block in record_part.blocks),
        population=None if result.population is None else _population_values(result.population),
        notes=result.notes,
        loss_kind=result.loss_facts.kind,
    )


def _population_values(part: PopulationPart) -> PopulationResult:
    baselines = part.baselines
    return PopulationResult(
        pictures=part.pictures,
        size=part.size,
        sets=len(part.set_losses),
        at_most=part.at_most,
        approximate_p=float(part.p_value),
        caveat=CAVEAT,
        logit_approximate_p=None if baselines is None else float(baselines.logit_p_value),
        picture_tpr_at=None if baselines is None else baselines.picture_tpr_at,
        picture_auc=None if baselines is None else baselines.picture_auc,
    )


@dataclass(frozen=True)
class Written:
    """The paths of the written reports, and one sentence for each that could not be written."""

    paths: tuple[Path, ...]
    problems: tuple[str, ...]


def write_reports(paths: Sequence[Path], report: Report, subjects: Sequence[AuditSubject]) -> Written:
    """Write ``report`` to each of ``paths``, whole or not at all; the suffix decides between JSON and HTML."""
    contents: dict[bool, bytes] = {}
    written, problems = list[Path](), list[str]()
    for path in paths:
        is_json = path.suffix.lower() == ".json"
        if is_json not in contents:
            contents[is_json] = (
                report_to_json(report) if is_json else report_html(report, _thumbnails(subjects)).encode()
            )
        try:
            files.replace(path, contents[is_json])
            written.append(path)
        except OSError as error:
            problems.append(unwritten(path, error))
    return Written(tuple(written), tuple(problems))


def _thumbnails(subjects: Sequence[AuditSubject]) -> dict[str, bytes]:
    """Return small JPEG files of published pictures only, by picture id; unreadable pictures are left out."""
    made: dict[str, bytes] = {}
    for subject in subjects:
        for block, index in subject.rows:
            original = subject.originals.found.get(block.pool[index].picture_id)
            if original is not None and block.is_published(index) and len(made) < _MOST_THUMBNAILS:
                with contextlib.suppress(PictureError):
                    made[block.pool[index].picture_id] = thumbnail_jpeg(original.path, _THUMBNAIL)
    return made
