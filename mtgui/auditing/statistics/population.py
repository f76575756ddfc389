"""The population way: compares a set loss with those of other people's sets of pictures, as in the paper."""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from mtgui.auditing.statistics.reference_draws import smallest
from mtgui.auditing.statistics.streams import permutation, words
from mtgui.common.errors import UsageError
from mtgui.common.texts import text
from mtgui.common.words import counted, p_text, percent, whole

Probability = Fraction | float
CAVEAT = "This p-value is approximate, and valid only if your pictures are exchangeable with these."


def population_p(own: int, others: NDArray[np.int64]) -> Fraction:
    """Return (1 + #{others ≤ own}) / (M + 1) for the set loss ``own`` and M set losses of other people's sets.

    All sets have the same size. Show it with `CAVEAT`: only the user's word says that the sets are exchangeable.
    """
    return Fraction(1 + int(np.count_nonzero(others <= own)), len(others) + 1)


def comparison_in_words(
    sets: int, at_most: int, p_value: Probability, baselines: tuple[Probability, float, float] | None
) -> str:
    """Return what the comparison found: of ``sets`` sets, ``at_most`` had no larger set loss.

    baselines: the approximate p of logit-scaled losses; the share of the own pictures that have a lower loss than all
    but 1 % of the others' pictures; and the AUC of single pictures. None if they are not known.
    """
    parts = [
        text(
            "For comparison, the paper's way: of {sets} of other people's pictures, {at_most} had no larger set loss "
            "(approximate p {p}).",
            sets=counted(sets, "set"),
            at_most=whole(at_most),
            p=p_text(p_value),
        )
    ]
    if baselines is not None:
        logit_p, share, auc = baselines
        parts.append(
            text(
                "The paper's baselines on the same losses: by logit-scaled losses the approximate p is {p}; of your "
                "pictures, each judged alone, {share} have a lower loss than all but 1 % of the others' (AUC {auc}).",
                p=p_text(logit_p),
                share=percent(share, 0),
                auc=f"{auc:.2f}",
            )
        )
    return " ".join([*parts, CAVEAT])


def population_sets(seed: bytes, pictures: int, size: int, sets: int) -> NDArray[np.intp]:
    """Return ``sets`` uniformly drawn sets of ``size`` out of ``pictures`` pictures: (sets, size), ascending.

    No picture is twice in a set; sets may share pictures. Set s = 1, 2, … holds the pictures with the smallest 64-bit
    words of the stream for ``population s``, as in reference draws. Raises UsageError if there are too few pictures.
    """
    if not 0 < size <= pictures:
        raise UsageError(
            f"Sets of {counted(size, 'picture')} were asked for, but the population has {pictures:,}. Point at "
            "a larger folder."
        )
    if size == pictures:
        return np.tile(np.arange(pictures, dtype=np.intp), (sets, 1))
    chosen = np.empty((sets, size), dtype=np.intp)
    for number in range(sets):
        drawn, tied = smallest(words(seed, f"population {number + 1}", pictures)[None], [(pictures, size)])
        label = f"population {number + 1} again"
        chosen[number] = np.sort(permutation(seed, label, pictures)[:size]) if tied[0] else np.flatnonzero(drawn[0])
    return chosen
