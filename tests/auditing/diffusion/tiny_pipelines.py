"""Shared by the tests of diffusion models: tiny models of the library with random weights, and files of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mtgui.auditing.architectures.offline import offline
from mtgui.auditing.diffusion.denoiser import Denoiser
from mtgui.auditing.diffusion.networks import DiffusionNetworks, LoraFile, ModelFile
from mtgui.auditing.diffusion.plans import (
    DiffusionPlan,
    Family,
    LoraPair,
    LoraPlan,
    LoraSays,
    NetworkPlan,
    NoiseSchedule,
    Role,
    WeightPart,
)
from mtgui.auditing.diffusion.schedule import DenoisingStep, StepPlan
from mtgui.auditing.engine.devices import choose_device
from tests.auditing.tiny_networks import tensor_file

SCHEDULE = NoiseSchedule("scaled_linear", 0.00085, 0.012, 1000, "a test")
SIDE = 32
FEW = StepPlan((100, 500), 1)
_BLOCKS = {
    "block_out_channels": (32, 64),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
    "layers_per_block": 1,
    "norm_num_groups": 8,
    "sample_size": 16,
    "in_channels": 4,
}
UNET = {**_BLOCKS, "cross_attention_dim": 32, "attention_head_dim": 4}
UNET_XL = {
    **_BLOCKS,
    "cross_attention_dim": 64,
    "attention_head_dim": (2, 4),
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 8,
    "projection_class_embeddings_input_dim": 6 * 8 + 24,
}
PIXELS = {
    "block_out_channels": (32, 64),
    "down_block_types": ("DownBlock2D", "AttnDownBlock2D"),
    "up_block_types": ("AttnUpBlock2D", "UpBlock2D"),
    "layers_per_block": 1,
    "norm_num_groups": 8,
    "sample_size": SIDE,
    "in_channels": 3,
}
VAE = {
    "block_out_channels": (16, 32),
    "down_block_types": ("DownEncoderBlock2D",) * 2,
    "up_block_types": ("UpDecoderBlock2D",) * 2,
    "layers_per_block": 1,
    "norm_num_groups": 8,
    "latent_channels": 4,
    "sample_size": SIDE,
}
TEXT = {
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "projection_dim": 24,
    "vocab_size": 49408,
    "max_position_embeddings": 77,
    "hidden_act": "gelu",
}
KINDS: Mapping[Family, Mapping[Role, tuple[str, Mapping[str, Any]]]] = {
    "sd1": {
        "unet": ("UNet2DConditionModel", UNET),
        "vae": ("AutoencoderKL", VAE),
        "text_encoder": ("CLIPTextModel", {**TEXT, "hidden_act": "quick_gelu"}),
    },
    "sdxl": {
        "unet": ("UNet2DConditionModel", UNET_XL),
        "vae": ("AutoencoderKL", VAE),
        "text_encoder": ("CLIPTextModel", {**TEXT, "hidden_act": "quick_gelu"}),
        "text_encoder_2": ("CLIPTextModelWithProjection", TEXT),
    },
    "pixel": {"unet": ("UNet2DModel", PIXELS)},
}


@dataclass(frozen=True)
class Tiny:
    """The library's own networks with random weights, by role, and a file that holds the weights."""

    modules: Mapping[Role, Any]
    file: ModelFile


def tiny(folder: Path, family: Family, seed: int = 0, schedule: NoiseSchedule = SCHEDULE) -> Tiny:
    """Return a tiny model of ``family``; its weights follow from ``seed``."""
    folder.mkdir(exist_ok=True)
    kinds = KINDS[family]
    modules = {role: _module(kind, settings, seed) for role, (kind, settings) in kinds.items()}
    plans = {role: _plan(role, *kinds[role], modules[role]) for role in kinds}
    state = {
        f"{role}.{name}": tensor for role, module in modules.items() for name, tensor in module.state_dict().items()
    }
    scale = 1.0 if family == "pixel" else 0.18215
    plan = DiffusionPlan(family, f"a tiny {family}", "folder", SIDE, plans, schedule, scale)
    if family == "sdxl":
        plan = replace(plan, text_layer=2, has_final_norm=False)
    return Tiny(modules, ModelFile(plan, tensor_file(folder, state), folder / "model"))


def _module(kind: str, settings: Mapping[str, Any], seed: int) -> Any:
    with offline():
        import diffusers
        import transformers
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if kind.startswith("CLIP"):
            module = getattr(transformers, kind)(transformers.CLIPTextConfig(**settings))
        else:
            module = getattr(diffusers, kind)(**settings)
        return randomised(module)


def randomised(module: nn.Module) -> nn.Module:
    """Give all weights that begin as constants random values, too, so that each of them has a say."""
    for parameter in module.parameters():
        if bool((parameter == parameter.reshape(-1)[0]).all()):
            parameter.data += 0.2 * torch.randn(parameter.shape)
    return module.eval().requires_grad_(False)


def _plan(role: Role, kind: str, settings: Mapping[str, Any], module: nn.Module) -> NetworkPlan:
    # Files of all versions of the library have this prefix.
    prefix = "text_model." if kind == "CLIPTextModel" and not hasattr(module, "text_model") else ""
    return NetworkPlan(
        role,
        kind,
        settings,
        {
            f"{prefix}{name}": WeightPart(f"{role}.{name}", tuple(tensor.shape))
            for name, tensor in module.state_dict().items()
        },
    )


def lora_file(folder: Path, family: Family, pairs: Sequence[LoraPair], tensors: Mapping[str, Tensor]) -> LoraFile:
    folder.mkdir(exist_ok=True)
    plan = LoraPlan(family, "a LoRA", "kohya", tuple(pairs), LoraSays())
    return LoraFile(plan, tensor_file(folder, tensors), folder / "lora.safetensors")


def denoiser(networks: DiffusionNetworks, steps: Sequence[DenoisingStep] | None = None) -> Denoiser:
    return Denoiser(networks, steps or FEW.steps_of(networks.plan.schedule), choose_device("cpu"))


def some_pixels(count: int, side: int = SIDE, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 3, side, side), generator=generator, dtype=torch.uint8)


def random_lora(folder: Path, model: Tiny, layers: Mapping[Role, Sequence[str]], rank: int = 4) -> LoraFile:
    """Return a LoRA that changes ``layers``, with alphas that make a scale of ½."""
    generator = torch.Generator().manual_seed(7)
    pairs, tensors = [], {}
    for role, names in layers.items():
        for name in names:
            weight = model.modules[role].get_submodule(name).weight
            key = f"{role}.{name}"
            down_shape, up_shape = (rank, *weight.shape[1:]), (weight.shape[0], rank, *[1] * (weight.ndim - 2))
            tensors[f"{key}.down"] = 0.2 * torch.randn(down_shape, generator=generator)
            tensors[f"{key}.up"] = 0.2 * torch.randn(up_shape, generator=generator)
            tensors[f"{key}.alpha"] = torch.tensor(rank / 2)
            pairs.append(LoraPair(role, name, f"{key}.down", f"{key}.up", rank, f"{key}.alpha"))
    return lora_file(folder, model.file.plan.family, pairs, tensors)
