"""What is said of an ONNX file, and what is refused before anything could run it."""

import contextlib
import os
import socket
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies

from mtgui.common.errors import printable
from mtgui.reading.errors import ModelError, RefusalError
from mtgui.reading.onnx_checks import check_onnx
from mtgui.reading.onnx_facts import onnx_from, onnx_to_values
from mtgui.reading.reader import inspect_model, read_model
from tests.reading import onnx_writer as w
from tests.reading.reading_helpers import described, numbers, safetensors

PLAIN = w.plain_weight()
WEIGHT = w.tensor("w", PLAIN)
INPUT = w.value("x", ["n", 3, 4, 4])
OUTPUT = w.value("y", ["n", 5])
STEPS = [w.node("Flatten", ["x"], ["flat"], axis=1), w.node("MatMul", ["flat", "w"], ["y"])]
ONE = np.ones(1, "f4")


def built(
    *more: bytes,
    weights: tuple[bytes, ...] = (WEIGHT,),
    inputs: tuple[bytes, ...] = (INPUT,),
    outputs: tuple[bytes, ...] = (OUTPUT,),
    extra: bytes = b"",
    around: bytes = b"",
) -> bytes:
    return w.model(w.graph([*STEPS, *more], list(inputs), list(outputs), list(weights), extra), extra=around)


def elsewhere(location: str, data_location: int = 1) -> bytes:
    """Return a tensor whose numbers lie in the file ``location``."""
    return (
        w.number(1, 60) + w.number(1, 5) + w.number(2, 1) + w.run(8, "w")
        + w.run(13, w.run(1, "location") + w.run(2, location)) + w.number(14, data_location)
    )  # fmt: skip


def nested(depth: int) -> bytes:
    inner = w.graph([], [], [w.value("z", [1])], [w.tensor("z", ONE)])
    for _ in range(depth):
        branch = w.run(1, "then_branch") + w.run(6, inner) + w.number(20, 5)
        inner = w.graph([w.node("If", ["c"], ["z"], extra=w.run(5, branch))], [], [w.value("z", [1])])
    return w.node("If", ["c"], ["q"], extra=w.run(5, w.run(1, "then_branch") + w.run(6, inner) + w.number(20, 5)))


def in_branch(weight: bytes) -> bytes:
    inner = w.graph([], [], [w.value("w", [1])], [weight])
    return w.node("If", ["c"], ["q"], extra=w.run(5, w.run(1, "then_branch") + w.run(6, inner) + w.number(20, 5)))


def test_a_classifier_is_described(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(w.classifier(PLAIN, batch=2))
    facts = inspect_model(tmp_path / "holiday.jpg")
    assert (facts.format, facts.files, facts.size) == ("ONNX, opset 17", ("holiday.jpg",), PLAIN.nbytes)
    assert [(t.name, t.dtype, t.shape) for t in facts.tensors] == [("w", "F32", (48, 5))]
    graph = facts.onnx
    assert graph is not None
    assert (graph.input, graph.input_shape, graph.output, graph.classes) == ("x", (2, 3, 4, 4), "step0", 5)
    assert (graph.ending, graph.batch, graph.size, graph.producer) == ("logits", 2, (4, 4), "writer")
    assert (graph.operators, graph.constants, graph.is_channels_last) == (2, PLAIN.nbytes, False)


@pytest.mark.parametrize(
    ("ending", "opset", "expected"),
    [
        ((), 17, "logits"),
        (("Softmax",), 17, "probabilities"),
        (("Softmax",), 11, "probabilities"),
        (("Softmax", "Identity"), 17, "probabilities"),
        (("LogSoftmax",), 17, "logits"),
        (("Softmax", "Log"), 17, "logits"),
    ],
)
def test_what_the_answer_holds_is_read_off_the_graph(ending: tuple[str, ...], opset: int, expected: str) -> None:
    assert check_onnx(memoryview(w.classifier(PLAIN, ending=ending, opset=opset))).facts.ending == expected


def test_channels_last_and_open_sizes_are_seen() -> None:
    facts = check_onnx(memoryview(w.classifier(PLAIN, is_last=True))).facts
    assert facts.is_channels_last
    assert (facts.batch, facts.size) == (None, (4, 4))
    facts = check_onnx(memoryview(built(inputs=(w.value("x", ["n", 3, "h", "w"]),)))).facts
    assert facts.size == (None, None)


def test_weights_that_are_listed_as_inputs_are_none() -> None:
    assert check_onnx(memoryview(built(inputs=(INPUT, w.value("w", [48, 5]))))).facts.input == "x"


def test_of_several_outputs_the_one_called_logits_is_used() -> None:
    outputs = (w.value("flat", ["n", 48]), w.value("logits", ["n", 5]))
    data = built(w.node("Identity", ["y"], ["logits"]), outputs=outputs)
    assert check_onnx(memoryview(data)).facts.output == "logits"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (built(weights=(elsewhere("/etc/passwd"),)), "weights lie in other files"),
        (built(weights=(elsewhere("../../secret"),)), "weights lie in other files"),
        (built(weights=(elsewhere("x.bin", 0),)), "weights lie in other files"),
        (built(weights=(elsewhere("x.bin", (1 << 32) + 1),)), "weights lie in other files"),
        (built(weights=(w.tensor("w", PLAIN, extra=w.number(14, 1)),)), "weights lie in other files"),
        (built(in_branch(elsewhere("x.bin"))), "weights lie in other files"),
        (built(w.node("Constant", [], ["q"], value=elsewhere("x.bin"))), "weights lie in other files"),
        (built(w.node("Constant", [], ["q"], extra=w.run(5, w.run(10, elsewhere("x.bin"))))), "lie in other files"),
        (built(w.node("Constant", [], ["q"], extra=w.run(5, w.run(22, w.run(1, elsewhere("x")))))), "sparse numbers"),
        (built(extra=w.run(15, w.run(1, elsewhere("x.bin")))), "sparse weights"),
        (built(w.node("Shell", ["y"], ["q"], domain="evil")), r"not ONNX's own, “evil\.Shell”.*export it again"),
        (built(w.node("EPContext", ["y"], ["q"], domain="com.microsoft")), r"“com\.microsoft\.EPContext”"),
        (built(w.node("Loop", ["y"], ["q"])), "a loop .“Loop”"),
        (built(w.node("RandomNormalLike", ["y"], ["q"])), "draws random numbers"),
        (built(nested(20)), "lie inside each other without end"),
        (built(around=w.run(25, w.run(1, "f"))), "functions of its own.*inlined"),
        (built(around=w.run(20, b"")), "instructions for training"),
        (built(around=w.run(99, b"")), "does not know .field 99."),
        (built(around=w.run(7, b"")), "“graph” twice"),
        (built(around=w.run(8, w.number(2, 17))), "which version of ONNX's operators"),
        (w.model(w.graph(STEPS, [INPUT], [OUTPUT], [WEIGHT]), opset=1 << 40), "version 1099511627776 of"),
        (built(weights=(w.tensor("w", PLAIN, [48, 6]),)), "size of its tensor “w” does not fit"),
        (built(weights=(w.tensor("w", PLAIN, [48, -5]),)), "impossible shape"),
        (built(weights=(w.tensor("w", PLAIN, [1 << 40, 1 << 40]),)), "impossible shape"),
        (built(weights=(w.tensor("w", PLAIN, [1] * 40),)), "impossible shape"),
        (built(weights=(w.tensor("w", PLAIN, extra=w.run(6, "text")),)), "of a kind that mtgui does not run"),
        (built(weights=(w.tensor("w", PLAIN, extra=w.run(4, bytes(960))),)), "does not fit its shape"),
        (built(weights=(WEIGHT, WEIGHT)), "same name"),
        (built(inputs=(INPUT, w.value("other", [1]))), "2 inputs .“x”, “other”., not one"),
        (built(inputs=()), "0 inputs"),
        (built(inputs=(w.value("x", ["n", 128], 7),)), "no batch of pictures .its shape: .×128"),
        (built(inputs=(w.value("x", ["n", 1, 28, 28]),)), "no batch of pictures"),
        (built(inputs=(w.value("x", ["n", 3, 1 << 20, 4]),)), "no batch of pictures"),
        (built(inputs=(w.value("x", None),)), "no batch of pictures .its shape: unknown"),
        (built(inputs=(w.value("x", ["n", 3, 4, 4], 2),)), "neither float32 nor float16"),
        (built(outputs=(w.value("y", ["n", 5, 7, 7]),)), "one clear output.*“y”"),
        (built(outputs=(OUTPUT, w.value("flat", ["n", 48]))), "one clear output"),
        (w.classifier(PLAIN, ending=("Sigmoid",)), "judges every class by itself"),
        (w.number(1, 8) + w.run(2, "ORTM" + "x" * 90), "no ONNX model, though it begins like one"),
        (w.number(1, 8) + w.run(2, "writer"), "begins like an ONNX model and holds none"),
        (b"\x08\x07\x12\x07pytorch\x1a\x05" + bytes(200), "does not know .field 0."),
        (built()[:-30], "it ends in the middle"),
        (built(around=b"\x98\x06" + b"\xff" * 12), "does not know|too long"),
        (built(around=b"\x28" + b"\xff" * 12), "too long"),
    ],
)  # fmt: skip
def test_what_could_reach_out_or_mislead_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(RefusalError, match=message):
        check_onnx(memoryview(data))


NO, YES = (np.array(value) for value in (False, True))
HALF = w.tensor("half", np.array(0.5, "f4"))
ZERO = w.tensor("share", np.array(0, "f4"))
NORM = ("y", "one", "one", "one", "one")


def switched(switch: bytes, *nodes: bytes) -> bytes:
    """Return a graph whose last step is dropout, switched by “on”, which ``switch`` or ``nodes`` make."""
    weights = (WEIGHT, HALF, *([switch] if switch else []))
    return built(*nodes, w.node("Dropout", ["y", "half", "on"], ["z"]), weights=weights)


def dropping(share: bytes, *nodes: bytes) -> bytes:
    """Return a graph whose last step is dropout of “share”, which ``share`` or ``nodes`` make, and is switched on."""
    last = w.node("Dropout", ["y", "share", "on"], ["z"])
    return built(*nodes, last, weights=(WEIGHT, share, w.tensor("on", YES)))


def branch(*nodes: bytes) -> bytes:
    inner = w.graph(nodes, [], [w.value("z", [1])])
    return w.node("If", ["c"], ["q"], extra=w.run(5, w.run(1, "then_branch") + w.run(6, inner) + w.number(20, 5)))


@pytest.mark.parametrize(
    "data",
    [
        switched(w.tensor("on", YES)),
        switched(b"", w.node("Constant", [], ["on"], value=w.tensor("", YES))),
        switched(b"", w.node("Greater", ["half", "half"], ["on"])),
        switched(w.tensor("on", NO), w.node("Constant", [], ["on"], value=w.tensor("", YES))),
        switched(w.number(2, 9) + w.run(8, "on") + w.run(5, w.varint(1))),
        built(w.node("Identity", ["x"], ["on"]), w.node("Dropout", ["y", "half", "on"], ["z"]), weights=(WEIGHT, HALF)),
        switched(
            w.tensor("on", YES), w.node("Identity", ["on"], ["off"]), w.node("Dropout", ["y", "half", "off"], ["q"])
        ),
        dropping(w.tensor("share", np.array(0.5, "f4"))),
        dropping(w.tensor("share", np.zeros(2, "f4"))),
        dropping(w.tensor("share", np.array(0, "i8"))),
        dropping(ZERO, w.node("Constant", [], ["share"], value=w.tensor("", np.array(0.5, "f4")))),
        built(w.node("Dropout", ["y", "", "x"], ["z"])),
        built(w.node("Dropout", ["y"], ["z"], is_test=0)),
        built(w.node("BatchNormalization", NORM, ["z"], training_mode=1)),
        built(w.node("BatchNormalization", NORM, ["z", "", "mean"])),
        built(w.node("BatchNormalization", NORM, ["z"], is_test=0)),
        built(branch(w.node("BatchNormalization", NORM, ["z"], training_mode=1))),
        built(
            branch(w.node("Constant", [], ["on"], value=w.tensor("", YES)), w.node("Dropout", ["y", "", "on"], ["z"]))
        ),
    ],
)
def test_what_was_exported_in_training_mode_is_refused(data: bytes) -> None:
    with pytest.raises(RefusalError, match=r"training mode .“(Dropout|BatchNormalization)”.*export it again in eval"):
        check_onnx(memoryview(data))


@pytest.mark.parametrize(
    "data",
    [
        switched(w.tensor("on", NO)),
        switched(w.number(2, 9) + w.run(8, "on") + w.run(5, w.varint(0))),
        switched(b"", w.node("Constant", [], ["on"], value=w.tensor("", NO))),
        switched(w.tensor("on", NO), branch(w.node("Dropout", ["y", "", "on"], ["z"]))),
        switched(w.tensor("no", NO), w.node("Identity", ["no"], ["on"])),
        dropping(ZERO),
        dropping(w.tensor("share", np.array([0], "f8"))),
        dropping(w.number(2, 1) + w.run(8, "share") + w.run(4, bytes(4))),
        dropping(w.tensor("no", np.array(0, "f4")), w.node("Identity", ["no"], ["share"])),
        built(w.node("Dropout", ["y", "half"], ["z", "mask"])),
        built(w.node("Dropout", ["y", "half", ""], ["z"])),
        built(w.node("BatchNormalization", NORM, ["z", ""], training_mode=0)),
    ],
)
def test_what_is_switched_to_evaluation_is_read(data: bytes) -> None:
    assert check_onnx(memoryview(data)).facts.classes == 5


@pytest.mark.parametrize("shape", [["n", 1], ["n", 1, 1, 1], ["n"]])
def test_one_number_for_each_picture_is_refused(shape: list[str | int]) -> None:
    with pytest.raises(RefusalError, match=r"gives one number for each picture.*export it again with two numbers"):
        check_onnx(memoryview(built(outputs=(w.value("y", shape),))))


def test_every_cut_of_a_file_is_a_refusal() -> None:
    data = w.classifier(w.plain_weight(size=1), size=1)
    for end in range(1, len(data)):
        with pytest.raises(RefusalError):
            check_onnx(memoryview(data[:end]))


@settings(deadline=None, max_examples=300)
@given(data=strategies.data())
def test_a_changed_file_is_described_or_refused(data: strategies.DataObject) -> None:
    changed = bytearray(w.classifier(w.plain_weight(size=1), size=1, ending=("Softmax",)))
    for _ in range(data.draw(strategies.integers(1, 4))):
        changed[data.draw(strategies.integers(0, len(changed) - 1))] = data.draw(strategies.integers(0, 255))
    with contextlib.suppress(RefusalError):
        facts = check_onnx(memoryview(changed)).facts
        assert onnx_from(onnx_to_values(facts)) == replace(facts, producer=printable(facts.producer))


def test_numbers_in_typed_fields_are_counted() -> None:
    packed = w.number(1, 2) + w.number(2, 1) + w.run(8, "a") + w.run(4, bytes(8))
    loose = w.number(1, 2) + w.number(2, 1) + w.run(8, "b") + 2 * (w.varint(4 << 3 | 5) + bytes(4))
    whole = w.number(1, 2) + w.number(2, 7) + w.run(8, "c") + w.run(7, w.varint(-1) + w.varint(300))
    facts = check_onnx(memoryview(built(weights=(WEIGHT, packed, loose, whole)))).facts
    assert facts.constants == PLAIN.nbytes + 8 + 8 + 16


@pytest.mark.parametrize("location", ["link.bin", "../secret.bin", "{}/secret.bin"])
def test_external_numbers_are_neither_opened_nor_asked_for(tmp_path: Path, location: str) -> None:
    secret = tmp_path / "secret.bin"
    secret.write_bytes(PLAIN.tobytes())
    os.utime(secret, (1, 1))
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "link.bin").symlink_to(secret)
    path = tmp_path / "model" / "m.onnx"
    path.write_bytes(built(weights=(elsewhere(location.format(tmp_path)),)))
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        with pytest.raises(ModelError, match=r"m\.onnx: it is an ONNX model whose weights lie in other files"):
            inspect_model(path)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert secret.stat().st_atime == 1


def test_weights_are_not_taken_out(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(w.classifier(PLAIN))
    with pytest.raises(ModelError, match="it is run as a whole"):
        read_model(tmp_path / "m.onnx", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["m.onnx"]


def test_in_a_folder_safetensors_come_before_it(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(w.classifier(PLAIN))
    assert inspect_model(tmp_path).format == "ONNX, opset 17"
    (tmp_path / "model.safetensors").write_bytes(safetensors({"a": described()}, numbers()))
    assert inspect_model(tmp_path).format == "safetensors"
