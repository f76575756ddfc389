"""In how many ways a draw could have fallen, and what mtgui proposes: keys for an audit, pictures to publish."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mtgui.marking.settings import MarkSettings

if TYPE_CHECKING:
    from mtgui.records.record import Block

REFERENCE_DRAWS = 9_999
KEYS_ALONE = 999
KEYS_BESIDE_WITHHELD = 15
ENOUGH_DRAWS = 100
PROPOSED_WITHHELD = 25


def decoy_keys_for(settings: MarkSettings, draws: int) -> int:
    """Return the default number of decoy keys of an audit whose draw could have fallen in ``draws`` ways.

    Where the picture coin has little to say, the key coin says it.
    """
    if not settings.has_key_coin:
        return 0
    return KEYS_BESIDE_WITHHELD if draws >= ENOUGH_DRAWS else KEYS_ALONE


def possible_draws(strata: Iterable[tuple[int, int]], limit: int = REFERENCE_DRAWS + 1) -> int:
    """Return in how many ways the draw could have fallen, for strata of (published, pool) pictures; ``limit`` where
    there are that many or more.
    """
    ways = 1
    for published, pool in strata:
        combinations = 1
        for number in range(min(published, pool - published)):
            combinations = combinations * (pool - number) // (number + 1)
            if combinations >= limit:
                return limit
        ways *= combinations
        if ways >= limit:
            return limit
    return ways


def block_strata(block: "Block") -> list[tuple[int, int]]:
    """Return (published, pool) of every stratum of ``block`` whose draw could have fallen otherwise."""
    return [
        (sum(map(block.is_published, members)), len(members))
        for (_, choice), members in block.strata().items()
        if choice == "drawn"
    ]


def proposed_published(pool: int) -> int:
    """Return how many of ``pool`` pictures mtgui proposes to publish: keep half private, at most 25."""
    return pool - min(pool // 2, PROPOSED_WITHHELD)
