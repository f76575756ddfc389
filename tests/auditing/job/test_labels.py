import numpy as np
import pytest

from mtgui.auditing.job.labels import (
    ClassNames,
    label_for_all,
    label_of_model,
    labels_in_words,
    labels_of_record,
    proposed_rule,
)
from mtgui.common.errors import UsageError
from mtgui.records.record import PoolPicture

NAMES = ClassNames(5, ["tench, Tinca tinca", "castle", "crane", "crane", "ice_cream"])


def picture(number: int, label: str | None) -> PoolPicture:
    return PoolPicture(f"{number:064x}", f"{number:064x}", f"{number}.png", 64, 64, label)


@pytest.mark.parametrize(
    ("text", "index"),
    [("1", 1), (" castle ", 1), ("CASTLE", 1), ("Tinca tinca", 0), ("tench, Tinca tinca", 0), ("ice cream", 4)],
)
def test_a_class_is_named_by_number_or_by_any_of_its_names(text: str, index: int) -> None:
    assert NAMES.index_of(text) == index


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("5", "numbered 0 to 4"),
        ("crane", "several classes.*2, 3.*number"),
        ("castel", "no class “castel”.*Did you mean “castle”"),
        ("tinc", "Did you mean"),
        ("", "no class"),
    ],
)
def test_what_names_no_class_is_refused_with_what_to_write(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        NAMES.index_of(text)


@pytest.mark.parametrize("text", ["nosuch", "t", "cra zy", ""])
def test_what_is_near_to_nothing_is_answered_with_no_name(text: str) -> None:
    many = ClassNames(6, ["ostrich", "tench", "crate", "barn", "monastery", "corn"])
    with pytest.raises(UsageError) as caught:
        many.index_of(text)
    assert "Did you mean" not in str(caught.value)
    assert "Write its name as the model has it, or its number." in str(caught.value)


def test_without_names_only_numbers_count() -> None:
    nameless = ClassNames(3, None)
    assert nameless.index_of("2") == 2
    with pytest.raises(UsageError, match=r"not known.*0 to 2.*labels\.json"):
        nameless.index_of("cat")


def test_one_class_for_all() -> None:
    labelling = label_for_all("castle", 3, NAMES)
    assert labelling.labels == (1, 1, 1)
    assert "castle (class 1)" in labelling.sentence
    assert labels_in_words(labelling, NAMES) == {"1": "castle"}


def test_labels_of_the_record() -> None:
    labelling = labels_of_record([picture(0, "castle"), picture(1, "0"), picture(2, "Castle")], NAMES)
    assert labelling.labels == (1, 0, 1)


def test_a_record_without_labels_or_with_unknown_ones_is_refused() -> None:
    with pytest.raises(UsageError, match="1 picture of the record has no label of its own"):
        labels_of_record([picture(0, "castle"), picture(1, None)], NAMES)
    with pytest.raises(UsageError, match="no class “dog”"):
        labels_of_record([picture(0, "dog")], NAMES)


def test_the_models_choice_is_the_class_of_least_mean_loss() -> None:
    losses = np.array([[3.0, 1.0, 2.0, 9.0, 9.0], [1.0, 2.5, 1.0, 9.0, 9.0]])
    assert label_of_model(losses, NAMES).labels == (2, 2)
    assert label_of_model(np.ones((3, 5)), NAMES).labels == (0, 0, 0)


def test_labels_that_are_all_names_of_classes_are_proposed() -> None:
    assert proposed_rule(["castle", "Ice Cream", "castle"], NAMES) == "record"


@pytest.mark.parametrize("labels", [[], ["castle", None], ["castle", "dog"], ["castle", "1"], ["castle", "crane"]])
def test_else_the_models_choice_is_proposed(labels: list[str | None]) -> None:
    assert proposed_rule(labels, NAMES) == "auto"


def test_numbers_of_a_model_without_names_are_not_proposed() -> None:
    assert proposed_rule(["1", "2"], ClassNames(5, None)) == "auto"
