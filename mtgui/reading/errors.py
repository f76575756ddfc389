"""The errors for model files that are refused."""

from pathlib import Path

from mtgui.common.errors import UsageError, printable, readable_name

LONGEST_REASON = 1200
ONE_NUMBER = (
    "gives one number for each picture, as networks trained with a sigmoid and binary cross-entropy do; mtgui audits "
    "classifiers that give one number for each of at least two classes"
)
"""What to say of a classifier with a single output, for which every loss would be 0; the subject stands before it."""
TWO_NUMBERS = "two numbers, 0 and its own (before the sigmoid): the losses are the same"
"""What such a classifier should answer with; the words on how to change it stand before it."""


class ModelError(UsageError):
    """A model file cannot be used; the text says what was found, in which file, and what to do next."""

    def __init__(self, path: Path, reason: str) -> None:
        """Name the file (``path``) and say in a sentence or two why it cannot be used (``reason``)."""
        self.path = path
        self.reason = f"{printable(reason[:LONGEST_REASON]).rstrip('.')}."
        super().__init__(f"{readable_name(path)}: {self.reason}")


class RefusalError(Exception):
    """A model file is refused; raised where its path is not known. The text gives the reason to a person."""


def damaged(what: str) -> RefusalError:
    """Return the refusal of a file in which ``what`` is wrong."""
    return RefusalError(f"it is damaged or was made to mislead: {what}; download it again from its source")


def cut_off(what: str) -> RefusalError:
    """Return the refusal of a file that ends too early, inside ``what``."""
    return RefusalError(f"it ends in the middle of {what}, as after a broken download; download it again")


def quoted(text: object, longest: int = 80) -> str:
    """Return ``text`` from a hostile file as a short, printable quotation."""
    shown = printable(str(text)[:longest])[: 2 * longest]
    return f"“{shown}{'…' if len(str(text)) > longest else ''}”"
