"""What a rehearsal found, in one plain sentence for the person who made the pictures."""

import re
from collections import Counter
from collections.abc import Sequence

from mtgui.auditing.thread_choice import in_words
from mtgui.common.words import counted
from mtgui.rehearsal.findings.user_audits import strongest_design
from mtgui.rehearsal.pictures.users import User
from mtgui.rehearsal.rehearsal_result import ModelResult

_MODELS = {
    "marked": "a model trained on the copies was found out for",
    "unmarked": "a model trained on the same pictures without marks was found out for",
    "absent": "a model that never saw them was accused in",
}


def sentence_of(models: Sequence[ModelResult], users: Sequence[User], alpha: float) -> str:
    """Return how often each model was found out at ``alpha``, by the strongest design that each user allows."""
    parts = []
    for model in models:
        found = [_is_found(model, user, alpha) for user in users]
        count = f"{sum(found)} of {len(users)} {_noun(model.kind, len(users))}"
        parts.append(f"{_MODELS[model.kind]} {count}{_own_part(model, users, found)}")
    return f"With {_counts(users)}, {'; '.join(parts)}."


def made_before(device: str, asked: int | None) -> str:
    """Say that the results were there already, made on ``device`` (“CPU, 2 threads”), and what to do for others.

    asked: the number of threads that a person wants now, None for any.
    """
    made = f"These results were made before, on {device}"
    if asked is not None and device.startswith("CPU") and in_words(asked) not in re.split("[,;] ", device):
        return f"{made}, and not with {in_words(asked)}; to rehearse with that number, choose another folder."
    return f"{made}; to rehearse again, choose another folder or another seed."


def _is_found(model: ModelResult, user: User, alpha: float) -> bool:
    design = strongest_design(user)
    p_value = model.users[user.number].p_values[design] if design else None
    return p_value is not None and p_value <= alpha


def _noun(kind: str, count: int) -> str:
    single = "case" if kind == "absent" else "user"
    return single if count == 1 else f"{single}s"


def _own_part(model: ModelResult, users: Sequence[User], found: Sequence[bool]) -> str:
    """Say what became of one's own pictures, where there are others beside them."""
    own = [is_found for user, is_found in zip(users, found, strict=True) if user.is_own]
    if not own or len(users) == 1:
        return ""
    if model.kind == "absent":
        return ", wrongly on your pictures too" if own[0] else ""
    return ", you among them" if own[0] else ", but not for you"


def _counts(users: Sequence[User]) -> str:
    """Say how many pictures were published and withheld; where users differ, those of the first."""
    pairs = [(len(user.published), len(user.block.pool) - len(user.published)) for user in users]
    published, withheld = pairs[0]
    said = f"{counted(published, 'picture')} published and {withheld or 'none'} withheld"
    if len(Counter(pairs)) == 1:
        return said
    others = pairs[-1]
    return f"{said} ({others[0]:,} and {others[1] or 'none'} by each of the others)"
