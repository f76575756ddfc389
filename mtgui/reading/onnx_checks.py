"""Checks an ONNX file before anything runs it: lists its contents and refuses dangerous ones. Runs in a child."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mtgui.reading import onnx_layouts as layouts
from mtgui.reading.bounds import LONGEST_NAME, MOST_DIMENSIONS, MOST_TENSORS
from mtgui.reading.dtypes import ITEM_SIZES
from mtgui.reading.errors import RefusalError, damaged, quoted
from mtgui.reading.facts import TensorFacts
from mtgui.reading.onnx_ends import Node, describe_ends
from mtgui.reading.onnx_facts import OnnxFacts
from mtgui.reading.protobuf import Message, WireReader, as_text
from mtgui.reading.values import check_shape

LARGEST_FILE = (2 << 30) - 1
"""The bound that the protocol buffers format sets."""
_DEEPEST_GRAPH = 8
_MOST_NODES = 200_000
_IR_VERSIONS = range(3, 21)
_OPSETS = range(7, 100)
_OWN_DOMAINS = ("", "ai.onnx")
_LOOPS = frozenset({"Loop", "Scan", "SequenceMap"})
_CHANCE = frozenset(
    {"RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli"}
)
_FRACTIONS = ("F16", "BF16", "F32", "F64")
_TRAINED = (
    "it is an ONNX model that was exported in training mode ({} is still on): its answers differ from run to run or "
    "with the other pictures of a batch, so it cannot be audited; export it again in evaluation mode (model.eval() "
    "before torch.onnx.export, without training=…), or "
)
_WAY_OUT = "ask for the PyTorch weights (“.safetensors” or “.pth”) of the same model"


_Constant = Literal["false", "zero"]
"""What a name always stands for: a switch that is off, or the fraction 0."""


@dataclass(frozen=True)
class OnnxGraph:
    """A checked graph: the facts about it, and the numbers stored in it, in order."""

    facts: OnnxFacts
    weights: tuple[TensorFacts, ...]
    notes: tuple[str, ...]


@dataclass
class _Walk:
    """The findings so far, in all graphs together."""

    reader: WireReader = field(default_factory=WireReader)
    nodes: int = 0
    tensors: int = 0
    constants: int = 0


def check_onnx(data: memoryview) -> OnnxGraph:
    """Check the ONNX model in ``data`` and return its contents.

    Raises RefusalError for numbers outside of the file, operators and functions that are not ONNX's own, loops,
    random operators, operators in training mode, sizes that do not fit, several inputs, an input that is no picture,
    a single number as the answer, and damage.
    """
    # onnxruntime would take a file that begins like this for a format of its own.
    if bytes(data[4:8]) == b"ORTM" or len(data) > LARGEST_FILE:
        raise damaged("it is no ONNX model, though it begins like one")
    walk = _Walk()
    model = walk.reader.message(data, layouts.MODEL)
    graph_data = model.one("graph")
    if model.number("ir_version") not in _IR_VERSIONS or graph_data is None:
        raise damaged("it begins like an ONNX model and holds none")
    if model.has("functions"):
        raise RefusalError(
            "it is an ONNX model with functions of its own, which mtgui does not run; export it again with the "
            f"functions taken apart (inlined), or {_WAY_OUT}"
        )
    if model.has("training_info"):
        raise RefusalError(f"it is an ONNX model with instructions for training, which mtgui does not run; {_WAY_OUT}")
    opset = _opset(model, walk.reader)
    graph = walk.reader.message(graph_data, layouts.GRAPH)
    weights, nodes = _check_graph(graph, walk, 0)
    ends = describe_ends(graph, walk.reader, {weight.name for weight in weights}, nodes, opset)
    facts = OnnxFacts(
        opset=opset,
        producer=" ".join(model.text(name)[:100] for name in ("producer_name", "producer_version")).strip(),
        operators=walk.nodes,
        constants=walk.constants,
        **vars(ends),
    )
    return OnnxGraph(facts, tuple(weights), ())


def _opset(model: Message, reader: WireReader) -> int:
    versions = []
    for data in model.many("opset_import"):
        message = reader.message(data, layouts.OPSET)
        if message.text("domain") in _OWN_DOMAINS:
            versions.append(message.number("version"))
    if len(versions) != 1:
        raise damaged("it does not say, or says twice, which version of ONNX's operators it uses")
    if versions[0] not in _OPSETS:
        raise RefusalError(
            f"it uses version {versions[0]} of ONNX's operators, and mtgui runs those from 7; {_WAY_OUT}"
        )
    return versions[0]


def _check_graph(
    graph: Message, walk: _Walk, depth: int, outer: Mapping[str, _Constant] | None = None
) -> tuple[list[TensorFacts], list[Node]]:
    """Check one graph and the graphs inside it; return its stored numbers and its nodes.

    outer: names in the graphs around it that are constants.
    """
    if depth > _DEEPEST_GRAPH:
        raise damaged("its graphs lie inside each other without end")
    if graph.has("sparse_initializer"):
        raise RefusalError(f"it is an ONNX model with sparse weights, which mtgui does not run; {_WAY_OUT}")
    weights, constants = [], dict(outer or {})
    for data in graph.many("initializer"):
        weights.append(_check_tensor(data, walk))
        _note(constants, (weights[-1].name,), _constant(data, walk))
    names = {weight.name for weight in weights}
    if len(names) != len(weights) or "" in names:
        raise damaged("two of its weights have the same name, or one has none")
    walk.nodes += len(graph.many("node"))
    if walk.nodes > _MOST_NODES:
        raise damaged("it has more operators than any model")
    nodes = []
    for data in graph.many("node"):
        node, constant = _check_node(data, walk, depth, constants)
        _note(constants, node.outputs, constant)
        nodes.append(node)
    return weights, nodes


def _note(constants: dict[str, _Constant], names: tuple[str, ...], constant: _Constant | None) -> None:
    """Write down that each of ``names`` stands for ``constant``, or for something else from now on (None)."""
    for name in names:
        constants.pop(name, None)
        if constant is not None and name:
            constants[name] = constant


def _constant(data: memoryview, walk: _Walk) -> _Constant | None:
    """Return what a tensor, already checked, stands for if it holds one switch that is off, or one fraction 0."""
    tensor = walk.reader.message(data, layouts.TENSOR)
    dtype = layouts.KINDS.get(tensor.number("data_type"), "")
    if dtype not in ("BOOL", *_FRACTIONS):
        return None
    raw, place = tensor.one("raw_data"), layouts.STORED_AS.get(dtype, "int32_data")
    if raw is not None:
        is_nothing = bytes(raw) == bytes(ITEM_SIZES[dtype])
    elif place == "int32_data":
        is_nothing = walk.reader.integers(tensor, place) == [0]
    else:
        runs = b"".join(tensor.many(place))
        is_nothing = (runs, tensor.numbers.get(place, [])) in ((bytes(ITEM_SIZES[dtype]), []), (b"", [0]))
    if not is_nothing:
        return None
    return "false" if dtype == "BOOL" else "zero"


def _refuse_training(node: Node, constants: Mapping[str, _Constant]) -> None:
    """Raise RefusalError for an operator that computes as in training.

    Dropout has a switch as its third input since opset 12, which must be a constant “false”, unless its second input,
    the share that it drops, is the constant 0. Batch normalisation has an attribute since opset 14; before, it trains
    where its further outputs are named.
    """
    is_training = bool(node.integers.get("training_mode"))
    if node.operator == "Dropout":
        _, share, switch = (*node.inputs, "", "", "")[:3]
        is_off = not switch or constants.get(switch) == "false" or constants.get(share) == "zero"
        is_training = is_training or not is_off
    if node.operator == "BatchNormalization":
        is_training = is_training or any(node.outputs[1:])
    if is_training or node.integers.get("is_test", 1) == 0:
        raise RefusalError(_TRAINED.format(quoted(node.operator)) + _WAY_OUT)


def _check_node(
    data: memoryview, walk: _Walk, depth: int, constants: Mapping[str, _Constant]
) -> tuple[Node, _Constant | None]:
    """Check one node and the graphs inside it; return it, and the constant that it gives."""
    node = walk.reader.message(data, layouts.NODE)
    operator, domain = node.text("op_type"), node.text("domain")
    if domain not in _OWN_DOMAINS:
        raise RefusalError(
            f"it is an ONNX model with an operator that is not ONNX's own, {quoted(f'{domain}.{operator}')}, and mtgui "
            f"runs no foreign ones; export it again with standard operators only, or {_WAY_OUT}"
        )
    if operator in _LOOPS:
        raise RefusalError(
            f"it is an ONNX model with a loop ({quoted(operator)}), which mtgui does not run; {_WAY_OUT}"
        )
    if operator in _CHANCE:
        raise RefusalError(
            f"it is an ONNX model that draws random numbers ({quoted(operator)}): its answers differ from run to run, "
            f"so it cannot be audited; {_WAY_OUT}"
        )
    integers: dict[str, int] = {}
    constant: _Constant | None = None
    for part in node.many("attribute"):
        attribute = walk.reader.message(part, layouts.ATTRIBUTE)
        _check_attribute(attribute, walk, depth, constants)
        if attribute.has("i"):
            integers[attribute.text("name")] = attribute.number("i")
        value = attribute.one("t") if operator == "Constant" else None
        constant = _constant(value, walk) if value is not None else constant
    inputs, outputs = ([as_text(name) for name in node.many(kind)] for kind in ("input", "output"))
    found = Node(operator, tuple(inputs), tuple(outputs), integers)
    _refuse_training(found, constants)
    if operator == "Identity" and len(inputs) == 1:
        constant = constants.get(inputs[0])
    return found, constant


def _check_attribute(attribute: Message, walk: _Walk, depth: int, constants: Mapping[str, _Constant]) -> None:
    if any(attribute.has(name) for name in ("sparse_tensor", "sparse_tensors", "ref_attr_name")):
        raise RefusalError(f"it is an ONNX model with sparse numbers or parameters of functions; {_WAY_OUT}")
    for tensor in (*attribute.many("t"), *attribute.many("tensors")):
        _check_tensor(tensor, walk)
    for graph in (*attribute.many("g"), *attribute.many("graphs")):
        _check_graph(walk.reader.message(graph, layouts.GRAPH), walk, depth + 1, constants)


def _check_tensor(data: memoryview, walk: _Walk) -> TensorFacts:
    """Check that a tensor lies in the file completely, and that its size fits its shape."""
    tensor = walk.reader.message(data, layouts.TENSOR)
    name = tensor.text("name")
    if tensor.number("data_location") or tensor.has("external_data"):
        raise RefusalError(
            f"it is an ONNX model whose weights lie in other files ({quoted(name)}), and mtgui opens none on the word "
            f"of a model; save it as one file, or {_WAY_OUT}"
        )
    walk.tensors += 1
    if walk.tensors > MOST_TENSORS or len(name) > LONGEST_NAME:
        raise damaged("it holds more tensors than any model has, or longer names")
    dtype = layouts.KINDS.get(tensor.number("data_type"))
    if dtype is None or tensor.has("string_data") or tensor.has("segment"):
        raise RefusalError(
            f"its tensor {quoted(name)} holds numbers of a kind that mtgui does not run; export it again in float32"
        )
    shape = tuple(walk.reader.integers(tensor, "dims"))
    if len(shape) > MOST_DIMENSIONS or any(length < 0 for length in shape):
        raise damaged(f"its tensor {quoted(name)} has an impossible shape")
    check_shape(shape)
    if _stored(tensor, dtype, walk.reader) != math.prod(shape):
        raise damaged(f"the size of its tensor {quoted(name)} does not fit its shape")
    walk.constants += math.prod(shape) * ITEM_SIZES[dtype]
    return TensorFacts(name, dtype, shape)


def _stored(tensor: Message, dtype: str, reader: WireReader) -> int:
    """Return how many numbers of ``dtype`` the file holds for ``tensor``; -1 if they are in the wrong field."""
    places = [
        name for name in ("raw_data", *dict.fromkeys((*layouts.STORED_AS.values(), "int32_data"))) if tensor.has(name)
    ]
    if not places:
        return 0
    place = places[0]
    if len(places) > 1 or place not in ("raw_data", layouts.STORED_AS.get(dtype, "int32_data")):
        return -1
    size = sum(len(run) for run in tensor.many(place))
    if place == "raw_data":
        return size // ITEM_SIZES[dtype] if size % ITEM_SIZES[dtype] == 0 else -1
    if place in ("float_data", "double_data"):
        return size // ITEM_SIZES[dtype] + len(tensor.numbers.get(place, []))
    return len(reader.integers(tensor, place))
