"""What an audit report says, as frozen parts; the whole of it is stored as JSON (`mtgui.auditing.report.report_files`).

A report never holds a mark key, a decoy seed, a salt, or the name of a picture that was kept private.
"""

from dataclasses import dataclass
from typing import Annotated, Literal

from mtgui.auditing.preprocessing import Origins, Preprocessing
from mtgui.auditing.report.losses import Losses
from mtgui.auditing.statistics.audit_design import AuditDesign, DrawnStratum
from mtgui.auditing.statistics.findings import Findings
from mtgui.auditing.statistics.streams import seed_of
from mtgui.auditing.statistics.verdict import AuditFacts, Verdict, VerdictCode, verdict_of
from mtgui.common.codec import Count, Pattern, Positive, Probability, Range, Sha256, Time
from mtgui.common.errors import UsageError

SCHEMA = 1
NOT_WITNESSED = "draw not witnessed: convincing to those who trust the record's maker"

Found = Literal["file hash", "pixel hash", "missing"]
LabelRule = Literal["class", "record", "auto"]


@dataclass(frozen=True)
class ProgramPart:
    """What the audit was made with. libraries: name and version. precision_effect: what a precision other than float32
    did to the losses, measured, in words.
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
    """What was fixed before the first pass. reference_draws: R, asked for beside the true draw. views: query views of
    each picture. missing: what happens to originals that are not there.
    """

    alpha: Probability
    reference_draws: Count
    views: Positive
    missing: Literal["refuse", "against"]
    stops_early: bool


@dataclass(frozen=True)
class FilePart:
    """A file of the model as it was found."""

    name: str
    size: Count
    sha256: Sha256


@dataclass(frozen=True)
class ModelPart:
    """The model under audit. weights_hash: of its tensors, whatever the packaging. certainty: how sure the architecture
    is, in words. renamed: old and new names of tensors.
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


@dataclass(frozen=True)
class BlockPart:
    """One drawing of the coins. created: when. mark: its settings in words. pool, published, withheld: pictures, with
    those that the user chose to withhold.
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
    """One row of the loss matrix. stratum: number of the stratum it was drawn in, None for the user's own choice.
    name: of published pictures alone. found: by what the original was recognised.
    """

    picture_id: Sha256
    block: Count
    stratum: Annotated[int, Range(0)] | None
    is_published: bool
    name: str | None
    found: Found

    def __post_init__(self) -> None:
        """Raise UsageError where a private picture would be named."""
        if self.name is not None and not self.is_published:
            raise UsageError("A report names no picture that was kept private.")


@dataclass(frozen=True)
class RecordPart:
    """The mark record, without its secrets. name: of its file. pictures: the rows of the loss matrix, in order."""

    name: str
    record_id: Annotated[str, Pattern(r"[0-9a-f]{32}")]
    blocks: tuple[BlockPart, ...]
    is_witnessed: bool
    pictures: tuple[PicturePart, ...]

    @property
    def missing(self) -> int:
        """How many originals were missing."""
        return sum(picture.found == "missing" for picture in self.pictures)

    def design(self) -> AuditDesign:
        """Return the design that the pictures describe. Raises UsageError where they describe none."""
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
    """Which label each row was given: ``indices``, one each, named by ``names`` where names are known. rule: one class
    for all, the record's own labels, or the model's choice; ``sentence`` says it in words.
    """

    rule: LabelRule
    indices: tuple[Count, ...]
    names: tuple[tuple[Count, str], ...]
    sentence: str


@dataclass(frozen=True)
class PopulationPart:
    """The held-out population, for comparison. pictures: how many; size: of each set; set_losses: sums in units of
    2⁻²⁰ nat, one for each set; p_value: approximate.
    """

    pictures: Positive
    size: Positive
    set_losses: tuple[Annotated[int, Range(-(1 << 62))], ...]
    at_most: Count
    p_value: Probability


@dataclass(frozen=True)
class ResultPart:
    """One model audited with one record. model, record: places in the report. keys: K, decoy keys. columns: numbers of
    the keys in the order of the rows of ``losses``. runs: how many runs of this record on this model there were, this
    one included. place: in the report's family of p-values. words: the verdict.
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


@dataclass(frozen=True)
class Report:
    """One run of the audit. family: every p-value of the run, multiplied for its number of runs, before Holm's
    adjustment; a pair that could not be audited stands there as 1.
    """

    program: ProgramPart
    settings: SettingsPart
    models: tuple[ModelPart, ...]
    records: tuple[RecordPart, ...]
    family: tuple[Probability, ...]
    results: tuple[ResultPart, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raise UsageError where a part refers to another that is not there."""
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
        """Return what may be said of ``result``, from its numbers."""
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
