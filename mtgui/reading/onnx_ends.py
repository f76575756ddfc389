"""The input of an ONNX graph, which must be a picture, and the meaning of its output."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from mtgui.reading import onnx_layouts as layouts
from mtgui.reading.bounds import LONGEST_NAME
from mtgui.reading.errors import ONE_NUMBER, TWO_NUMBERS, RefusalError, damaged, quoted
from mtgui.reading.onnx_facts import Ending
from mtgui.reading.protobuf import Message, WireReader, signed

_LARGEST_SIDE = 4096
_MOST_CLASSES = 1_000_000
_LARGEST_BATCH = 4096
_USUAL_OUTPUT = "logits"
_PASSING_ON = frozenset({"Identity", "Cast", "Flatten", "Reshape", "Squeeze", "Unsqueeze"})
_WAY_OUT = "mtgui audits classifiers of pictures with three colours; choose another model"


@dataclass(frozen=True)
class Node:
    """One step of a graph: its operator, the names of its inputs and outputs, its whole-number settings."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    integers: Mapping[str, int]


@dataclass(frozen=True)
class Ends:
    """The input and the output of a graph, as `OnnxFacts` has them."""

    input: str
    input_dtype: str
    input_shape: tuple[int | None, ...]
    output: str
    classes: int | None
    ending: Ending


@dataclass(frozen=True)
class _Value:
    """A named input or output: kind of numbers ("" for a kind unknown to mtgui), and shape (None if not stated)."""

    name: str
    dtype: str
    shape: tuple[int | None, ...] | None


def describe_ends(graph: Message, reader: WireReader, weights: Collection[str], nodes: list[Node], opset: int) -> Ends:
    """Return input and output of ``graph``. Raises RefusalError unless it takes pictures and gives class scores."""
    inputs = [value for value in _values(graph, "input", reader) if value.name not in weights]
    if len(inputs) != 1:
        listed = ", ".join(quoted(value.name) for value in inputs[:5]) or "none"
        raise RefusalError(f"it is an ONNX model with {len(inputs)} inputs ({listed}), not one; {_WAY_OUT}")
    picture = inputs[0]
    shape = picture.shape
    if shape is None or not _is_picture(shape):
        shown = "unknown" if shape is None else "×".join("?" if length is None else str(length) for length in shape)
        raise RefusalError(f"it is an ONNX model whose input is no batch of pictures (its shape: {shown}); {_WAY_OUT}")
    if picture.dtype not in ("F32", "F16"):
        raise RefusalError(
            "it is an ONNX model whose input is neither float32 nor float16; export it again with such an input"
        )
    output = _chosen_output(list(_values(graph, "output", reader)))
    classes = output.shape[1] if output.shape else None
    return Ends(picture.name, picture.dtype, shape, output.name, classes, _ending(output.name, nodes, opset))


def _values(graph: Message, kind: str, reader: WireReader) -> Iterator[_Value]:
    for data in graph.many(kind):
        message = reader.message(data, layouts.VALUE)
        name = message.text("name")
        if not name or len(name) > LONGEST_NAME:
            raise damaged(f"one {kind} of it has no name, or a very long one")
        declared = reader.message(message.one("type") or memoryview(b""), layouts.TYPE)
        tensor = reader.message(declared.one("tensor_type") or memoryview(b""), layouts.TENSOR_TYPE)
        yield _Value(name, layouts.KINDS.get(tensor.number("elem_type"), ""), _shape(tensor, reader))


def _shape(tensor: Message, reader: WireReader) -> tuple[int | None, ...] | None:
    data = tensor.one("shape")
    if data is None:
        return None
    lengths = []
    for part in reader.message(data, layouts.SHAPE).many("dim"):
        dimension = reader.message(part, layouts.DIMENSION)
        value = signed(dimension.number("dim_value"))
        lengths.append(value if dimension.has("dim_value") and value > 0 else None)
    return tuple(lengths)


def _is_picture(shape: tuple[int | None, ...]) -> bool:
    if len(shape) != 4 or (shape[0] or 1) > _LARGEST_BATCH:
        return False
    is_last = shape[3] == 3 and shape[1] != 3
    channels, sides = (shape[3], shape[1:3]) if is_last else (shape[1], shape[2:])
    return channels in (3, None) and all(side is None or side <= _LARGEST_SIDE for side in sides)


def _chosen_output(outputs: list[_Value]) -> _Value:
    """Return the output with the class scores: the only possible one, or the one called “logits”."""
    able = [value for value in outputs if _is_score(value)]
    named = [value for value in able if value.name == _USUAL_OUTPUT]
    chosen = named or able
    if not able and any(_is_one_number(value) for value in outputs):
        raise RefusalError(f"it is an ONNX model that {ONE_NUMBER}; export it again with {TWO_NUMBERS}")
    if len(chosen) != 1:
        listed = ", ".join(quoted(value.name) for value in outputs[:5]) or "none"
        raise RefusalError(
            f"it is an ONNX model without one clear output of a score for each class (it has {listed}); {_WAY_OUT}"
        )
    return chosen[0]


def _is_score(value: _Value) -> bool:
    if value.dtype not in ("F32", "F16"):
        return False
    shape = value.shape
    return shape is None or (
        len(shape) in (2, 4) and (shape[1] is None or 1 < shape[1] <= _MOST_CLASSES) and all(n == 1 for n in shape[2:])
    )


def _is_one_number(value: _Value) -> bool:
    if value.dtype not in ("F32", "F16") or value.shape is None:
        return False
    return len(value.shape) in (1, 2, 4) and all(length == 1 for length in value.shape[1:])


def _ending(output: str, nodes: list[Node], opset: int) -> Ending:
    """Return what ``output`` holds; the last step that does more than change the shape decides this."""
    makers = {name: node for node in nodes for name in node.outputs}
    name = output
    for _ in range(len(nodes)):
        node = makers.get(name)
        if node is None or node.operator not in _PASSING_ON or not node.inputs:
            break
        name = node.inputs[0]
    node = makers.get(name)
    if node is None or node.operator not in ("Softmax", "Sigmoid", "HardSigmoid"):
        return "logits"
    if node.operator != "Softmax":
        raise RefusalError(
            f"it is an ONNX model that judges every class by itself ({quoted(node.operator)}), not one that chooses "
            "among them; mtgui audits the latter; choose another model"
        )
    if signed(node.integers.get("axis", (1 << 64) - 1 if opset >= 13 else 1)) not in (1, -1):
        raise damaged("its last step is a softmax over something else than classes")
    return "probabilities"
