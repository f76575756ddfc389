"""Verifies a report: computes its numbers again, and compares it with the mark record if that is given."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from mtgui.auditing.report.document import ModelPart, RecordPart, Report, ResultPart
from mtgui.auditing.statistics.adjusted_p import holm, multiplied
from mtgui.auditing.statistics.audit_design import audited_rows, design_from_blocks
from mtgui.auditing.statistics.baselines import logit_scaled
from mtgui.auditing.statistics.findings import Findings, find
from mtgui.auditing.statistics.population import population_p
from mtgui.auditing.statistics.reference_draws import number_of_draws
from mtgui.auditing.statistics.verdict import code_of, stored_words
from mtgui.common.errors import MtguiError, printable
from mtgui.records.record import Block, Record

NOT_PROVED_LOSSES = (
    "That the losses are this model's on these pictures: that needs the model, the originals and the mark record "
    "(run “mtgui audit” on them again)."
)
NOT_PROVED_RUNS = "How many runs there were before this one: the audit log of the report's author tells that."
NOT_PROVED_WITHOUT_RECORD = "That the draw and the pictures are the mark record's: give the record with --record."
NOT_PROVED_SINGLES = (
    "How many single pictures stand out from other people's, and the AUC of that: the losses of those are not kept."
)
OTHER_RECORD = "The report is about another mark record."
NOT_PROVED_WITNESS = "When the mark record was made: that needs the person or service that dated its commitment."

_MOST_ENTRIES = 1 << 30
_NAMES = {
    "draws": "the number of reference draws",
    "grid": "the size of the grid",
    "counted": "how much of the grid was judged",
    "at_most": "how many set losses do not exceed the true one",
    "stopped_early": "whether the audit was stopped early",
    "p_value": "the p-value",
    "smallest_p": "the smallest possible p-value",
    "set_loss": "the set loss",
    "picture_coin": "the picture coin alone",
    "key_coin": "the key coin alone",
}


@dataclass(frozen=True)
class Check:
    """One check. what: a sentence about what holds or does not hold."""

    holds: bool
    what: str


@dataclass(frozen=True)
class Proof:
    """The result of verification: every check, and sentences about facts that no check can show."""

    checks: tuple[Check, ...]
    not_proved: tuple[str, ...]

    @property
    def is_proved(self) -> bool:
        """True when every check holds."""
        return all(check.holds for check in self.checks)


def verify(report: Report, *, is_unchanged: bool, record: Record | None = None) -> Proof:
    """Compute all derived numbers of ``report`` again, and compare its draw with ``record`` if given.

    is_unchanged: True if the check field fits the file from which the report was read.
    """
    checks = [
        Check(True, "The file is as it was written: its check fits.")
        if is_unchanged
        else Check(False, "The file was changed after it was written: its check does not fit the rest.")
    ]
    checks += _family(report)
    for result in report.results:
        model, pictures = report.pair(result)
        name = f"{printable(model.name)} with {printable(pictures.name)}: " if len(report.results) > 1 else ""
        checks += [Check(check.holds, name + check.what) for check in _result(report, result, model, pictures)]
    if record is not None:
        checks += _record(report, record)
    without = () if record is not None else (NOT_PROVED_WITHOUT_RECORD,)
    has_singles = any(r.population is not None and r.population.baselines is not None for r in report.results)
    singles = (NOT_PROVED_SINGLES,) if has_singles else ()
    return Proof(tuple(checks), (NOT_PROVED_LOSSES, *singles, NOT_PROVED_RUNS, *without, NOT_PROVED_WITNESS))


def _fits(stated: object, found: object, what: str) -> Check:
    """Return the check that ``stated``, a value in the report, equals ``found``."""
    if stated == found:
        return Check(True, f"{what[:1].upper()}{what[1:]}: {_shown(found)}.")
    return Check(False, f"{what[:1].upper()}{what[1:]} is {_shown(found)}, but the report says {_shown(stated)}.")


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"“{printable(value)}”" if isinstance(value, str) else str(value)


def _family(report: Report) -> Iterator[Check]:
    """Check all p-values of the report: multiplied for the number of runs, then adjusted after Holm."""
    if not report.results:
        yield Check(False, "The report holds no result.")
    if not report.settings.alpha or report.settings.alpha == 1:
        yield Check(False, "The significance level of the report is no level.")
    adjusted = holm(report.family)
    for result in report.results:
        number = f" of result {result.place + 1}" if len(report.family) > 1 else ""
        product = multiplied(result.findings.p_value, result.runs)
        yield _fits(report.family[result.place], product, f"the p-value{number} multiplied for the number of runs")
        yield _fits(result.p_adjusted, adjusted[result.place], f"the adjusted p-value{number} (Holm)")
    unused = set(range(len(report.family))) - {result.place for result in report.results}
    if any(report.family[place] != 1 for place in unused):
        yield Check(False, "The family of p-values holds one that belongs to no result and is not 1.")


def _result(report: Report, result: ResultPart, model: ModelPart, record: RecordPart) -> Iterator[Check]:
    """Check one result: the design, the draws, the grid, and the words."""
    settings = report.settings
    try:
        design = record.design()
        if number_of_draws(design, settings.reference_draws) * design.pictures > _MOST_ENTRIES:
            yield Check(False, "The grid is too large to be made again here.")
            return
        found = find(
            design,
            record.seed(model),
            settings.reference_draws,
            result.keys,
            settings.alpha,
            result.columns,
            result.losses.values,
        )
    except MtguiError as error:
        yield Check(False, f"The grid cannot be made again: {error}")
        return
    yield Check(True, f"The {found.draws:,} reference draws were made again from the commitment and the weights hash.")
    for field in fields(Findings):
        yield _fits(getattr(result.findings, field.name), getattr(found, field.name), _NAMES[field.name])
    if found.stopped_early and not settings.stops_early:
        yield Check(False, "Keys are missing, though the report says that the audit does not stop early.")
    verdict = code_of(result.p_adjusted, settings.alpha, stopped_early=found.stopped_early)
    yield _fits(result.verdict, verdict, "the verdict")
    words = stored_words(verdict, result.p_adjusted)
    same = result.words == words
    yield Check(same, "The words fit the verdict." if same else f"The words of the verdict must be: {words}")
    yield from _bookkeeping(report, result, model, record)
    yield from _missing(report, result, model, record)
    yield from _population(result, record)


def _bookkeeping(report: Report, result: ResultPart, model: ModelPart, record: RecordPart) -> Iterator[Check]:
    """Check the sizes that belong to a loss matrix."""
    there = sum(picture.found != "missing" for picture in record.pictures)
    least = there * len(result.columns) * report.settings.views * result.loss_facts.passes
    if result.forward_passes < least:
        yield Check(
            False, f"The losses take at least {least:,} forward passes, the report says {result.forward_passes:,}."
        )
    if len(result.label.indices) != len(record.pictures) or max(result.label.indices, default=0) >= model.classes:
        yield Check(False, "The labels do not fit the pictures or the classes of the model.")
    yield from _loss_facts(result, model)
    for number, block in enumerate(record.blocks, start=1):
        rows = [picture for picture in record.pictures if picture.block == number - 1]
        published = sum(picture.is_published for picture in rows)
        if block.published + block.withheld != block.pool or block.published != published or len(rows) > block.pool:
            yield Check(False, f"The numbers of pictures of block {number} do not fit each other.")
    if any(picture.block >= len(record.blocks) for picture in record.pictures):
        yield Check(False, "A picture belongs to a block that the report does not hold.")


def _loss_facts(result: ResultPart, model: ModelPart) -> Iterator[Check]:
    """Check that what is said of the losses of a model that makes pictures fits together."""
    facts = result.loss_facts
    if facts.kind == "cross-entropy":
        return
    if len(facts.prompts) != model.classes:
        yield Check(False, "The prompts are not as many as the classes of the model.")
    if any(facts.prompts[index : index + 1] != (name,) for index, name in result.label.names):
        yield Check(False, "The prompts of the pictures are not those of the losses.")
    sides = 2 if facts.kind == "denoising difference" else 1
    if (facts.base is not None) != (sides == 2):
        yield Check(False, "A base belongs to differences, and only to them.")
    if not facts.timesteps or facts.passes % (sides * len(facts.timesteps)):
        yield Check(False, "The forward passes of a loss do not fit its timesteps.")


def _missing(report: Report, result: ResultPart, model: ModelPart, record: RecordPart) -> Iterator[Check]:
    """Check that missing originals were counted against the claim."""
    gone = np.array([picture.found == "missing" for picture in record.pictures])
    if not gone.any():
        return
    if report.settings.missing == "refuse":
        yield Check(False, "Originals are missing, though the report says that this would have been refused.")
    scale = result.scale(model)
    published = np.array([picture.is_published for picture in record.pictures])
    holds = bool(((result.losses.values >= scale.lowest) & (result.losses.values <= scale.highest)).all())
    for column, losses in zip(result.columns, result.losses.values, strict=True):
        wanted = np.where(published[gone] & (column == 0), scale.highest, scale.lowest)
        holds = holds and np.array_equal(losses[gone], wanted)
    count = int(np.count_nonzero(gone))
    yield Check(
        holds,
        f"Missing originals count against the claim: {count:,}."
        if holds
        else f"Missing originals do not count against the claim as they must: {count:,}.",
    )


def _population(result: ResultPart, record: RecordPart) -> Iterator[Check]:
    """Check the comparison with other people's pictures."""
    population = result.population
    if population is None:
        return
    published = [row for row, picture in enumerate(record.pictures) if picture.is_published]
    own = int(result.losses.values[result.columns.index(0), published].sum())
    others = np.array(population.set_losses, dtype=np.int64)
    yield _fits(population.p_value, population_p(own, others), "the approximate p-value of the population")
    yield _fits(population.at_most, int(np.count_nonzero(others <= own)), "sets of the population at or below yours")
    if population.size != len(published) or population.size > population.pictures:
        yield Check(False, "The sets of the population are not of the size of the published set.")
    baselines = population.baselines
    if baselines is not None and result.loss_facts.kind != "cross-entropy":
        yield Check(False, "The comparison has logit-scaled losses, which only classifiers have.")
    elif baselines is not None:
        logit = int(logit_scaled(result.losses.values[result.columns.index(0), published]).sum())
        yield _fits(baselines.own_logit_set_loss, logit, "the logit-scaled loss of your published set")
        others = np.array(baselines.logit_set_losses, dtype=np.int64)
        if len(others) != len(population.set_losses):
            yield Check(False, "The baselines of the population are not of as many sets as its p-value.")
        yield _fits(
            baselines.logit_p_value, population_p(logit, others), "the approximate p-value of logit-scaled losses"
        )


def _record(report: Report, record: Record) -> Iterator[Check]:
    """Check the statements of the report about ``record``."""
    parts = [part for part in report.records if part.record_id == record.record_id]
    if not parts:
        yield Check(False, OTHER_RECORD)
    for part in parts:
        blocks = record.blocks[: len(part.blocks)]
        if len(blocks) < len(part.blocks):
            yield Check(False, "The mark record has fewer blocks than the report.")
            continue
        commitments = record.commitments[: len(blocks)]
        yield _fits([b.commitment for b in part.blocks], list(commitments), "the commitments of the record")
        same = all(
            (stated.created, stated.mark_algorithm, stated.mark, stated.has_key_coin, stated.pool, stated.published)
            == (
                block.created,
                block.mark_algorithm,
                block.settings.in_words,
                block.settings.has_key_coin,
                len(block.pool),
                len(block.published),
            )
            for stated, block in zip(part.blocks, blocks, strict=True)
        )
        yield Check(
            same, "Dates, marks and sizes are the record's." if same else "Dates, marks or sizes are not the record's."
        )
        yield from _rows(part, blocks)
        if len(record.blocks) > len(blocks):
            yield Check(True, "Pictures were added to the record after the audit; the report is about the others.")


def _rows(part: RecordPart, blocks: tuple[Block, ...]) -> Iterator[Check]:
    """Check that the pool and the draw are those of the record."""
    rows = [(block.pool[index], block.is_published(index)) for block, index in audited_rows(blocks)]
    same = [picture.picture_id for picture in part.pictures] == [picture.picture_id for picture, _ in rows]
    yield Check(same, "The pictures are the record's." if same else "The pictures are not the record's.")
    if not same:
        return
    named = all(stated.name in (None, picture.name) for stated, (picture, _) in zip(part.pictures, rows, strict=True))
    if not named:
        yield Check(False, "A published picture has another name in the record.")
    try:
        drawn = part.design() == design_from_blocks(blocks)
    except MtguiError:
        drawn = False
    yield Check(drawn, "The draw is the record's." if drawn else "The draw is not the record's.")
