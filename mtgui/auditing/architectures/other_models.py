"""Names what is no classifier of pictures, by names of tensors that are well known."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

_MERGE = (
    "merge it into the model that it changes (in peft: merge_and_unload, then save the whole model), and audit the "
    "result if that classifies pictures; a LoRA alone cannot be audited"
)
_NEXT = "choose a model that sorts pictures into classes"
_MAKES_PICTURES = f"mtgui audits classifiers, and no models that make pictures; {_NEXT}"


@dataclass(frozen=True)
class _Kind:
    """A kind of model: what it is and what to do next, in words; ``fits`` judges the names of the tensors."""

    what: str
    then: str
    fits: Callable[[Collection[str]], bool]


def kind_in_words(names: Collection[str]) -> str | None:
    """Return what a file with tensors of these ``names`` is, and what to do next, if it is well known; else None.

    Call it only for files that fit no architecture: parts of classifiers may have such names, too.
    """
    kind = next((kind for kind in _KINDS if names and kind.fits(names)), None)
    return None if kind is None else f"it is {kind.what}; {kind.then}"


def _has(*patterns: str) -> Callable[[Collection[str]], bool]:
    """Return a judgement: True if each of ``patterns`` is found at the beginning of a part of some name."""
    compiled = [re.compile(rf"(?:^|\.)(?:{pattern})") for pattern in patterns]
    return lambda names: all(any(pattern.search(name) for name in names) for pattern in compiled)


def _mostly(*patterns: str) -> Callable[[Collection[str]], bool]:
    """Return a judgement: True if each of ``patterns`` is found, and one of them in a third of all names."""
    compiled = [re.compile(pattern) for pattern in patterns]
    return lambda names: (
        all(any(pattern.search(name) for name in names) for pattern in compiled)
        and (3 * max(sum(bool(pattern.search(name)) for name in names) for pattern in compiled) >= len(names))
    )


def _are(*patterns: str) -> Callable[[Collection[str]], bool]:
    """Return a judgement: True if every name is one of ``patterns`` as a whole."""
    compiled = [re.compile(pattern) for pattern in patterns]
    return lambda names: all(any(pattern.fullmatch(name) for pattern in compiled) for name in names)


_LORA = r"lora_(?:[AB]|up|down|magnitude_vector|embedding_[AB])\b|_lora\.(?:up|down)\.|lora_linear_layer\.|dora_scale"
_DIFFUSION = (
    r"^(?:lora_|lycoris_)(?:unet|te\d?|transformer|prior)_|^(?:unet|text_encoder(?:_2)?|diffusion_model)\."
    r"|down_blocks|transformer_blocks|double_blocks|attn[12]\.(?:processor|to_)"
)
_FOR_PICTURES = "a change to a model that makes pictures, and no model by itself"

_KINDS = (
    _Kind("a model with a LoRA that is not merged into it", _MERGE, _has(r"base_layer\.", r"lora_[AB]\b")),
    _Kind(f"a LoRA, {_FOR_PICTURES}", _MAKES_PICTURES, _mostly(_LORA, _DIFFUSION)),
    _Kind("a LoRA, a change to another model: it holds no whole classifier", _MERGE, _mostly(_LORA)),
    _Kind(f"a LoHa, {_FOR_PICTURES}", _MAKES_PICTURES, _mostly(r"hada_[wt]\d")),
    _Kind(f"a LoKr, {_FOR_PICTURES}", _MAKES_PICTURES, _mostly(r"lokr_[wt]\d")),
    _Kind(
        "a textual inversion: a new word for a model that makes pictures, and no model by itself",
        _MAKES_PICTURES,
        _are(r"emb_params", r"<[^<>]+>", r"\*", r"clip_[gl]"),
    ),
    _Kind(
        f"a ControlNet, {_FOR_PICTURES}",
        _MAKES_PICTURES,
        _has(r"controlnet_(?:cond_embedding|down_blocks|mid_block|blocks)\.|control_model\.|input_hint_block\."),
    ),
    _Kind(f"an IP-Adapter, {_FOR_PICTURES}", _MAKES_PICTURES, _has(r"ip_adapter\.", r"image_proj\.")),
    _Kind("a whole diffusion model", _MAKES_PICTURES, _has(r"diffusion_model\.", r"first_stage_model\.")),
    _Kind(
        "the UNet of a diffusion model", _MAKES_PICTURES, _has(r"down_blocks\.", r"up_blocks\.", r"time_embedding\.")
    ),
    _Kind(
        "the UNet of a diffusion model", _MAKES_PICTURES, _has(r"input_blocks\.", r"output_blocks\.", r"time_embed\.")
    ),
    _Kind(
        "the transformer of a diffusion model",
        _MAKES_PICTURES,
        _has(
            r"transformer_blocks\.|joint_blocks\.|double_blocks\.|single_blocks\.",
            r"time_text_embed\.|time_in\.|t_embedder\.|adaln_single\.|time_embed\.|condition_embedder\.",
        ),
    ),
    _Kind(
        "a VAE, which packs and unpacks pictures, as in diffusion models",
        _MAKES_PICTURES,
        _has(r"encoder\.(?:down_blocks|down)\.", r"decoder\.(?:up_blocks|up)\."),
    ),
    _Kind(
        "CLIP or a part of it, which compares pictures with texts",
        _NEXT,
        _has(
            r"text_model\.embeddings\.|token_embedding\.weight$", r"text_projection|logit_scale|text_model\.encoder\."
        ),
    ),
    _Kind(
        "a language model",
        _NEXT,
        _has(r"embed_tokens\.|wte\.weight$|tok_embeddings\.|embed_in\.|word_embeddings\.weight$"),
    ),
    _Kind(
        "a detector, which finds things in pictures", _NEXT, _has(r"roi_heads?\.|rpn(?:_head)?\.|bbox_(?:embed|head)\.")
    ),
)
"""The first kind that fits counts. The names are those that peft, diffusers, transformers and kohya's scripts write."""
