"""Kinds of files that hold a classifier's weights in another form: packed, split, or as a change to another model."""

from mtgui.auditing.architectures.name_patterns import KindOfFile, has, mostly

_ORIGINAL = "mtgui audits the original: ask for a copy with float32, float16 or bfloat16 weights"
_LOAD_AND = "if you have the program that loads it: load it there,"
_MERGE = (
    "merge it into the model that it changes (in peft: merge_and_unload, then save the whole model), and audit the "
    "result if that classifies pictures; {} alone cannot be audited"
)

CHANGED_WEIGHTS = (
    KindOfFile(
        "a model with a LoRA that is not merged into it", _MERGE.format("a LoRA"), has(r"base_layer\.", r"lora_[AB]\b")
    ),
    KindOfFile(
        "an adapter, a change to another model: it holds no whole classifier",
        _MERGE.format("an adapter"),
        mostly(
            r"\.ia3_l\b|vera_lambda_[bd]\b|\.oft_[RrSs]\b|\.boft_[RrSs]\b|\.hra_u\b|\.adapters?\.\w+\.adapter_(?:down|up)\."
        ),
    ),
    KindOfFile(
        "quantised by bitsandbytes: its weights are packed into whole numbers",
        _ORIGINAL,
        has(r"(?:weight\.)?(?:absmax|quant_map|quant_state\.bitsandbytes__\w+|SCB|weight_format)$"),
    ),
    KindOfFile(
        "quantised by GPTQ or AWQ: its weights are packed into whole numbers",
        _ORIGINAL,
        has(r"qweight$", r"qzeros$|scales$"),
    ),
    KindOfFile(
        "quantised: its weights are packed into small numbers and scales",
        _ORIGINAL,
        has(
            r"weight_packed$|W_q$|weight_scale(?:_inv)?$|_packed_params(?:\.|$)|weight_quantizer\.|_weight_quantizer\."
        ),
    ),
    KindOfFile(
        "quantised by PyTorch, or prepared for it: layers have scales and zero points",
        _ORIGINAL,
        has(r"(?:activation_post_process|weight_fake_quant|fake_quant\w*)\.|zero_point$"),
    ),
    KindOfFile(
        "a pruned model: it holds weights before pruning and masks",
        f"{_LOAD_AND} call torch.nn.utils.prune.remove for each layer, and save it again",
        has(r"\w+_orig$", r"\w+_mask$"),
    ),
    KindOfFile(
        "a model with spectral normalisation: it holds weights before their division by a norm",
        f"{_LOAD_AND} call torch.nn.utils.remove_spectral_norm for each layer, and save it again",
        has(r"\w+_orig$", r"\w+_u$"),
    ),
    KindOfFile(
        "a model with parametrised weights: they are computed from other tensors when the model runs",
        f"{_LOAD_AND} call torch.nn.utils.parametrize.remove_parametrizations for each layer, and save it again",
        has(r"parametrizations\.\w+\.original\d*$|parametrizations\.\w+\.\d+\."),
    ),
    KindOfFile(
        "a model with weight normalisation: it holds length and direction of each weight apart",
        f"{_LOAD_AND} call torch.nn.utils.remove_weight_norm for each layer, and save it again",
        has(r"weight_g$", r"weight_v$"),
    ),
)
"""The first kind that fits counts; the names are those that torch, peft and tools for quantisation write."""
