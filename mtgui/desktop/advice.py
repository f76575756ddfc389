"""What publishing so many and keeping so many private buys, in one sentence a painter understands."""

from dataclasses import dataclass

from mtgui.marking.settings import MarkSettings
from mtgui.records.chances import decoy_keys_for, grid_size


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
    if pool == 0:
        return Advice("Add pictures to see what publishing and keeping some private buys.")
    if published == 0:
        return Advice("You keep every picture private, so there is nothing to publish.", is_caution=True)
    withheld = pool - published
    drawn, drawn_published = pool - pinned_public - pinned_private, published - pinned_public
    grid = grid_size([(drawn_published, drawn)], decoy_keys_for(settings, withheld))
    if grid == 1:
        return Advice(
            "Nothing here depends on chance, so nothing could be proved later. Keep some pictures private, "
            "or use a stronger mark.",
            is_caution=True,
        )
    limit = f"at best 1 in {grid:,}"
    if withheld == 0:
        return Advice(
            f"All are published; only the secret key can speak. An audit can state an error chance of {limit}, "
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
