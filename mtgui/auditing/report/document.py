"""The contents of an audit report, as frozen dataclasses; `mtgui.auditing.report.report_files` stores them as JSON.

A report never holds a mark key, a decoy seed, a salt, or the name of a picture that was kept private.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from mtgui.auditing.architectures.trials import Trial
from mtgui.auditing.loss_kinds import LossFacts, LossScale, loss_scale
from mtgui.auditing.preprocessing import Origins, Preprocessing
from mtgui.auditing.report.losses import Losses
from mtgui.auditing.statistics.audit_design import AuditDesign, DrawnStratum
from mtgui.auditing.statistics.findings import Findings
from mtgui.auditing.statistics.streams import seed_of
from mtgui.auditing.statistics.verdict import AuditFacts, Verdict, VerdictCode, verdict_of
from mtgui.common.codec import Count, Pattern, Positive, Probability, Range, Sha256, Time
from mtgui.common.errors import UsageError

SCHEMA = 3
"""Version 2 knows the trials of a model, version 3 other losses than those of classifiers."""
NOT_WITNESSED = "draw not witnessed: convincing to those who trust the record's maker"

Found = Literal["file hash", "pixel hash", "missing"]
LabelRule = Literal["class", "record", "auto"]


@dataclass(frozen=True)
class ProgramPart:
    """The software and device of the audit.

    libraries: (name, version). precision_effect: the measured effect on the losses, in words, of a precision other than
    float32.
    """

    version: str
    libraries: tuple[tuple[str, str], ...]
    system: str
    device: str
    precision: Literal["float32", "tf32", "half"]
    precision_effect: str | None
    started: Time
    finished: Time


@dataclass(frozen=True)
class SettingsPart:
    """The settings that were fixed before the first forward pass.

    reference_draws: number asked for, the true draw not counted. views: number of views of each picture. missing: the
    rule for missing originals.
    """

    alpha: Probability
    reference_draws: Count
    views: Positive
    missing: Literal["refuse", "against"]
    stops_early: bool


@dataclass(frozen=True)
class FilePart:
    """A file of the model."""

    name: str
    size: Count
    sha256: Sha256


@dataclass(frozen=True)
class ModelPart:
    """The audited model.

    weights_hash: of its tensors, independent of the file that holds them. certainty: how certain the architecture is,
    in words. renamed: old and new names of tensors. trials: what unmarked originals did in each network that fits, if
    there are several.
    """

    name: str
    files: tuple[FilePart, ...]
    weights_hash: Sha256
    format: str
    architecture: str
    certainty: str
    classes: Positive
    preprocessing: Preprocessing
    origins: Origins
    renamed: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    trials: tuple[Trial, ...] = ()


@dataclass(frozen=True)
class BlockPart:
    """One block of the record.

    created: time of the draw. mark: its settings in words. pool, published, withheld: numbers of pictures; pictures
    that the user chose to withhold are included.
    """

    commitment: Sha256
    created: Time
    mark_algorithm: str
    mark: str
    has_key_coin: bool
    pool: Positive
    published: Count
    withheld: Count


@dataclass(frozen=True)
class PicturePart:
    """The picture of one row of the loss matrix.

    stratum: number of its stratum in the draw, None for the user's own choice. name: only for published pictures.
    found: how the original was recognised.
    """

    picture_id: Sha256
    block: Count
    stratum: Annotated[int, Range(0)] | None
    is_published: bool
    name: str | None
    found: Found

    def __post_init__(self) -> None:
        """Raise UsageError if a private picture has a name."""
        if self.name is not None and not self.is_published:
            raise UsageError("A report names no picture that was kept private.")


@dataclass(frozen=True)
class RecordPart:
    """The mark record, without its secrets. name: file name. pictures: the rows of the loss matrix, in order."""

    name: str
    record_id: Annotated[str, Pattern(r"[0-9a-f]{32}")]
    blocks: tuple[BlockPart, ...]
    is_witnessed: bool
    pictures: tuple[PicturePart, ...]

    @property
    def missing(self) -> int:
        """Number of missing originals."""
        return sum(picture.found == "missing" for picture in self.pictures)

    def design(self) -> AuditDesign:
        """Return the design that the pictures describe. Raises UsageError if it is impossible."""
        strata: dict[int, list[int]] = {}
        for row, picture in enumerate(self.pictures):
            if picture.stratum is not None:
                strata.setdefault(picture.stratum, []).append(row)
        published = tuple(row for row, picture in enumerate(self.pictures) if picture.is_published)
        chosen = set(published)
        drawn = tuple(DrawnStratum(tuple(rows), len(chosen.intersection(rows))) for _, rows in sorted(strata.items()))
        return AuditDesign(len(self.pictures), published, drawn)

    def seed(self, model: ModelPart) -> bytes:
        """Return the seed of an audit of ``model`` with this record."""
        return seed_of([block.commitment for block in self.blocks], model.weights_hash)


@dataclass(frozen=True)
class LabelPart:
    """The labels of the rows.

    indices: class of each row. names: names of these classes, if known. rule: one class for all, the record's own
    labels, or the model's choice. sentence: the rule in words.
    """

    rule: LabelRule
    indices: tuple[Count, ...]
    names: tuple[tuple[Count, str], ...]
    sentence: str


@dataclass(frozen=True)
class PopulationBaselinesPart:
    """The paper's baselines on the same losses.

    logit_set_losses: sum of the logit-scaled losses of each set, in units of 2⁻²⁰ nat. own_logit_set_loss: that of the
    published set. logit_p_value: approximate. picture_tpr_at: bound of the FPR among other people's pictures → share
    of the published pictures below it, each judged by its own loss. picture_auc: the probability that a published
    picture has the lower loss.
    """

    logit_set_losses: tuple[Annotated[int, Range(-(1 << 62))], ...]
    own_logit_set_loss: Annotated[int, Range(-(1 << 62))]
    logit_p_value: Probability
    picture_tpr_at: dict[str, float]
    picture_auc: float


@dataclass(frozen=True)
class PopulationPart:
    """The comparison with a held-out population.

    pictures: number of pictures. size: pictures per set. set_losses: sum of each set, in units of 2⁻²⁰. p_value:
    approximate. baselines: None in reports of earlier versions, and where losses are no cross-entropies.
    """

    pictures: Positive
    size: Positive
    set_losses: tuple[Annotated[int, Range(-(1 << 62))], ...]
    at_most: Count
    p_value: Probability
    baselines: PopulationBaselinesPart | None = None


@dataclass(frozen=True)
class ResultPart:
    """The result of one record on one model.

    model, record: indices into the lists of the report. keys: K, number of decoy keys. columns: numbers of the keys, in
    the order of the rows of ``losses``. runs: number of runs of this record on this model, this one included. place:
    index into the report's family of p-values. words: the verdict. loss: what the losses are; None in reports of
    earlier versions, whose models are classifiers.
    """

    model: Count
    record: Count
    label: LabelPart
    keys: Count
    columns: tuple[Count, ...]
    losses: Losses
    findings: Findings
    runs: Positive
    place: Count
    p_adjusted: Probability
    verdict: VerdictCode
    words: str
    forward_passes: Count
    batch: Positive
    seconds: float
    population: PopulationPart | None = None
    notes: tuple[str, ...] = ()
    loss: LossFacts | None = None

    @property
    def loss_facts(self) -> LossFacts:
        """What the losses are."""
        return LossFacts() if self.loss is None else self.loss

    def scale(self, model: ModelPart) -> LossScale:
        """Return the scale of the losses of ``model``, the model of this result."""
        return loss_scale(self.loss_facts.kind, model.classes)


@dataclass(frozen=True)
class Report:
    """The report of one audit.

    family: all p-values of the audit, with run multiplier, before Holm's correction; a pair that could not be audited
    has the value 1.
    """

    program: ProgramPart
    settings: SettingsPart
    models: tuple[ModelPart, ...]
    records: tuple[RecordPart, ...]
    family: tuple[Probability, ...]
    results: tuple[ResultPart, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise UsageError if a part refers to a part that does not exist."""
        for result in self.results:
            if result.model >= len(self.models) or result.record >= len(self.records):
                raise UsageError("A result belongs to a model or record that the report does not hold.")
            if result.place >= len(self.family):
                raise UsageError("A result belongs to a p-value that the report does not hold.")
        if len({result.place for result in self.results}) != len(self.results):
            raise UsageError("Two results share a place in the family of p-values.")

    def pair(self, result: ResultPart) -> tuple[ModelPart, RecordPart]:
        """Return the model and the record of ``result``."""
        return self.models[result.model], self.records[result.record]

    def verdict(self, result: ResultPart) -> Verdict:
        """Return the verdict of ``result``, made from its numbers."""
        return verdict_of(
            AuditFacts(
                p_value=result.findings.p_value,
                p_adjusted=result.p_adjusted,
                alpha=self.settings.alpha,
                stopped_early=result.findings.stopped_early,
                runs=result.runs,
                family=len(self.family),
                keys=result.keys + 1,
                keys_judged=len(result.columns),
                missing=self.records[result.record].missing,
            )
        )
