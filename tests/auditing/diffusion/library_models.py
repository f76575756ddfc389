"""Models of the library, tiny or with real sizes, and their weights under the names of other programs."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")
transformers = pytest.importorskip("transformers")

from mtgui.auditing.diffusion.ldm_names import UNET, vae_table  # noqa: E402
from mtgui.reading.dtypes import ITEM_SIZES  # noqa: E402
from mtgui.reading.safetensors import write_header  # noqa: E402

State = dict[str, Any]
REAL_UNETS: Mapping[str, dict[str, Any]] = {
    "sd1": {"cross_attention_dim": 768, "attention_head_dim": 8},
    "sd2": {"cross_attention_dim": 1024, "attention_head_dim": (5, 10, 20, 20), "use_linear_projection": True},
    "sdxl": {
        "block_out_channels": (320, 640, 1280),
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        "transformer_layers_per_block": (1, 2, 10),
        "attention_head_dim": (5, 10, 20),
        "cross_attention_dim": 2048,
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 256,
        "projection_class_embeddings_input_dim": 2816,
    },
}
_FOUR = {"down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4}
REAL_VAE = {**_FOUR, "block_out_channels": (128, 256, 512, 512), "layers_per_block": 2, "latent_channels": 4}
REAL_TEXTS: Mapping[str, list[dict[str, Any]]] = {
    "sd1": [{"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12}],
    "sd2": [
        {
            "hidden_size": 1024,
            "intermediate_size": 4096,
            "num_hidden_layers": 23,
            "num_attention_heads": 16,
            "hidden_act": "gelu",
        }
    ],
    "sdxl": [
        {"hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12},
        {
            "hidden_size": 1280,
            "intermediate_size": 5120,
            "num_hidden_layers": 32,
            "num_attention_heads": 20,
            "hidden_act": "gelu",
            "projection_dim": 1280,
        },
    ],
}
_SMALL = {"block_out_channels": (64, 128), "norm_num_groups": 32}
TINY_UNETS: Mapping[str, dict[str, Any]] = {
    "sd1": {
        **_SMALL,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "cross_attention_dim": 64,
        "attention_head_dim": 8,
    },
    "sd2": {
        **_SMALL,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "cross_attention_dim": 64,
        "attention_head_dim": (1, 2),
        "use_linear_projection": True,
    },
    "sdxl": {
        **_SMALL,
        "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
        "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
        "transformer_layers_per_block": (1, 2),
        "cross_attention_dim": 128,
        "attention_head_dim": (1, 2),
        "use_linear_projection": True,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 8,
        "projection_class_embeddings_input_dim": 32 + 6 * 8,
    },
}
TINY_VAE = {
    "block_out_channels": (32, 64),
    "down_block_types": ("DownEncoderBlock2D",) * 2,
    "up_block_types": ("UpDecoderBlock2D",) * 2,
    "layers_per_block": 2,
    "latent_channels": 4,
}
_TINY_TEXT: dict[str, Any] = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 3,
    "num_attention_heads": 1,
    "vocab_size": 300,
    "bos_token_id": 298,
    "eos_token_id": 299,
}
TINY_TEXTS: Mapping[str, list[dict[str, Any]]] = {
    "sd1": [_TINY_TEXT],
    "sd2": [{**_TINY_TEXT, "hidden_act": "gelu"}],
    "sdxl": [_TINY_TEXT, {**_TINY_TEXT, "hidden_act": "gelu", "projection_dim": 32}],
}


def networks(family: str, *, is_real: bool) -> dict[str, Any]:
    """Return the library's networks of a family by role: tiny and random, or without numbers and with real sizes."""
    torch.manual_seed(7)
    unets, vae, texts = (REAL_UNETS, REAL_VAE, REAL_TEXTS) if is_real else (TINY_UNETS, TINY_VAE, TINY_TEXTS)
    with torch.device("meta" if is_real else "cpu"):
        found = {"unet": diffusers.UNet2DConditionModel(**unets[family]), "vae": diffusers.AutoencoderKL(**vae)}
        for number, settings in enumerate(texts[family]):
            kind = transformers.CLIPTextModelWithProjection if number else transformers.CLIPTextModel
            found["text_encoder_2" if number else "text_encoder"] = kind(transformers.CLIPTextConfig(**settings))
    return found


def state_of(network: Any) -> State:
    """Return the state of a network; CLIP's names always begin with “text_model.”, as in files."""
    state = dict(network.state_dict())
    if not hasattr(network, "config") or network.config.__class__.__name__ != "CLIPTextConfig":
        return state
    return {
        name if name.startswith(("text_model.", "text_projection.")) else f"text_model.{name}": value
        for name, value in state.items()
    }


def as_ldm(family: str, found: Mapping[str, Any]) -> State:
    """Return the state of a whole model under Stable Diffusion's own names."""
    state = {f"model.diffusion_model.{name}": value for name, value in unet_as_ldm(state_of(found["unet"])).items()}
    state |= {f"first_stage_model.{name}": value for name, value in vae_as_ldm(state_of(found["vae"])).items()}
    text = state_of(found["text_encoder"])
    if family == "sd1":
        state |= {f"cond_stage_model.transformer.{name}": value for name, value in text.items()}
    elif family == "sd2":
        unused = {
            name.replace("layers.0.", f"layers.{found['text_encoder'].config.num_hidden_layers}."): torch.zeros_like(
                one
            )
            for name, one in text.items()
            if ".layers.0." in name
        }
        state |= {f"cond_stage_model.model.{name}": one for name, one in as_open_clip({**text, **unused}).items()}
        state["cond_stage_model.model.text_projection"] = torch.zeros(4, 4)
        state["cond_stage_model.model.logit_scale"] = torch.zeros(())
    else:
        state |= {f"conditioner.embedders.0.transformer.{name}": value for name, value in text.items()}
        second = as_open_clip(state_of(found["text_encoder_2"]))
        state |= {f"conditioner.embedders.1.model.{name}": value for name, value in second.items()}
    return state


def unet_as_ldm(state: State) -> State:
    """Return a UNet's state under its own names; the upsampler's index tells whether attention stands before it."""
    inverse = {new: old for old, new in UNET.items() if not old.endswith(".conv")}
    renamed = {}
    for name, value in state.items():
        parts = name.split(".")
        if ".upsamplers." in name:
            level = int(parts[1])
            place = 2 if f"up_blocks.{level}.attentions.0.norm.weight" in state else 1
            renamed[f"output_blocks.{3 * level + 2}.{place}.conv.{parts[-1]}"] = value
            continue
        cut = next(cut for cut in range(len(parts), 0, -1) if ".".join(parts[:cut]) in inverse)
        renamed[".".join([inverse[".".join(parts[:cut])], *parts[cut:]])] = value
    return renamed


def vae_as_ldm(state: State) -> State:
    """Return a VAE's state under its own names, with attention as kernels of one pixel."""
    levels = sum(name.startswith("encoder.down_blocks.") and name.endswith(".resnets.0.conv1.weight") for name in state)
    inverse = {new: old for old, new in vae_table(levels).items()}
    renamed = {}
    for name, value in state.items():
        parts = name.split(".")
        cut = next(cut for cut in range(len(parts), 0, -1) if ".".join(parts[:cut]) in inverse)
        is_kernel = ".attentions." in name and value.ndim == 2
        renamed[".".join([inverse[".".join(parts[:cut])], *parts[cut:]])] = (
            value[..., None, None] if is_kernel else value
        )
    return renamed


def as_open_clip(state: State) -> State:
    """Return a text encoder's state under OpenCLIP's names."""
    renamed: State = {}
    plain = {
        "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
        "text_model.embeddings.position_embedding.weight": "positional_embedding",
        "text_model.final_layer_norm.weight": "ln_final.weight",
        "text_model.final_layer_norm.bias": "ln_final.bias",
    }
    words = {"layer_norm1": "ln_1", "layer_norm2": "ln_2", "mlp.fc1": "mlp.c_fc", "mlp.fc2": "mlp.c_proj"}
    for name, value in state.items():
        if name in plain:
            renamed[plain[name]] = value
        elif name == "text_projection.weight":
            renamed["text_projection"] = value.T
        elif "q_proj" in name:
            joined = torch.cat([state[name.replace("q_proj", f"{part}_proj")] for part in "qkv"])
            new = name.replace("text_model.encoder.layers", "transformer.resblocks").replace("self_attn", "attn")
            renamed[new.replace("q_proj.", "in_proj_")] = joined
        elif "k_proj" not in name and "v_proj" not in name:
            new = name.replace("text_model.encoder.layers", "transformer.resblocks").replace("self_attn", "attn")
            for old, short in words.items():
                new = new.replace(old, short)
            renamed[new] = value
    return renamed


def save(path: Path, state: Mapping[str, Any], metadata: Mapping[str, str] | None = None) -> Path:
    """Write ``state`` with the library of the format."""
    from safetensors.torch import save_file

    save_file({name: value.contiguous() for name, value in state.items()}, path, dict(metadata) if metadata else None)
    return path


def save_hollow(path: Path, shapes: Mapping[str, tuple[int, ...]], dtype: str = "F16") -> Path:
    """Write a file with tensors of ``shapes`` that takes no space on the disk: after its header it is a hole."""
    with path.open("wb") as file:
        write_header(file, {name: (dtype, shape) for name, shape in shapes.items()})
        numbers = 0
        for shape in shapes.values():
            product = 1
            for length in shape:
                product *= length
            numbers += product
        file.truncate(file.tell() + numbers * ITEM_SIZES[dtype])
    return path


def save_folder(folder: Path, found: Mapping[str, Any], family: str) -> Path:
    """Write a folder in the library's layout, with a scheduler."""
    folder.mkdir()
    listed: dict[str, Any] = {"_class_name": "StableDiffusionXLPipeline" if family == "sdxl" else "StableDiffusion"}
    for role, network in found.items():
        is_text = role.startswith("text")
        (folder / role).mkdir()
        name = "model" if is_text else "diffusion_pytorch_model"
        save(folder / role / f"{name}.safetensors", state_of(network))
        if is_text:
            (folder / role / "config.json").write_text(network.config.to_json_string(), encoding="utf-8")
        else:
            network.save_config(folder / role)
        listed[role] = ["diffusers" if role in ("unet", "vae") else "transformers", type(network).__name__]
    diffusers.DDIMScheduler(
        beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, prediction_type="v_prediction"
    ).save_pretrained(folder / "scheduler")
    listed["scheduler"] = ["diffusers", "DDIMScheduler"]
    (folder / "model_index.json").write_text(json.dumps(listed), encoding="utf-8")
    return folder
