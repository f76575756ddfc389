"""Measures the accuracy of a model."""

import torch
from torch import Tensor

from mtgui.auditing.engine.devices import Device, computing
from mtgui.rehearsal.training.small_networks import Network, logits_in
from mtgui.rehearsal.training.training_steps import normalisation

_BATCH = 500
_MOST_ON_CARD, _FEWEST, _PICTURE_BYTES = 4096, 64, 20 << 20
"""Pictures of 32 × 32 pixels at a time, the fewest of larger ones, and the memory for which there is one more."""
_USUAL_AREA = 32 * 32


@torch.no_grad()
def accuracy(network: Network, pixels: Tensor, labels: Tensor, device: Device) -> float:
    """Return the share of ``pixels``, (N, 3, h, w) uint8, that ``network`` classifies as in ``labels``, (N,).

    The module stays in evaluation mode.
    """
    module = network.module.eval()
    where, batch = device.torch_device, _batch(device, pixels)
    scale, shift = normalisation(network, where)
    right = torch.zeros((), dtype=torch.int64, device=where)
    with computing(device, "tf32"):
        for start in range(0, len(labels), batch):
            some = slice(start, start + batch)
            inputs = pixels[some].to(where).float().mul_(scale).add_(shift)
            right += (logits_in(module(inputs)).argmax(1) == labels[some].to(where)).sum()
    return int(right) / max(1, len(labels))


def _batch(device: Device, pixels: Tensor) -> int:
    if device.kind != "cuda":
        return _BATCH
    most = min(_MOST_ON_CARD, device.memory_bytes // _PICTURE_BYTES)
    return max(_FEWEST, min(most, most * _USUAL_AREA // (pixels.shape[2] * pixels.shape[3])))
