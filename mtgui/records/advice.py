"""Advice for artists: how strong the evidence of a later audit can be, and how often audits found such pictures.

The shares are those of the table of evidence, with their 95 % intervals. Shares are rounded down, and intervals
outwards, so no sentence promises more than was measured.
"""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mtgui.common.texts import text
from mtgui.common.words import one_in, percent
from mtgui.marking.settings import NO_MARK, MarkSettings
from mtgui.records.attainable_p import AuditSize, audit_size
from mtgui.records.outlook import ERROR_CHANCE, Outlook, outlook_for

if TYPE_CHECKING:
    from mtgui.records.record import Record


def advice_on(record: "Record") -> str:
    """Return advice about a later audit of the whole ``record``, given its draws, in one or several sentences.

    Raises StorageError when the installation is incomplete.
    """
    size = audit_size(record.blocks)
    if record.published_count == 0:
        return "You keep every picture private, so there is nothing to publish."
    if size.smallest_p == 1:
        return (
            "Nothing here depends on chance, so nothing could be proved later. Keep some pictures private, "
            "or use a stronger mark."
        )
    begin = _strength(size, all_out=record.published_count == record.picture_count)
    if size.smallest_p > ERROR_CHANCE:
        return f"{begin[:-1]}: too weak to convince. Add pictures."
    return " ".join([begin, *_shares(size, [block.settings for block in record.blocks])])


def _strength(size: AuditSize, *, all_out: bool) -> str:
    """Return what the audit compares, and the smallest error chance that it can state."""
    limit = text("at best {odds}", odds=one_in(size.smallest_p))
    withheld = sum(stratum.pool - stratum.published for stratum in size.strata)
    if size.draws_made == 1:
        who = "All are published" if all_out else "You decided who is published"
        return f"{who}; only the secret key can speak. An audit can state an error chance of {limit}."
    stay, them = ("stays", "it") if withheld == 1 else ("stay", "them")
    return (
        f"Chance decides which {withheld:,} {stay} private. Compared with {them}, published ones stand out in a "
        f"model that memorised them: an audit can state an error chance of {limit}."
    )


def _shares(size: AuditSize, settings: Iterable[MarkSettings]) -> list[str]:
    """Return how often such audits found artists, and what would find more."""
    weakest = min((_outlook(size, one) for one in settings), key=lambda outlook: outlook.low)
    half = outlook_for(NO_MARK, size.published - size.published // 2, size.published)
    more = [_found_in_words(weakest)]
    if size.draws_made == 1 and half.share > weakest.share:
        more.append(text("With half of them private it was {share}.", share=_measured(half.share, half.low, half.high)))
    elif weakest.level == "hardly" and weakest.shortfall is not None:
        count = weakest.shortfall
        more.append(text("Add {count} pictures, half of them private, to be found more often.", count=count))
    return more


def _outlook(size: AuditSize, settings: MarkSettings) -> Outlook:
    return outlook_for(settings, size.published, size.pictures, size.pinned)


def _found_in_words(outlook: Outlook) -> str:
    """Return how often such audits found artists in the trainings behind the table of evidence."""
    share = _measured(outlook.share, outlook.low, outlook.high)
    if outlook.memorising is None:
        return text(
            "In trial models that learned flipped and shifted pictures, {share} of such sets were found.", share=share
        )
    return text(
        "In trial models that learned flipped and shifted pictures, {share} of such sets were found; in those that saw "
        "the same pictures again and again, {memorising}.",
        share=share,
        memorising=_measured(*outlook.memorising),
    )


def _measured(share: float, low: float, high: float) -> str:
    """Return a measured share with the interval from ``low`` to ``high``, all from 0 to 1."""
    return text(
        "{share} (95 % interval {low} to {high})",
        share=percent(math.floor(100 * share) / 100, 0),
        low=percent(math.floor(100 * low) / 100, 0),
        high=percent(math.ceil(100 * high) / 100, 0),
    )
