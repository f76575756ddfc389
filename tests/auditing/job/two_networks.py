"""A model of which the names and shapes fit two networks, and which stored the statistics of one of them."""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from mtgui.auditing.architectures.cifar.network import network
from mtgui.auditing.architectures.cifar.residual.names import large
from tests.auditing.job.trained_pair import draw_picture

PLAIN, POOLED = "cifar/resnet10-w4", "cifar/resnet10-w4-maxpool"
CLASSES = 4
USUAL = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


def four_stages(*, has_pooling: bool) -> nn.Module:
    """Return a network of four stages, whose shapes do not show whether pooling follows its stem."""
    torch.manual_seed(5)
    narrow = {"stem": 4, "inner": [4, 8, 16, 32], "outer": [4, 8, 16, 32], "has_pooling": has_pooling}
    return network({**large((1, 1, 1, 1)), **narrow}, CLASSES)


def shown(seeds: range, scale: tuple[tuple[float, ...], tuple[float, ...]] = USUAL) -> torch.Tensor:
    """Return drawn pictures, (B, 3, 32, 32) float32, as a trainer would show them; ``scale``: mean and deviation."""
    pixels = torch.stack([torch.from_numpy(draw_picture(seed)).permute(2, 0, 1) for seed in seeds])
    mean, std = torch.tensor(scale).view(2, 3, 1, 1)
    scaled: torch.Tensor = (pixels / 255 - mean) / std
    return scaled


def with_statistics(built: nn.Module, pictures: torch.Tensor) -> nn.Module:
    """Let the batch normalisation of ``built`` store the statistics of ``pictures``, as training does."""
    for layer in built.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = None
    built.train()
    with torch.no_grad():
        built(pictures)
    return built.eval()


def model_of(
    folder: Path,
    *,
    has_pooling: bool,
    is_seen: bool = True,
    scale: tuple[tuple[float, ...], tuple[float, ...]] = USUAL,
) -> Path:
    """Write a model that was shown pictures of the same kind as the person's, but not these."""
    built = four_stages(has_pooling=has_pooling)
    if is_seen:
        with_statistics(built, shown(range(9_000, 9_064), scale))
    path = folder / "model.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in built.state_dict().items()}, path)
    return path
