"""Finds a network among other tensors: under one prefix, beside the loss and the measures of its training."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mtgui.auditing.architectures.family import Tensors
from mtgui.reading.dtypes import FLOATING
from mtgui.reading.facts import TensorFacts

_FEWEST = 4
"""Least number of tensors in a network."""
_MOST_PARTS = 50
_TRAINING = frozenset(
    {"criterion", "criteria", "criterions", "loss", "losses", "lossfn", "metric", "metrics", "acc", "accuracy"}
    | {"auroc", "auc", "f1", "precision", "recall", "confmat"}
)
"""Words in the names of what is used in training only."""
_CLASS_WEIGHTS = ("weight", "weights")


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

    @property
    def doubtful(self) -> tuple[TensorFacts, ...]:
        """Tensors beside it that may take part in the model's answer, so that nobody should leave them out."""
        return tuple(tensor for name, tensor in self.others.items() if not _is_of_training(name, tensor))


def parts(tensors: Tensors) -> Iterator[Part]:
    """Yield each part of ``tensors`` that is large enough for a network and does not hold all of them.

    Where there are more parts than a training script puts side by side, none is yielded.
    """
    groups: dict[str, dict[str, TensorFacts]] = {}
    for name, tensor in tensors.items():
        first, dot, rest = name.partition(".")
        groups.setdefault(first + dot, {})[rest] = tensor
    large = {prefix: group for prefix, group in groups.items() if prefix.endswith(".") and len(group) >= _FEWEST}
    if len(groups) > 1 and len(large) <= _MOST_PARTS:
        for prefix, group in large.items():
            yield Part(prefix, group, tensors)


def _is_of_training(name: str, tensor: TensorFacts) -> bool:
    """True for a tensor of a loss or a measure, for weights of classes, and for whole numbers such as counters."""
    first, dot, _ = name.lower().partition(".")
    words = re.split(r"[_-]", first)
    if _TRAINING & set(words) or tensor.dtype not in FLOATING:
        return True
    return not dot and words[-1] in _CLASS_WEIGHTS and len(tensor.shape) <= 1
