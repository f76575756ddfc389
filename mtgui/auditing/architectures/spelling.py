"""One network, many spellings of its names: rules that bring them to one, and which names mean nothing at all."""

import re
from collections.abc import Iterable, Iterator, Sequence

from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.tensor_layouts import Layout
from mtgui.reading.facts import TensorFacts

Rule = tuple[re.Pattern[str], str]
"""A pattern for a whole name and what takes its place."""

SHAPES_PROVE_LITTLE = "That proves neither its activations, padding and epsilon nor the scaling of its input."

_MEANINGLESS = ("n_averaged", "total_ops", "total_params")
"""The last parts of names that tools leave in state dicts: an average's count, a profiler's sums."""
_DEEPEST_PREFIX = 3


def readings(tensors: Iterable[TensorFacts]) -> Iterator[tuple[Tensors, tuple[str, ...]]]:
    """Yield the tensors as they are named, then without each leading part that all names share.

    Names that no network needs are left out and listed beside.
    """
    kept, ignored = {}, []
    for tensor in tensors:
        if tensor.name.rpartition(".")[2] in _MEANINGLESS and len(tensor.shape) <= 1:
            ignored.append(tensor.name)
        else:
            kept[tensor.name] = tensor
    for _ in range(_DEEPEST_PREFIX + 1):
        yield kept, tuple(ignored)
        prefixes = {name.partition(".")[0] for name in kept}
        if len(prefixes) != 1 or not all(name.partition(".")[2] for name in kept):
            return
        kept = {name.partition(".")[2]: tensor for name, tensor in kept.items()}


def respell(tensors: Tensors, rules: Sequence[Rule]) -> Tensors:
    """Return ``tensors`` with each rule applied to each name in turn; unchanged where two would get the same name."""
    found: dict[str, TensorFacts] = {}
    for name, tensor in tensors.items():
        spelled = name
        for pattern, replacement in rules:
            if match := pattern.fullmatch(spelled):
                spelled = match.expand(replacement)
        found[spelled] = tensor
    return found if len(found) == len(tensors) else tensors


def with_plain_head(tensors: Tensors, layout: Layout) -> Tensors:
    """Return ``tensors`` with a classifier that lies one module deeper, or less deep, where ``layout`` has it.

    People often put ``Sequential(Dropout, Linear)`` in the place of the last layer.
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
    if not (re.fullmatch(re.escape(stem) + r"\d+\.", other) or re.fullmatch(re.escape(other) + r"\d+\.", stem)):
        return tensors
    return {stem + name.removeprefix(other) if name in strangers else name: t for name, t in tensors.items()}


def renamed(tensors: Tensors) -> tuple[tuple[str, str], ...]:
    """Return each name in the file with that in the network, where they differ."""
    return tuple((tensor.name, name) for name, tensor in tensors.items() if tensor.name != name)
