"""Names, shapes and settings of strangers: recognition answers, or refuses in a sentence, and never breaks."""

import contextlib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mtgui.auditing.architectures.recognise import RecognitionError
from mtgui.auditing.diffusion.description import describe_plan
from mtgui.auditing.diffusion.families import usual_networks
from mtgui.auditing.diffusion.recognise import recognise_diffusion
from mtgui.reading.facts import ModelFacts, TensorFacts
from mtgui.reading.hints import hints_from

LAYERS = [name.removesuffix(".weight") for name in list(usual_networks("sd1")["unet"])[::40]]
BEGINNINGS = (
    "model.diffusion_model.",
    "first_stage_model.",
    "cond_stage_model.model.",
    "cond_stage_model.transformer.",
    "conditioner.embedders.1.model.",
    "unet/",
    "vae/",
    "text_encoder/",
    "unet.",
    "lora_unet_",
    "lora_te1_",
    "base_model.model.",
    "",
)
MIDDLES = (
    *LAYERS,
    "input_blocks.1.1",
    "output_blocks.2.1.conv",
    "encoder.down.0.block.0",
    "conv_in",
    "out.2",
    "transformer.resblocks.0.attn.in_proj_weight",
    "transformer.resblocks." + "9" * 900,
    "text_projection",
    "text_model.encoder.layers.0.layer_norm1",
    "text_model.embeddings.token_embedding",
    "time_embedding.linear_1",
    "down_blocks.0.resnets.0.conv1",
    "mid_block.resnets.0.conv1",
    "mid_block.attentions.0",
    "conv_norm_out",
    "down_blocks.99999999999999999999.resnets.0.conv1",
    "input_blocks.-1.0",
    "..",
    "ⅷ",
    "\ud800",
)
ENDS = (
    ".weight",
    ".bias",
    ".lora_down.weight",
    ".lora_up.weight",
    ".alpha",
    ".lora_A.weight",
    ".lora_B.weight",
    ".lora.up.weight",
    "_lora.down.weight",
    ".lora_mid.weight",
    "",
)
NAMES = st.builds(lambda *parts: "".join(parts), *map(st.sampled_from, (BEGINNINGS, MIDDLES, ENDS)))
SHAPES = st.lists(st.sampled_from([0, 1, 3, 4, 64, 320, 768, 1 << 40]), max_size=5).map(tuple)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 1 << 50),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.lists(st.integers(-1, 400), max_size=4),
)
CONFIG = st.dictionaries(
    st.sampled_from(
        [
            "sample_size",
            "norm_num_groups",
            "attention_head_dim",
            "beta_start",
            "block_out_channels",
            "prediction_type",
            "freq_shift",
            "_class_name",
            "hidden_act",
            "eos_token_id",
        ]
    ),
    VALUES.filter(lambda value: value is not None and not (isinstance(value, float) and abs(value) > 1e15)),
    max_size=4,
)


def facts(
    tensors: dict[str, tuple[int, ...]], config: dict[str, Any], pipeline: str, said: dict[str, str]
) -> ModelFacts:
    parts = {part: {"settings": config} for part in ("unet", "vae", "scheduler")} if pipeline else {}
    hints: dict[str, Any] = {
        "files": [],
        "class_names": None,
        "config": config,
        "processor": {},
        "parts": parts,
        "pipeline": pipeline,
    }
    listed = tuple(TensorFacts(name, "F32", shape) for name, shape in tensors.items())
    return ModelFacts(
        "safetensors", ("m",), listed, 0, "", "", (), (), (), (), (), hints=hints_from(hints), metadata=said
    )


@settings(max_examples=400, deadline=None)
@given(
    tensors=st.dictionaries(NAMES, SHAPES, min_size=1, max_size=12),
    config=CONFIG,
    pipeline=st.sampled_from(["", "X"]),
    said=st.dictionaries(st.sampled_from(["ss_epoch", "ss_datasets", "lora_adapter_metadata"]), st.text(max_size=20)),
)
def test_recognition_answers_or_refuses(
    tensors: dict[str, tuple[int, ...]], config: dict[str, Any], pipeline: str, said: dict[str, str]
) -> None:
    plan = None
    with contextlib.suppress(RecognitionError):
        plan = recognise_diffusion(facts(tensors, config, pipeline, said))
    assert plan is None or describe_plan(plan).headline
