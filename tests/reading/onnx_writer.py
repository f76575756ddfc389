"""ONNX files made byte by byte, so that they can say things that no exporter would."""

import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

KINDS = {"f4": 1, "u1": 2, "i8": 7, "f2": 10, "f8": 11, "b1": 9}


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    data = bytearray()
    while value >= 0x80:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*data, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def run(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(data)) + data


def tensor(name: str, values: npt.NDArray[Any], dims: Sequence[int] | None = None, extra: bytes = b"") -> bytes:
    shape = values.shape if dims is None else dims
    kind = KINDS[values.dtype.str[1:]]
    return b"".join(number(1, n) for n in shape) + number(2, kind) + run(8, name) + run(9, values.tobytes()) + extra


def attribute(name: str, value: int | float | Sequence[int] | bytes) -> bytes:
    """Return an attribute; bytes are a tensor."""
    if isinstance(value, bytes):
        return run(1, name) + run(5, value) + number(20, 4)
    if isinstance(value, int):
        return run(1, name) + number(3, value) + number(20, 2)
    if isinstance(value, float):
        return run(1, name) + varint(2 << 3 | 5) + struct.pack("<f", value) + number(20, 1)
    return run(1, name) + b"".join(number(8, item) for item in value) + number(20, 7)


def node(
    operator: str, inputs: Sequence[str], outputs: Sequence[str], domain: str = "", extra: bytes = b"", **settings: Any
) -> bytes:
    data = b"".join(run(1, name) for name in inputs) + b"".join(run(2, name) for name in outputs) + run(4, operator)
    data += b"".join(run(5, attribute(name, value)) for name, value in settings.items())
    return data + (run(7, domain) if domain else b"") + extra


def value(name: str, shape: Sequence[int | str] | None, kind: int = 1) -> bytes:
    """Return an input or output; a text in ``shape`` is an open length, None no shape at all."""
    dims = [run(1, number(1, n) if isinstance(n, int) else run(2, n)) for n in shape or ()]
    tensor_type = number(1, kind) + (b"" if shape is None else run(2, b"".join(dims)))
    return run(1, name) + run(2, run(1, tensor_type))


def graph(
    nodes: Sequence[bytes],
    inputs: Sequence[bytes],
    outputs: Sequence[bytes],
    weights: Sequence[bytes] = (),
    extra: bytes = b"",
) -> bytes:
    parts = [(1, nodes), (5, weights), (11, inputs), (12, outputs)]
    return b"".join(run(field, item) for field, items in parts for item in items) + run(2, "g") + extra


def model(graph_data: bytes, opset: int = 17, extra: bytes = b"", domains: Mapping[str, int] | None = None) -> bytes:
    imports = [run(8, number(2, opset))]
    imports += [run(8, run(1, name) + number(2, version)) for name, version in (domains or {}).items()]
    return number(1, 8) + run(2, "writer") + run(7, graph_data) + b"".join(imports) + extra


def classifier(
    weight: npt.NDArray[Any],
    size: int = 4,
    batch: int | str = "n",
    ending: Sequence[str] = (),
    is_last: bool = False,
    opset: int = 17,
) -> bytes:
    """Return a model that flattens a picture of ``size`` and multiplies it by ``weight``, (3·size², classes)."""
    kind = KINDS[weight.dtype.str[1:]]
    shape = [batch, size, size, 3] if is_last else [batch, 3, size, size]
    nodes = [node("Flatten", ["x"], ["flat"], axis=1), node("MatMul", ["flat", "w"], ["step0"])]
    nodes += [node(name, [f"step{n}"], [f"step{n + 1}"]) for n, name in enumerate(ending)]
    output = value(f"step{len(ending)}", [batch, weight.shape[1]], kind)
    return model(graph(nodes, [value("x", shape, kind)], [output], [tensor("w", weight)]), opset)


def plain_weight(classes: int = 5, size: int = 4, kind: str = "f4") -> npt.NDArray[Any]:
    count = 3 * size * size * classes
    return (np.sin(np.arange(count)) / 4).astype(kind).reshape(-1, classes)
