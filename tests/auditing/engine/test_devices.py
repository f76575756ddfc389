import pytest
import torch

from mtgui.auditing.engine.devices import Device, choose_device, computing, starting_batch
from mtgui.auditing.engine.engine_errors import DeviceError
from mtgui.auditing.precision import Precision
from mtgui.common.errors import UsageError
from tests.needs_card import CARD

CPU = choose_device("cpu")


def _settings() -> list[object]:
    backends = torch.backends
    return [
        backends.cudnn.benchmark,
        backends.cudnn.deterministic,
        *(getattr(backends.cudnn, part).fp32_precision for part in ("conv", "rnn")),
        *(getattr(backends.mkldnn, part).fp32_precision for part in ("conv", "rnn", "matmul")),
        torch.backends.cuda.matmul.fp32_precision,
    ]


def test_the_processor_is_always_there() -> None:
    assert CPU.torch_device == torch.device("cpu")
    assert CPU.memory_bytes > 1 << 28
    assert "CPU" in CPU.title


@pytest.mark.parametrize("name", ["", "gpu", "cuda:x", "meta", "tpu"])
def test_an_unknown_name_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(UsageError, match="choose auto, cpu, cuda"):
        choose_device(name)


@pytest.mark.parametrize("name", ["cuda:99", "xpu:99", "cpu:1"])
def test_a_device_that_is_not_there_is_a_sentence(name: str) -> None:
    with pytest.raises(DeviceError, match=r"cannot compute with|There is no device"):
        choose_device(name)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_auto_falls_back_to_the_processor() -> None:
    assert choose_device("auto").kind in ("cpu", "mps", "xpu")


def test_the_first_batch_depends_on_device_and_size_alone() -> None:
    card = Device(torch.device("cuda", 0), "card", 8 << 30)
    assert starting_batch(CPU, (224, 224)) == 32
    assert starting_batch(CPU, (32, 32)) == 256
    assert starting_batch(card, (224, 224)) == 128
    assert starting_batch(Device(torch.device("cuda", 0), "card", 80 << 30), (224, 224)) == 512
    assert starting_batch(Device(torch.device("cuda", 0), "card", 1 << 20), (4096, 4096)) == 1


@pytest.mark.parametrize("precision", ["float32", "tf32", "half"])
def test_the_settings_of_the_process_are_set_back(precision: Precision) -> None:
    before = _settings()
    with pytest.raises(KeyError), computing(CPU, precision):
        raise KeyError
    assert _settings() == before


def test_float32_is_exact_even_inside_a_foreign_autocast() -> None:
    a, b = torch.rand(40, 40), torch.rand(40, 40)
    with torch.autocast("cpu", dtype=torch.bfloat16), computing(CPU, "float32"):
        assert (a @ b).dtype == torch.float32
    with computing(CPU, "half"):
        assert (a @ b).dtype == torch.bfloat16


@CARD
def test_tensorfloat_is_off_unless_asked_for() -> None:
    card = choose_device("cuda")
    assert card.memory_bytes > 1 << 30
    a = torch.rand(512, 512, device=card.torch_device)
    exact = (a.double() @ a.double()).float()
    with computing(card, "float32"):
        assert torch.allclose(a @ a, exact, rtol=1e-5)
    with computing(card, "tf32"):
        assert torch.allclose(a @ a, exact, rtol=1e-2)
