"""Advice for artists, in one sentence: how strong the evidence of a later audit can be."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from mtgui.common.texts import text
from mtgui.common.words import one_in
from mtgui.marking.settings import MarkSettings
from mtgui.records.attainable_p import AuditSize, audit_size, planned_size

if TYPE_CHECKING:
    from mtgui.records.record import Record

WEAK = Fraction(1, 100)
"""Largest error probability that counts as convincing."""


@dataclass(frozen=True)
class Advice:
    """A sentence, and whether it is a warning."""

    text: str
    is_caution: bool = False


def advice_for(
    settings: MarkSettings, published: int, pool: int, pinned_public: int = 0, pinned_private: int = 0
) -> Advice:
    """Return advice about a later audit if ``published`` of ``pool`` pictures are published.

    ``pinned_public`` and ``pinned_private`` count pictures that the person decided to publish, or to keep private.
    """
    drawn, drawn_published = pool - pinned_public - pinned_private, published - pinned_public
    return _advice(planned_size(settings, drawn_published, drawn, pinned_public), published, pool)


def advice_on(record: "Record") -> Advice:
    """Return advice about a later audit of the whole ``record``, given its draws."""
    published = sum(len(block.published) for block in record.blocks)
    pool = sum(len(block.pool) for block in record.blocks)
    return _advice(audit_size(record.blocks), published, pool)


def _advice(size: AuditSize, published: int, pool: int) -> Advice:
    if pool == 0:
        return Advice("Add pictures to see what publishing and keeping some private buys.")
    if published == 0:
        return Advice("You keep every picture private, so there is nothing to publish.", is_caution=True)
    withheld = sum(stratum.pool - stratum.published for stratum in size.strata)
    if size.smallest_p == 1:
        return Advice(
            "Nothing here depends on chance, so nothing could be proved later. Keep some pictures private, "
            "or use a stronger mark.",
            is_caution=True,
        )
    limit = text("at best {odds}", odds=one_in(size.smallest_p))
    if size.draws_made == 1:
        who = "All are published" if pool == published else "You decided who is published"
        return Advice(
            f"{who}; only the secret key can speak. An audit can state an error chance of {limit}, "
            "but needs a model that memorises well. Keeping some private finds far more."
        )
    stay, them = ("stays", "it") if withheld == 1 else ("stay", "them")
    kept = f"Chance decides which {withheld:,} {stay} private. Compared with {them}"
    if size.smallest_p > WEAK:
        return Advice(
            f"{kept}, an audit can state an error chance of {limit}: too weak to convince. Add pictures.",
            is_caution=True,
        )
    return Advice(f"{kept}, published ones stand out in a model that memorised them: error chance {limit}.")
