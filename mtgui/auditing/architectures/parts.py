"""Finds a network among other tensors: under one prefix, beside the loss and the measures of its training."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mtgui.auditing.architectures.family import Tensors
from mtgui.reading.dtypes import FLOATING
from mtgui.reading.facts import TensorFacts

_FEWEST = 4
"""Least number of tensors in a network."""
_MOST_PARTS = 20
_LOSSES = frozenset({"criterion", "criteria", "criterions", "loss", "losses", "lossfn", "bce", "ce"})
_MEASURES = frozenset({"metric", "metrics", "acc", "accuracy", "auroc", "auc", "f1", "precision", "recall", "confmat"})
"""Words in the names of what is used in training only."""
_WEIGHTS = ("weight", "weights")
_WEIGHED = frozenset({"class", "classes", "pos"})
"""Words before “weight” in the names of weights that a loss gives to classes."""
_LAYER = (*_WEIGHTS, "bias")
_CONFUSION = ("confmat", "confusion", "confusion_matrix")


@dataclass(frozen=True)
class Part:
    """The tensors under one prefix.

    prefix: ends with a dot. tensors: by their names without it. whole: all tensors of the file, by their names.
    """

    prefix: str
    tensors: Tensors
    whole: Tensors

    @property
    def others(self) -> Tensors:
        """All other tensors, by their names."""
        return {name: tensor for name, tensor in self.whole.items() if not name.startswith(self.prefix)}

    def doubtful(self, outputs: int, is_network: Callable[[Tensors], bool]) -> tuple[TensorFacts, ...]:
        """Return the tensors beside it that may take part in the model's answer, so that nobody should leave them out.

        outputs: how many numbers the network of this part gives. is_network: true for the tensors of a whole network.
        """
        found: list[TensorFacts] = []
        unclear: dict[str, dict[str, TensorFacts]] = {}
        for name, tensor in self.others.items():
            if _is_of_training(name, tensor):
                continue
            first, dot, rest = name.partition(".")
            if dot and _words(first) & _LOSSES:
                unclear.setdefault(f"{first}.", {})[rest] = tensor
            else:
                found.append(tensor)
        for prefix, group in unclear.items():
            inside = {name.removeprefix(prefix): t for name, t in self.others.items() if name.startswith(prefix)}
            found += _matrices(inside, group, outputs, is_network)
        return tuple(found)


def parts(tensors: Tensors) -> Iterator[Part]:
    """Yield each part of ``tensors`` that is large enough for a network and does not hold all of them.

    What belongs to a loss or a measure is none: a network inside it compares, and gives no answers. Where there are
    more parts than a training script puts side by side, none is yielded.
    """
    large = {
        prefix: group
        for prefix, group in _grouped(tensors).items()
        if prefix.endswith(".") and _FEWEST <= len(group) < len(tensors) and not _is_in_training(prefix)
    }
    if len(large) <= _MOST_PARTS:
        for prefix, group in large.items():
            yield Part(prefix, group, tensors)


def _grouped(tensors: Tensors) -> dict[str, dict[str, TensorFacts]]:
    """Return ``tensors`` by the beginning of their names up to the first dot, and by the rest."""
    groups: dict[str, dict[str, TensorFacts]] = {}
    for name, tensor in tensors.items():
        first, dot, rest = name.partition(".")
        groups.setdefault(first + dot, {})[rest] = tensor
    return groups


def _words(first: str) -> set[str]:
    return set(re.split(r"[_-]", first.lower().removesuffix(".")))


def _is_in_training(prefix: str) -> bool:
    return bool(_words(prefix) & (_LOSSES | _MEASURES))


def _is_of_training(name: str, tensor: TensorFacts) -> bool:
    """True for single numbers and lists of a loss or a measure, weights of classes, counters, and tables of confusion.

    What has more dimensions may be a layer of the network, whatever its name; so may weights named like a measure's.
    """
    first, dot, _ = name.partition(".")
    words, last = re.split(r"[_-]", first.lower()), name.lower().rpartition(".")[2]
    is_whole, is_measure = tensor.dtype not in FLOATING, bool(_MEASURES & set(words))
    if len(tensor.shape) > 1:
        return last in _CONFUSION and (is_whole or is_measure) and tensor.shape[-1] == tensor.shape[-2]
    if is_whole or _LOSSES & set(words):
        return True
    if is_measure:
        return re.split(r"[_-]", last)[-1] not in _LAYER
    return not dot and words[-1] in _WEIGHTS and bool(_WEIGHED & set(words[-2:-1]))


def _matrices(
    inside: Tensors, unclear: Tensors, outputs: int, is_network: Callable[[Tensors], bool]
) -> Iterator[TensorFacts]:
    """Yield those tensors of ``unclear`` in a loss that may be layers after the network.

    inside: all tensors of the loss. A network that looks at pictures itself is no such layer, nor are its parts.
    """
    if is_network(inside):
        return
    networks = _grouped(inside)
    for prefix, group in _grouped(unclear).items():
        whole = networks[prefix]
        if prefix.endswith(".") and is_network(whole):
            continue
        sees_pictures = prefix.endswith(".") and any(_is_kernel(t) and t.shape[1] == 3 for t in whole.values())
        for tensor in group.values():
            fits = not sees_pictures or outputs in tensor.shape
            if fits and not _is_kernel(tensor):
                yield tensor


def _is_kernel(tensor: TensorFacts) -> bool:
    """True for a convolution over more than one pixel, which cannot follow a network that answers with plain lists."""
    return len(tensor.shape) == 4 and max(tensor.shape[2:]) > 1
