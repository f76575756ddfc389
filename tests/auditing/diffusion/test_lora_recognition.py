"""LoRAs of every spelling are recognised, each tensor has its place, and what does not fit is refused by its name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mtgui.auditing.architectures.recognise import OtherModelError, RecognitionError
from mtgui.auditing.diffusion.plans import DiffusionPlan, LoraPlan
from mtgui.auditing.diffusion.recognise import recognise_diffusion
from mtgui.reading.facts import ModelFacts
from mtgui.reading.reader import inspect_model
from tests.auditing.diffusion import library_models as library
from tests.auditing.diffusion import lora_files as files

ATTENTION = ("to_q", "to_k", "to_v", "to_out.0", "q_proj", "out_proj")
ALL = (*files.TARGETS, *files.CONVOLUTIONS)
Spell = Callable[[str, str], tuple[str, str, str]]


@pytest.fixture(scope="module", params=["sd1", "sd2", "sdxl"])
def real(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    found = library.networks(request.param, is_real=True)
    del found["vae"]
    return request.param, found


def read(folder: Path, shapes: files.Shapes) -> ModelFacts:
    return inspect_model(library.save_hollow(folder / "lora.safetensors", shapes))


@pytest.mark.parametrize(
    ("spell", "spelling", "ends"),
    [
        (files.kohya, "kohya", ALL),
        (files.diffusers, "diffusers", files.TARGETS),
        (files.old_diffusers, "diffusers, old", ATTENTION),
        (files.peft, "peft", ALL),
    ],
)
def test_real_sizes(
    tmp_path: Path, real: tuple[str, dict[str, Any]], spell: Spell, spelling: str, ends: tuple[str, ...]
) -> None:
    family, found = real
    shapes, names = files.lora(found, spell, ends, 16)
    plan = recognise_diffusion(read(tmp_path, shapes))
    assert isinstance(plan, LoraPlan)
    assert (plan.family, plan.spelling, plan.ranks) == (family, spelling, (16,))
    assert plan.architecture == f"diffusion/{family} lora"
    assert {(one.role, one.layer): (one.down, one.up, one.alpha or "") for one in plan.pairs} == names


def test_kohyas_names_of_stable_diffusion_xl(tmp_path: Path) -> None:
    found = library.networks("sdxl", is_real=True)
    del found["vae"]
    shapes, names = files.lora(found, files.kohya_of_xl, ALL)
    assert "lora_unet_output_blocks_2_2_conv.lora_down.weight" in shapes
    assert "lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_k.lora_up.weight" in shapes
    plan = recognise_diffusion(read(tmp_path, shapes))
    assert isinstance(plan, LoraPlan)
    assert (plan.family, plan.spelling) == ("sdxl", "kohya, sgm names")
    assert {(one.role, one.layer): (one.down, one.up, one.alpha) for one in plan.pairs} == names


def test_a_lora_of_the_unet_alone_as_peft_saves_it(tmp_path: Path, real: tuple[str, dict[str, Any]]) -> None:
    family, found = real
    shapes, names = files.lora({"unet": found["unet"]}, files.peft_alone)
    plan = recognise_diffusion(read(tmp_path, shapes))
    assert isinstance(plan, LoraPlan)
    assert (plan.family, plan.spelling, len(plan.pairs)) == (family, "peft", len(names))


def test_a_base_decides_instead_of_the_families(tmp_path: Path) -> None:
    found = library.networks("sd1", is_real=False)
    base = recognise_diffusion(inspect_model(library.save(tmp_path / "m.safetensors", library.as_ldm("sd1", found))))
    assert isinstance(base, DiffusionPlan)
    del found["vae"]
    shapes, names = files.lora(found, files.kohya)
    facts = read(tmp_path, shapes)
    plan = recognise_diffusion(facts, base)
    assert isinstance(plan, LoraPlan)
    assert (plan.family, len(plan.pairs)) == ("sd1", len(names))
    with pytest.raises(RecognitionError, match=r"fits neither .*the closest is Stable Diffusion.* its base \(--base"):
        recognise_diffusion(facts)
    other = library.networks("sd1", is_real=True)
    shapes, _ = files.lora({"unet": other["unet"]}, files.kohya)
    with pytest.raises(RecognitionError, match=r"does not fit Stable Diffusion 1\.x: “lora_unet_down_blocks_0.*shapes"):
        recognise_diffusion(read(tmp_path, shapes), base)


def test_the_library_converts_to_the_same_names(tmp_path: Path) -> None:
    pytest.importorskip("peft")
    from diffusers.utils.state_dict_utils import convert_state_dict_to_diffusers, convert_state_dict_to_kohya
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    found = library.networks("sd1", is_real=False)
    base = recognise_diffusion(inspect_model(library.save(tmp_path / "m.safetensors", library.as_ldm("sd1", found))))
    assert isinstance(base, DiffusionPlan)
    unet = found["unet"]
    unet.add_adapter(LoraConfig(r=3, target_modules=["to_q", "to_k", "to_v", "to_out.0"]))
    state = {f"unet.{name}": value for name, value in get_peft_model_state_dict(unet).items()}
    for convert, spelling in (
        (dict, "peft"),
        (convert_state_dict_to_diffusers, "diffusers"),
        (convert_state_dict_to_kohya, "kohya"),
    ):
        facts = inspect_model(library.save(tmp_path / "lora.safetensors", convert(state)))
        plan = recognise_diffusion(facts, base)
        assert isinstance(plan, LoraPlan)
        assert plan.ranks == (3,)
        assert len(plan.pairs) == 2 * 4 * 6, spelling
        assert plan.spelling in (spelling, "peft")


def small() -> files.Shapes:
    found = library.networks("sd1", is_real=True)
    return files.lora({"unet": found["unet"]}, files.kohya, ATTENTION)[0]


NAME = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({f"{NAME}.lora_down.weight": (4, 321)}, f"“{NAME}.lora_down.weight” and its other half have the shapes 4×321"),
        (
            {f"{NAME}.lora_up.weight": (320, 5)},
            "its other half have the shapes 4×320 and 320×5, for a layer of 320×320",
        ),
        ({f"{NAME}.lora_down.weight": (0, 320), f"{NAME}.lora_up.weight": (320, 0)}, "have the shapes 0×320"),
        ({f"{NAME}.alpha": (2,)}, f"“{NAME}.alpha” is no single number"),
        ({"lora_unet_magic.lora_down.weight": (4, 320)}, "“lora_unet_magic.lora_down.weight” changes a layer that it"),
        ({f"{NAME}.diff": (320, 320)}, f"its tensor “{NAME}.diff” is of no LoRA that mtgui knows"),
        ({f"{NAME}_x.lora_down.weight": (4, 320)}, f"“{NAME}_x.lora_down.weight” changes a layer"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, change: files.Shapes, said: str) -> None:
    with pytest.raises(RecognitionError) as caught:
        recognise_diffusion(read(tmp_path, {**small(), **change}))
    assert said in str(caught.value)


def test_a_half_without_the_other_is_named(tmp_path: Path) -> None:
    shapes = small()
    del shapes[f"{NAME}.lora_up.weight"]
    with pytest.raises(RecognitionError, match=r"stands without its other half"):
        recognise_diffusion(read(tmp_path, shapes))


def test_a_change_of_three_kernels(tmp_path: Path) -> None:
    name = "lora_unet_down_blocks_0_resnets_0_conv1"
    more = {f"{name}.lora_down.weight": (4, 320, 1, 1), f"{name}.lora_mid.weight": (4, 4, 3, 3)}
    plan = recognise_diffusion(read(tmp_path, {**small(), **more, f"{name}.lora_up.weight": (320, 4, 1, 1)}))
    assert isinstance(plan, LoraPlan)
    pair = next(pair for pair in plan.pairs if pair.layer == "down_blocks.0.resnets.0.conv1")
    assert (pair.middle, pair.alpha, pair.rank) == (f"{name}.lora_mid.weight", None, 4)


def test_a_lora_that_fits_two_families_says_so_unless_the_header_decides(tmp_path: Path) -> None:
    shapes = {name: shape for name, shape in small().items() if "attn1" in name}
    facts = read(tmp_path, shapes)
    plan = recognise_diffusion(facts)
    assert isinstance(plan, LoraPlan)
    assert plan.family == "sd1"
    assert "nothing in it says which" in plan.notes[0]
    torch = library.torch
    state = {name: torch.zeros(shape) for name, shape in shapes.items()}
    path = library.save(tmp_path / "said.safetensors", state, {"ss_base_model_version": "sd_v2_v", "ss_v2": "True"})
    plan = recognise_diffusion(inspect_model(path))
    assert isinstance(plan, LoraPlan)
    assert (plan.family, plan.notes) == ("sd2", ())


def test_a_dora_is_named(tmp_path: Path) -> None:
    with pytest.raises(OtherModelError, match="a DoRA"):
        recognise_diffusion(read(tmp_path, {**small(), f"{NAME}.dora_scale": (320, 1)}))


def test_loras_of_other_networks_are_no_business_of_this_room(tmp_path: Path) -> None:
    shapes: files.Shapes = {
        f"base_model.model.model.layers.0.self_attn.q_proj.lora_{one}.weight": (8, 8) for one in "AB"
    }
    assert recognise_diffusion(read(tmp_path, shapes)) is None
    flux: files.Shapes = {f"lora_unet_double_blocks_0_img_attn_qkv.lora_{one}.weight": (8, 8) for one in ("down", "up")}
    assert recognise_diffusion(read(tmp_path, flux)) is None


def peft_lora(folder: Path, metadata: dict[str, str], beside: dict[str, Any] | None = None) -> LoraPlan:
    """Return the plan of a LoRA of rank 4 without alphas, with what is said in its header and beside it."""
    torch = library.torch
    layer = "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
    state = {f"{layer}.lora_A.weight": torch.zeros(4, 768), f"{layer}.lora_B.weight": torch.zeros(320, 4)}
    if beside is not None:
        (folder / "adapter_config.json").write_text(json.dumps(beside), encoding="utf-8")
    plan = recognise_diffusion(inspect_model(library.save(folder / "lora.safetensors", state, metadata)))
    assert isinstance(plan, LoraPlan)
    return plan


@pytest.mark.parametrize(
    ("metadata", "beside", "factor"),
    [
        ({}, None, 1.0),
        ({"unet.lora_alpha": 8, "unet.r": 4}, None, 2.0),
        ({"unet.lora_alpha": 8, "unet.use_rslora": True}, None, 4.0),
        ({"text_encoder.lora_alpha": 8}, None, 1.0),
        ({}, {"peft_type": "LORA", "lora_alpha": 6, "r": 4}, 1.5),
        ({"unet.lora_alpha": 8}, {"lora_alpha": 6}, 2.0),
        ({"unet.lora_alpha": "8"}, None, 1.0),
        ({"unet.lora_alpha": 1e300}, None, 1.0),
        ({"unet.lora_alpha": True}, None, 1.0),
    ],
)
def test_strengths_that_peft_says(
    tmp_path: Path, metadata: dict[str, Any], beside: dict[str, Any] | None, factor: float
) -> None:
    plan = peft_lora(tmp_path, {"lora_adapter_metadata": json.dumps(metadata)}, beside)
    assert [pair.factor for pair in plan.pairs] == [factor]


def test_strengths_of_single_layers_are_told(tmp_path: Path) -> None:
    said = json.dumps({"unet.lora_alpha": 8, "unet.alpha_pattern": {"to_k": 3}})
    assert "other strengths for single layers" in peft_lora(tmp_path, {"lora_adapter_metadata": said}).notes[0]
    assert peft_lora(tmp_path, {"lora_adapter_metadata": "[" * 10_000}).pairs[0].factor == 1.0
