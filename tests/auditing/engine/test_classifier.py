from collections import namedtuple
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import get_model

from mtgui.auditing.engine.classifier import LARGEST_LOSS, TorchClassifier, refuse_odd_losses
from mtgui.auditing.engine.devices import choose_device
from mtgui.auditing.engine.engine_errors import ModelRunError, NonFiniteLossError
from mtgui.auditing.preprocessing import Preprocessing
from tests.auditing.engine.engine_helpers import CLASSES, SMALL, SmallNet, small_model
from tests.needs_card import CARD

Pair = namedtuple("Pair", ["aux", "logits"])


def _pixels(count: int = 7) -> Tensor:
    return torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


def _plainly(net: nn.Module, pixels: Tensor, labels: Tensor, preprocessing: Preprocessing) -> list[float]:
    """Cross-entropies by a plain loop in float64."""
    net = net.double().eval()
    losses = []
    for one, label in zip(pixels, labels, strict=True):
        scaled = one.double() / 255
        for channel in range(3):
            scaled[channel] = (scaled[channel] - preprocessing.mean[channel]) / preprocessing.std[channel]
        with torch.no_grad():
            logits = net(scaled[None])
        losses.append(nn.functional.cross_entropy(logits, label[None]).item())
    return losses


class Wrapped(nn.Module):
    """Gives the answer of a small net in some wrapping."""

    def __init__(self, wrap: Any) -> None:
        super().__init__()
        self.net, self.wrap = SmallNet(), wrap

    def forward(self, pixels: Tensor) -> Any:
        return self.wrap(self.net(pixels))


def test_losses_equal_a_plain_loop_in_float64() -> None:
    pixels, labels = _pixels(), torch.arange(7) % CLASSES
    losses = small_model().losses(pixels, labels)
    assert losses.dtype == torch.float64
    assert losses.tolist() == pytest.approx(_plainly(SmallNet(), pixels, labels, SMALL), abs=1e-5)


def test_losses_of_a_deep_network_equal_a_plain_loop_in_float64() -> None:
    torch.manual_seed(0)
    net = get_model("resnet18", weights=None, num_classes=CLASSES)
    pixels, labels = _pixels(4), torch.arange(4) % CLASSES
    losses = small_model(net).losses(pixels, labels)
    assert losses.tolist() == pytest.approx(_plainly(net, pixels, labels, SMALL), abs=1e-5)


def test_every_label_has_its_loss() -> None:
    pixels = _pixels()
    table = small_model().class_losses(pixels)
    assert table.shape == (7, CLASSES)
    for label in range(CLASSES):
        assert torch.equal(table[:, label], small_model().losses(pixels, torch.full((7,), label)))
    assert torch.allclose(torch.exp(-table).sum(1), torch.ones(7, dtype=torch.float64))


def test_channels_go_in_the_order_the_model_wants() -> None:
    wants_blue_first = Preprocessing(40, (32, 32), mean=SMALL.mean, std=SMALL.std, channels="BGR")
    pixels, labels = _pixels(), torch.zeros(7, dtype=torch.int64)
    swapped = small_model(preprocessing=wants_blue_first).losses(pixels.flip(1), labels)
    assert torch.equal(swapped, small_model().losses(pixels, labels))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda logits: (logits, torch.zeros(1)),
        lambda logits: [logits],
        lambda logits: {"features": torch.zeros(1), "logits": logits},
        lambda logits: {"out": logits, "aux": torch.zeros(1)},
        lambda logits: Pair(torch.zeros(1), logits),
        lambda logits: logits[:, :, None, None],
    ],
)
def test_logits_are_found_in_what_networks_answer(wrap: Any) -> None:
    pixels, labels = _pixels(), torch.zeros(7, dtype=torch.int64)
    assert torch.equal(small_model(Wrapped(wrap)).losses(pixels, labels), small_model().losses(pixels, labels))


@pytest.mark.parametrize(
    ("wrap", "sentence"),
    [
        (lambda logits: logits[:, :3], "in the shape \\(7, 3\\), where 5 for each picture were expected"),
        (lambda logits: logits[:1], "in the shape \\(1, 5\\)"),
        (lambda logits: logits.sum(), "in the shape \\(\\)"),
        (lambda logits: logits[:, :, None, None].expand(-1, -1, 2, 2), "in the shape \\(7, 5, 2, 2\\)"),
        (lambda _: "a cat", "answers with str, in which no logits"),
        (lambda _: None, "answers with NoneType"),
        (lambda logits: logits @ torch.zeros(3, 3), "cannot compute 7 pictures of 32 × 32 pixels: mat1"),
    ],
)
def test_what_is_no_classifier_is_a_sentence(wrap: Any, sentence: str) -> None:
    with pytest.raises(ModelRunError, match=sentence):
        small_model(Wrapped(wrap)).class_losses(_pixels())


def test_want_of_memory_is_no_fault_of_the_model() -> None:
    def greedy(_: Tensor) -> Tensor:
        return torch.empty(1 << 50)

    with pytest.raises(MemoryError):
        small_model(Wrapped(greedy)).class_losses(_pixels())


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -float("inf"), 2 * LARGEST_LOSS])
def test_odd_losses_are_refused(odd: float) -> None:
    refuse_odd_losses(torch.tensor([0.0, 3.5, LARGEST_LOSS], dtype=torch.float64))
    with pytest.raises(NonFiniteLossError, match="nothing can be concluded"):
        refuse_odd_losses(torch.tensor([0.0, odd], dtype=torch.float64))


def test_half_precision_changes_losses_a_little() -> None:
    pixels, labels = _pixels(), torch.zeros(7, dtype=torch.int64)
    model = small_model()
    half = model.at_precision("half").losses(pixels, labels)
    exact = model.losses(pixels, labels)
    assert half.dtype == torch.float64
    assert 0 < (half - exact).abs().max() < 0.5


def test_a_network_in_another_dtype_or_in_training_is_made_ready() -> None:
    net = nn.Sequential(SmallNet().half(), nn.Dropout(0.9), nn.BatchNorm1d(CLASSES)).train()
    labels = torch.zeros(7, dtype=torch.int64)
    model = small_model(net)
    assert torch.equal(model.losses(_pixels(), labels), model.losses(_pixels(), labels))
    assert all(parameter.dtype == torch.float32 and not parameter.requires_grad for parameter in net.parameters())


@CARD
def test_a_card_gives_the_same_losses() -> None:
    pixels, labels = _pixels(), torch.arange(7) % CLASSES
    card = choose_device("cuda")
    losses = TorchClassifier(SmallNet(), CLASSES, SMALL, card).losses(pixels.to(card.torch_device), labels)
    assert losses.tolist() == pytest.approx(small_model().losses(pixels, labels).tolist(), abs=1e-5)
