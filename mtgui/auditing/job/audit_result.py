"""What an audit came to, as programs read it: ``mtgui audit --json``, the events, the history."""

from dataclasses import dataclass

from mtgui.auditing.statistics.verdict import Verdict, verdict_from_values
from mtgui.common.codec import to_values


@dataclass(frozen=True)
class ModelFile:
    """One file of a model."""

    name: str
    sha256: str


@dataclass(frozen=True)
class PopulationResult:
    """The comparison with other people's pictures: ``sets`` of ``size``, ``at_most`` of them with no higher loss."""

    pictures: int
    size: int
    sets: int
    at_most: int
    approximate_p: float
    caveat: str


@dataclass(frozen=True)
class PairResult:
    """One record on one model: the numbers, the words, and the hashes of both.

    p_value_exact, p_adjusted_exact, alpha_exact: the fractions as text; empty in results of older versions, which have
    the number alone. smallest_p: of the grid alone, before p is multiplied for runs
    and family. keys: the mark key and its decoys; keys_judged: those whose losses were computed. set_loss: mean
    in nats. device: what computed this result. seconds: of computing.
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

    def in_words(self, alpha: float) -> Verdict | None:
        """Return what may be said of it; ``alpha`` where it does not know its own. None where it has no verdict, or
        evidence without the numbers that it follows from.
        """
        known = {name: value for name, value in to_values(self).items() if value not in ("", None)}
        return verdict_from_values({"alpha": alpha, **known})


@dataclass(frozen=True)
class AuditResult:
    """Every pair of an audit, the reports that were written, and what the report notes.

    report_problems: a sentence for each report that the disk refused.
    """

    results: tuple[PairResult, ...]
    reports: tuple[str, ...]
    report_problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
