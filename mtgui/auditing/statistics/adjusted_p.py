"""p-values adjusted for the number of runs and for several models and records, and refusals of hopeless audits."""

from collections.abc import Sequence
from fractions import Fraction

from mtgui.common.errors import UsageError
from mtgui.common.texts import plural, text
from mtgui.common.words import alpha_text, counted, p_text, whole
from mtgui.records.attainable_p import Attainable, run_factor


def read_alpha(value: str | float) -> Fraction:
    """Return a significance level as the exact fraction that was written: 0.01 is 1/100. Raises UsageError."""
    try:
        alpha = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        alpha = Fraction(0)
    if not 0 < alpha < 1:
        raise UsageError(f"The significance level lies between 0 and 1, as 0.01 does; “{value}” does not.")
    return alpha


def multiplied(p_value: Fraction, runs: int) -> Fraction:
    """Return ``p_value`` times `run_factor` of ``runs``, at most 1. Raises UsageError."""
    return min(Fraction(1), run_factor(runs) * p_value)


def holm(p_values: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Return the p-values of one family, adjusted after Holm (1979), in the same order; each is at most 1.

    The i-th smallest of n is multiplied by n − i + 1; it is raised to the adjusted value before it if it is smaller.
    """
    adjusted = [Fraction(1)] * len(p_values)
    floor = Fraction(0)
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        floor = max(floor, min(Fraction(1), (len(p_values) - rank) * p_values[place]))
        adjusted[place] = floor
    return tuple(adjusted)


def refuse_unreachable(best: Attainable, alpha: Fraction) -> None:
    """Raise UsageError if even the smallest p-value exceeds ``alpha``; the message says what would help."""
    if best.reaches(alpha):
        return
    size = best.size
    places = {
        "alpha": alpha_text(alpha),
        "p": p_text(best.smallest_p),
        "draws": counted(size.draws_made, "draw"),
        "keys": counted(size.keys, "key"),
        "factor": whole(best.factor),
    }
    reasons = [
        text(
            "This audit could never reach the significance level {alpha}: with {draws} and {keys} its smallest "
            "possible p-value is {p}, after multiplying by {factor} for the number of audits.",
            **places,
        )
        if best.factor > 1
        else text(
            "This audit could never reach the significance level {alpha}: with {draws} and {keys} its smallest "
            "possible p-value is {p}.",
            **places,
        )
    ]
    if size.lost:
        reasons.append(
            plural(
                size.lost,
                "{count} missing original counts against the claim in that.",
                "{count} missing originals count against the claim in that.",
            )
        )
    raise UsageError(" ".join((*reasons, _way_out(best, alpha))))


def _way_out(best: Attainable, alpha: Fraction) -> str:
    needed = best.decoy_keys_needed(alpha)
    if needed is not None:
        return text(
            "Ask for at least {count} decoy keys (--keys {number}), or choose a larger level before you look at any "
            "result.",
            count=whole(needed),
            number=needed,
        )
    if best.size.lost:
        return text(
            "Find the missing originals (--pictures DIR), or choose a larger level before you look at any result."
        )
    return text(
        "Mark other pictures with more of them kept private, or choose a larger level before you look at any result."
    )
