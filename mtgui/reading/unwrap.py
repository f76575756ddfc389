"""Finds the state dict in a saved object, and removes the prefixes that wrappers put before its names."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mtgui.common.words import counted
from mtgui.reading.bounds import DEEPEST, LONGEST_NAME, MOST_TENSORS
from mtgui.reading.errors import RefusalError, damaged, quoted
from mtgui.reading.modules import as_tensor, is_module, module_state
from mtgui.reading.values import Inert, Tensor, Unsupported

USUAL_KEYS = (
    "state_dict",
    "model_state_dict",
    "model",
    "net",
    "network",
    "module",
    "ema",
    "model_ema",
    "state_dict_ema",
)
"""Usual keys of the state dict, in the order of preference."""
PREFIXES = ("module.", "_orig_mod.", "model.")
"""Prefixes that wrappers (DataParallel, torch.compile, Lightning) put before every name."""
_MOST_ITEMS = 10_000
_MOST_LISTED = 1000
_OPTIMIZER_WORDS = ("optim", "scheduler", "scaler")


@dataclass(frozen=True)
class Candidate:
    """A dictionary with tensors in it: the keys that lead there, and its entries."""

    path: tuple[str, ...]
    entries: dict[Any, Any]
    is_module: bool

    @property
    def numbers(self) -> int:
        """How many numbers its tensors hold."""
        tensors = (as_tensor(value) for value in self.entries.values())
        return sum(tensor.numbers for tensor in tensors if isinstance(tensor, Tensor))

    @property
    def title(self) -> str:
        """Its place, in words."""
        place = quoted(" → ".join(self.path), 200) if self.path else "the file itself"
        return f"{place} (a whole module)" if self.is_module else place


@dataclass(frozen=True)
class Unwrapped:
    """The tensors under their final names, and the decisions made to find them."""

    tensors: dict[str, Tensor]
    taken: str
    reason: str
    others: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    ignored: tuple[str, ...]


def unwrap(root: object, *, is_part: bool = False) -> Unwrapped:
    """Find the state dict below ``root`` and return its tensors; with ``is_part`` they keep their names.

    Raises RefusalError when there is none.
    """
    candidates = list(_candidates(root))
    if not candidates:
        raise RefusalError(
            "it holds the state of an optimizer and no weights; ask for the model's own file"
            if _is_optimizer(root)
            else "it holds no weights that mtgui can find; ask for the state dict (“.safetensors” or “.pth”)"
        )
    candidates.sort(key=_rank)
    chosen = candidates[0]
    named, ignored = _tensors(chosen)
    tensors, renamed = (named, ()) if is_part else strip_prefixes(named)
    return Unwrapped(
        tensors=tensors,
        taken=chosen.title,
        reason=_reason(chosen, candidates),
        others=tuple(candidate.title for candidate in candidates[1 : _MOST_LISTED + 1]),
        renamed=renamed,
        ignored=tuple([*_beside(root, chosen.path), *ignored][:_MOST_LISTED]),
    )


def strip_prefixes(tensors: dict[str, Tensor]) -> tuple[dict[str, Tensor], tuple[tuple[str, str], ...]]:
    """Remove prefixes of wrappers that all names share; return the tensors, and old and new names."""
    cut = 0
    names = list(tensors)
    while names:
        prefix = next((p for p in PREFIXES if all(name.startswith(p, cut) for name in names)), None)
        if prefix is None or any(len(name) == cut + len(prefix) for name in names):
            break
        cut += len(prefix)
    renamed = tuple((name, name[cut:]) for name in names) if cut else ()
    return {name[cut:]: tensor for name, tensor in tensors.items()}, renamed


def describe(value: object) -> str:
    """Return a few words that describe ``value``."""
    tensor = as_tensor(value)
    if isinstance(tensor, Tensor):
        return f"a tensor of {'×'.join(map(str, tensor.shape)) or 'one number'}"
    if isinstance(tensor, Unsupported):
        return f"a tensor ({quoted(tensor.kind)})"
    if isinstance(value, Inert):
        return f"an object of the class {quoted(value.origin.full_name)}" if value.origin else "an object"
    if isinstance(value, dict):
        return f"a dictionary of {counted(len(value), 'entry', 'entries')}"
    if isinstance(value, list | tuple):
        return f"a list of {counted(len(value), 'entry', 'entries')}"
    if isinstance(value, str | bytes):
        return "a text"
    return "nothing" if value is None else "a number" if isinstance(value, int | float) else "an object"


def _candidates(root: object) -> Iterator[Candidate]:
    """Walk the graph of objects below ``root``, each object once, without recursion."""
    seen: set[int] = set()
    pending: list[tuple[tuple[str, ...], object]] = [((), root)]
    found = 0
    while pending:
        path, value = pending.pop()
        if id(value) in seen or len(path) > DEEPEST:
            continue
        seen.add(id(value))
        if len(seen) > 10 * MOST_TENSORS:
            raise damaged("it nests more things than any model")
        if isinstance(value, Inert) and is_module(value):
            yield Candidate(path, module_state(value), True)
            found += 1
            continue
        children = _children(value)
        if children and not _is_optimizer(value):
            if any(as_tensor(child) is not None for child in children.values()):
                yield Candidate(path, children, False)
                found += 1
            pending += [
                ((*path, str(key)[:LONGEST_NAME]), child)
                for key, child in reversed(children.items())
                if isinstance(child, dict | list | tuple | Inert) and not _is_optimizer_key(key)
            ]
        if found > _MOST_LISTED:
            raise RefusalError("it holds over a thousand sets of weights; ask for the file of one model alone")


def _children(value: object) -> dict[Any, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, Inert):
        return {**value.entries, **value.attributes()} or dict(
            enumerate([*value.arguments, *value.items[:_MOST_ITEMS]])
        )
    if isinstance(value, list | tuple):
        return dict(enumerate(value[:_MOST_ITEMS]))
    return {}


def _is_optimizer(value: object) -> bool:
    return isinstance(value, dict) and "param_groups" in value and "state" in value


def _is_optimizer_key(key: object) -> bool:
    return isinstance(key, str) and any(word in key.lower() for word in _OPTIMIZER_WORDS)


def _rank(candidate: Candidate) -> tuple[int, int, int]:
    places = [USUAL_KEYS.index(key) for key in candidate.path if key in USUAL_KEYS]
    return max(places) if places else len(USUAL_KEYS), -candidate.numbers, len(candidate.path)


def _reason(chosen: Candidate, candidates: list[Candidate]) -> str:
    if len(candidates) == 1:
        return "it is the only one"
    if any(key in USUAL_KEYS for key in chosen.path):
        return "its key is the most usual one for weights"
    return "it holds the most numbers"


def _tensors(chosen: Candidate) -> tuple[dict[str, Tensor], list[str]]:
    """Return the tensors of a candidate by name, and descriptions of its other entries. Raises RefusalError."""
    tensors: dict[str, Tensor] = {}
    ignored = []
    for key, value in chosen.entries.items():
        tensor = as_tensor(value)
        if isinstance(tensor, Unsupported):
            raise RefusalError(
                f"its tensor {quoted(key)} is of a kind that mtgui does not read ({quoted(tensor.kind)}); "
                "ask for a copy with plain float32, float16 or bfloat16 weights"
            )
        if tensor is None or not isinstance(key, str) or len(key) > LONGEST_NAME or not _is_text(key):
            ignored.append(f"{quoted(' → '.join([*chosen.path, str(key)[:LONGEST_NAME]]), 200)}: {describe(value)}")
        else:
            tensors[key] = tensor
    if len(tensors) > MOST_TENSORS:
        raise damaged("it holds more tensors than any model has")
    if not tensors:
        raise RefusalError("its tensors have no names; ask for the state dict (“.safetensors” or “.pth”)")
    return tensors, ignored


def _is_text(key: str) -> bool:
    """False for half a surrogate pair, which cannot be written to a file, and for the one reserved name."""
    return key != "__metadata__" and not any("\ud800" <= c <= "\udfff" for c in key)


def _beside(root: object, path: tuple[str, ...]) -> Iterator[str]:
    """Yield descriptions of the other entries in the containers around the chosen state dict."""
    value = root
    for depth, step in enumerate(path):
        children = _children(value)
        for key, child in children.items():
            if str(key)[:LONGEST_NAME] != step:
                yield f"{quoted(' → '.join([*path[:depth], str(key)[:LONGEST_NAME]]), 200)}: {describe(child)}"
        value = next((child for key, child in children.items() if str(key)[:LONGEST_NAME] == step), None)
