"""Diffusion models that work on pixels are recognised by shapes, with and without settings beside them."""

import json
from pathlib import Path
from typing import Any

import pytest

from mtgui.auditing.architectures.recognise import RecognitionError
from mtgui.auditing.diffusion.generator_inspection import inspect_generator
from mtgui.auditing.diffusion.plans import DiffusionPlan, LoraPlan
from mtgui.auditing.diffusion.recognise import recognise_diffusion
from mtgui.common.control import Control
from mtgui.reading.reader import inspect_model, read_model
from tests.auditing.diffusion import library_models as library
from tests.auditing.diffusion import lora_files
from tests.auditing.diffusion.test_model_recognition import check_values

SMALL: dict[str, Any] = {
    "block_out_channels": (32, 64),
    "down_block_types": ("DownBlock2D", "AttnDownBlock2D"),
    "up_block_types": ("AttnUpBlock2D", "UpBlock2D"),
    "layers_per_block": 1,
}
OLD = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


def save(folder: Path, more: dict[str, Any], *, is_old: bool = False, has_config: bool = True) -> Any:
    network = library.diffusers.UNet2DModel(**{**SMALL, **more})
    state = library.state_of(network)
    for new, old in OLD.items() if is_old else ():
        state = {name.replace(f".{new}.", f".{old}."): value for name, value in state.items()}
    folder.mkdir(exist_ok=True)
    library.save(folder / "diffusion_pytorch_model.safetensors", state)
    if has_config:
        network.save_config(folder)
    return network


@pytest.mark.parametrize("is_old", [False, True])
@pytest.mark.parametrize(
    "more",
    [
        {"sample_size": 16, "attention_head_dim": None, "freq_shift": 1, "flip_sin_to_cos": False},
        {"sample_size": 16, "norm_num_groups": 16, "norm_eps": 1e-6, "downsample_padding": 0, "attention_head_dim": 16},
        {"sample_size": 16, "add_attention": False, "in_channels": 1, "out_channels": 1, "layers_per_block": 3},
    ],
)
def test_a_folder_with_settings(tmp_path: Path, more: dict[str, Any], is_old: bool) -> None:
    network = save(tmp_path / "model", more, is_old=is_old)
    facts, tensors = read_model(tmp_path / "model", tmp_path)
    plan = recognise_diffusion(facts)
    assert isinstance(plan, DiffusionPlan)
    assert (plan.family, plan.side, plan.notes) == ("pixel", 16, ())
    check_values(plan, {"unet": network}, tensors)
    for name, value in plan.networks["unet"].settings.items():
        assert getattr(network.config, name) == value, name


def test_the_folder_of_a_pipeline(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    save(folder / "unet", {"sample_size": 16})
    library.diffusers.DDPMScheduler(num_train_timesteps=500, beta_schedule="squaredcos_cap_v2").save_pretrained(
        folder / "scheduler"
    )
    listed = {"_class_name": "DDPMPipeline", "unet": ["diffusers", "UNet2DModel"], "scheduler": ["diffusers", "X"]}
    (folder / "model_index.json").write_text(json.dumps(listed), encoding="utf-8")
    plan = recognise_diffusion(inspect_model(folder))
    assert isinstance(plan, DiffusionPlan)
    assert (plan.family, plan.layout, plan.side) == ("pixel", "folder", 16)
    schedule = plan.schedule
    assert (schedule.kind, schedule.steps, schedule.prediction) == ("squaredcos_cap_v2", 500, "epsilon")


def test_without_settings_the_rest_is_the_librarys_with_a_note(tmp_path: Path) -> None:
    network = save(tmp_path / "model", {}, has_config=False)
    facts, tensors = read_model(tmp_path / "model", tmp_path)
    plan = recognise_diffusion(facts)
    assert isinstance(plan, DiffusionPlan)
    assert (plan.side, plan.schedule.kind, plan.schedule.prediction) == (32, "linear", None)
    assert len(plan.notes) == 2
    check_values(plan, {"unet": network}, tensors)
    for name, value in plan.networks["unet"].settings.items():
        assert getattr(network.config, name) == value, name


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"act_fn": "gelu"}, "says that “act_fn” is “gelu”, which mtgui does not build"),
        (
            {"block_out_channels": [32, 96]},
            "says that “block_out_channels” is “(32, 96)”, and its weights say (32, 64)",
        ),
        ({"layers_per_block": 7}, "says that “layers_per_block” is “7”, and its weights say 1"),
        ({"class_embed_type": "timestep"}, "“class_embed_type” is “timestep”"),
        ({"time_embedding_type": [["x"]]}, "“time_embedding_type” is a value of an unusual kind"),
        ({"norm_num_groups": 7}, "no multiples of 7"),
        ({"norm_num_groups": -1}, "no whole number"),
        ({"norm_num_groups": 1 << 40}, "no whole number"),
        ({"norm_eps": 3}, "“norm_eps” that makes no sense"),
        ({"attention_head_dim": 5}, "no multiples of 5"),
        ({"freq_shift": 1e9}, "neither 0 nor 1"),
        ({"_class_name": "UNet1DModel"}, "it is no UNet2DModel"),
    ],
)
def test_settings_against_the_shapes_or_out_of_bounds_are_refused(
    tmp_path: Path, settings: dict[str, Any], said: str
) -> None:
    save(tmp_path / "model", {})
    path = tmp_path / "model" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **settings}), encoding="utf-8")
    with pytest.raises(RecognitionError) as caught:
        recognise_diffusion(inspect_model(tmp_path / "model"))
    assert said in str(caught.value)


def test_a_network_that_predicts_more_than_noise_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "model", {"out_channels": 6})
    with pytest.raises(RecognitionError, match="takes 3 channels and answers with 6"):
        recognise_diffusion(inspect_model(tmp_path / "model"))


def test_a_lora_for_it_is_recognised_with_its_base(tmp_path: Path) -> None:
    network = save(tmp_path / "model", {"sample_size": 16})
    base = recognise_diffusion(inspect_model(tmp_path / "model"))
    assert isinstance(base, DiffusionPlan)
    shapes, names = lora_files.lora({"unet": network}, lora_files.peft_alone, ("to_q", "to_out.0", "conv1"))
    facts = inspect_model(library.save_hollow(tmp_path / "lora.safetensors", shapes))
    plan = recognise_diffusion(facts, base)
    assert isinstance(plan, LoraPlan)
    assert (plan.family, plan.architecture, len(plan.pairs)) == ("pixel", "diffusion/pixel lora", len(names))


def test_a_base_of_another_kind_is_refused_when_it_is_named(tmp_path: Path) -> None:
    save(tmp_path / "audited", {"sample_size": 16})
    save(tmp_path / "fitting", {"sample_size": 16})
    save(tmp_path / "grey", {"sample_size": 16, "in_channels": 1, "out_channels": 1})
    library.save(tmp_path / "sd.safetensors", library.as_ldm("sd1", library.networks("sd1", is_real=False)))
    path = tmp_path / "audited"
    facts = inspect_model(path)
    for name, has_base in (("fitting", True), ("grey", False), ("sd.safetensors", False)):
        found = inspect_generator(path, facts, (tmp_path / name, ()), Control())
        assert found is not None
        assert found.base is not None
        assert found.has_base is has_base, name
        assert has_base or "another kind of model than the audited one" in found.base.problem
