"""The kinds of networks whose patches attend to one another: what their config.json may say."""

from collections.abc import Mapping
from dataclasses import replace

from mtgui.auditing.architectures.transformers.library.checks import (
    ACTIVATION,
    DEPTH,
    DEPTHS,
    EPSILON,
    FLAG,
    FLAGS,
    SHARE,
    SHARES,
    SIDE,
    SMALL,
    SMALLS,
    WIDTH,
    WIDTHS,
    several_of,
)
from mtgui.auditing.architectures.transformers.library.kind import IMAGENET, PYRAMID, SEGMENTING, SIZE, Kind, square
from mtgui.auditing.preprocessing import IMAGENET_MEAN, IMAGENET_STD, Preprocessing

_CLIP_MEAN, _CLIP_STD = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
_GLOBAL = 64
"""Most patches along a side where each patch attends to all others."""
_VIT = {
    "hidden_size": WIDTH,
    "num_hidden_layers": DEPTH,
    "num_attention_heads": WIDTH,
    "hidden_act": ACTIVATION,
    "layer_norm_eps": EPSILON,
    "patch_size": SIDE,
}
_MLP = {"intermediate_size": WIDTH}
_BIAS = {"qkv_bias": FLAG}
_BEIT = {
    **(_VIT | _MLP | SIZE),
    "use_mask_token": FLAG,
    "use_absolute_position_embeddings": FLAG,
    "use_relative_position_bias": FLAG,
    "use_shared_relative_position_bias": FLAG,
    "layer_scale_init_value": SHARE,
    "use_mean_pooling": FLAG,
}
_SWIN = {
    **SIZE,
    "patch_size": SIDE,
    "embed_dim": WIDTH,
    "depths": DEPTHS,
    "num_heads": WIDTHS,
    "window_size": SMALL,
    "mlp_ratio": SHARE,
    "qkv_bias": FLAG,
    "hidden_act": ACTIVATION,
    "layer_norm_eps": EPSILON,
    "use_absolute_embeddings": FLAG,
}
_DERIVED_OF_SWIN = frozenset(
    {"hidden_size", "num_layers", "num_hidden_layers", "encoder_stride", "path_norm", "patch_norm"}
)
_DINO = {**(_VIT | SIZE | _BIAS), "mlp_ratio": WIDTH, "use_swiglu_ffn": FLAG}
_UNUSED_OF_DINO = frozenset({"layerscale_value", "apply_layernorm", "reshape_hidden_states"})
_PYRAMID_ATTENTION = {
    **PYRAMID,
    "num_attention_heads": WIDTHS,
    "mlp_ratios": WIDTHS,
    "hidden_act": ACTIVATION,
    "layer_norm_eps": EPSILON,
}
_TWO_TOWERS = frozenset({"projection_dim", "logit_scale_init_value", "initializer_factor"})

_CLIP = Kind(
    "CLIP",
    "CLIP",
    _VIT | _MLP | SIZE,
    Preprocessing(224, (224, 224), "bicubic", _CLIP_MEAN, _CLIP_STD),
    _TWO_TOWERS,
    "vision_config",
    _GLOBAL,
    has_fixed_size=True,
    prefix="vision_model",
)
ATTENTION_KINDS: Mapping[str, Kind] = {
    "beit": Kind("Beit", "BEiT", _BEIT, square(), SEGMENTING, most_across=_GLOBAL, has_fixed_size=True),
    "data2vec-vision": Kind(
        "Data2VecVision", "Data2Vec", _BEIT, square(), SEGMENTING, most_across=_GLOBAL, has_fixed_size=True
    ),
    "swin": Kind("Swin", "Swin", _SWIN, square(IMAGENET_MEAN, IMAGENET_STD), _DERIVED_OF_SWIN),
    "swinv2": Kind(
        "Swinv2",
        "Swin V2",
        {**_SWIN, "pretrained_window_sizes": SMALLS},
        square(IMAGENET_MEAN, IMAGENET_STD),
        _DERIVED_OF_SWIN,
    ),
    "dinov2": Kind(
        "Dinov2",
        "DINOv2",
        {**_DINO, "use_mask_token": FLAG},
        IMAGENET,
        _UNUSED_OF_DINO,
        most_across=_GLOBAL,
        is_shown_that_size=False,
        required={"use_swiglu_ffn": False},
    ),
    "dinov2_with_registers": Kind(
        "Dinov2WithRegisters",
        "DINOv2 with registers",
        {**_DINO, "num_register_tokens": SMALL},
        IMAGENET,
        _UNUSED_OF_DINO,
        most_across=_GLOBAL,
        is_shown_that_size=False,
        required={"use_swiglu_ffn": False},
    ),
    "siglip": Kind(
        "Siglip",
        "SigLIP",
        {**(_VIT | _MLP | SIZE), "vision_use_head": FLAG},
        square(),
        _TWO_TOWERS,
        "vision_config",
        _GLOBAL,
        has_fixed_size=True,
        prefix="vision_model",
    ),
    "clip": _CLIP,
    "metaclip_2": replace(_CLIP, name="MetaClip2", title="MetaCLIP 2"),
    "vit_msn": Kind(
        "ViTMSN",
        "ViT MSN",
        _VIT | _MLP | SIZE | _BIAS,
        square(IMAGENET_MEAN, IMAGENET_STD),
        most_across=_GLOBAL,
        has_fixed_size=True,
        prefix="vit",
    ),
    "cvt": Kind(
        "Cvt",
        "CvT",
        {
            "patch_sizes": WIDTHS,
            "patch_stride": SMALLS,
            "patch_padding": SMALLS,
            "embed_dim": WIDTHS,
            "num_heads": WIDTHS,
            "depth": DEPTHS,
            "mlp_ratio": SHARES,
            "qkv_bias": FLAGS,
            "cls_token": FLAGS,
            "kernel_qkv": SMALLS,
            "padding_kv": SMALLS,
            "stride_kv": SMALLS,
            "padding_q": SMALLS,
            "stride_q": SMALLS,
            "layer_norm_eps": EPSILON,
            "qkv_projection_method": several_of("dw_bn", "avg"),
        },
        IMAGENET,
    ),
    "hiera": Kind(
        "Hiera",
        "Hiera",
        {
            **SIZE,
            "patch_size": SIDE,
            "patch_stride": SIDE,
            "patch_padding": SMALLS,
            "embed_dim": WIDTH,
            "mlp_ratio": SHARE,
            "depths": DEPTHS,
            "num_heads": WIDTHS,
            "embed_dim_multiplier": SHARE,
            "num_query_pool": SMALL,
            "query_stride": SIDE,
            "masked_unit_size": SIDE,
            "masked_unit_attention": FLAGS,
            "hidden_act": ACTIVATION,
            "layer_norm_eps": EPSILON,
        },
        IMAGENET,
        frozenset({"layer_norm_init", "normalize_pixel_loss", "mask_ratio", "hidden_size", "num_layers"})
        | {"decoder_hidden_size", "decoder_depth", "decoder_num_heads"},
        has_fixed_size=True,
    ),
    "pvt": Kind(
        "Pvt",
        "PVT",
        {**(_PYRAMID_ATTENTION | SIZE | _BIAS), "sequence_reduction_ratios": SMALLS},
        square(IMAGENET_MEAN, IMAGENET_STD),
    ),
    "pvt_v2": Kind(
        "PvtV2",
        "PVT v2",
        {**(_PYRAMID_ATTENTION | SIZE | _BIAS), "sr_ratios": SMALLS, "linear_attention": FLAG},
        square(IMAGENET_MEAN, IMAGENET_STD),
    ),
    "segformer": Kind(
        "Segformer",
        "SegFormer",
        {**_PYRAMID_ATTENTION, "sr_ratios": SMALLS, "reshape_last_stage": FLAG},
        square(IMAGENET_MEAN, IMAGENET_STD, 512),
        SEGMENTING | {"image_size", "downsampling_rates"},
        is_shown_that_size=False,
    ),
}
"""The kinds, by ``model_type`` in config.json."""
