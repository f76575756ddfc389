"""Numbers and spans of time in words that a person reads at a glance."""


def counted(number: int, one: str, several: str = "") -> str:
    """Return “1 picture” or “1,000 pictures”; ``several`` where it is not ``one`` with an s."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def time_span(seconds: float) -> str:
    """Return a span of time by whole seconds: “12 s”, “1 min 05 s”, “2 h 10 min”."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def time_taken(seconds: float) -> str:
    """Return a span that is over, short ones to a tenth of a second: “4.1 s”, “10 min”, “2 h 30 min”."""
    if seconds < 90:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
