"""Finds the weights inside a whole pickled module, with the order and names of torch's state dict."""

from collections.abc import Iterator
from typing import Any

from mtgui.reading.bounds import DEEPEST, LONGEST_NAME, MOST_TENSORS
from mtgui.reading.errors import RefusalError, damaged
from mtgui.reading.rebuild import PARAMETER
from mtgui.reading.values import Inert, NumpyArray, Tensor, Unsupported


def is_module(value: object) -> bool:
    """True when ``value`` was a ``torch.nn.Module``."""
    if not isinstance(value, Inert):
        return False
    attributes = value.attributes()
    return isinstance(attributes.get("_modules"), dict) and isinstance(attributes.get("_parameters"), dict)


def as_tensor(value: object) -> Tensor | Unsupported | None:
    """Return the tensor that ``value`` is or wraps, or None."""
    if isinstance(value, NumpyArray):
        return value.tensor
    if isinstance(value, Inert) and value.origin == PARAMETER and value.states:
        state = value.states[-1]
        value = state[0] if type(state) is tuple and state else None
    return value if isinstance(value, Tensor | Unsupported) else None


def module_state(module: Inert) -> dict[str, Any]:
    """Return the state dict of ``module``. Raises RefusalError if it is deeper or larger than any model."""
    state: dict[str, Any] = {}
    pending = [("", module, 0)]
    steps = 0
    while pending:
        prefix, current, depth = pending.pop()
        steps += 1
        if depth > DEEPEST or steps > MOST_TENSORS or len(state) > MOST_TENSORS or len(prefix) > LONGEST_NAME:
            raise damaged("its modules lie inside each other without end")
        attributes = current.attributes()
        if "_modules" not in attributes and "original_name" in attributes:
            raise RefusalError("it holds TorchScript code, which mtgui does not run; ask for the state dict")
        for name, value in _own_tensors(attributes):
            state[f"{prefix}{name}"] = value
        children = _named(attributes.get("_modules"))
        pending += [
            (f"{prefix}{name}.", child, depth + 1) for name, child in reversed(children) if isinstance(child, Inert)
        ]
    return state


def _own_tensors(attributes: dict[Any, Any]) -> Iterator[tuple[str, object]]:
    left_out = attributes.get("_non_persistent_buffers_set")
    hidden = {name for name in left_out if isinstance(name, str)} if isinstance(left_out, list) else set()
    for group in ("_parameters", "_buffers"):
        for name, value in _named(attributes.get(group)):
            if value is not None and not (group == "_buffers" and name in hidden):
                yield name, value


def _named(values: object) -> list[tuple[str, Any]]:
    return (
        [(name, value) for name, value in values.items() if isinstance(name, str)] if isinstance(values, dict) else []
    )
