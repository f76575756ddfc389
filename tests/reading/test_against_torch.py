"""What torch saves comes out number by number as torch itself loads it, without torch in the reading process."""

import argparse
import collections
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mtgui.reading.errors import ModelError
from mtgui.reading.facts import ModelFacts
from mtgui.reading.reader import read_model

torch = pytest.importorskip("torch")
nn = torch.nn

BOTH = pytest.mark.parametrize("is_zip", [True, False], ids=["zip", "legacy"])
DTYPES = ("float32", "float64", "float16", "bfloat16", "uint8", "int8", "int16", "int32", "int64", "bool", "complex64")
LATER_DTYPES = ("uint16", "uint32", "uint64", "float8_e4m3fn", "float8_e5m2")


def save(path: Path, saved: object, is_zip: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.save(saved, path, _use_new_zipfile_serialization=is_zip)


def read(path: Path) -> tuple[ModelFacts, dict[str, Any]]:
    """Return the facts, and the raw bytes of each tensor turned back into torch's."""
    folder = path.with_suffix(".out")
    folder.mkdir()
    facts, file = read_model(path, folder)
    names = {"BF16": "bfloat16", "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2"}
    names |= {"F32": "float32", "F64": "float64", "F16": "float16", "BOOL": "bool", "C64": "complex64"}
    found = {}
    for name, place in file.places.items():
        kind = names.get(place.dtype, place.dtype.replace("U", "uint").replace("I", "int"))
        data = bytearray(file.raw(name))
        flat = torch.frombuffer(data, dtype=torch.uint8) if data else torch.empty(0, dtype=torch.uint8)
        found[name] = flat.view(getattr(torch, kind)).reshape(place.shape)
    return facts, found


def assert_same(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert list(found) == list(expected)
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype
        assert found[name].shape == tensor.shape
        plain = tensor.detach().resolve_conj().contiguous().reshape(-1)
        assert torch.equal(found[name].reshape(-1).view(torch.uint8), plain.view(torch.uint8)), name


def small_net() -> Any:
    torch.manual_seed(0)
    return nn.Sequential(
        collections.OrderedDict(
            conv=nn.Conv2d(3, 4, 3), norm=nn.BatchNorm2d(4), flat=nn.Flatten(), fc=nn.Linear(16, 10, bias=False)
        )
    )


@BOTH
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_kind_of_number(tmp_path: Path, dtype: str, is_zip: bool) -> None:
    state = {"w": (torch.arange(24).reshape(2, 3, 4) % 7).to(getattr(torch, dtype)), "empty": torch.empty(0, 3)}
    save(tmp_path / "m.pth", state, is_zip)
    assert_same(read(tmp_path / "m.pth")[1], torch.load(tmp_path / "m.pth", weights_only=True))


@pytest.mark.parametrize("dtype", LATER_DTYPES)
def test_kinds_of_numbers_without_a_storage_of_their_own(tmp_path: Path, dtype: str) -> None:
    state = {"w": torch.arange(6).to(getattr(torch, dtype))}
    save(tmp_path / "m.pth", state, True)
    assert_same(read(tmp_path / "m.pth")[1], state)


@BOTH
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_every_protocol_of_pickle_and_weights_of_numpy(tmp_path: Path, protocol: int, is_zip: bool) -> None:
    state = {
        "w": torch.randn(2, 3),
        "numpy": np.arange(6, dtype=np.float32).reshape(2, 3),
        "columns": np.asfortranarray(np.arange(6).reshape(2, 3)),
        "half": np.ones(3, np.float16),
        "none": np.zeros((0, 2)),
    }
    names = {"names": {"a", "b"}, "frozen": frozenset({1}), "big": 1 << 100, "bytes": b"x", "array": bytearray(b"y")}
    torch.save(
        {"model": state, **names}, tmp_path / "m", pickle_protocol=protocol, _use_new_zipfile_serialization=is_zip
    )
    assert_same(read(tmp_path / "m")[1], {name: torch.as_tensor(value) for name, value in state.items()})


@BOTH
def test_views_and_shared_storages(tmp_path: Path, is_zip: bool) -> None:
    base = torch.arange(120.0).reshape(2, 3, 4, 5)
    state = {
        "base": base,
        "transposed": base.permute(3, 1, 0, 2),
        "every_other": base[..., ::2],
        "part": base[1, 1:],
        "number": base[0, 0, 0, 3],
        "expanded": base[0, 0, 0, :1].expand(4, 1).t(),
        "channels_last": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
        "parameter": nn.Parameter(torch.ones(3, 2).t()),
        "large": torch.randn(1500, 1400).t(),
    }
    save(tmp_path / "m.pth", state, is_zip)
    assert_same(read(tmp_path / "m.pth")[1], torch.load(tmp_path / "m.pth", weights_only=True))


@BOTH
def test_a_state_dict_keeps_its_order(tmp_path: Path, is_zip: bool) -> None:
    state = small_net().state_dict()
    save(tmp_path / "m.pth", state, is_zip)
    facts, found = read(tmp_path / "m.pth")
    assert_same(found, state)
    assert (facts.taken, facts.renamed, facts.ignored) == ("the file itself", (), ())
    assert facts.guessed_classes == (10, "fc.weight")
    assert facts.parameters == sum(p.numel() for p in small_net().parameters())


@BOTH
def test_a_whole_module_gives_its_state_dict(tmp_path: Path, is_zip: bool) -> None:
    net = small_net()
    net.register_buffer("hidden", torch.ones(2), persistent=False)
    net.shared = net.fc
    net.half()
    save(tmp_path / "m.pth", net, is_zip)
    facts, found = read(tmp_path / "m.pth")
    assert_same(found, net.state_dict())
    assert facts.taken == "the file itself (a whole module)"


def test_a_module_of_torchvision_whose_classes_the_reader_cannot_import(tmp_path: Path) -> None:
    models = pytest.importorskip("torchvision").models
    net = models.resnet18(weights=None)
    save(tmp_path / "m.pth", {"model": net, "epoch": 3}, True)
    facts, found = read(tmp_path / "m.pth")
    assert_same(found, net.state_dict())
    assert facts.parameters == 11_689_512
    assert facts.ignored == ("“epoch”: a number",)


@BOTH
def test_data_parallel_loses_its_prefix(tmp_path: Path, is_zip: bool) -> None:
    net = small_net()
    save(tmp_path / "m.pth", {"epoch": 3, "state_dict": nn.DataParallel(net).state_dict()}, is_zip)
    facts, found = read(tmp_path / "m.pth")
    assert_same(found, net.state_dict())
    assert facts.renamed[0] == ("module.conv.weight", "conv.weight")
    assert len(facts.renamed) == len(found)
    save(tmp_path / "whole.pth", nn.DataParallel(net), is_zip)
    assert_same(read(tmp_path / "whole.pth")[1], net.state_dict())


@BOTH
def test_a_training_checkpoint_gives_its_weights_alone(tmp_path: Path, is_zip: bool) -> None:
    net = small_net()
    optimizer = torch.optim.AdamW(net.parameters())
    net(torch.randn(2, 3, 4, 4)).sum().backward()
    optimizer.step()
    saved = {
        "epoch": np.int64(3),
        "best": np.float64(0.5),
        "loss": np.float32(0.25),
        "history": np.arange(4.0),
        "args": argparse.Namespace(lr=0.1, device=torch.device("cpu"), dtype=torch.float16, data=Path("/data")),
        "rng": torch.get_rng_state(),
        "size": torch.Size([2, 3]),
        "counts": collections.defaultdict(int, a=1),
        "optimizer": optimizer.state_dict(),
        "scheduler": torch.optim.lr_scheduler.StepLR(optimizer, 3).state_dict(),
        "model": net.state_dict(),
        "model_ema": {f"module.{name}": value * 0.5 for name, value in net.state_dict().items()},
    }
    save(tmp_path / "m.pth", saved, is_zip)
    facts, found = read(tmp_path / "m.pth")
    assert_same(found, net.state_dict())
    assert (facts.taken, facts.reason) == ("“model”", "its key is the most usual one for weights")
    assert "“model_ema”" in facts.others
    assert "“args”: an object of the class “argparse.Namespace”" in facts.ignored
    assert any(line.startswith("“optimizer”: a dictionary") for line in facts.ignored)
    assert facts.notes == ()


def test_a_lightning_checkpoint_loses_the_prefix_of_its_wrapper(tmp_path: Path) -> None:
    net = small_net()
    state = {f"model._orig_mod.{name}": value for name, value in net.state_dict().items()}
    saved = {
        "pytorch-lightning_version": "2.4.0",
        "state_dict": collections.OrderedDict(state),
        "hyper_parameters": {"net": small_net(), "lr": 1e-3},
        "optimizer_states": [torch.optim.SGD(net.parameters(), momentum=0.9).state_dict()],
        "callbacks": {"ModelCheckpoint{}": {"best_model_score": torch.tensor(0.3)}},
    }
    save(tmp_path / "m.ckpt", saved, True)
    facts, found = read(tmp_path / "m.ckpt")
    assert_same(found, net.state_dict())
    assert (facts.taken, facts.renamed[0]) == ("“state_dict”", ("model._orig_mod.conv.weight", "conv.weight"))


def test_parameters_with_attributes_and_subclasses(tmp_path: Path) -> None:
    parameter = nn.Parameter(torch.ones(2, 3))
    parameter.note = "mine"
    subclass = torch.arange(6.0).as_subclass(Subclass)
    save(tmp_path / "m.pth", {"p": parameter, "s": subclass}, True)
    assert_same(read(tmp_path / "m.pth")[1], {"p": torch.ones(2, 3), "s": torch.arange(6.0)})


Subclass = type("Subclass", (torch.Tensor,), {"__module__": __name__})


def test_a_graphics_card_leaves_no_trace(tmp_path: Path) -> None:
    """A file saved from CUDA differs in the name of the device alone, which is replaced here by hand."""
    save(tmp_path / "cpu.pth", {"w": torch.arange(6.0)}, False)
    data = (tmp_path / "cpu.pth").read_bytes()
    for place in ("cuda:0", "mps", "xpu:1"):
        old, new = b"X\x03\0\0\0cpu", b"X" + bytes([len(place), 0, 0, 0]) + place.encode()
        assert data.count(old) == 1
        path = tmp_path / f"{place[:3]}.pth"
        path.write_bytes(data.replace(old, new))
        assert_same(read(path)[1], {"w": torch.arange(6.0)})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["quantised", "sparse", "complex128", "meta"])
def test_tensors_of_rare_kinds_are_refused_by_name(tmp_path: Path, kind: str) -> None:
    tensor = {
        "quantised": lambda: torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8),
        "sparse": lambda: torch.eye(3).to_sparse(),
        "complex128": lambda: torch.ones(3, dtype=torch.complex128),
        "meta": lambda: torch.ones(3, device="meta"),
    }[kind]()
    save(tmp_path / "m.pth", {"good": torch.ones(2), "odd": tensor}, True)
    with pytest.raises(ModelError, match=f"its tensor “odd” is of a kind that mtgui does not read.*{kind}"):
        read(tmp_path / "m.pth")


@pytest.mark.filterwarnings("ignore")
def test_torchscript_is_refused_with_the_way_out(tmp_path: Path) -> None:
    torch.jit.save(torch.jit.script(nn.Linear(2, 2)), tmp_path / "m.pt")
    with pytest.raises(ModelError, match=r"TorchScript program.*ask for the state dict"):
        read(tmp_path / "m.pt")


def test_an_optimizer_alone_is_named(tmp_path: Path) -> None:
    net = small_net()
    save(tmp_path / "m.pth", torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9).state_dict(), True)
    with pytest.raises(ModelError, match="state of an optimizer and no weights"):
        read(tmp_path / "m.pth")
