"""Changes of a LoRA equal peft's own, can be switched off, and are refused where they do not fit."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from mtgui.auditing.diffusion.conditions import EMPTY_PROMPT
from mtgui.auditing.diffusion.merging import add_lora
from mtgui.auditing.diffusion.networks import load_networks
from mtgui.auditing.diffusion.plans import LoraPair
from mtgui.reading.errors import ModelError
from tests.auditing.diffusion.tiny_pipelines import denoiser, lora_file, random_lora, some_pixels, tiny

pytest.importorskip("diffusers")
pytest.importorskip("transformers")
LAYERS = ("linear", "point", "kernel")
SHAPES = {"linear": (6,), "point": (6, 5, 5), "kernel": (6, 5, 5)}
RANK, ALPHA = 3, 6.0


class Layers(nn.Module):
    """A linear layer, a convolution of 1 × 1 and one of 3 × 3."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(6, 7)
        self.point = nn.Conv2d(6, 8, 1)
        self.kernel = nn.Conv2d(6, 8, 3, padding=1)


def factors(layer: nn.Linear | nn.Conv2d, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return random factors (down, up) as files hold them."""
    shape = layer.weight.shape
    down = torch.randn((RANK, *shape[1:]), generator=generator)
    return down, torch.randn((shape[0], RANK, *[1] * (len(shape) - 2)), generator=generator)


@pytest.fixture
def layers() -> Layers:
    torch.manual_seed(0)
    return Layers().requires_grad_(False)


@pytest.mark.parametrize("name", LAYERS)
def test_a_change_is_that_of_peft(layers: Layers, name: str, tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    layer = layers.get_submodule(name)
    assert isinstance(layer, nn.Linear | nn.Conv2d)
    down, up = factors(layer, torch.Generator().manual_seed(1))
    given = torch.randn((4, *SHAPES[name]), generator=torch.Generator().manual_seed(2))
    config = peft.LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=[name])
    reference = peft.get_peft_model(_copy(layers), config).base_model.model.get_submodule(name)
    reference.lora_A["default"].weight.data = down
    reference.lora_B["default"].weight.data = up
    plain = layer(given)
    tensors = {"d": down, "u": up, "a": torch.tensor(ALPHA)}
    lora = lora_file(tmp_path, "sd1", [LoraPair("unet", name, "d", "u", RANK, "a")], tensors)
    switch = add_lora({"unet": layers}, lora.plan.pairs, lora.tensors, lora.path)
    assert torch.equal(layer(given), plain), "a change begins switched off"
    switch.is_on = True
    assert torch.allclose(layer(given), reference(given), atol=1e-5)
    assert (layer(given) - plain).abs().max() > 0.1
    switch.is_on = False
    assert torch.equal(layer(given), plain), "the weight of the base is as it was"


def _copy(layers: Layers) -> Layers:
    copy = Layers()
    copy.load_state_dict(layers.state_dict())
    return copy


def test_without_alpha_the_scale_is_one(layers: Layers, tmp_path: Path) -> None:
    down, up = factors(layers.linear, torch.Generator().manual_seed(1))
    weight = layers.linear.weight.clone()
    lora = lora_file(tmp_path, "sd1", [LoraPair("unet", "linear", "d", "u", RANK)], {"d": down, "u": up})
    add_lora({"unet": layers}, lora.plan.pairs, lora.tensors, lora.path).is_on = True
    assert torch.allclose(layers.linear.weight, weight + up @ down, atol=1e-6)


def test_a_middle_kernel_lies_between_both(layers: Layers, tmp_path: Path) -> None:
    """Three convolutions in a row are one with the product of their kernels."""
    generator = torch.Generator().manual_seed(1)
    down, up = torch.randn((RANK, 6, 1, 1), generator=generator), torch.randn((8, RANK, 1, 1), generator=generator)
    middle = torch.randn((RANK, RANK, 3, 3), generator=generator)
    given = torch.randn((2, 6, 5, 5), generator=generator)
    row = nn.functional.conv2d(nn.functional.conv2d(nn.functional.conv2d(given, down), middle, padding=1), up)
    expected = layers.kernel(given) + row * ALPHA / RANK
    tensors = {"d": down, "u": up, "m": middle, "a": torch.tensor([ALPHA])}
    lora = lora_file(tmp_path, "sd1", [LoraPair("unet", "kernel", "d", "u", RANK, "a", "m")], tensors)
    add_lora({"unet": layers}, lora.plan.pairs, lora.tensors, lora.path).is_on = True
    assert torch.allclose(layers.kernel(given), expected, atol=1e-4)


@pytest.mark.parametrize("wrong", ["layer", "shape", "alpha", "middle", "number"])
def test_changes_that_do_not_fit_are_refused(layers: Layers, wrong: str, tmp_path: Path) -> None:
    down, up = factors(layers.linear, torch.Generator().manual_seed(1))
    tensors = {"d": down, "u": up, "a": torch.tensor(1.0), "m": torch.ones(2, 2)}
    if wrong == "shape":
        tensors["u"] = up[:-1]
    if wrong == "alpha":
        tensors["a"] = torch.ones(2)
    if wrong == "number":
        tensors["d"] = down / 0
    name, middle = ("nowhere" if wrong == "layer" else "linear"), ("m" if wrong == "middle" else None)
    lora = lora_file(tmp_path, "sd1", [LoraPair("unet", name, "d", "u", RANK, "a", middle)], tensors)
    with pytest.raises(ModelError, match=r"base does not have|another shape|no numbers"):
        add_lora({"unet": layers}, lora.plan.pairs, lora.tensors, lora.path)


def test_text_encoders_are_changed_too(tmp_path: Path) -> None:
    """The base is asked with its own conditions, the LoRA with those of the changed encoder."""
    base = tiny(tmp_path / "b", "sdxl")
    prefix = "" if hasattr(base.modules["text_encoder"], "encoder") else "text_model."
    first = f"{prefix}encoder.layers.0.self_attn.q_proj"
    second = "text_model.encoder.layers.1.mlp.fc1"
    lora = random_lora(tmp_path / "l", base, {"text_encoder": [first], "text_encoder_2": [second]})
    networks = load_networks(lora, base.file, [EMPTY_PROMPT])
    assert networks.base is not None
    after, before = networks.audited.conditions, networks.base.conditions
    plain = load_networks(base.file, None, [EMPTY_PROMPT]).audited.conditions
    for name in ("hidden", "pooled"):
        assert torch.equal(getattr(before, name), getattr(plain, name))
        assert not torch.allclose(getattr(after, name), getattr(plain, name), atol=1e-4)
    ours = denoiser(networks)
    assert ours.losses(ours.encoded(some_pixels(2)), torch.zeros(2, dtype=torch.int64), 0).abs().min() > 0


def test_a_lora_shares_the_weights_of_its_base(tmp_path: Path) -> None:
    base = tiny(tmp_path / "b", "sd1")
    lora = random_lora(tmp_path / "l", base, {"unet": ["conv_in", "mid_block.attentions.0.proj_in"]})
    networks = load_networks(lora, base.file, [EMPTY_PROMPT])
    assert networks.base is not None
    assert networks.base.unet is networks.audited.unet


def test_a_lora_of_an_encoder_that_its_base_lacks(tmp_path: Path) -> None:
    base = tiny(tmp_path / "b", "sd1")
    pair = LoraPair("text_encoder_2", "x", "d", "u", 1)
    lora = lora_file(tmp_path / "l", "sd1", [pair], {"d": torch.ones(1, 1), "u": torch.ones(1, 1)})
    with pytest.raises(ModelError, match="changes a text_encoder_2"):
        load_networks(lora, base.file, [EMPTY_PROMPT])


def test_a_lora_computes_in_half_precision_too(tmp_path: Path) -> None:
    base = tiny(tmp_path / "b", "sd1")
    lora = random_lora(tmp_path / "l", base, {"unet": ["conv_in", "mid_block.attentions.0.proj_in"]})
    full = denoiser(load_networks(lora, base.file, [EMPTY_PROMPT]))
    half, labels = full.at_precision("half"), torch.zeros(3, dtype=torch.int64)
    latents = full.encoded(some_pixels(3))
    exact, rounded = full.losses(latents, labels, 0), half.losses(latents, labels, 0)
    assert rounded.dtype == torch.float64
    assert 0 < (exact - rounded).abs().max() < 0.1 * exact.abs().max()
