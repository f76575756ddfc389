"""Names what is no classifier of pictures, or one in another form, by names of tensors that are well known."""

from collections.abc import Collection

from mtgui.auditing.architectures.changed_weights import CHANGED_WEIGHTS
from mtgui.auditing.architectures.other_tasks import FINDING_THINGS, KNOWING_TEXTS, MAKING_PICTURES, WITHOUT_CLASSES

_KINDS = (*CHANGED_WEIGHTS, *MAKING_PICTURES, *KNOWING_TEXTS, *FINDING_THINGS, *WITHOUT_CLASSES)
"""The first kind that fits counts."""


def kind_in_words(names: Collection[str]) -> str | None:
    """Return what a file with tensors of these ``names`` is, and what to do next, if it is well known; else None.

    Call it only for files that fit no architecture: parts of classifiers may have such names, too.
    """
    kind = next((kind for kind in _KINDS if names and kind.fits(names)), None)
    return None if kind is None else f"it is {kind.what}; {kind.then}"
