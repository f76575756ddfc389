"""Rules that bring different names of the same tensors to one form, and names that have no meaning."""

import re
from collections.abc import Callable, Iterator, Sequence

from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.tensor_layouts import Layout
from mtgui.reading.facts import TensorFacts

Rule = tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]
"""A pattern for a whole name, and its replacement: a template, or a function of the match."""

SHAPES_PROVE_LITTLE = (
    "That proves neither its strides, pooling, activations, padding and epsilon nor the size and scaling of its input."
)

VARIANTS_FIT = "Variants of it have the same names and shapes, so these do not prove which one it is."

_MEANINGLESS = ("n_averaged", "total_ops", "total_params")
"""Last parts of names that tools leave in state dicts: the count of an average, the sums of a profiler."""
_WRAPPERS = frozenset({"_orig_mod", "_checkpoint_wrapped_module", "_fsdp_wrapped_module"})
"""Parts of names that torch.compile, checkpointing of activations and FSDP put around a part of a network."""
_DEEPEST_PREFIX = 3


def readings(tensors: Tensors) -> Iterator[tuple[Tensors, tuple[str, ...]]]:
    """Yield the tensors with the given names, then without each leading part that all names share.

    Names that no network needs are left out, and returned as the second value. Parts of names that only stand for a
    wrapper are taken out everywhere.
    """
    kept: dict[str, TensorFacts] = {}
    ignored = []
    for given, tensor in tensors.items():
        if given.rpartition(".")[2] in _MEANINGLESS and len(tensor.shape) <= 1:
            ignored.append(tensor.name)
        else:
            kept[given] = tensor
    kept = _without_wrappers(kept)
    for _ in range(_DEEPEST_PREFIX + 1):
        yield kept, tuple(ignored)
        prefixes = {name.partition(".")[0] for name in kept}
        if len(prefixes) != 1 or not all(name.partition(".")[2] for name in kept):
            return
        kept = {name.partition(".")[2]: tensor for name, tensor in kept.items()}


def _without_wrappers(tensors: dict[str, TensorFacts]) -> dict[str, TensorFacts]:
    """Return ``tensors`` without names of wrappers; unchanged if two would get the same name."""
    found = {".".join(part for part in name.split(".") if part not in _WRAPPERS): t for name, t in tensors.items()}
    return found if len(found) == len(tensors) and all(found) else tensors


def respell(tensors: Tensors, rules: Sequence[Rule]) -> Tensors:
    """Return ``tensors`` with all rules applied to each name, in order; unchanged if two would get the same name."""
    found: dict[str, TensorFacts] = {}
    for name, tensor in tensors.items():
        spelled = name
        for pattern, replacement in rules:
            if match := pattern.fullmatch(spelled):
                spelled = match.expand(replacement) if isinstance(replacement, str) else replacement(match)
        found[spelled] = tensor
    return found if len(found) == len(tensors) else tensors


def with_plain_head(tensors: Tensors, layout: Layout) -> Tensors:
    """Return ``tensors`` with the classifier renamed as in ``layout`` if it lies one module deeper or less deep.

    People often replace the last layer by ``Sequential(Dropout, Linear)``, or the module around it by a layer.
    """
    head = next(
        (name for name in reversed(tuple(layout)) if name.endswith(".weight") and "C" in layout[name].shape), None
    )
    if head is None or head in tensors:
        return tensors
    stem = head.removesuffix("weight")
    strangers = [name for name in tensors if name not in layout]
    stems = {name.rpartition(".")[0] + "." for name in strangers}
    if len(stems) != 1 or {name.rpartition(".")[2] for name in strangers} != {"weight", "bias"}:
        return tensors
    (other,) = stems
    around = stem.removesuffix(".").rpartition(".")[0]
    deeper, instead = rf"{re.escape(stem)}\d+\.", rf"{re.escape(around)}\.(\d+\.)?"
    is_less_deep = re.fullmatch(rf"{re.escape(other)}\d+\.", stem)
    if not (re.fullmatch(deeper, other) or is_less_deep or (around and re.fullmatch(instead, other))):
        return tensors
    return {stem + name.removeprefix(other) if name in strangers else name: t for name, t in tensors.items()}


def renamed(tensors: Tensors) -> tuple[tuple[str, str], ...]:
    """Return (name in the file, name in the network) of each tensor for which they differ."""
    return tuple((tensor.name, name) for name, tensor in tensors.items() if tensor.name != name)
