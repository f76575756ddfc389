"""Real CIFAR-10 pictures, and a small network that learns them by heart or nearly so."""

import io
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.auditing.engine.devices import choose_device
from mtgui.auditing.preprocessing import Preprocessing

CLASSES = 10
_MEAN, _STD = (0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616)
_INPUT = Preprocessing(resize=32, crop=(32, 32), mean=_MEAN, std=_STD)


@dataclass(frozen=True)
class Pictures:
    """pixels: (N, 3, 32, 32) uint8. labels: (N,) int64."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def take(self, rows: "slice | NDArray[np.intp]") -> "Pictures":
        """Return some of the pictures."""
        return Pictures(self.pixels[rows], self.labels[rows])

    def with_more(self, pixels: NDArray[np.uint8], labels: NDArray[np.int64]) -> "Pictures":
        """Return these and further pictures."""
        return Pictures(np.concatenate((self.pixels, pixels)), np.concatenate((self.labels, labels)))


def load(archive: Path, seed: int) -> Pictures:
    """Return the pictures of an archive with one folder per class, in an order drawn from ``seed``."""
    pixels, names = [], []
    with tarfile.open(archive) as files:
        for member in files:
            if member.isfile():
                content = files.extractfile(member)
                if content is not None:
                    pixels.append(np.asarray(Image.open(io.BytesIO(content.read())).convert("RGB")).transpose(2, 0, 1))
                    names.append(Path(member.name).parent.name)
    classes = {name: label for label, name in enumerate(sorted(set(names)))}
    order = np.random.default_rng(seed).permutation(len(names))
    return Pictures(np.stack(pixels)[order], np.array([classes[name] for name in names], np.int64)[order])


# Channels of each convolution, and whether a pooling that halves the picture follows.
_STAGES = ((32, True), (64, False), (128, True), (128, False), (256, True), (512, False))


class SmallNet(nn.Sequential):
    """Six convolutions and a classifier, 1.6 million parameters, for 32 × 32 pictures."""

    def __init__(self) -> None:
        layers: list[nn.Module] = []
        channels = 3
        for width, is_halved in _STAGES:
            layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            layers += [nn.MaxPool2d(2)] if is_halved else []
            channels = width
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, CLASSES))


def train(pictures: Pictures, epochs: int, *, is_augmented: bool, seed: int) -> nn.Module:
    """Return a network trained on ``pictures``: SGD, one cycle, bfloat16 where that is fast."""
    torch.manual_seed(seed)
    net = SmallNet().to(memory_format=torch.channels_last)
    optimiser = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9, weight_decay=5e-4 if is_augmented else 0.0)
    batch, count = 128, len(pictures.labels)
    steps = epochs * -(-count // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.1, total_steps=steps)
    labels = torch.from_numpy(pictures.labels)
    generator = torch.Generator().manual_seed(seed)
    start = time.monotonic()
    for epoch in range(epochs):
        net.train()
        right = 0
        for rows in torch.split(torch.randperm(count, generator=generator), batch):
            inputs = _normal(torch.from_numpy(pictures.pixels[rows.numpy()]))
            if is_augmented:
                inputs = _moved(inputs, generator)
            with torch.autocast("cpu", torch.bfloat16):
                scores = net(inputs)
            loss = functional.cross_entropy(scores.float(), labels[rows])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            right += int((scores.argmax(1) == labels[rows]).sum())
        if epoch % 5 == 4 or epoch == epochs - 1:
            print(
                f"  epoch {epoch + 1}: {right / count:.4f} right while training, {time.monotonic() - start:.0f} s",
                flush=True,
            )
    return net.eval()


def accuracy(net: nn.Module, pictures: Pictures) -> float:
    """Return the share of ``pictures`` that the network labels rightly."""
    right = 0
    with torch.inference_mode():
        for start in range(0, len(pictures.labels), 500):
            part = pictures.take(slice(start, start + 500))
            right += int((net(_normal(torch.from_numpy(part.pixels))).argmax(1).numpy() == part.labels).sum())
    return right / len(pictures.labels)


def audited(net: nn.Module) -> TorchClassifier:
    """Return the network as a model under audit, on the processor."""
    return TorchClassifier(net, CLASSES, _INPUT, choose_device("cpu"))


def _normal(pixels: Tensor) -> Tensor:
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (_MEAN, _STD))
    return ((pixels.float() / 255 - mean) / std).contiguous(memory_format=torch.channels_last)


def _moved(inputs: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror half of the pictures, and move all of a batch by up to four pixels."""
    mirrored = torch.rand(len(inputs), generator=generator) < 0.5
    inputs = torch.where(mirrored[:, None, None, None], inputs.flip(3), inputs)
    down, right = (int(torch.randint(0, 9, (), generator=generator)) for _ in range(2))
    return functional.pad(inputs, (4, 4, 4, 4))[:, :, down : down + 32, right : right + 32]
