"""Numbers as people read them."""

from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

_DIGITS = 2


def probability(value: Fraction) -> str:
    """Return a probability with two significant digits, rounded up, never in powers of ten: 1/160000 is 0.0000063."""
    exact = Context(prec=60).divide(Decimal(value.numerator), Decimal(value.denominator))
    return _plain(Context(prec=_DIGITS, rounding=ROUND_CEILING).plus(exact))


def nats(value: float) -> str:
    """Return a loss with three significant digits, never in powers of ten."""
    return _plain(Context(prec=3, rounding=ROUND_HALF_EVEN).plus(Decimal(value)))


def per_cent(value: Fraction) -> str:
    """Return a share as per cent, exactly where it is a whole number of thousandths: 1/100 is “1 %”."""
    return f"{_plain(Context(prec=6).divide(Decimal(100 * value.numerator), Decimal(value.denominator)))} %"


def moment(time: str) -> str:
    """Return a time of a record or report for people: “2026-01-02 03:04 UTC”."""
    return f"{time[:10]} {time[11:16]} UTC"


def size(count: int) -> str:
    """Return a number of bytes."""
    return f"{count / 1e6:,.1f} MB" if count >= 100_000 else f"{count:,} bytes"


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
