"""What the header of a LoRA says is parsed strictly, in bounds, and is never an error."""

import json

import pytest

from mtgui.auditing.diffusion.lora_header import MOST_TAGS, says
from mtgui.auditing.diffusion.plans import LoraSays

SHA256 = "31e35c80fc4829d14f90153f4c74cd59c90b779f6afe05a74cd6120b893f7e5b"
KOHYA = {
    "ss_sd_model_name": "/home/me/models/sd_xl_base_1.0.safetensors",
    "ss_new_sd_model_hash": SHA256.upper(),
    "ss_num_train_images": "420",
    "ss_epoch": "8",
    "ss_num_epochs": "10",
    "ss_resolution": "(1024, 1024)",
    "ss_dataset_dirs": json.dumps({"10_sks": {"n_repeats": 10, "img_count": 42}}),
    "ss_tag_frequency": json.dumps({"10_sks": {"tree": 20, "sks style": 42}}),
    "ss_v_parameterization": "True",
}


def test_a_header_of_kohyas_scripts() -> None:
    said, notes = says(KOHYA)
    assert said == LoraSays(
        base_name="sd_xl_base_1.0.safetensors",
        base_sha256=SHA256,
        pictures=42,
        repeats=10,
        epochs=8,
        resolution="1024 × 1024",
        tags=("sks style", "tree"),
        trigger="sks style",
        prediction="v_prediction",
    )
    assert said.exposures == 80
    assert notes == ()


def test_data_sets_come_before_folders_and_pictures_that_only_regularise_are_not_counted() -> None:
    subsets = [
        {"img_count": 10, "num_repeats": 3, "is_reg": False},
        {"img_count": 30, "num_repeats": 1, "is_reg": False},
        {"img_count": 500, "num_repeats": 1, "is_reg": True},
    ]
    said, _ = says({**KOHYA, "ss_datasets": json.dumps([{"subsets": subsets}])})
    assert (said.pictures, said.repeats, said.trigger) == (40, 2, None)


def test_steps_and_batches_tell_exposures_where_epochs_are_not_said() -> None:
    steps = {"ss_steps": "600", "ss_total_batch_size": "4", "ss_gradient_accumulation_steps": "2"}
    folders = json.dumps({"x": {"n_repeats": 3, "img_count": 50}})
    said, _ = says({**steps, "ss_dataset_dirs": folders})
    assert (said.shown, said.exposures) == (4800, 96)
    assert says({"ss_steps": "600", "ss_dataset_dirs": folders})[0].exposures is None, "the batch is not said"
    assert says({**steps, "ss_epoch": "7", "ss_dataset_dirs": folders})[0].exposures == 21, "epochs come first"


def test_no_header_says_nothing() -> None:
    assert says({}) == (LoraSays(), ())
    assert says({"ss_sd_model_name": "None", "ss_new_sd_model_hash": "None", "ss_epoch": "None"}) == (LoraSays(), ())


@pytest.mark.parametrize(("text", "prediction"), [("v", "v_prediction"), ("epsilon", "epsilon"), ("x", None)])
def test_prediction_of_the_model_specification(text: str, prediction: str | None) -> None:
    assert says({"modelspec.prediction_type": text})[0].prediction == prediction


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ss_num_train_images", "-3"),
        ("ss_epoch", "1e9"),
        ("ss_epoch", "9" * 5000),
        ("ss_epoch", "٣"),
        ("ss_epoch", "0"),
        ("ss_resolution", "1" * 100_000),
        ("ss_resolution", "None"),
        ("ss_new_sd_model_hash", "g" * 64),
        ("ss_new_sd_model_hash", SHA256[:63]),
        ("ss_sd_model_name", "///"),
    ],
)
def test_odd_values_say_nothing(name: str, text: str) -> None:
    assert says({name: text}) == (LoraSays(), ())


@pytest.mark.parametrize("name", ["ss_dataset_dirs", "ss_datasets", "ss_tag_frequency"])
@pytest.mark.parametrize(
    "text", ["", "{", "7", '"x"', "[" * 100_000, '{"a": NaN', '{"a": {"b": 1}, "a": 2}', '{"a": 7}']
)
def test_lists_that_cannot_be_read_are_left_out_with_a_note(name: str, text: str) -> None:
    said, notes = says({name: text})
    assert said == LoraSays()
    assert len(notes) == 1


@pytest.mark.parametrize("count", [True, -1, 1.5, "x", None, 1 << 60, [3], {"a": 1}])
def test_counts_that_are_none_are_left_out(count: object) -> None:
    assert says({"ss_tag_frequency": json.dumps({"a": {"b": count}})})[0].tags == ()
    assert says({"ss_dataset_dirs": json.dumps({"a": {"n_repeats": 1, "img_count": count}})})[0].pictures is None


def test_tags_are_bounded() -> None:
    tags = {f"tag {number}": number + 1 for number in range(5000)} | {"x" * 5000: 9999}
    said, _ = says({"ss_tag_frequency": json.dumps({"a": tags})})
    assert said.tags == tuple(f"tag {number}" for number in range(4999, 4999 - MOST_TAGS, -1))
