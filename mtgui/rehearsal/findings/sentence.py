"""The result of a rehearsal, in a few plain sentences for the person who made the pictures."""

import re
from collections.abc import Sequence

from mtgui.auditing.thread_choice import in_words
from mtgui.common.texts import plural, text
from mtgui.common.words import whole
from mtgui.rehearsal.findings.user_audits import strongest_design
from mtgui.rehearsal.pictures.users import User
from mtgui.rehearsal.rehearsal_result import ModelResult

_Forms = tuple[str, str]
_ALONE: dict[str, _Forms] = {
    "marked": (
        "A model trained on the copies was found out for {found} of {count} artist.",
        "A model trained on the copies was found out for {found} of {count} artists.",
    ),
    "unmarked": (
        "A model trained on the unmarked pictures was found out for {found} of {count} artist.",
        "A model trained on the unmarked pictures was found out for {found} of {count} artists.",
    ),
    "absent": (
        "A model that never saw them was accused in {found} of {count} case.",
        "A model that never saw them was accused in {found} of {count} cases.",
    ),
}
_YOU_TOO: dict[str, _Forms] = {
    "marked": (
        "A model trained on the copies was found out for {found} of {count} artist, you among them.",
        "A model trained on the copies was found out for {found} of {count} artists, you among them.",
    ),
    "unmarked": (
        "A model trained on the unmarked pictures was found out for {found} of {count} artist, you among them.",
        "A model trained on the unmarked pictures was found out for {found} of {count} artists, you among them.",
    ),
    "absent": (
        "A model that never saw them was accused in {found} of {count} case, wrongly on your pictures too.",
        "A model that never saw them was accused in {found} of {count} cases, wrongly on your pictures too.",
    ),
}
_NOT_YOU: dict[str, _Forms] = {
    "marked": (
        "A model trained on the copies was found out for {found} of {count} artist, but not for you.",
        "A model trained on the copies was found out for {found} of {count} artists, but not for you.",
    ),
    "unmarked": (
        "A model trained on the unmarked pictures was found out for {found} of {count} artist, but not for you.",
        "A model trained on the unmarked pictures was found out for {found} of {count} artists, but not for you.",
    ),
    "absent": _ALONE["absent"],
}


def sentence_of(models: Sequence[ModelResult], users: Sequence[User], alpha: float) -> str:
    """Return sentences on how often each model was found out at ``alpha``, by the strongest design of each user."""
    return " ".join((_counts(users), *(_model(model, users, alpha) for model in models)))


def _model(model: ModelResult, users: Sequence[User], alpha: float) -> str:
    found = [_is_found(model, user, alpha) for user in users]
    own = [is_found for user, is_found in zip(users, found, strict=True) if user.is_own]
    # With a single user, the count is enough.
    forms = _ALONE if not own or len(users) == 1 else _YOU_TOO if own[0] else _NOT_YOU
    one, several = forms[model.kind]
    return plural(len(users), one, several, found=whole(sum(found)))


def made_before(device: str, asked: int | None) -> str:
    """Return a sentence that the results exist already, made on ``device`` (“CPU, 2 threads”), and how to get others.

    asked: the number of threads that the person chose now; None for no choice.
    """
    made = f"These results were made before, on {device}"
    if asked is not None and device.startswith("CPU") and in_words(asked) not in re.split("[,;] ", device):
        return f"{made}, and not with {in_words(asked)}; to rehearse with that number, choose another folder."
    return f"{made}; to rehearse again, choose another folder or another seed."


def _is_found(model: ModelResult, user: User, alpha: float) -> bool:
    design = strongest_design(user)
    p_value = model.users[user.number].p_values[design] if design else None
    return p_value is not None and p_value <= alpha


def _counts(users: Sequence[User]) -> str:
    """Return a sentence on the numbers of published and withheld pictures; it has both numbers if users differ."""
    pairs = [(len(user.published), len(user.block.pool) - len(user.published)) for user in users]
    published, withheld = pairs[0]
    if len(set(pairs)) > 1:
        others_published, others_withheld = pairs[-1]
        return text(
            "Pictures published: {published}, by each of the others {others_published}; private: {withheld}, by each "
            "of the others {others_withheld}.",
            published=whole(published),
            others_published=whole(others_published),
            withheld=whole(withheld),
            others_withheld=whole(others_withheld),
        )
    if not withheld:
        return plural(
            published,
            "{count} picture was published and none stayed private.",
            "{count} pictures were published and none stayed private.",
        )
    return plural(
        published,
        "{count} picture was published and {withheld} stayed private.",
        "{count} pictures were published and {withheld} stayed private.",
        withheld=whole(withheld),
    )
