"""Whole diffusion models are recognised in every form, and each weight of the library's networks is found."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtgui.auditing.architectures.recognise import RecognitionError
from mtgui.auditing.diffusion.plans import DiffusionPlan, NetworkPlan
from mtgui.auditing.diffusion.recognise import recognise_diffusion
from mtgui.reading.reader import inspect_model, read_model
from mtgui.reading.tensors import TensorFile
from tests.auditing.diffusion import library_models as library

FAMILIES = ("sd1", "sd2", "sdxl")
CLASSES = {"unet": "UNet2DConditionModel", "vae": "AutoencoderKL"}


def value(plan: NetworkPlan, name: str, tensors: TensorFile) -> Any:
    """Return the weight ``name`` of a network from the file, as its part says."""
    part = plan.weights[name]
    found = tensors.array(part.name)
    stop = None if part.count is None else part.start + part.count
    found = found[part.start : stop]
    return (found.T if part.is_transposed else found).reshape(part.shape)


def check_values(plan: DiffusionPlan, found: dict[str, Any], tensors: TensorFile) -> None:
    assert set(plan.networks) == set(found)
    for role, network in found.items():
        state = library.state_of(network)
        own = plan.networks[role]  # type: ignore[index]
        assert set(own.weights) == set(state)
        for name, wanted in state.items():
            assert np.array_equal(value(own, name, tensors), wanted.numpy()), name


def check_settings(plan: DiffusionPlan, found: dict[str, Any]) -> None:
    """What the library would build from the settings is what was saved."""
    for role, network in found.items():
        settings = plan.networks[role].settings  # type: ignore[index]
        for name, mine in settings.items():
            theirs = getattr(network.config, name)
            if name in ("bos_token_id", "pad_token_id", "upcast_attention", "scaling_factor", "projection_dim"):
                continue
            if name == "transformer_layers_per_block" and isinstance(theirs, int):
                theirs = (theirs,) * len(mine)
            assert (tuple(theirs) if isinstance(theirs, list) else theirs) == mine, (role, name)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_single_file(tmp_path: Path, family: str) -> None:
    found = library.networks(family, is_real=False)
    path = library.save(tmp_path / "m.safetensors", library.as_ldm(family, found))
    facts, tensors = read_model(path, tmp_path)
    plan = recognise_diffusion(facts)
    assert isinstance(plan, DiffusionPlan)
    assert (plan.family, plan.layout, plan.schedule.prediction) == (family, "single file", None)
    assert (plan.text_layer, plan.has_final_norm) == ((2, False) if family == "sdxl" else (1, True))
    assert plan.latent_scale == (0.13025 if family == "sdxl" else 0.18215)
    check_values(plan, found, tensors)
    check_settings(plan, found)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_folder(tmp_path: Path, family: str) -> None:
    found = library.networks(family, is_real=False)
    facts, tensors = read_model(library.save_folder(tmp_path / "model", found, family), tmp_path)
    plan = recognise_diffusion(facts)
    assert isinstance(plan, DiffusionPlan)
    assert (plan.family, plan.layout, plan.schedule.prediction) == (family, "folder", "v_prediction")
    assert (plan.schedule.kind, plan.schedule.first, plan.schedule.last) == ("scaled_linear", 0.00085, 0.012)
    check_values(plan, found, tensors)
    check_settings(plan, found)


@pytest.mark.parametrize("family", FAMILIES)
def test_real_sizes(tmp_path: Path, family: str) -> None:
    found = library.networks(family, is_real=True)
    state = library.as_ldm(family, found)
    shapes = {name: tuple(tensor.shape) for name, tensor in state.items()}
    plan = recognise_diffusion(inspect_model(library.save_hollow(tmp_path / "m.safetensors", shapes)))
    assert isinstance(plan, DiffusionPlan)
    assert plan.family == family
    assert plan.side == (1024 if family == "sdxl" else 512)
    for role, network in found.items():
        weights = plan.networks[role].weights  # type: ignore[index]
        state = library.state_of(network)
        assert {name: part.shape for name, part in weights.items()} == {n: tuple(v.shape) for n, v in state.items()}
    check_settings(plan, found)


def test_the_average_of_the_training_is_left_out(tmp_path: Path) -> None:
    state = library.as_ldm("sd1", library.networks("sd1", is_real=False))
    more = {f"model_ema.{number}": library.torch.zeros(1) for number in range(3)}
    more |= {
        "betas": library.torch.zeros(4),
        "cond_stage_model.transformer.text_model.embeddings.position_ids": library.torch.zeros(1),
    }
    plan = recognise_diffusion(inspect_model(library.save(tmp_path / "m.safetensors", {**state, **more})))
    assert isinstance(plan, DiffusionPlan)
    assert set(plan.left_out) == set(more)
    assert "(3 tensors) was left out" in plan.notes[0]


@pytest.mark.parametrize(("said", "prediction"), [("v", "v_prediction"), ("epsilon", "epsilon"), ("magic", None)])
def test_the_header_may_say_what_is_predicted(tmp_path: Path, said: str, prediction: str | None) -> None:
    state = library.as_ldm("sd2", library.networks("sd2", is_real=False))
    path = library.save(tmp_path / "m.safetensors", state, {"modelspec.prediction_type": said})
    plan = recognise_diffusion(inspect_model(path))
    assert isinstance(plan, DiffusionPlan)
    assert plan.schedule.prediction == prediction
    assert plan.side == (768 if said == "v" else 512)


def damaged(state: dict[str, Any], change: str) -> dict[str, Any]:
    torch = library.torch
    unet = "model.diffusion_model."
    if change == "inpainting":
        return state | {f"{unet}input_blocks.0.0.weight": torch.zeros(64, 9, 3, 3)}
    if change == "instructions":
        return state | {f"{unet}input_blocks.0.0.weight": torch.zeros(64, 8, 3, 3)}
    if change == "no VAE":
        return {name: value for name, value in state.items() if not name.startswith("first_stage_model.")}
    if change == "no text encoder":
        return {name: value for name, value in state.items() if not name.startswith("cond_stage_model.")}
    if change == "missing":
        return {name: value for name, value in state.items() if name != f"{unet}out.2.bias"}
    if change == "unknown":
        return state | {f"{unet}magic.weight": torch.zeros(1)}
    if change == "more":
        return state | {f"{unet}out.2.magic": torch.zeros(1)}
    if change == "shape":
        return state | {f"{unet}middle_block.0.in_layers.2.weight": torch.zeros(128, 64, 3, 3)}
    if change == "empty":
        return state | {f"{unet}input_blocks.1.0.in_layers.2.weight": torch.zeros(0, 64, 3, 3)}
    assert change == "ControlNet"
    return state | {"control_model.x": torch.zeros(1)}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("inpainting", "it is Stable Diffusion 1.x for inpainting"),
        ("instructions", "for changing pictures by instructions"),
        ("no VAE", "it is Stable Diffusion 1.x without its VAE; choose the whole model"),
        ("no text encoder", "without its text encoder"),
        ("missing", "its UNet lacks “conv_out.bias”"),
        ("unknown", "“model.diffusion_model.magic.weight” has no place"),
        ("more", "“model.diffusion_model.out.2.magic” has no place in its UNet"),
        ("shape", "“model.diffusion_model.middle_block.0.in_layers.2.weight” of its UNet has the shape 128×64×3×3"),
        ("empty", "impossible shape 0×64×3×3"),
        ("ControlNet", "it holds a ControlNet"),
    ],
)
def test_relatives_and_damaged_files_are_refused_with_the_reason(tmp_path: Path, change: str, said: str) -> None:
    state = library.as_ldm("sd1", library.networks("sd1", is_real=False))
    path = library.save(tmp_path / "m.safetensors", damaged(state, change))
    with pytest.raises(RecognitionError) as caught:
        recognise_diffusion(inspect_model(path))
    assert said in str(caught.value)


def test_the_refiner_is_named(tmp_path: Path) -> None:
    state = library.as_ldm("sdxl", library.networks("sdxl", is_real=False))
    state = {
        name.replace("conditioner.embedders.1.", "conditioner.embedders.0."): value
        for name, value in state.items()
        if not name.startswith("conditioner.embedders.0.")
    }
    with pytest.raises(RecognitionError, match="it is the refiner of Stable Diffusion XL"):
        recognise_diffusion(inspect_model(library.save(tmp_path / "m.safetensors", state)))


def test_a_folder_whose_settings_contradict_its_weights_is_refused(tmp_path: Path) -> None:
    folder = library.save_folder(tmp_path / "model", library.networks("sd1", is_real=False), "sd1")
    path = folder / "unet" / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    for change, said in (
        ({"cross_attention_dim": 4}, "“unet/config.json” beside the weights says that “cross_attention_dim” is “4”"),
        ({"attention_head_dim": 7}, "cannot be shared among 7 heads"),
        ({"dual_cross_attention": True}, "“dual_cross_attention” is “True”, which mtgui does not build"),
        ({"sample_size": 10**6}, ""),
    ):
        path.write_text(json.dumps({**config, **change}), encoding="utf-8")
        if not said:
            plan = recognise_diffusion(inspect_model(folder))
            assert isinstance(plan, DiffusionPlan)
            assert plan.side == 512
            continue
        with pytest.raises(RecognitionError) as caught:
            recognise_diffusion(inspect_model(folder))
        assert said in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"beta_schedule": "sigmoid"}, "has the schedule of noise “sigmoid”"),
        ({"trained_betas": [0.1, 0.2]}, "which mtgui does not compute"),
        ({"beta_start": 2}, "which is impossible"),
        ({"num_train_timesteps": 10**9}, "no whole number"),
        ({"prediction_type": "sample"}, "has the prediction “sample”"),
    ],
)
def test_schedules_that_mtgui_does_not_compute_are_refused(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    folder = library.save_folder(tmp_path / "model", library.networks("sd1", is_real=False), "sd1")
    path = folder / "scheduler" / "scheduler_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **change}), encoding="utf-8")
    with pytest.raises(RecognitionError) as caught:
        recognise_diffusion(inspect_model(folder))
    assert said in str(caught.value)
