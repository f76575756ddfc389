"""The texts in the header of a safetensors file: bounded pairs, as hostile as the rest of the file."""

from mtgui.common.words import counted
from mtgui.reading.bounds import LONGEST_NAME

MOST_PAIRS = 500
LONGEST_TEXTS = 1 << 20
"""How many characters names and values may have together."""


def bounded_texts(value: object) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return the texts by name in ``value``, the parsed “__metadata__” of a header, and sentences on what is left out.

    Nothing raises an error, because no tensor depends on these texts.
    """
    if value is None:
        return {}, ()
    if not isinstance(value, dict):
        return {}, ("What its header says of itself was left out: it is no list of names with texts.",)
    texts: dict[str, str] = {}
    room = LONGEST_TEXTS
    for name, text in value.items():
        if len(texts) == MOST_PAIRS or not isinstance(text, str) or len(name) > LONGEST_NAME:
            continue
        length = len(name) + len(text)
        if length <= room and is_text(name) and is_text(text):
            texts[name] = text
            room -= length
    left_out = len(value) - len(texts)
    if not left_out:
        return texts, ()
    was = "was" if left_out == 1 else "were"
    many = counted(left_out, "entry", "entries")
    return texts, (f"{many} of its header {was} left out: no texts, too long, or too many.",)


def texts_from(value: object) -> dict[str, str]:
    """Return the texts by name in ``value``, parsed JSON of the child; None gives none. Raises ValueError."""
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > MOST_PAIRS:
        raise ValueError("no texts")
    if not all(is_text(name) and is_text(text) and len(name) <= LONGEST_NAME for name, text in value.items()):
        raise ValueError("no texts")
    if sum(len(name) + len(text) for name, text in value.items()) > LONGEST_TEXTS:
        raise ValueError("texts that are too long")
    return value


def is_text(value: object) -> bool:
    """True for a text without half a surrogate pair, which could not be written anywhere."""
    return isinstance(value, str) and not any("\ud800" <= character <= "\udfff" for character in value)
