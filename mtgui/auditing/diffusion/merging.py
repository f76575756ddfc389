"""Adds the changes of a LoRA to the weights of networks, such that they can be switched off.

Each changed weight W becomes W + s · up · down while the changes are on. It is computed whenever the layer computes,
and forgotten afterwards, so a network and its base need the memory of one of them. This costs 2 · rank operations for
each entry of W and pass, a few per cent of what the pass itself costs.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from mtgui.auditing.architectures.weights import stored_tensor
from mtgui.auditing.diffusion.network_building import own_name
from mtgui.auditing.diffusion.plans import LoraPair, Role
from mtgui.reading.errors import ModelError, quoted
from mtgui.reading.tensors import TensorFile


class Switch:
    """Says whether the changes of a LoRA are on; shared by all its layers."""

    def __init__(self) -> None:
        """Begin with the changes off."""
        self.is_on = False


class LowRankChange(nn.Module):
    """A parametrisation of a weight W: W + up · down while the switch is on, otherwise W itself."""

    def __init__(self, up: Tensor, down: Tensor, switch: Switch) -> None:
        """Keep the factors: ``up`` (rows of W, rank), with the scale in it; ``down`` (rank, all other axes of W)."""
        super().__init__()
        self.register_buffer("up", up, persistent=False)
        self.register_buffer("down", down, persistent=False)
        self._switch = switch

    def forward(self, weight: Tensor) -> Tensor:
        """Return the weight in the shape of ``weight``."""
        if not self._switch.is_on:
            return weight
        up, down = self.get_buffer("up"), self.get_buffer("down")
        # Autocast would round the product.
        with torch.autocast(weight.device.type, enabled=False):
            return torch.addmm(weight.flatten(1), up, down).view_as(weight)


def add_lora(networks: Mapping[Role, nn.Module], pairs: Iterable[LoraPair], tensors: TensorFile, path: Path) -> Switch:
    """Add ``pairs`` to the layers of ``networks``, which are changed, and return the switch: it is off.

    Pairs for a role that is not in ``networks`` are left out. tensors: of the LoRA's file at ``path``. Raises
    ModelError if a layer is missing or has another shape, if a scale or factor is not finite; OSError.
    """
    switch = Switch()
    for pair in pairs:
        network = networks.get(pair.role)
        if network is not None:
            layer = _layer(network, pair, path)
            weight = layer.weight
            up, down = _factors(pair, tuple(weight.shape), tensors, path)
            change = LowRankChange(up, down, switch)
            parametrize.register_parametrization(layer, "weight", change)
    return switch


def _layer(network: nn.Module, pair: LoraPair, path: Path) -> nn.Linear | nn.Conv2d:
    name = own_name((child for child, _ in network.named_children()), pair.layer)
    try:
        layer = network.get_submodule(name)
    except AttributeError:
        layer = None
    if not isinstance(layer, nn.Linear | nn.Conv2d):
        raise ModelError(
            path,
            f"it changes the layer {quoted(pair.layer)} of the {pair.role}, which its base does not have; choose the "
            "base that it was trained on",
        )
    return layer


def _factors(pair: LoraPair, shape: tuple[int, ...], tensors: TensorFile, path: Path) -> tuple[Tensor, Tensor]:
    """Return up, with the scale, and down as matrices whose product has the ``shape`` of the weight, flattened."""
    read = {name: stored_tensor(name, torch.float32, tensors, path) for name in (pair.up, pair.down)}
    up, down = read[pair.up].flatten(1), read[pair.down].flatten(1)
    if pair.middle is not None:
        middle = stored_tensor(pair.middle, torch.float32, tensors, path)
        # LoCon's third kernel k × k lies between two kernels 1 × 1: (rank, rank, k, k) · (rank, in).
        if middle.ndim != 4 or middle.shape[1] != down.shape[0]:
            raise _unfit(pair, path)
        down = torch.einsum("pqhw,qi->pihw", middle, down).flatten(1)
    scale = pair.factor
    if pair.alpha is not None:
        alpha = stored_tensor(pair.alpha, torch.float32, tensors, path)
        scale = float(alpha.reshape(-1)[0]) / pair.rank if alpha.numel() == 1 else float("nan")
    up = up * scale
    others = torch.Size(shape[1:]).numel()
    if up.shape != (shape[0], pair.rank) or down.shape != (pair.rank, others):
        raise _unfit(pair, path)
    if not bool(up.isfinite().all() and down.isfinite().all()):
        raise ModelError(
            path,
            f"its change of the layer {quoted(pair.layer)} holds values that are no numbers (NaN) or infinite: its "
            "training failed or the file is damaged; ask for another copy",
        )
    return up.contiguous(), down.contiguous()


def _unfit(pair: LoraPair, path: Path) -> ModelError:
    return ModelError(
        path,
        f"its change of the layer {quoted(pair.layer)} has another shape than that layer of the base; choose the base "
        "that it was trained on",
    )
