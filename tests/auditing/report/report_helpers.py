"""Shared by the tests of the report room: a mark record, losses made by hand, and the report on both."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.loss_kinds import LossFacts, loss_scale
from mtgui.auditing.preprocessing import Origins, Preprocessing
from mtgui.auditing.report.document import (
    BlockPart,
    FilePart,
    LabelPart,
    ModelPart,
    PicturePart,
    PopulationBaselinesPart,
    PopulationPart,
    ProgramPart,
    RecordPart,
    Report,
    ResultPart,
    SettingsPart,
)
from mtgui.auditing.report.losses import Losses
from mtgui.auditing.statistics.adjusted_p import holm, multiplied
from mtgui.auditing.statistics.audit_design import audited_rows, design_from_blocks
from mtgui.auditing.statistics.baselines import logit_scaled
from mtgui.auditing.statistics.findings import findings_of
from mtgui.auditing.statistics.key_grid import RunningGrid
from mtgui.auditing.statistics.missing import fill_missing
from mtgui.auditing.statistics.population import population_p
from mtgui.auditing.statistics.reference_draws import reference_draws
from mtgui.auditing.statistics.verdict import code_of, stored_words
from mtgui.records.record import Block, Record
from tests.records.records_helpers import TIME, digest, make_block, picture

ALPHA = Fraction(1, 100)
SETTINGS = SettingsPart(ALPHA, 999, 1, "refuse", True)
PROGRAM = ProgramPart("0.2.0", (("numpy", "2.4.0"), ("torch", "2.14.1")), "Linux", "cpu", "float32", None, TIME, TIME)


def make_model(name: str = "painter.pth", classes: int = 10) -> ModelPart:
    return ModelPart(
        name=name,
        files=(FilePart(name, 46_830_571, digest("file", name)),),
        weights_hash=digest("weights", name),
        format="PyTorch, zip archive",
        architecture="ResNet-18 (torchvision)",
        certainty="every key and shape matches",
        classes=classes,
        preprocessing=Preprocessing(),
        origins=Origins("default of ResNet-18", "default of ResNet-18", "default of ResNet-18", "config.json"),
        renamed=(("module.fc.weight", "fc.weight"),),
    )


def make_blocks() -> tuple[Block, ...]:
    """Two blocks, with a label, a picture that is always published and one that is always withheld."""
    first = make_block(16, (0, 2, 4, 5, 7, 8, 11, 14))
    pool = [replace(p, label="cat") if i < 6 else p for i, p in enumerate(first.pool)]
    pool += [picture(16, choice="always publish"), picture(17, choice="always withhold")]
    return (
        replace(first, pool=tuple(pool), published=(*first.published, 16)),
        make_block(8, (1, 3, 4, 6), number=1),
    )


def make_record() -> Record:
    blocks = make_blocks()
    return Record(blocks, tuple(digest("commitment", block.number) for block in blocks), ())


def record_part(record: Record, missing: tuple[int, ...] = (), name: str = "castle.mtrecord") -> RecordPart:
    rows = audited_rows(record.blocks)
    design = design_from_blocks(record.blocks)
    strata = {row: number for number, stratum in enumerate(design.strata) for row in stratum.members}
    pictures = tuple(
        PicturePart(
            picture_id=block.pool[index].picture_id,
            block=block.number,
            stratum=strata.get(row),
            is_published=block.is_published(index),
            name=block.pool[index].name if block.is_published(index) else None,
            found="missing" if row in missing else "file hash",
        )
        for row, (block, index) in enumerate(rows)
    )
    parts = tuple(
        BlockPart(
            commitment,
            block.created,
            block.mark_algorithm,
            block.settings.in_words,
            block.settings.has_key_coin,
            len(block.pool),
            len(block.published),
            len(block.withheld_pictures),
        )
        for block, commitment in zip(record.blocks, record.commitments, strict=True)
    )
    return RecordPart(name, record.record_id, parts, False, pictures)


def make_losses(record: RecordPart, columns: int, strength: float, seed: int = 0) -> Any:
    """Losses of a model that remembers the published pictures under column 0 by ``strength`` nats."""
    chance = np.random.default_rng(seed)
    count = len(record.pictures)
    nats = chance.gamma(2.0, 0.6, (count, 1)) + chance.gamma(2.0, 0.15, (count, columns))
    nats[[picture.is_published for picture in record.pictures], 0] *= np.exp(-strength)
    return np.rint(nats * (1 << 20)).astype(np.int64)


def make_result(
    record: RecordPart,
    model: ModelPart,
    settings: SettingsPart = SETTINGS,
    strength: float = 3.0,
    keys: int = 15,
    place: int = 0,
    runs: int = 1,
    has_population: bool = False,
    seed: int = 0,
    loss: LossFacts | None = None,
) -> ResultPart:
    """A result as the audit writes it; Holm's adjustment is left to `make_report`."""
    facts = LossFacts() if loss is None else loss
    scale = loss_scale(facts.kind, model.classes)
    design = record.design()
    losses = make_losses(record, keys + 1, strength, seed)
    gone = np.array([p.found == "missing" for p in record.pictures])
    grid = RunningGrid(reference_draws(design, record.seed(model), settings.reference_draws), keys + 1, settings.alpha)
    columns: list[int] = []
    for column in range(keys + 1):
        if gone.any():
            losses[:, column] = fill_missing(losses[:, column], column, gone, design.true_draw, scale)
        grid.add(column, losses[:, column])
        columns.append(column)
        if settings.stops_early and grid.must_exceed_alpha:
            break
    findings = findings_of(grid, design)
    population = None
    if has_population:
        size = len(design.published)
        others = np.random.default_rng(seed).integers(size << 19, size << 21, 200)
        population = PopulationPart(
            500,
            size,
            tuple(others.tolist()),
            int((others <= grid.true_sum).sum()),
            population_p(grid.true_sum, others),
            _baselines(losses[list(design.published), 0], others),
        )
    return ResultPart(
        model=0,
        record=0,
        label=LabelPart("class", (3,) * len(record.pictures), ((3, "castle"),), "castle (class 3) for every picture"),
        keys=keys,
        columns=tuple(columns),
        losses=Losses(np.ascontiguousarray(losses[:, columns].T)),
        findings=findings,
        runs=runs,
        place=place,
        p_adjusted=Fraction(1),
        verdict="no evidence",
        words="",
        forward_passes=len(columns) * len(record.pictures) * settings.views * facts.passes,
        batch=64,
        seconds=4.1,
        population=population,
        loss=loss,
    )


def make_report(settings: SettingsPart = SETTINGS, missing: tuple[int, ...] = (), **changes: Any) -> Report:
    """A report on one model and the record of `make_record`; ``changes`` go to `make_result`."""
    record, model = record_part(make_record(), missing), make_model()
    return assemble(settings, (model,), (record,), (make_result(record, model, settings, **changes),))


def assemble(
    settings: SettingsPart,
    models: tuple[ModelPart, ...],
    records: tuple[RecordPart, ...],
    results: tuple[ResultPart, ...],
) -> Report:
    """Return the report on ``results``, adjusted as one family."""
    family = tuple(multiplied(result.findings.p_value, result.runs) for result in results)
    finished = []
    for result, adjusted in zip(results, holm(family), strict=True):
        verdict = code_of(adjusted, settings.alpha, stopped_early=result.findings.stopped_early)
        finished.append(replace(result, p_adjusted=adjusted, verdict=verdict, words=stored_words(verdict, adjusted)))
    return Report(PROGRAM, settings, models, records, family, tuple(finished))


def _baselines(own: NDArray[np.int64], others: NDArray[np.int64]) -> PopulationBaselinesPart:
    logit, logits = int(logit_scaled(own).sum()), others - 1000
    tpr_at = {"0.01": 0.5, "0.001": 0.25, "0.0001": 0.0, "0": 0.0}
    return PopulationBaselinesPart(tuple(logits.tolist()), logit, population_p(logit, logits), tpr_at, 0.75)
