"""The prompts with which pictures are shown to a LoRA or a diffusion model; fixed before it sees any of them.

A prompt is a class, so labels, reports and their proof are those of a classifier.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mtgui.auditing.diffusion.clip_tokens import MOST_TOKENS, token_ids_of
from mtgui.auditing.diffusion.clip_vocabulary import foreign_vocabulary, takes_text
from mtgui.auditing.diffusion.conditions import EMPTY_PROMPT, Prompt
from mtgui.auditing.diffusion.plans import DiffusionPlan
from mtgui.auditing.job.audit_request import LITERAL, NO_TEXT, OF_FILE
from mtgui.auditing.job.labels import FROM_RECORD, MODEL_CHOICE, PromptNames, refuse_unlabelled
from mtgui.auditing.job.subject import AuditSubject
from mtgui.common.errors import UsageError, printable, readable_name
from mtgui.common.words import counted, whole

MOST_PROMPTS = 256
"""How many different labels of records can be prompts."""
_ONE_FOR_ALL = "0"
_SAID = "the text of all captions as its header says, chosen before the run"


@dataclass(frozen=True)
class PromptPlan:
    """The prompts of one model. names: they are its classes. rule: the rule for labels, as for a classifier.

    notes: sentences for the person.
    """

    prompts: tuple[Prompt, ...]
    names: PromptNames
    rule: str = _ONE_FOR_ALL
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """What prompts follow from.

    prompt: as in a request. said: the text that all captions of a LoRA had, as its header says. path: of the audited
    model. wholes: the models whose text encoders read the prompt, with the file or folder of each.
    """

    prompt: str | None
    said: str | None
    path: Path
    wholes: tuple[tuple[DiffusionPlan, Path], ...]
    subjects: tuple[AuditSubject, ...]


def plan_prompts(asked: Asked) -> PromptPlan:
    """Return the prompts of a model.

    Without a request it is the empty one; if a header names a text, the model chooses between both, unless originals
    are missing. Raises UsageError for a prompt that the model cannot take, for a header without a text, and for records
    whose labels cannot be prompts.
    """
    hindrance = _hindrance(asked)
    if asked.prompt is None:
        return _default(asked, hindrance)
    if asked.prompt == NO_TEXT:
        return _one("")
    if asked.prompt == MODEL_CHOICE:
        return _choice(asked, hindrance)
    if hindrance:
        raise UsageError(f"{hindrance} Ask for no other prompt.")
    if asked.prompt == FROM_RECORD:
        return _from_records(asked.subjects)
    if asked.prompt == OF_FILE:
        if not asked.said:
            raise UsageError(
                f"{readable_name(asked.path)} names no text that all captions of its training had. Write the prompt "
                "yourself, or take the empty one."
            )
        return _one(asked.said, _SAID)
    return _one(asked.prompt.removeprefix(LITERAL))


def _hindrance(asked: Asked) -> str:
    """Return a sentence on why the model can be shown pictures with the empty prompt only; empty if it takes others."""
    name = readable_name(asked.path)
    if not all(takes_text(plan) for plan, _ in asked.wholes):
        return f"{name} takes no text, so pictures are shown to it with the empty prompt only."
    reasons = (foreign_vocabulary(plan, path) for plan, path in asked.wholes)
    reason = next(filter(None, reasons), "")
    return f"mtgui can write no prompt for {name}, because {reason}; the empty prompt remains." if reason else ""


def _default(asked: Asked, hindrance: str) -> PromptPlan:
    if not asked.said:
        return _one("")
    if hindrance:
        return _one("", notes=(hindrance,))
    if any(subject.is_missing.any() for subject in asked.subjects):
        note = (
            f"Pictures are shown with the empty prompt and not with “{printable(asked.said)}”, which the header names: "
            "the choice between both must look at all originals, and some are missing. It can be chosen by hand."
        )
        return _one("", notes=(note,))
    return _choice(asked, hindrance)


def _choice(asked: Asked, hindrance: str) -> PromptPlan:
    """Return the plan in which the model chooses; with one candidate there is nothing to choose."""
    if hindrance or not asked.said:
        note = hindrance or f"{readable_name(asked.path)} names no text, so the empty prompt is the only candidate."
        return _one("", notes=(note,))
    return _plan(("", asked.said), MODEL_CHOICE)


def _from_records(subjects: Sequence[AuditSubject]) -> PromptPlan:
    for subject in subjects:
        refuse_unlabelled(subject.pool, PromptNames)
    texts = sorted({picture.label or "" for subject in subjects for picture in subject.pool})
    if len(texts) > MOST_PROMPTS:
        raise UsageError(
            f"The records have {whole(len(texts))} different labels, and at most {MOST_PROMPTS} can be prompts; choose "
            "one prompt for all with --prompt."
        )
    return _plan(tuple(texts), FROM_RECORD)


def _one(text: str, reason: str = PromptNames.reason, notes: tuple[str, ...] = ()) -> PromptPlan:
    return _plan((text,), _ONE_FOR_ALL, reason, notes)


def _plan(
    texts: tuple[str, ...], rule: str, reason: str = PromptNames.reason, notes: tuple[str, ...] = ()
) -> PromptPlan:
    prompts = tuple(Prompt(text, token_ids_of(text)) if text else EMPTY_PROMPT for text in texts)
    long = sum(len(prompt.ids) > MOST_TOKENS for prompt in prompts)
    if long:
        have = "is longer" if long == 1 else "are longer"
        notes += (f"{counted(long, 'prompt')} {have} than {MOST_TOKENS} tokens; the model does not see the rest.",)
    return PromptPlan(prompts, PromptNames(texts, reason), rule, notes)
