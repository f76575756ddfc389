"""The reference draws: sets of pictures that the picture coin could have published."""

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.statistics.audit_design import AuditDesign
from mtgui.auditing.statistics.streams import words
from mtgui.records.chances import REFERENCE_DRAWS

_CHUNK_WORDS = 1 << 20


def reference_draws(design: AuditDesign, seed: bytes, count: int = REFERENCE_DRAWS) -> NDArray[np.bool_]:
    """Return the draws of an audit: (draws, N), True where a picture is published; row 0 is the true draw.

    If there are at most ``count`` + 1 possible draws, each occurs once: the true draw first, the others in
    lexicographic order of their rows, with the last stratum varying fastest. Otherwise ``count`` draws follow the true
    one; each is uniform and independent of the others, so draws may be equal.

    Draw d = 1 … ``count``: let m be the number of pictures in strata with a choice (0 < published < members), in the
    order of the strata and of their members. Take 8·m bytes of the SHAKE-256 stream of ``seed``, a zero byte and the
    ASCII text ``draw d 0``, and read them as m big-endian 64-bit words, one for each of these pictures. In every
    stratum the pictures with the smallest words are drawn, as many as were published. If the last drawn and the first
    left-out picture have the same word, the whole draw is repeated with ``draw d 1``, ``draw d 2``, … (with a
    probability of about m / 2⁶⁴).
    """
    if enumerates(design, count):
        return np.array(list(_all_draws(design)), dtype=np.bool_)
    open_strata = [s for s in design.strata if 0 < s.published < len(s.members)]
    rows = np.array([row for stratum in open_strata for row in stratum.members], dtype=np.intp)
    shapes = [(len(stratum.members), stratum.published) for stratum in open_strata]
    draws = np.tile(design.true_draw, (count + 1, 1))
    step = max(1, _CHUNK_WORDS // len(rows))
    for start in range(1, count + 1, step):
        numbers = range(start, min(start + step, count + 1))
        draws[numbers.start : numbers.stop, rows] = _drawn(seed, numbers, shapes)
    return draws


def _all_draws(design: AuditDesign) -> Iterator[NDArray[np.bool_]]:
    """Yield every draw once, the true one first."""
    true = design.true_draw
    yield true
    members = [row for stratum in design.strata for row in stratum.members]
    for chosen in itertools.product(*(itertools.combinations(s.members, s.published) for s in design.strata)):
        draw = true.copy()
        draw[members] = False
        draw[list(itertools.chain.from_iterable(chosen))] = True
        if not np.array_equal(draw, true):
            yield draw


def _drawn(seed: bytes, numbers: range, shapes: list[tuple[int, int]]) -> NDArray[np.bool_]:
    """Return the draws with these ``numbers``, over the members of strata of ``shapes`` (members, published)."""
    width = sum(members for members, _ in shapes)
    stream = np.stack([words(seed, f"draw {number} 0", width) for number in numbers])
    drawn, tied = smallest(stream, shapes)
    for place in np.flatnonzero(tied):
        for attempt in itertools.count(1):
            again, still_tied = smallest(words(seed, f"draw {numbers[place]} {attempt}", width)[None], shapes)
            if not still_tied[0]:
                drawn[place] = again[0]
                break
    return drawn


def smallest(stream: NDArray[np.uint64], shapes: list[tuple[int, int]]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return True for the smallest words of each stratum, (draws, words), and True for draws with a tie, (draws,).

    stream: (draws, words), stratum after stratum. shapes: (members, published) of each, 0 < published < members.
    """
    drawn = np.empty(stream.shape, dtype=np.bool_)
    tied = np.zeros(len(stream), dtype=np.bool_)
    start = 0
    for members, published in shapes:
        part = stream[:, start : start + members]
        last = np.partition(part, published - 1, axis=1)[:, published - 1 : published]
        drawn[:, start : start + members] = part <= last
        tied |= np.count_nonzero(drawn[:, start : start + members], axis=1) != published
        start += members
    return drawn, tied


def enumerates(design: AuditDesign, count: int = REFERENCE_DRAWS) -> bool:
    """True when `reference_draws` returns every possible draw."""
    return design.draws(count + 2) <= count + 1


def number_of_draws(design: AuditDesign, count: int = REFERENCE_DRAWS) -> int:
    """Return how many draws `reference_draws` returns, the true one included, without making them."""
    return min(design.draws(count + 2), count + 1)
