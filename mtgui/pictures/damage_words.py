"""Sentences about damaged files that several formats share."""

COPY_AGAIN = "copy it again from where it came, or take it from a backup"
SAVE_AGAIN = "open and save it in another program"
TOO_EARLY = "the file ends too early"
ENDS_EARLY = f"{TOO_EARLY}; {COPY_AGAIN}."
PIXELS_DAMAGED = f"its header is whole, but its compressed pixels are damaged; {COPY_AGAIN}."


def cut_short(missing: int, part: str = "") -> str:
    """Return the sentence for a file that lacks ``missing`` bytes or more, in the ``part`` of this name."""
    where = f" of its part {part}" if part else ""
    number = "at least one byte" if missing <= 1 else f"at least {missing} bytes"
    return f"{TOO_EARLY}: {number}{where} {'is' if missing <= 1 else 'are'} missing; {COPY_AGAIN}."


def no_size(width: int, height: int) -> str:
    """Return the sentence for a size that no picture has."""
    return f"its header states a size of {width} × {height} pixels; {COPY_AGAIN}."


def unknown(what: str, number: int) -> str:
    """Return the sentence for a number in a header that stands for nothing that can be read."""
    return f"its header states {what} no. {number}, which is damage or a rare kind; {SAVE_AGAIN}."


def zeros_from(position: int) -> str:
    """Return the sentence for compressed pixels in which zeros stand instead, from a byte on, counted from 0."""
    return f"its compressed pixels are overwritten with zeros from byte {position} on; {COPY_AGAIN}."


def missing(what: str) -> str:
    """Return the sentence for a part without which there is no picture."""
    return f"{what} is missing; {COPY_AGAIN}."


def wrong_at(what: str, position: int) -> str:
    """Return the sentence for damage at a byte, counted from 0."""
    return f"{what} at byte {position} is damaged; {COPY_AGAIN}."


def shown(kind: bytes) -> str:
    """Return the name of a part of a file, as far as it can be shown."""
    return kind.decode("ascii") if kind.isascii() and kind.decode("ascii").isprintable() else kind.hex()
