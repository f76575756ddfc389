"""Makes the arguments of transformers' configuration from a stranger's config.json: checked, and nothing besides."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mtgui.auditing.architectures.transformers.library.checks import MOST_LAYERS
from mtgui.auditing.architectures.transformers.library.kind import Kind
from mtgui.auditing.architectures.transformers.library.kinds import KINDS
from mtgui.reading.errors import quoted
from mtgui.reading.hints import SettingError, Settings, Value

_CODE = ("auto_map", "custom_pipelines", "trust_remote_code")
_OWN_FILE = "give the Python file that builds the network (--architecture-file net.py:factory --trust-code)"
_ONLY_IN_TRAINING = frozenset(
    {"hidden_dropout_prob", "attention_probs_dropout_prob", "classifier_dropout_prob", "attention_dropout", "dropout"}
    | {"drop_path_rate", "drop_rate", "attention_drop_rate", "dropout_rate", "drop_connect_rate", "layerdrop"}
    | {"attn_dropout", "ffn_dropout", "drop_mlp_rate", "drop_conv_encoder_rate", "initializer_range", "dropout_prob"}
    | {"initializer_factor", "classifier_dropout", "hidden_dropout", "label_smoothing", "gradient_checkpointing"}
)
"""Settings that count in training only: a trained network answers the same whatever they are."""
_DESCRIBING = frozenset(
    {"model_type", "architectures", "transformers_version", "torch_dtype", "dtype", "problem_type", "num_labels"}
    | {"_name_or_path", "_commit_hash", "name_or_path", "finetuning_task", "num_channels", "task_specific_params"}
    | {"return_dict", "output_attentions", "output_hidden_states", "use_cache", "use_bfloat16", "torchscript"}
    | {"tie_word_embeddings", "chunk_size_feed_forward", "attn_implementation", "_attn_implementation"}
    | {
        "_num_labels",
        "loss_type",
        "_attn_implementation_autoset",
        "_attn_implementation_internal",
        "_experts_implementation",
    }
    | {"out_features", "out_indices", "stage_names", "tokenizer_class", "return_unused_kwargs", "tf_legacy_loss"}
    | {"bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "decoder_start_token_id", "prefix"}
    | {"max_length", "min_length", "do_sample", "early_stopping", "num_beams", "num_beam_groups", "temperature"}
    | {
        "diversity_penalty",
        "top_k",
        "top_p",
        "typical_p",
        "repetition_penalty",
        "length_penalty",
        "begin_suppress_tokens",
    }
    | {"no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "num_return_sequences", "output_scores"}
    | {"return_dict_in_generate", "forced_bos_token_id", "forced_eos_token_id", "remove_invalid_values"}
    | {"exponential_decay_length_penalty", "suppress_tokens", "bad_words_ids"}
)
"""Settings that describe a file, or that only models of texts follow. Number of channels and kind are checked apart."""
_MUST_BE_FALSE = frozenset({"is_decoder", "is_encoder_decoder", "add_cross_attention", "cross_attention_hidden_size"})
_TEXTS = ("text_config", "text_config_dict")
_TABLES = ("id2label", "label2id")


def checked_arguments(name: str, config: Settings, tensors: int) -> dict[str, Any]:
    """Return the settings of the kind ``name`` in ``config``, as transformers' class for them wants them.

    tensors: how many the file has; it has more than layers. Raises SettingError for code of a stranger, for settings
    that mtgui does not know, and for values that make no sense.
    """
    kind = KINDS[name]
    refuse_code(config)
    found: dict[str, Any] = {}
    layers = 0
    for setting, value in _of_network(kind, config):
        check = kind.settings.get(setting)
        if check is None:
            raise SettingError(
                f"{config.place} says {quoted(setting)} is {quoted(value)}, which mtgui does not "
                f"know and which may change the answers of {kind.title}; {_OWN_FILE}, or take the line out of that "
                "file if you are sure that it changes nothing."
            )
        taken = check.take(value)
        if taken is None:
            raise SettingError(
                f"{config.place} says {quoted(setting)} is {quoted(value)}, not {check.words}; download it again."
            )
        if kind.required.get(setting, taken) != taken:
            raise SettingError(
                f"{config.place} says {quoted(setting)} is {quoted(value)}; mtgui does not build "
                f"{kind.title} so: {_OWN_FILE}."
            )
        layers += _sum(value) if check.is_depth else 0
        found[setting] = taken
    layers = math.ceil(layers * max(found.get("depth_coefficient", 1), 1))
    if layers > min(tensors, MOST_LAYERS):
        raise SettingError(
            f"{config.place} says that there are {layers:,} layers, and the weights are "
            f"{tensors:,} tensors; download both again."
        )
    _check_across(kind, found, config)
    return found


def _sum(value: Value) -> int:
    return sum(int(part) for part in (value if isinstance(value, tuple) else (value,)))


def refuse_code(config: Settings) -> None:
    """Raise SettingError if the folder has code of its own for the network, or says that its weights are quantised."""
    for name, value in config.values.items():
        if name.partition(".")[0] in _CODE:
            raise SettingError(
                f"{config.place} wants code of its author to be run ({quoted(name)}: "
                f"{quoted(value)}), which mtgui never does; if you trust the author, {_OWN_FILE}."
            )
        if name.partition(".")[0] == "quantization_config":
            raise SettingError(
                f"{config.place} says that they are quantised ({quoted(name)}: {quoted(value)}); "
                "mtgui audits the original: ask for a copy with float32, float16 or bfloat16 weights."
            )


def _of_network(kind: Kind, config: Settings) -> Iterator[tuple[str, Value]]:
    """Yield the settings of the network itself, by their names without the inner object. Raises SettingError."""
    channels = f"{kind.inside}.num_channels" if kind.inside else "num_channels"
    for name, value in config.values.items():
        outer, dot, rest = name.partition(".")
        inner = rest if kind.inside and dot and outer == kind.inside else name
        if outer in _TEXTS or inner.partition(".")[0] in _TABLES or _is_repeated(kind, name, value, config):
            continue
        if name == channels and value != 3:
            raise SettingError(
                f"{config.place} says that pictures have {quoted(value)} channels; mtgui shows "
                "pictures of three: choose another model."
            )
        if inner in _ONLY_IN_TRAINING or inner in _DESCRIBING or inner in kind.unused:
            continue
        if inner in _MUST_BE_FALSE and value is False:
            continue
        yield inner, value
    for name in config.unread:
        if name.partition(".")[0] not in (*_TEXTS, *kind.unused):
            raise SettingError(
                f"{config.place} holds {quoted(name)}, a setting of a kind that mtgui does not read; {_OWN_FILE}."
            )


def _is_repeated(kind: Kind, name: str, value: Value, config: Settings) -> bool:
    """True for what old files say twice, the second time in an object “…_dict”."""
    outer, dot, rest = name.partition(".")
    return bool(kind.inside and dot and outer == f"{kind.inside}_dict") and (
        config.values.get(f"{kind.inside}.{rest}", value) == value
        and (f"{kind.inside}.{rest}" in config.values or rest in _DESCRIBING | _ONLY_IN_TRAINING | kind.unused)
    )


def _check_across(kind: Kind, found: Mapping[str, Any], config: Settings) -> None:
    """Raise SettingError if a picture has more patches along a side than the kind can compare with one another."""
    if not kind.most_across or "image_size" not in found:
        return
    sides, patches = _two(found["image_size"]), _two(found.get("patch_size", 16))
    across = max(math.ceil(side / patch) for side, patch in zip(sides, patches, strict=True))
    if across > kind.most_across:
        raise SettingError(
            f"{config.place} says that a picture of {max(sides):,} pixels has {across:,} patches "
            f"along its side; {kind.title} has at most {kind.most_across} in mtgui. Download it again."
        )


def _two(value: int | Sequence[int]) -> Sequence[int]:
    return (value, value) if isinstance(value, int) else value
