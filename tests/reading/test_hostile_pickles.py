"""Pickles that try to run something: nothing runs, and the weights beside it are rescued or the file is refused."""

import contextlib
import socket
from pathlib import Path

import pytest

from mtgui.reading.bounds import Limits
from mtgui.reading.errors import ModelError, RefusalError
from mtgui.reading.reader import inspect_model, read_model
from tests.reading.reading_helpers import ORDERED, call, named, numbers, op, read_here, tensor, torch_legacy, torch_zip

HARM = "__HARM__"


def payload(kind: str, command: str) -> bytes:
    """Return opcodes that would run ``command`` in a shell, by one of the ways pickle offers."""
    argument = op(command)
    return {
        "reduce": call("os", "system", command),
        "posix": call("posix", "system", command),
        "inst": b"(" + argument + b"ios\nsystem\n",
        "obj": b"(" + named("os", "system") + argument + b"o",
        "stack_global": op("os") + op("system") + b"\x93" + op((command,)) + b"R",
        "newobj": named("subprocess", "Popen") + op((command,)) + b"\x81",
        "newobj_ex": named("subprocess", "Popen") + op(()) + op({"args": command, "shell": True}) + b"\x92",
        "build": named("torch.nn", "Module")
        + b")\x81"
        + op({"__setstate__": named("os", "system")})
        + b"b"
        + argument
        + b"b",
        "build_reduce": call("builtins", "exec", f"import os; os.system({command!r})"),
        "getattr": call("builtins", "getattr", call("builtins", "__import__", "os"), "system") + op((command,)) + b"R",
        "partial": call("functools", "partial", named("os", "system"), command) + b")R",
        "map": call("builtins", "list", call("builtins", "map", named("os", "system"), [command])),
        "ordered": named("collections", "OrderedDict") + op((call("os", "system", command),)) + b"R",
        "dotted": op("torch") + op("os.system") + b"\x93" + op((command,)) + b"R",
        "key": op({"a": 1})[:-1] + call("os", "system", command) + op(1) + b"u",
        "subclass": call(
            "torch._tensor", "_rebuild_from_type_v2", named("os", "system"), named("torch", "Tensor"), (command,), {}
        ),
        "load_from_bytes": call("torch.storage", "_load_from_bytes", call("_codecs", "encode", "nested", "latin1")),
        "hub": call("torch.hub", "load", "someone/something", "model"),
    }[kind]


KINDS = (
    "reduce posix inst obj stack_global newobj newobj_ex build build_reduce getattr partial map ordered dotted key "
    "subclass load_from_bytes hub"
)


@pytest.mark.parametrize("container", [torch_zip, torch_legacy])
@pytest.mark.parametrize("kind", KINDS.split())
def test_weights_are_rescued_and_nothing_runs(tmp_path: Path, kind: str, container: object) -> None:
    touched = tmp_path / "touched"
    root = {"state_dict": {"fc.weight": tensor()}, "extra": payload(kind, f"touch {touched}")}
    if container is torch_legacy:
        place = op(("storage", named("torch", "FloatStorage"), "0", "cpu", 6, None)) + b"Q"
        weight = call("torch._utils", "_rebuild_tensor_v2", place, 0, (2, 3), (3, 1), False, ORDERED)
        root["state_dict"] = {"fc.weight": weight}
        data = torch_legacy(root)
    else:
        data = torch_zip(root)
    (tmp_path / "m.pth").write_bytes(data)
    facts = inspect_model(tmp_path / "m.pth")
    assert [t.name for t in facts.tensors] == ["fc.weight"]
    assert not touched.exists()


@pytest.mark.parametrize("kind", KINDS.split())
def test_a_file_that_is_nothing_but_an_attack_is_refused(tmp_path: Path, kind: str) -> None:
    (tmp_path / "m.pth").write_bytes(torch_zip(payload(kind, f"touch {tmp_path / 'touched'}")))
    with pytest.raises(ModelError, match=r"no weights|cannot be followed|damaged"):
        inspect_model(tmp_path / "m.pth")
    assert not (tmp_path / "touched").exists()


def test_what_the_file_wanted_to_run_is_said(tmp_path: Path) -> None:
    (tmp_path / "m.pth").write_bytes(torch_zip({"w": tensor(), "x": call("os", "system", "true")}))
    (note,) = inspect_model(tmp_path / "m.pth").notes
    assert "could run “os.system”. mtgui has not run it" in note


def test_no_port_is_reached(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        address = server.getsockname()
        attack = call("socket", "create_connection", address)
        (tmp_path / "m.pth").write_bytes(torch_zip({"w": tensor(), "x": attack}))
        assert len(inspect_model(tmp_path / "m.pth").tensors) == 1
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize(
    ("pickle", "message"),
    [
        (b"\x82\x01", "forbidden command 0x82"),
        (b"\x83\x01\x00", "forbidden command 0x83"),
        (b"\x84\x01\x00\x00\x00", "forbidden command 0x84"),
        (b"Pstorage\n", "forbidden command 0x50"),
        (b"\x97", "forbidden command 0x97"),
        (b"\x98", "forbidden command 0x98"),
        (b"\xff", "forbidden command 0xff"),
        (b"\x80\x09", "does not exist yet"),
        (b"R", "takes what it never gave"),
        (b"h\x07", "cannot be followed"),
        (b"X\xff\xff\xff\x7f", "ends in the middle"),
        (b"\x8b\xff\xff\xff\xff", "ends in the middle"),
        (b"\x8d" + b"\xff" * 8, "ends in the middle"),
        (b"\x96" + b"\xff" * 8, "ends in the middle"),
        (b"I" + b"9" * 5000 + b"\n", "cannot be followed"),
        (b"L" + b"9" * 200_000, "endless line"),
        (b"S" + b"(" * 9000 + b"\n", "nested too deeply|cannot be followed|damaged"),
        (b"Sos.system('x')\n", "cannot be followed"),
        (op("pid") + b"Q", "refers to something that is no storage"),
        (op(("module", "x")) + b"Q", "refers to something that is no storage"),
        (op(("storage",)) + b"Q", "refers to something that is no storage"),
        (op([1]) + b"Q", "refers to something that is no storage"),
        (op(("storage", named("os", "system"), "0", "cpu", 6)) + b"Q", "storage of an unknown kind"),
        (op(("storage", named("torch", "EvilStorage"), "0", "cpu", 6)) + b"Q", "unknown kind of storage"),
        (op(("storage", named("torch", "FloatStorage"), 7, "cpu", 6)) + b"Q", "without a proper name"),
        (op(("storage", named("torch", "FloatStorage"), "0", "cpu", -6)) + b"Q", "not a number that makes sense"),
        (op(("storage", named("torch", "FloatStorage"), "0", "cpu", 1 << 70)) + b"Q", "number that makes sense"),
        (op(("storage", named("torch", "FloatStorage"), "0", "cpu", True)) + b"Q", "number that makes sense"),
        (op(("storage", named("torch", "FloatStorage"), "../x", "cpu", 6)) + b"Q", "is missing"),
        (op(("storage", named("torch", "FloatStorage"), "0", "cpu", 7)) + b"Q", "shorter than"),
        (tensor(offset=-1), "offset of a tensor is not a number"),
        (tensor(offset=1), "beyond the end"),
        (tensor(stride=(-3, 1)), "stride of a tensor is not a number"),
        (tensor(stride=(1 << 62, 1)), "beyond the end"),
        (tensor(shape=(2, -3)), "shape of a tensor is not a number"),
        (tensor(shape=(2, 4)), "beyond the end"),
        (tensor(shape=(2, 3, 1)), "more strides than dimensions"),
        (tensor(shape=(0, 1 << 40, 1 << 40), stride=(0, 0, 0)), "impossible shape"),
        (tensor(shape=tuple([1] * 40), stride=tuple([1] * 40)), "not a short list"),
        (tensor(shape="ab"), "not a short list"),
        (call("torch._utils", "_rebuild_tensor_v2", "no storage", 0, (1,), (1,), False, ORDERED), "has no storage"),
        (call("torch._utils", "_rebuild_tensor_v2", 1), "other arguments than torch"),
        (op(1) + op(2) + b"a", "appends to something that is no list"),
        (op(1) + op(2) + op(3) + b"s", "no dictionary"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(tmp_path: Path, pickle: bytes, message: str) -> None:
    (tmp_path / "m.pth").write_bytes(torch_zip({"w": pickle}))
    with pytest.raises(ModelError, match=message) as caught:
        inspect_model(tmp_path / "m.pth")
    assert str(caught.value).startswith("m.pth: it ")


def test_an_expanded_tensor_cannot_fill_the_disk(tmp_path: Path) -> None:
    (tmp_path / "m.pth").write_bytes(torch_zip({"w": tensor(shape=(1 << 20, 1 << 20), stride=(0, 0))}))
    with pytest.raises(ModelError, match="made to fill disks"):
        read_model(tmp_path / "m.pth", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["m.pth"]


def test_a_slightly_expanded_tensor_is_written_out(tmp_path: Path) -> None:
    (tmp_path / "m.pth").write_bytes(torch_zip({"w": tensor(offset=1, shape=(4, 3), stride=(0, 2))}))
    _, tensors = read_model(tmp_path / "m.pth", tmp_path)
    assert tensors.array("w").tolist() == [[1.0, 3.0, 5.0]] * 4


@pytest.mark.timeout(300)
def test_a_graph_that_doubles_with_every_step_is_walked_once(tmp_path: Path) -> None:
    doubling = op({"w": tensor()}) + b"q\x01" + b"h\x01\x86q\x01" * 200
    key = b"}" + doubling + op(1) + b"s"
    for root in (doubling, b"}" + op("a") + doubling + b"s", key):
        (tmp_path / "m.pth").write_bytes(torch_zip(root))
        with contextlib.suppress(RefusalError):
            # Refused for what it is or read, but never for the time it takes: here nothing bounds that.
            read_here(tmp_path / "m.pth")


@pytest.mark.parametrize(("opening", "closing"), [(b"]", b"a"), (b"", b"\x85"), (b"}" + op("k"), b"s"), (b"(", b"l")])
def test_deep_nesting_costs_no_stack(tmp_path: Path, opening: bytes, closing: bytes) -> None:
    nested = opening * 200_000 + tensor() + closing * 200_000
    (tmp_path / "m.pth").write_bytes(torch_zip({"deep": nested}))
    with pytest.raises(ModelError):
        inspect_model(tmp_path / "m.pth")
    (tmp_path / "m.pth").write_bytes(torch_zip({"state_dict": {"w": tensor()}, "deep": nested}))
    assert len(inspect_model(tmp_path / "m.pth").tensors) == 1


def test_a_thing_that_holds_itself_is_walked_once(tmp_path: Path) -> None:
    loop = b"}q\x01" + op("self") + b"h\x01s" + op("w") + tensor() + b"s"
    (tmp_path / "m.pth").write_bytes(torch_zip(loop))
    assert [t.name for t in inspect_model(tmp_path / "m.pth").tensors] == ["w"]


def test_modules_that_hold_themselves_are_refused(tmp_path: Path) -> None:
    parts = b"}(" + op("_parameters") + b"}" + op("_modules") + b"}" + op("x") + b"h\x01su"
    module = named("my", "Net") + b")\x81q\x01" + parts + b"b"
    (tmp_path / "m.pth").write_bytes(torch_zip(module))
    with pytest.raises(ModelError, match="without end"):
        inspect_model(tmp_path / "m.pth")


def test_memory_stays_bounded(tmp_path: Path) -> None:
    text = op("x" * (4 << 20)) + b"q\x01" + named("_codecs", "encode") + b"q\x020"
    many = text + b"(" + (b"h\x02(h\x01" + op("latin1") + b"tR") * 2000 + b"l"
    (tmp_path / "m.pth").write_bytes(torch_zip(many))
    with pytest.raises(ModelError, match="more memory"):
        inspect_model(tmp_path / "m.pth", Limits(memory=1 << 30, seconds=60, output=1 << 20))


@pytest.mark.timeout(300)
def test_time_stays_bounded(tmp_path: Path) -> None:
    (tmp_path / "m.pth").write_bytes(torch_zip(b"N" + b"20" * (20 << 20)))
    with pytest.raises(ModelError, match=r"took longer than 1 seconds|too much processor time"):
        inspect_model(tmp_path / "m.pth", Limits(memory=4 << 30, seconds=1, output=1 << 20))


def test_two_tensors_may_share_one_storage(tmp_path: Path) -> None:
    root = {"a": tensor(), "b": tensor(offset=3, shape=(3,), stride=(1,))}
    (tmp_path / "m.pth").write_bytes(torch_zip(root))
    loaded, data = read_here(tmp_path / "m.pth")
    assert list(loaded.unwrapped.tensors) == ["a", "b"]
    assert data.endswith(numbers() + numbers()[12:])
