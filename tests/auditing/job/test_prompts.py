"""Prompts: which texts a model is shown pictures with, by which rule, and what is refused."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("diffusers", reason="needs the extra “diffusion”")

from mtgui.auditing.diffusion.clip_tokens import MOST_TOKENS, merge_lines, token_ids_of
from mtgui.auditing.diffusion.plans import DiffusionPlan, NetworkPlan, NoiseSchedule
from mtgui.auditing.job.prompts import MOST_PROMPTS, Asked, plan_prompts
from mtgui.auditing.job.subject import AuditSubject, load_subject
from mtgui.common.control import Control
from mtgui.common.errors import UsageError
from tests.auditing.job.prompted import CAPTIONS, PICTURES, TRIGGER, make_record

LORA = Path("own.safetensors")
SAID = "the text of all captions as its header says, chosen before the run"
EMPTY = "All pictures are shown with the empty prompt, chosen before the run."
LABELS = tuple(CAPTIONS[number % 2] for number in range(PICTURES))


def model(vocabulary: int = 49408, **more: Any) -> DiffusionPlan:
    networks = {"text_encoder": NetworkPlan("text_encoder", "CLIPTextModel", {"vocab_size": vocabulary}, {})}
    schedule = NoiseSchedule("scaled_linear", 0.00085, 0.012, 1000, "a test")
    return DiffusionPlan(**{"family": "sd1", "title": "a model", "layout": "folder", "side": 32, "networks": networks,
                            "schedule": schedule, **more})  # fmt: skip


def subject_of(folder: Path, labels: Sequence[str | None] = LABELS, without: int = 0) -> AuditSubject:
    """Return a record of pictures with ``labels``, of which the first ``without`` originals are missing."""
    record, originals = make_record(folder, labels)
    for path in sorted(originals.iterdir())[:without]:
        path.unlink()
    return load_subject(record, [originals], Control())


def asked(prompt: str | None, said: str | None, *subjects: AuditSubject, **changes: Any) -> Asked:
    return replace(Asked(prompt, said, LORA, ((model(), Path("base")),), subjects), **changes)


def sentence_of(asked: Asked) -> str:
    plan = plan_prompts(asked)
    labelling = asked.subjects[0].labelling(plan.rule, plan.names)
    return "" if labelling is None else labelling.sentence


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> AuditSubject:
    return subject_of(tmp_path_factory.mktemp("record") / "own")


@pytest.mark.parametrize(
    ("prompt", "text", "sentence"),
    [
        ("none", "", EMPTY),
        ("", "", EMPTY),
        (
            "file",
            TRIGGER,
            f"All pictures are shown with the prompt “{TRIGGER}”, {SAID}.",
        ),
        ("a house", "a house", "All pictures are shown with the prompt “a house”, chosen before the run."),
        ("text:none", "none", "All pictures are shown with the prompt “none”, chosen before the run."),
        ("text:auto", "auto", "All pictures are shown with the prompt “auto”, chosen before the run."),
        ("text:record", "record", "All pictures are shown with the prompt “record”, chosen before the run."),
        ("7", "7", "All pictures are shown with the prompt “7”, chosen before the run."),
    ],
)
def test_one_prompt_is_taken_for_all(prompt: str, text: str, sentence: str, subject: AuditSubject) -> None:
    request = asked(prompt, TRIGGER, subject)
    plan = plan_prompts(request)
    assert [(one.text, one.ids) for one in plan.prompts] == [(text, token_ids_of(text))]
    assert plan.names.names == (text,)
    assert plan.notes == ()
    assert sentence_of(request) == sentence


def test_each_label_of_the_records_is_a_prompt(subject: AuditSubject, tmp_path: Path) -> None:
    other = subject_of(tmp_path / "other", ["7", *["a castle", "0"] * 5])
    plan = plan_prompts(asked("record", None, subject, other))
    assert plan.names.names == ("0", "7", "a boat at sea", "a castle")
    for one in (subject, other):
        labelling = one.labelling(plan.rule, plan.names)
        assert labelling is not None
        assert labelling.rule == "record"
        assert [plan.names.names[index] for index in labelling.labels] == [picture.label for picture in one.pool]


def test_the_model_chooses_if_the_header_names_a_text(subject: AuditSubject) -> None:
    for prompt in (None, "auto"):
        plan = plan_prompts(asked(prompt, TRIGGER, subject))
        assert (plan.names.names, plan.rule) == (("", TRIGGER), "auto")


def test_without_a_text_in_the_header_the_prompt_is_empty(subject: AuditSubject) -> None:
    assert sentence_of(asked(None, None, subject)) == sentence_of(asked("auto", None, subject)) == EMPTY
    assert plan_prompts(asked(None, None, subject)).notes == ()
    assert "the only candidate" in plan_prompts(asked("auto", None, subject)).notes[0]
    with pytest.raises(UsageError, match=r"own\.safetensors names no text that all captions"):
        plan_prompts(asked("file", None, subject))


def test_with_missing_originals_the_default_is_the_empty_prompt(tmp_path: Path) -> None:
    subject = subject_of(tmp_path / "record", without=1)
    assert sentence_of(asked(None, TRIGGER, subject)) == EMPTY
    (note,) = plan_prompts(asked(None, TRIGGER, subject)).notes
    assert "not with “sks castle”" in note
    assert plan_prompts(asked("auto", TRIGGER, subject)).rule == "auto", "an audit refuses this, see check_labels"


def test_labels_that_cannot_be_captions_are_refused(tmp_path: Path) -> None:
    subject = subject_of(tmp_path / "record", [None, *["a tree"] * 9])
    with pytest.raises(UsageError, match=r"1 picture of the record has no label.*choose one prompt for all"):
        plan_prompts(asked("record", None, subject))
    many = subject_of(tmp_path / "many", [str(number) for number in range(MOST_PROMPTS + 1)])
    with pytest.raises(UsageError, match="have 257 different labels, and at most 256 can be prompts"):
        plan_prompts(asked("record", None, many))


def test_a_long_prompt_is_cut_and_that_is_said(subject: AuditSubject) -> None:
    assert plan_prompts(asked("word " * MOST_TOKENS, None, subject)).notes == ()
    (note,) = plan_prompts(asked("word " * (MOST_TOKENS + 1), None, subject)).notes
    assert note == "1 prompt is longer than 75 tokens; the model does not see the rest."


@pytest.mark.parametrize("prompt", ["file", "record", "a cat", "text:none"])
@pytest.mark.parametrize(
    ("whole", "words"),
    [
        (model(49409), "its text encoder knows 49,409 tokens, and CLIP has 49,408; the empty prompt remains"),
        (model(family="pixel", networks={}), "own.safetensors takes no text"),
    ],
    ids=["other words", "no text"],
)
def test_models_that_cannot_read_a_text_take_the_empty_prompt_alone(
    prompt: str, whole: DiffusionPlan, words: str, subject: AuditSubject
) -> None:
    wholes = ((model(), Path("base")), (whole, Path("other")))
    with pytest.raises(UsageError, match=words):
        plan_prompts(asked(prompt, TRIGGER, subject, wholes=wholes))
    for empty in (None, "none", "auto"):
        assert sentence_of(asked(empty, TRIGGER, subject, wholes=wholes)) == EMPTY


def test_a_folder_with_another_table_of_tokens_takes_the_empty_prompt_alone(
    tmp_path: Path, subject: AuditSubject
) -> None:
    table = tmp_path / "tokenizer" / "merges.txt"
    table.parent.mkdir()
    request = asked("a cat", TRIGGER, subject, wholes=((model(), tmp_path),))
    first, second, *others = merge_lines()
    for end in ("\n", "\r\n"):
        table.write_bytes(end.join(["#version: 0.2", first, second, *others, ""]).encode())
        assert plan_prompts(request).names.names == ("a cat",)
    table.write_text("\n".join(["#version: 0.2", second, first, *others]), encoding="utf-8")
    with pytest.raises(UsageError, match=r"another table of tokens than CLIP's \(tokenizer/merges\.txt\)"):
        plan_prompts(request)
    assert "tokenizer/merges.txt" in plan_prompts(replace(request, prompt=None)).notes[0]
