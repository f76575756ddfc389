"""A network from somebody's own Python file: run only when trusted, and every failure of its is a sentence."""

from pathlib import Path

import pytest
import torch

from mtgui.auditing.architectures.match import ModelHints, PreprocessingHint
from mtgui.auditing.architectures.own_file import build_from_file
from mtgui.auditing.architectures.recognise import RecognitionError
from mtgui.common.errors import UsageError
from tests.auditing.tiny_networks import facts_of, tensor_file

NET = """
from pathlib import Path
from torch import nn
import neighbour

Path(__file__).with_name("ran").touch()
print("hello")

def factory(num_classes=5):
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, num_classes))

def silent():
    return None

def broken():
    raise RuntimeError("no such thing")

def leaves():
    raise SystemExit(3)

def pictures():
    return nn.Conv2d(3, 4, 1, bias=True)
"""
STATE = {"2.weight": torch.eye(3)[[0, 1, 2, 0]], "2.bias": torch.zeros(4)}
HINTS = ModelHints(preprocessing=(PreprocessingHint("your choice", crop=(8, 8), resize="none"),))


@pytest.fixture
def net(tmp_path: Path) -> Path:
    (tmp_path / "neighbour.py").write_text("")
    path = tmp_path / "net.py"
    path.write_text(NET)
    return path


def build(net: Path, function: str = "factory", *, is_trusted: bool = True) -> tuple[object, torch.nn.Module]:
    tensors = tensor_file(net.parent, STATE)
    place = f"{net}:{function}" if function else str(net)
    return build_from_file(place, facts_of(STATE), HINTS, tensors, Path("m.pth"), is_trusted=is_trusted)


def test_nothing_is_run_without_trust(net: Path) -> None:
    with pytest.raises(UsageError, match="--trust-code"):
        build(net, is_trusted=False)
    assert not net.with_name("ran").exists()


def test_it_is_built_and_its_classes_are_counted(net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tensors = tensor_file(net.parent, STATE)
    found, network = build_from_file(f"{net}:factory", facts_of(STATE), HINTS, tensors, Path("m.pth"), is_trusted=True)
    assert (found.best.architecture, found.best.classes) == ("file/net.py:factory", 4)
    assert (found.preprocessing.crop, found.origins.crop) == ((8, 8), "your choice")
    assert found.origins.normalisation == "mtgui’s default, for want of a better one"
    red = torch.zeros(1, 3, 8, 8)
    red[:, 0] = 1
    assert network(red).tolist() == [[1, 0, 0, 1]]
    assert not network.training
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("function", "said"),
    [
        ("", "names no function"),
        ("missing", "no function or class “missing”"),
        ("silent", "returned NoneType, not a torch.nn.Module"),
        ("broken", r"building the network failed \(RuntimeError: no such thing\)"),
        ("leaves", r"building the network failed \(SystemExit: 3\)"),
    ],
)
def test_what_goes_wrong_is_a_sentence(net: Path, function: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        build(net, function)


def test_a_file_that_cannot_be_run_is_a_sentence(net: Path) -> None:
    net.write_text("import nothing_of_this_name")
    with pytest.raises(UsageError, match=r"“net.py”: running it failed \(ModuleNotFoundError"):
        build(net)
    with pytest.raises(UsageError, match="There is no file"):
        build(net.with_name("other.py"))


def test_other_weights_are_refused(net: Path) -> None:
    with pytest.raises(
        RecognitionError, match=r"of the network that net\.py builds: “weight”, “bias” are missing; “2\.w"
    ):
        build(net, "pictures")


def test_one_number_for_each_picture_is_refused(net: Path) -> None:
    state = {"2.weight": torch.ones(1, 3), "2.bias": torch.zeros(1)}
    with pytest.raises(UsageError, match=r"gives one number for each picture.*Let it answer with two"):
        build_from_file(
            f"{net}:factory", facts_of(state), HINTS, tensor_file(net.parent, state), Path("m.pth"), is_trusted=True
        )


def test_an_answer_that_is_no_logits_is_refused(tmp_path: Path, net: Path) -> None:
    state = {"weight": torch.zeros(4, 3, 1, 1), "bias": torch.zeros(4)}
    with pytest.raises(UsageError, match="does not return logits"):
        build_from_file(
            f"{net}:pictures", facts_of(state), HINTS, tensor_file(tmp_path, state), Path("m.pth"), is_trusted=True
        )
