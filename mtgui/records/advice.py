"""What publishing so many and keeping so many private buys, in one sentence a painter understands."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mtgui.marking.settings import MarkSettings
from mtgui.records.chances import block_strata, decoy_keys_for, grid_size, possible_draws

if TYPE_CHECKING:
    from mtgui.records.record import Record


@dataclass(frozen=True)
class Advice:
    """A sentence, and whether it is a warning."""

    text: str
    is_caution: bool = False


def advice_for(
    settings: MarkSettings, published: int, pool: int, pinned_public: int = 0, pinned_private: int = 0
) -> Advice:
    """Return what publishing ``published`` of ``pool`` pictures means for a later audit.

    ``pinned_public`` and ``pinned_private`` count pictures whose fate the person decided.
    """
    drawn, drawn_published = pool - pinned_public - pinned_private, published - pinned_public
    return _advice(settings, published, pool, [(drawn_published, drawn)])


def advice_on(record: "Record") -> Advice:
    """Return what the draws that ``record`` has made mean for a later audit of all of it."""
    strata = [stratum for block in record.blocks for stratum in block_strata(block)]
    published = sum(len(block.published) for block in record.blocks)
    pool = sum(len(block.pool) for block in record.blocks)
    return _advice(record.blocks[0].settings, published, pool, strata)


def _advice(settings: MarkSettings, published: int, pool: int, strata: list[tuple[int, int]]) -> Advice:
    if pool == 0:
        return Advice("Add pictures to see what publishing and keeping some private buys.")
    if published == 0:
        return Advice("You keep every picture private, so there is nothing to publish.", is_caution=True)
    withheld = sum(drawn - drawn_published for drawn_published, drawn in strata)
    draws = possible_draws(strata)
    grid = grid_size(strata, decoy_keys_for(settings, draws))
    if grid == 1:
        return Advice(
            "Nothing here depends on chance, so nothing could be proved later. Keep some pictures private, "
            "or use a stronger mark.",
            is_caution=True,
        )
    limit = f"at best 1 in {grid:,}"
    if draws == 1:
        who = "All are published" if pool == published else "You decided who is published"
        return Advice(
            f"{who}; only the secret key can speak. An audit can state an error chance of {limit}, "
            "but needs a model that memorises well. Keeping some private finds far more."
        )
    stay, them = ("stays", "it") if withheld == 1 else ("stay", "them")
    kept = f"Chance decides which {withheld:,} {stay} private. Compared with {them}"
    if grid < 100:
        return Advice(
            f"{kept}, an audit can state an error chance of {limit}: too weak to convince. Add pictures.",
            is_caution=True,
        )
    return Advice(f"{kept}, published ones stand out in a model that memorised them: error chance {limit}.")
