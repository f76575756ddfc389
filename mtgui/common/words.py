"""Numbers, times and lists as people read them: the one place that decides how a p-value, a size or a share looks.

All numbers that people see are made here, so that only this module needs to know a locale.
"""

import math
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from mtgui.common.texts import plural, text

UNKNOWN = "–"
_P_DIGITS = 2
_EXACT_DIGITS = 60
_MOST_ALPHA_PLACES = 12
_LOSS_DIGITS = 3
_UNITS = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3))


def whole(number: int) -> str:
    """Return a whole number: “1,000”."""
    return f"{number:,}"


def counted(number: int, one: str, several: str = "") -> str:
    """Return “1 picture” or “1,000 pictures”; ``several`` where it is not ``one`` with an s."""
    return f"{whole(number)} {one if number == 1 else several or one + 's'}"


# Probabilities.


def exact_probability(value: object) -> Fraction | None:
    """Return ``value``, a number or a fraction as text, as a probability; None where it is no p-value.

    A float stands for the decimal number that it is written as: 0.01 is a hundredth.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | Fraction):
        return None
    try:
        found = value if isinstance(value, Fraction) else Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        return None
    return found if 0 < found <= 1 else None


def p_text(value: Fraction | float | None) -> str:
    """Return a p-value with two significant digits, rounded up, never in powers of ten: 1/160000 is 0.0000063.

    Rounding up is conservative: the text is never below the true value, so a p above α never looks like one at or
    below α, provided that α is shown by `alpha_text`, which does not round. A dash where nothing is known.
    """
    if value is None:
        return UNKNOWN
    p = exact_probability(value)
    if p is None:
        return "0" if value == 0 else UNKNOWN
    return _plain(Context(prec=_P_DIGITS, rounding=ROUND_CEILING).plus(_decimal(p, rounding=ROUND_CEILING)))


def alpha_text(alpha: Fraction | float) -> str:
    """Return a significance level without rounding: as a decimal number if that is exact, else as a fraction."""
    exact = alpha if isinstance(alpha, Fraction) else Fraction(str(alpha))
    scaled = exact * 10**_MOST_ALPHA_PLACES
    if scaled.denominator != 1:
        return str(exact)
    return _plain(_decimal(exact))


def one_in(probability: Fraction | float) -> str:
    """Return a probability as “1 in 16,000”; the number is rounded down, which is conservative."""
    return text("1 in {number}", number=whole(one_time_in(probability)))


def one_time_in(probability: Fraction | float) -> int:
    """Return 1 / ``probability``, rounded down. A float stands for the simplest fraction next to it."""
    if isinstance(probability, Fraction):
        return probability.denominator // probability.numerator
    return int(1 / probability + 1e-9)


def percent(share: Fraction | float, digits: int | None = None) -> str:
    """Return a share as “1 %”, with ``digits`` decimals. None: as many as needed, at most six digits in all."""
    if digits is not None:
        return f"{100 * float(share):.{digits}f} %"
    exact = share if isinstance(share, Fraction) else Fraction(str(share))
    return f"{_plain(Context(prec=6).plus(_decimal(100 * exact)))} %"


# Losses, sizes, times.


def nats(value: float) -> str:
    """Return a loss in nats with three significant digits, never in powers of ten; a dash where none is known."""
    if not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return "0"
    return f"{value:.{max(0, _LOSS_DIGITS - 1 - math.floor(math.log10(abs(value))))}f}"


def size(count: int) -> str:
    """Return a number of bytes: “512 bytes”, “46.8 MB”."""
    for unit, step in _UNITS:
        if count >= step:
            return f"{count / step:,.1f} {unit}"
    return counted(count, "byte")


def moment(time: str) -> str:
    """Return a time of a record, a report or the history for people: “2026-01-02 03:04 UTC”."""
    return f"{time[:10]} {time[11:16]} UTC"


def time_span(seconds: float) -> str:
    """Return a span of time by whole seconds: “12 s”, “1 min 05 s”, “2 h 10 min”."""
    whole_seconds = round(seconds)
    if whole_seconds < 60:
        return f"{whole_seconds} s"
    if whole_seconds < 3600:
        return f"{whole_seconds // 60} min {whole_seconds % 60:02} s"
    return f"{whole_seconds // 3600} h {whole_seconds % 3600 // 60:02} min"


def time_taken(seconds: float) -> str:
    """Return how long finished work took, short times to a tenth of a second: “4.1 s”, “10 min”, “2 h 30 min”."""
    if seconds < 90:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


# Lists.


def listed(names: Sequence[str], most: int) -> str:
    """Return the first ``most`` of ``names``, separated by commas, and how many more there are."""
    shown = ", ".join(names[:most])
    if len(names) <= most:
        return shown
    return plural(len(names) - most, "{names} and {count} more", "{names} and {count} more", names=shown)


def _decimal(value: Fraction, rounding: str = ROUND_HALF_EVEN) -> Decimal:
    context = Context(prec=_EXACT_DIGITS, rounding=rounding)
    return context.divide(Decimal(value.numerator), Decimal(value.denominator))


def _plain(value: Decimal) -> str:
    written = f"{value:f}"
    written = written.rstrip("0").rstrip(".") if "." in written else written
    return "0" if written == "-0" else written
