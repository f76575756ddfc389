"""The settings of the library's classes that no shape shows: from a file of settings if there is one, in bounds.

What a file says against the shapes, or of a network that mtgui does not build, is refused.
"""

from collections.abc import Mapping
from typing import Any, Literal

from mtgui.auditing.diffusion.plans import NoiseSchedule, Prediction
from mtgui.reading.errors import RefusalError, quoted
from mtgui.reading.hints import Settings, Value

_UNET_FIXED: Mapping[str, Value | None] = {
    "center_input_sample": False,
    "flip_sin_to_cos": True,
    "freq_shift": 0,
    "mid_block_type": "UNetMidBlock2DCrossAttn",
    "only_cross_attention": False,
    "downsample_padding": 1,
    "mid_block_scale_factor": 1,
    "act_fn": "silu",
    "dual_cross_attention": False,
    "class_embed_type": None,
    "num_class_embeds": None,
    "encoder_hid_dim": None,
    "encoder_hid_dim_type": None,
    "resnet_time_scale_shift": "default",
    "resnet_skip_time_act": False,
    "resnet_out_scale_factor": 1.0,
    "time_embedding_type": "positional",
    "time_embedding_dim": None,
    "time_embedding_act_fn": None,
    "timestep_post_act": None,
    "time_cond_proj_dim": None,
    "conv_in_kernel": 3,
    "conv_out_kernel": 3,
    "attention_type": "default",
    "class_embeddings_concat": False,
    "cross_attention_norm": None,
    "reverse_transformer_layers_per_block": None,
    "num_attention_heads": None,
    "mid_block_only_cross_attention": None,
}
_PIXEL_FIXED: Mapping[str, Value | None] = {
    "time_embedding_type": "positional",
    "time_embedding_dim": None,
    "mid_block_type": "UNetMidBlock2D",
    "mid_block_scale_factor": 1,
    "downsample_type": "conv",
    "upsample_type": "conv",
    "act_fn": "silu",
    "attn_norm_num_groups": None,
    "resnet_time_scale_shift": "default",
    "class_embed_type": None,
    "num_class_embeds": None,
    "center_input_sample": False,
}
_VAE_FIXED: Mapping[str, Value | None] = {
    "act_fn": "silu",
    "use_quant_conv": True,
    "use_post_quant_conv": True,
    "mid_block_add_attention": True,
    "latents_mean": None,
    "latents_std": None,
}
_KINDS: Mapping[str, Literal["linear", "scaled_linear", "squaredcos_cap_v2"]] = {
    "linear": "linear",
    "scaled_linear": "scaled_linear",
    "squaredcos_cap_v2": "squaredcos_cap_v2",
}
LARGEST_SIDE = 4096
"""Of pictures, in pixels."""
_MOST_GROUPS, _MOST_HEADS = 512, 1024


def unet_choices(config: Settings, shapes: Mapping[str, Any], heads: int | tuple[int, ...]) -> dict[str, Any]:
    """Return complete settings of a `UNet2DConditionModel`: those from ``shapes`` and those that they do not show.

    heads: how many each level has, where ``config`` does not say. Raises RefusalError, SettingError.
    """
    _check(config, _UNET_FIXED, shapes)
    levels = len(shapes["block_out_channels"])
    said = config.values.get("attention_head_dim")
    if isinstance(said, tuple):
        heads = config.wholes("attention_head_dim", _MOST_HEADS) or heads
    else:
        heads = config.whole("attention_head_dim", _MOST_HEADS) or heads
    each = heads if isinstance(heads, tuple) else (heads,) * levels
    if len(each) != levels or any(width % many for width, many in zip(shapes["block_out_channels"], each, strict=True)):
        raise RefusalError(f"the widths of its UNet cannot be shared among {heads} heads of attention")
    return {
        **shapes,
        "attention_head_dim": heads,
        "addition_time_embed_dim": config.whole("addition_time_embed_dim", 1 << 14)
        if shapes["addition_embed_type"]
        else None,
        "upcast_attention": config.flag("upcast_attention") or False,
        **_norms(config),
    }


def pixel_choices(config: Settings, shapes: Mapping[str, Any]) -> dict[str, Any]:
    """Return complete settings of a `UNet2DModel`, as `unet_choices` does."""
    _check(config, _PIXEL_FIXED, shapes)
    heads = config.whole("attention_head_dim", _MOST_HEADS)
    if heads is None and "attention_head_dim" not in config.nulls:
        heads = 8
    has_attention = [width for width, one in _attention_widths(shapes) if one]
    if heads is not None and any(width % heads for width in has_attention):
        raise RefusalError(f"the widths of its UNet are no multiples of {heads}, the width of a head of attention")
    shift, padding = config.values.get("freq_shift", 0), config.values.get("downsample_padding", 1)
    if shift not in (0, 1) or padding not in (0, 1):
        raise RefusalError(f"{config.place} has a “freq_shift” or a “downsample_padding” that is neither 0 nor 1")
    flip = config.flag("flip_sin_to_cos")
    return {
        **shapes,
        "attention_head_dim": heads,
        "freq_shift": int(shift),
        "downsample_padding": int(padding),
        "flip_sin_to_cos": True if flip is None else flip,
        **_norms(config),
    }


def vae_choices(config: Settings, shapes: Mapping[str, Any], latent_scale: float) -> dict[str, Any]:
    """Return complete settings of an `AutoencoderKL`, as `unet_choices` does."""
    _check(config, _VAE_FIXED, shapes)
    scale = config.number("scaling_factor")
    if scale is not None and not 1e-3 <= scale <= 1e3:
        raise RefusalError(f"{config.place} has a “scaling_factor” that makes no sense, {scale}")
    shift = config.number("shift_factor")
    if shift is not None and abs(shift) > 1e3:
        raise RefusalError(f"{config.place} has a “shift_factor” that makes no sense, {shift}")
    return {
        **shapes,
        "norm_num_groups": config.whole("norm_num_groups", _MOST_GROUPS) or 32,
        "scaling_factor": scale or latent_scale,
        "shift_factor": shift,
    }


def text_choices(config: Settings, shapes: Mapping[str, Any], activation: str) -> dict[str, Any]:
    """Return complete settings of a text encoder, as `unet_choices` does; activation: where ``config`` says none."""
    _check(config, {}, {name: value for name, value in shapes.items() if name != "projection_dim"})
    said = config.text("hidden_act") or activation
    if said not in ("quick_gelu", "gelu"):
        raise RefusalError(f"{config.place} has the activation {quoted(said)}, which no text encoder of CLIP has")
    width = shapes["hidden_size"]
    heads = config.whole("num_attention_heads", _MOST_HEADS) or max(1, width // 64)
    if width % heads:
        raise RefusalError(f"the width of its text encoder, {width:,}, cannot be shared among {heads} heads")
    words = shapes["vocab_size"]
    end = config.whole("eos_token_id")
    return {
        **shapes,
        "num_attention_heads": heads,
        "hidden_act": said,
        "layer_norm_eps": _small(config, "layer_norm_eps", 1e-5),
        "eos_token_id": words - 1 if end is None else end,
        "bos_token_id": max(words - 2, 0),
        "pad_token_id": None,
    }


def schedule_from(config: Settings, usual: NoiseSchedule) -> tuple[NoiseSchedule, tuple[str, ...]]:
    """Return the schedule that ``config`` says, else the ``usual`` one, and sentences about it. Raises RefusalError."""
    if not config.values:
        return usual, ()
    said = config.text("beta_schedule") or "linear"
    kind = _KINDS.get(said)
    if kind is None or config.values.get("trained_betas") is not None:
        raise RefusalError(f"{config.place} has the schedule of noise {quoted(said)}, which mtgui does not compute")
    first, last = config.number("beta_start"), config.number("beta_end")
    first, last = 0.0001 if first is None else first, 0.02 if last is None else last
    if not 0 < first <= last < 1:
        raise RefusalError(f"{config.place} has a schedule of noise from {first} to {last}, which is impossible")
    steps = config.whole("num_train_timesteps", 10_000) or 1000
    notes: tuple[str, ...] = ()
    if config.flag("rescale_betas_zero_snr"):
        notes = ("Its schedule of noise is stretched to end in pure noise; mtgui computes it without that.",)
    prediction = as_prediction(config.text("prediction_type"))
    if prediction is None and config.text("prediction_type"):
        raise RefusalError(f"{config.place} has the prediction {quoted(config.text('prediction_type'))}, no noise")
    found = NoiseSchedule(kind, first, last, steps, config.origin, prediction or "epsilon")
    return found, notes


def as_prediction(text: str | None) -> Prediction | None:
    """Return what a network predicts, from one of the words for it; None for others."""
    words: Mapping[str, Prediction] = {
        "epsilon": "epsilon",
        "v": "v_prediction",
        "v_prediction": "v_prediction",
        "v-prediction": "v_prediction",
    }
    return words.get((text or "").strip().lower())


def side_from(config: Settings, scale: int = 1) -> int | None:
    """Return the side in pixels of the pictures that ``config`` says, None without one that makes sense.

    scale: pixels for each number of a network's input, on a side.
    """
    side = config.values.get("sample_size")
    return side * scale if type(side) is int and 1 <= side * scale <= LARGEST_SIDE else None


def _attention_widths(shapes: Mapping[str, Any]) -> list[tuple[int, bool]]:
    widths = shapes["block_out_channels"]
    down = [(width, kind.startswith("Attn")) for width, kind in zip(widths, shapes["down_block_types"], strict=True)]
    up = [(width, kind.startswith("Attn")) for width, kind in zip(widths[::-1], shapes["up_block_types"], strict=True)]
    return [*down, *up, (widths[-1], shapes["add_attention"])]


def _norms(config: Settings) -> dict[str, Any]:
    groups = config.whole("norm_num_groups", _MOST_GROUPS) or 32
    return {"norm_num_groups": groups, "norm_eps": _small(config, "norm_eps", 1e-5)}


def _small(config: Settings, name: str, usual: float) -> float:
    value = config.number(name)
    if value is not None and not 0 < value < 0.1:
        raise RefusalError(f"{config.place} has a {quoted(name)} that makes no sense, {value}")
    return usual if value is None else value


def _check(config: Settings, fixed: Mapping[str, Value | None], shapes: Mapping[str, Any]) -> None:
    """Raise RefusalError if ``config`` says another value than the ``fixed`` ones, or than the shapes show."""
    for name, value in fixed.items():
        said = config.values.get(name)
        if name in config.unread or (said is not None and said != value):
            shown = quoted(said) if said is not None else "a value of an unusual kind"
            raise RefusalError(f"{config.place} says that {quoted(name)} is {shown}, which mtgui does not build")
    for name, value in shapes.items():
        said = config.values.get(name)
        alike = (value, value[0]) if isinstance(value, tuple) and len(set(value)) == 1 else (value,)
        if said is not None and said not in alike and not _are_equal_depths(name, said, value):
            raise RefusalError(
                f"{config.place} says that {quoted(name)} is {quoted(said)}, and its weights say {value}"
            )


def _are_equal_depths(name: str, said: Value, value: Any) -> bool:
    """True for depths that differ only where a level has no attention, so that no weight shows its depth."""
    if name != "transformer_layers_per_block":
        return False
    depths = said if isinstance(said, tuple) else (said,) * len(value)
    return len(depths) == len(value) and all(a == b or b == 1 for a, b in zip(depths, value, strict=True))
