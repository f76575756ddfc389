"""The picture coin: draws the pictures to publish, uniformly within each stratum, by the system's random source."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from mtgui.common.errors import UsageError
from mtgui.common.words import counted
from mtgui.records.record import PoolPicture, strata_of


@dataclass(frozen=True)
class PublishRule:
    """How many of a pool to publish: a whole number, a share from 0 to 1, all but a number, or all (each None).

    kept: a number of pictures that stay private, however many there are in the pool.
    """

    count: int | None = None
    share: Fraction | None = None
    kept: int | None = None

    def published_of(self, pool: int) -> int:
        """Return how many of ``pool`` pictures are published. Raises UsageError when there are too few."""
        if self.count is not None:
            if self.count > pool:
                raise UsageError(
                    f"Only {pool:,} of the {counted(self.count, 'picture')} to be published can be used. Ask for fewer."
                )
            return self.count
        if self.share is not None:
            return max(min(pool, 1), int(pool * self.share + Fraction(1, 2)))
        if self.kept is not None:
            if self.kept >= pool:
                raise UsageError(
                    f"Only {counted(pool, 'picture')} can be used, and {self.kept:,} should stay private, so none "
                    "would be published. Keep fewer private, or add pictures."
                )
            return pool - self.kept
        return pool


def parse_publish_rule(text: str) -> PublishRule:
    """Read “all”, a number such as “12”, or a share such as “50%”. Raises UsageError."""
    text = text.strip().lower()
    try:
        if text == "all":
            return PublishRule()
        if text.endswith("%"):
            share = Fraction(text[:-1]) / 100
            if 0 < share <= 1:
                return PublishRule(share=share)
        elif int(text) > 0:
            return PublishRule(count=int(text))
    except (ValueError, ZeroDivisionError):
        pass
    raise UsageError(f"“{text}” does not say how many to publish; write all, a number above 0, or a share like 50%.")


def draw_published(pool: Sequence[PoolPicture], rule: PublishRule) -> tuple[int, ...]:
    """Return the indices of the pictures to publish, ascending.

    Pictures with a choice of their own follow it and count towards the rule. The remaining number is divided among the
    strata of `strata_of` in proportion to their sizes (largest remainders), and drawn uniformly within each. Raises
    UsageError when the choices make the rule impossible.
    """
    pinned = [i for i, picture in enumerate(pool) if picture.choice == "always publish"]
    strata = [members for (_, choice), members in strata_of(pool).items() if choice == "drawn"]
    free = sum(map(len, strata))
    wanted = rule.published_of(len(pool)) - len(pinned)
    if rule.count is None:
        wanted = max(0, min(free, wanted))
    if not 0 <= wanted <= free:
        raise UsageError(
            f"{counted(rule.count or 0, 'picture')} should be published, but your own choices allow {len(pinned)} to "
            f"{len(pinned) + free}. Change the number or the choices."
        )
    chance = secrets.SystemRandom()
    published = list(pinned)
    for members, share in zip(strata, _shares([len(m) for m in strata], wanted), strict=True):
        published += chance.sample(members, share)
    return tuple(sorted(published))


def _shares(sizes: Sequence[int], wanted: int) -> list[int]:
    """Divide ``wanted`` among strata in proportion to ``sizes``: largest remainders first, the earlier among equals."""
    total = sum(sizes)
    if not total:
        return [0] * len(sizes)
    shares = [size * wanted // total for size in sizes]
    remainders = [(-(size * wanted % total), index) for index, size in enumerate(sizes)]
    for _, index in sorted(remainders)[: wanted - sum(shares)]:
        shares[index] += 1
    return shares
