"""A model of which the names and shapes fit two networks, and which stored the statistics of one of them."""

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from mtgui.auditing.architectures.cifar.residual.network import ResidualNet
from tests.auditing.job.trained_pair import draw_picture

PLAIN, POOLED = "cifar/resnet-1-1-1-1-w4", "cifar/resnet-1-1-1-1-w4-maxpool"
CLASSES = 4
_MEAN, _STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


def four_stages(*, has_pooling: bool) -> ResidualNet:
    """Return a network of four stages, whose shapes do not show whether pooling follows its stem."""
    torch.manual_seed(5)
    return ResidualNet(
        {
            "width": 4,
            "blocks": (1, 1, 1, 1),
            "is_bottleneck": False,
            "has_projections": True,
            "has_pooling": has_pooling,
            "classes": CLASSES,
        }
    )


def shown(seeds: range) -> torch.Tensor:
    """Return drawn pictures, (B, 3, 32, 32) float32, as a trainer would show them."""
    pixels = torch.stack([torch.from_numpy(draw_picture(seed)).permute(2, 0, 1) for seed in seeds])
    mean, std = torch.tensor([_MEAN, _STD]).view(2, 3, 1, 1)
    scaled: torch.Tensor = (pixels / 255 - mean) / std
    return scaled


def with_statistics(network: nn.Module, pictures: torch.Tensor) -> nn.Module:
    """Let the batch normalisation of ``network`` store the statistics of ``pictures``, as training does."""
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = None
    network.train()
    with torch.no_grad():
        network(pictures)
    return network.eval()


def model_of(folder: Path, *, has_pooling: bool, is_seen: bool = True) -> Path:
    """Write a model that was shown pictures of the same kind as the person's, but not these."""
    network: nn.Module = four_stages(has_pooling=has_pooling)
    if is_seen:
        with_statistics(network, shown(range(9_000, 9_064)))
    path = folder / "model.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, path)
    return path
