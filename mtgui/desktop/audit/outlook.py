"""What an audit with these settings can prove at best and what it costs, before it runs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

from mtgui.auditing.job.audit_request import MOST_KEYS
from mtgui.common.texts import plural, text
from mtgui.common.words import one_in, percent, whole
from mtgui.records.attainable_p import Attainable, run_factor
from mtgui.records.record import Record


@dataclass(frozen=True)
class AuditedRecord:
    """A record, and the picture ids of its originals that were not found."""

    record: Record
    lost: Collection[str] = ()


@dataclass(frozen=True)
class Outlook:
    """For one record: the smallest p that its audit can reach, and how many pictures the model is shown."""

    best: Attainable

    @property
    def pictures(self) -> int:
        """How many different pictures the model is shown."""
        return self.best.size.pictures - self.best.size.lost

    @property
    def published(self) -> int:
        """How many pictures of the record were published."""
        return self.best.size.published

    @property
    def keys(self) -> int:
        """How many keys there are, the mark key included."""
        return self.best.size.keys

    def passes(self, views: int) -> int:
        """Return the number of forward passes, without those for the choice of a label."""
        return self.pictures * self.keys * views


def reaches(outlooks: Sequence[Outlook], alpha: Fraction) -> bool:
    """True when the audits of all records can reach ``alpha``; if one cannot, the engine refuses the run."""
    return bool(outlooks) and all(outlook.best.reaches(alpha) for outlook in outlooks)


def proof_in_words(outlooks: Sequence[Outlook], alpha: Fraction) -> str:
    """Return what these can prove at best; if one cannot reach ``alpha``, also the reasons and a way out."""
    worst = max((outlook.best for outlook in outlooks), key=lambda best: best.smallest_p)
    odds = one_in(worst.smallest_p)
    if worst.reaches(alpha):
        return text("Error chance down to {odds}", odds=odds)
    cannot = text(
        "At best {odds}: more than the error chance accepted, {accepted}.", odds=odds, accepted=percent(alpha)
    )
    return " ".join((cannot, *_reasons(worst), _way_out(worst, alpha)))


def _reasons(best: Attainable) -> list[str]:
    reasons = []
    if best.runs > 1:
        reasons.append(
            text(
                "With this one there are {runs} different runs of this record on this model, so p is multiplied by "
                "{factor}.",
                runs=whole(best.runs),
                factor=whole(run_factor(best.runs)),
            )
        )
    if best.family > 1:
        reasons.append(
            text("Several records are audited at once, so p is multiplied by {family}.", family=whole(best.family))
        )
    if best.size.lost:
        reasons.append(
            plural(
                best.size.lost,
                "{count} missing original counts against the claim.",
                "{count} missing originals count against the claim.",
            )
        )
    return reasons


def _way_out(best: Attainable, alpha: Fraction) -> str:
    needed = best.decoy_keys_needed(alpha)
    if needed is not None and needed <= MOST_KEYS:
        return text("Ask for at least {count} decoy keys under Advanced.", count=whole(needed))
    if best.size.lost:
        return text("Find the missing originals.")
    return text("Only a record with more pictures, some kept private, can.")
