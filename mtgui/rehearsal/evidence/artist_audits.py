"""What audits of the artists of one finished training find, for several numbers of pictures.

They use the loss matrices that the rehearsal kept, the program's own statistics, and draws of their own.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.statistics.audit_design import AuditDesign, DrawnStratum
from mtgui.auditing.statistics.reference_draws import reference_draws
from mtgui.auditing.statistics.sums import SetSums
from mtgui.marking.settings import MarkSettings
from mtgui.records.evidence_table import Coins
from mtgui.rehearsal.findings.kept_files import RESULTS_NAME

LEVELS = (Fraction(1, 20), Fraction(1, 100), Fraction(1, 1000))
"""The error chances at which artists are counted."""
SUBSETS = 10
BALANCED = (5, 10, 15)
FEW_PRIVATE = (2, 5, 10)
"""Numbers of private pictures beside all published ones."""
KEY_SIZES = (10,)
TOGETHER = (2, 4)
"""Numbers of artists with the same mark who are audited as one with as many pictures."""


@dataclass(frozen=True, eq=False)
class ArtistLosses:
    """What a model answered for one artist, in units of 2⁻²⁰ nat, the mark key's row first.

    by_key: (keys, published) int64, None without a key. pool: (keys beside private pictures, pool) int64. published:
    (pool,) bool.
    """

    mark: MarkSettings
    by_key: NDArray[np.int64] | None
    pool: NDArray[np.int64]
    published: NDArray[np.bool_]


@dataclass(frozen=True)
class Answer:
    """The audits of one artist by some coins and numbers of pictures.

    shares: share of these audits with p at most each of `LEVELS`; None where no p can be so small. z: of the whole set
    and one coin, else None.
    """

    mark: MarkSettings
    coins: Coins
    published: int
    withheld: int
    shares: tuple[float | None, ...]
    z: float | None = None


def artists_of(folder: Path) -> tuple[ArtistLosses, ...]:
    """Return the artists of the finished training in ``folder``. Raises OSError, ValueError, KeyError."""
    result: Mapping[str, Any] = json.loads((folder / RESULTS_NAME).read_bytes())
    marks = {user: kind["settings"] for kind in result["marks"] for user in kind["users"]}
    with np.load(folder / "users.npz") as users, np.load(folder / "marked.losses.npz") as losses:
        names = {f"user{user + 1}": MarkSettings(**marks[user]) for user in sorted(marks)}
        return tuple(_artist(users, losses, *one) for one in names.items())


def _artist(
    users: Mapping[str, NDArray[Any]], losses: Mapping[str, NDArray[Any]], name: str, mark: MarkSettings
) -> ArtistLosses:
    def matrix(design: str) -> NDArray[np.int64] | None:
        if f"{name}_{design}_losses" not in losses:
            return None
        return np.asarray(losses[f"{name}_{design}_losses"][np.argsort(losses[f"{name}_{design}_columns"])])

    both = matrix("both")
    pool = matrix("withheld_only") if both is None else both
    if pool is None:
        raise ValueError(f"{name} has no private pictures.")
    published = np.zeros(pool.shape[1], dtype=np.bool_)
    published[users[f"{name}_published"]] = True
    return ArtistLosses(mark, matrix("keys_only"), pool, published)


def answers_of(artists: Sequence[ArtistLosses], seed: int) -> Iterator[Answer]:
    """Yield the answers for every artist, every coin and several numbers of pictures; subsets come from ``seed``."""
    chance = np.random.default_rng((seed, 3))
    for artist in artists:
        yield from _picture_answers(artist, chance)
        yield from _key_answers(artist, chance)
    for mark in dict.fromkeys(artist.mark for artist in artists):
        alike = [artist for artist in artists if artist.mark == mark]
        for count in TOGETHER:
            groups = [alike[start : start + count] for start in range(0, len(alike) - count + 1, count)]
            yield from map(_together, groups)


def _picture_answers(artist: ArtistLosses, chance: np.random.Generator) -> Iterator[Answer]:
    own, back = np.flatnonzero(artist.published), np.flatnonzero(~artist.published)
    sizes = [(number, number) for number in BALANCED if number < min(len(own), len(back))]
    sizes += [(len(own), number) for number in FEW_PRIVATE if number < len(back)]
    designs: tuple[Coins, ...] = ("withheld only", "both") if artist.by_key is not None else ("withheld only",)
    for coins in designs:
        losses = artist.pool if coins == "both" else artist.pool[:1]
        z = None if coins == "both" else _picture_z(losses[0], artist.published)
        yield _answer(
            artist.mark, coins, (len(own), len(back)), [_smaller(losses[:, np.concatenate([own, back])], len(own))], z
        )
        for published, withheld in sizes:
            subsets = [
                np.concatenate([chance.permutation(own)[:published], chance.permutation(back)[:withheld]])
                for _ in range(SUBSETS)
            ]
            found = [_smaller(losses[:, rows], published) for rows in subsets]
            yield _answer(artist.mark, coins, (published, withheld), found)


def _key_answers(artist: ArtistLosses, chance: np.random.Generator) -> Iterator[Answer]:
    if artist.by_key is None:
        return
    keys, published = artist.by_key.shape
    whole = artist.by_key.sum(axis=1)
    p_value = Fraction(int(np.count_nonzero(whole <= whole[0])), keys)
    yield _answer(artist.mark, "keys only", (published, 0), [(p_value, Fraction(1, keys))], _key_z(whole))
    for size in KEY_SIZES:
        if size < published:
            sums = [artist.by_key[:, chance.permutation(published)[:size]].sum(axis=1) for _ in range(SUBSETS)]
            found = [(Fraction(int(np.count_nonzero(one <= one[0])), keys), Fraction(1, keys)) for one in sums]
            yield _answer(artist.mark, "keys only", (size, 0), found)


def _together(artists: Sequence[ArtistLosses]) -> Answer:
    """Return the answer of several artists' private pictures as one set; chance drew within each part."""
    losses = np.concatenate([artist.pool[0] for artist in artists])
    published = np.concatenate([artist.published for artist in artists])
    ends = np.cumsum([len(artist.published) for artist in artists]).tolist()
    strata = tuple(
        DrawnStratum(tuple(range(end - len(artist.published), end)), int(artist.published.sum()))
        for end, artist in zip(ends, artists, strict=True)
    )
    rows = tuple(np.flatnonzero(published).tolist())
    draws = reference_draws(AuditDesign(len(published), rows, strata), _stream("together", len(artists)))
    sums = SetSums(draws)(losses)
    p_value = Fraction(int(np.count_nonzero(sums <= sums[0])), len(draws))
    counts = int(published.sum()), int((~published).sum())
    return _answer(artists[0].mark, "withheld only", counts, [(p_value, Fraction(1, len(draws)))])


def _smaller(losses: NDArray[np.int64], published: int) -> tuple[Fraction, Fraction]:
    """Return p, and the smallest possible p, of ``losses``, (keys, pictures), the published pictures first."""
    sums, draws = _sums(published, losses.shape[1] - published)
    values = sums(losses.T)
    grid = draws * len(losses)
    return Fraction(int(np.count_nonzero(values <= values[0, 0])), grid), Fraction(1, grid)


@cache
def _sums(published: int, withheld: int) -> tuple[SetSums, int]:
    """Return the sums over the draws of such a set, and their number; the true draw comes first."""
    pool = published + withheld
    design = AuditDesign(pool, tuple(range(published)), (DrawnStratum(tuple(range(pool)), published),))
    draws = reference_draws(design, _stream("draws", published, withheld))
    return SetSums(draws), len(draws)


def _stream(*names: object) -> bytes:
    return hashlib.sha256(" ".join(["mtgui evidence", *map(str, names)]).encode()).digest()


def _answer(
    mark: MarkSettings,
    coins: Coins,
    counts: tuple[int, int],
    found: Sequence[tuple[Fraction, Fraction]],
    z: float | None = None,
) -> Answer:
    shares = tuple(sum(p <= alpha for p, _ in found) / len(found) if found[0][1] <= alpha else None for alpha in LEVELS)
    return Answer(mark, coins, *counts, shares, z)


def _picture_z(losses: NDArray[np.int64], published: NDArray[np.bool_]) -> float:
    """Return how far the published set lies below the mean of all draws, in their standard deviations."""
    values, count, pool = losses.astype(np.float64), int(published.sum()), len(losses)
    deviation = math.sqrt(count * (1 - count / pool) * float(values.var(ddof=1)))
    return (count * float(values.mean()) - float(values[published].sum())) / max(deviation, 1.0)


def _key_z(sums: NDArray[np.int64]) -> float:
    """Return how far the sum under the mark key lies below the mean of those under decoy keys, in their deviations."""
    decoys = sums[1:].astype(np.float64)
    return (float(decoys.mean()) - float(sums[0])) / max(float(decoys.std(ddof=1)), 1.0)
