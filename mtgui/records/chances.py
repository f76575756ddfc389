"""Numbers of possible draws, and default numbers of decoy keys and of pictures to publish."""

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


def decoy_keys_for(settings: MarkSettings, draws: int, *, are_keys_dear: bool = False) -> int:
    """Return the default number of decoy keys of an audit with ``draws`` possible draws.

    With few possible draws there are more decoy keys, so that p can still become small. are_keys_dear: True for LoRAs
    and diffusion models, which need long for each key: there are none where the draw alone carries the test.
    """
    if not settings.has_key_coin:
        return 0
    if draws < ENOUGH_DRAWS:
        return KEYS_ALONE
    return 0 if are_keys_dear else KEYS_BESIDE_WITHHELD


def possible_draws(strata: Iterable[tuple[int, int]], limit: int = REFERENCE_DRAWS + 1) -> int:
    """Return the number of possible draws for strata of (published, pool) pictures, at most ``limit``."""
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
    """Return (published, pool) of every stratum of ``block`` that took part in the draw."""
    return [
        (sum(map(block.is_published, members)), len(members))
        for (_, choice), members in block.strata().items()
        if choice == "drawn"
    ]


def proposed_published(pool: int) -> int:
    """Return how many of ``pool`` pictures mtgui proposes to publish: keep half private, at most 25."""
    return pool - min(pool // 2, PROPOSED_WITHHELD)
