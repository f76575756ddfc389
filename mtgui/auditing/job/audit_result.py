"""The result of an audit for programs: ``mtgui audit --json``, the events, the history."""

from dataclasses import dataclass

from mtgui.auditing.loss_kinds import LossKind
from mtgui.auditing.statistics.verdict import Verdict, verdict_from_values
from mtgui.common.codec import to_values


@dataclass(frozen=True)
class ModelFile:
    """One file of a model."""

    name: str
    sha256: str


@dataclass(frozen=True)
class PopulationResult:
    """The comparison with other people's pictures: ``at_most`` of ``sets`` sets of ``size`` have no higher set loss.

    logit_approximate_p, picture_tpr_at, picture_auc: the paper's baselines, see `PopulationBaselinesPart`; None in
    results of earlier versions.
    """

    pictures: int
    size: int
    sets: int
    at_most: int
    approximate_p: float
    caveat: str
    logit_approximate_p: float | None = None
    picture_tpr_at: dict[str, float] | None = None
    picture_auc: float | None = None


@dataclass(frozen=True)
class PairResult:
    """One record on one model: the numbers, the words, and the hashes of both.

    p_value_exact, p_adjusted_exact, alpha_exact: the fractions as text; empty in results of older versions, which have
    only the numbers. smallest_p: of the grid alone, before p is multiplied for runs and family. keys: number of keys,
    the mark key included; keys_judged: how many of them were judged. set_loss: mean, in the unit of ``loss_kind``.
    device: the device that computed this result. seconds: computing time.
    """

    model_file: str = ""
    record_file: str = ""
    verdict: str = ""
    headline: str = ""
    sentence: str = ""
    words: str = ""
    numbers: str = ""
    caveat: str = ""
    alpha: float | None = None
    alpha_exact: str = ""
    p_value: float | None = None
    p_adjusted: float | None = None
    p_value_exact: str = ""
    p_adjusted_exact: str = ""
    smallest_p: float = 1.0
    runs: int = 1
    family: int = 1
    set_loss: float = 0.0
    picture_coin: float = 1.0
    key_coin: float = 1.0
    keys: int = 1
    keys_judged: int = 0
    draws: int = 0
    grid: int = 0
    at_most: int = 0
    counted: int = 0
    forward_passes: int = 0
    stopped_early: bool = False
    pictures: int = 0
    missing: int = 0
    published: int = 0
    label: str = ""
    witnessed: bool = False
    witness_words: str | None = None
    seconds: float = 0.0
    batch: int = 0
    device: str = ""
    precision: str = ""
    precision_effect: str | None = None
    architecture: str = ""
    weights_hash: str = ""
    model_files: tuple[ModelFile, ...] = ()
    record_id: str = ""
    commitments: tuple[str, ...] = ()
    population: PopulationResult | None = None
    notes: tuple[str, ...] = ()
    loss_kind: LossKind = "cross-entropy"

    def in_words(self, alpha: float) -> Verdict | None:
        """Return the verdict; ``alpha`` is used if the result does not state its own.

        Returns None if it has no verdict, or evidence without the numbers from which it follows.
        """
        known = {name: value for name, value in to_values(self).items() if value not in ("", None)}
        return verdict_from_values({"alpha": alpha, **known})


@dataclass(frozen=True)
class AuditResult:
    """The results of all pairs of an audit, the paths of the written reports, and the notes in the report.

    report_problems: one sentence for each report that could not be written.
    """

    results: tuple[PairResult, ...]
    reports: tuple[str, ...]
    report_problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TimeResult:
    """The result where only the time was asked for.

    passes: forward passes of all records on all models. seconds: that they will take.
    """

    passes: int
    seconds: float
