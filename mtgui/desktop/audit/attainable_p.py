"""What an audit with these settings can prove at best, and what it costs, before anything is run."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from mtgui.records.chances import REFERENCE_DRAWS, block_strata, decoy_keys_for, grid_size, possible_draws
from mtgui.records.record import Record

MOST_DRAWS_ASKED = 99_999


@dataclass(frozen=True)
class Outlook:
    """Of one record: pictures that take part, those published, decoy keys, and the grid of draws × keys."""

    pictures: int
    published: int
    keys: int
    grid: int
    has_key_coin: bool

    @property
    def smallest_p(self) -> Fraction:
        """The smallest p that can come out."""
        return Fraction(1, self.grid)

    def passes(self, views: int) -> int:
        """Return how often a picture is shown to the model, the choice of a label left out."""
        return self.pictures * (self.keys + 1) * views


def outlook_of(record: Record, keys: int | None) -> Outlook:
    """Return the outlook for ``record`` with ``keys`` decoy keys, None for as many as the design proposes."""
    strata = [stratum for block in record.blocks for stratum in block_strata(block)]
    has_key_coin = all(block.settings.has_key_coin for block in record.blocks)
    proposed = decoy_keys_for(record.blocks[0].settings, possible_draws(strata, MOST_DRAWS_ASKED))
    decoys = 0 if not has_key_coin else proposed if keys is None else keys
    taking_part = [(block, index) for block, index, picture in record.pictures() if picture.choice != "always withhold"]
    return Outlook(
        pictures=len(taking_part),
        published=sum(block.is_published(index) for block, index in taking_part),
        keys=decoys,
        grid=grid_size(strata, decoys, REFERENCE_DRAWS),
        has_key_coin=has_key_coin,
    )


def proof_in_words(outlooks: Sequence[Outlook], alpha: Fraction) -> tuple[str, bool]:
    """Return what these can prove in one sentence, and whether one of them cannot reach ``alpha``."""
    worst = max(outlooks, key=lambda outlook: outlook.smallest_p)
    if worst.smallest_p > alpha:
        return (
            f"At best 1 in {worst.grid:,}: this cannot reach α = {float(alpha):g}. {_way_out(worst)}",
            True,
        )
    return f"Error chance down to 1 in {worst.grid:,}", False


def _way_out(outlook: Outlook) -> str:
    if outlook.has_key_coin:
        return "Ask for more decoy keys under Advanced."
    return "Only a record with more pictures, some kept private, can."
