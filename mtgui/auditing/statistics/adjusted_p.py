"""p-values adjusted for the number of runs and for several models and records at once, and what they can reach."""

from collections.abc import Sequence
from fractions import Fraction

from mtgui.auditing.statistics.audit_design import AuditDesign
from mtgui.auditing.statistics.reference_draws import number_of_draws
from mtgui.common.errors import UsageError


def read_alpha(value: str | float) -> Fraction:
    """Return a significance level exactly as it was written: 0.01 is one in a hundred. Raises UsageError."""
    try:
        alpha = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        alpha = Fraction(0)
    if not 0 < alpha < 1:
        raise UsageError(f"The significance level lies between 0 and 1, as 0.01 does; “{value}” does not.")
    return alpha


def run_factor(runs: int) -> int:
    """Return what p is multiplied by in the k-th of several ``runs`` of one record on one model: 1, then k·(k + 1).

    Whoever goes on until a run says evidence has as many chances as runs. The reciprocals 1, 1/6, 1/12, … sum to 1.5,
    so that all the runs together, however many, call an innocent model guilty with a probability of at most 1.5·α.
    (With k in place of k·(k + 1) there would be no such bound.) Raises UsageError for less than one run.
    """
    if runs < 1:
        raise UsageError("An audit counts at least as one run.")
    return 1 if runs == 1 else runs * (runs + 1)


def multiplied(p_value: Fraction, runs: int) -> Fraction:
    """Return ``p_value`` of the last of ``runs`` times its `run_factor`, at most 1. Raises UsageError."""
    return min(Fraction(1), run_factor(runs) * p_value)


def holm(p_values: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Return the p-values of one family adjusted after Holm (1979), in the same order; each at most 1.

    The i-th smallest of n is multiplied by n − i + 1 and never falls below the one before it.
    """
    adjusted = [Fraction(1)] * len(p_values)
    floor = Fraction(0)
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        floor = max(floor, min(Fraction(1), (len(p_values) - rank) * p_values[place]))
        adjusted[place] = floor
    return tuple(adjusted)


def smallest_p(design: AuditDesign, columns: int, count: int) -> Fraction:
    """Return the smallest p-value of an audit of ``design`` with ``columns`` keys and ``count`` reference draws."""
    return Fraction(1, number_of_draws(design, count) * columns)


def refuse_unreachable(
    design: AuditDesign, columns: int, count: int, alpha: Fraction, *, factor: int = 1, has_key_coin: bool = True
) -> None:
    """Raise UsageError where not even the smallest p-value can reach ``alpha``, saying what would.

    factor: by how much p will at least be multiplied, for several runs, models and records. has_key_coin: whether a
    decoy key would make another mark.
    """
    smallest = factor * smallest_p(design, columns, count)
    if smallest <= alpha:
        return
    draws = number_of_draws(design, count)
    needed = -(-factor * alpha.denominator // (alpha.numerator * draws)) - 1
    way_out = (
        f"Ask for at least {needed:,} decoy keys (--keys {needed})"
        if has_key_coin
        else "Mark other pictures with more of them kept private"
    )
    many = f", after multiplying by {factor:,} for the number of audits" if factor > 1 else ""
    keys = "1 key" if columns == 1 else f"{columns:,} keys"
    times = "1 draw" if draws == 1 else f"{draws:,} draws"
    raise UsageError(
        f"This audit could never reach the significance level {float(alpha):g}: with {times} and {keys} its smallest "
        f"possible p-value is {float(min(Fraction(1), smallest)):.2g}{many}. {way_out}, or choose a larger level "
        "before you look at any result."
    )
