"""The names of tensors in files, which stay the same, and in transformers' classes, which change between versions."""

import re
from collections.abc import Iterator

from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.spelling import Rule, respell


def _part(old: str, new: str) -> Rule:
    """Return a rule that replaces ``old``, in the middle of a name, by ``new``."""
    return re.compile(rf"(.*?)\b{old}\b(.*)"), rf"\1{new}\2"


_ATTENTION = (
    _part(r"attention\.(?:attention|self)\.query", "attention.q_proj"),
    _part(r"attention\.(?:attention|self)\.key", "attention.k_proj"),
    _part(r"attention\.(?:attention|self)\.value", "attention.v_proj"),
    _part(r"attention\.output\.dense", "attention.o_proj"),
)
_MLP = (_part(r"intermediate\.dense", "mlp.fc1"), _part(r"(?<=\d\.)output\.dense", "mlp.fc2"))
_LAYERS = (_part(r"encoder\.layer", "layers"),)
_TABLE = r"relative_position_bias_table"
_NEWER: dict[str, tuple[Rule, ...]] = {
    "beit": (
        _part(r"encoder\.relative_position_bias", "shared_position_bias"),
        _part(rf"attention\.attention\.relative_position_bias\.{_TABLE}", f"relative_position_bias.{_TABLE}"),
        *(*_ATTENTION, *_MLP, *_LAYERS),
    ),
    "swin": (
        *_ATTENTION,
        _part(rf"attention\.self\.{_TABLE}", f"attention.relative_position_bias.{_TABLE}"),
        *_MLP,
    ),
    "dinov2": _ATTENTION,
    "dinov2_with_registers": _ATTENTION,
    # transformers 5.24 writes its files without the prefix.
    "vit_msn": (*_ATTENTION, *_MLP, *_LAYERS, (re.compile(r"(?!vit\.|classifier\.)(.+)"), r"vit.\1")),
    "segformer": (
        _part(r"attention\.self\.sr", "attention.sequence_reduction.sequence_reduction"),
        _part(r"attention\.self\.layer_norm", "attention.sequence_reduction.layer_norm"),
        *_ATTENTION,
        (re.compile(r"segformer\.encoder\.patch_embeddings\.(\d+)\.(.*)"), r"segformer.stages.\1.patch_embeddings.\2"),
        (re.compile(r"segformer\.encoder\.block\.(\d+)\.(.*)"), r"segformer.stages.\1.blocks.\2"),
        (re.compile(r"segformer\.encoder\.layer_norm\.(\d+)\.(.*)"), r"segformer.stages.\1.layer_norm.\2"),
        _part(r"mlp\.dense1", "mlp.fc1"),
        _part(r"mlp\.dense2", "mlp.fc2"),
        _part("layer_norm_1", "layernorm_before"),
        _part("layer_norm_2", "layernorm_after"),
    ),
}
"""Rules from the names in files to those in the classes of transformers 5.24, where they differ."""
_LEFT_OVER = re.compile(
    r"(?:.*\.)?(?:mask_token|position_ids|relative_position_index|relative_coords_table|attention_bias_idxs)"
)
"""Tensors of older files that follow from the settings, and the token that hides patches in training."""


def spellings(kind: str, tensors: Tensors) -> Iterator[Tensors]:
    """Yield ``tensors`` with the names in the file, then with those that newer classes of the ``kind`` have."""
    yield tensors
    if kind in _NEWER:
        yield respell(tensors, _NEWER[kind])


def is_left_over(name: str) -> bool:
    """True for a tensor of older files that newer networks do not store, so that no answer needs it."""
    return _LEFT_OVER.fullmatch(name) is not None
