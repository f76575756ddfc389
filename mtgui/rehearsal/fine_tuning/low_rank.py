"""Trains LoRAs: gives layers of a network low-rank changes that learn, and writes them as peft spells them."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from mtgui.auditing.diffusion.networks import LoraFile
from mtgui.auditing.diffusion.plans import LoraPair, LoraPlan, LoraSays
from mtgui.reading.tensors import open_tensors
from mtgui.rehearsal.training.weight_files import save_tensors

_DOWN, _UP = "lora_A.weight", "lora_B.weight"


class LearnedChange(nn.Module):
    """A parametrisation of a weight W that learns: W + up · down.

    It begins with up = 0, so that it changes nothing. up: (rows of W, rank); down: (rank, all other axes of W).
    """

    def __init__(self, weight: Tensor, rank: int, chance: torch.Generator) -> None:
        """Prepare a change for ``weight``, on its device; ``chance`` is a generator of the CPU."""
        super().__init__()
        columns = weight[0].numel()
        down = torch.randn((rank, columns), generator=chance) / columns**0.5
        self.down = nn.Parameter(down.to(weight.device))
        self.up = nn.Parameter(torch.zeros((len(weight), rank), device=weight.device))
        self._shape = tuple(weight.shape)

    def forward(self, weight: Tensor) -> Tensor:
        """Return the changed weight."""
        return torch.addmm(weight.flatten(1), self.up, self.down).view_as(weight)

    @property
    def kernels(self) -> tuple[Tensor, Tensor]:
        """Down and up in the shapes that files have, on the CPU: matrices, or kernels for a convolution."""
        down, up = self.down.detach().cpu(), self.up.detach().cpu()
        if len(self._shape) == 4:
            return down.reshape(-1, *self._shape[1:]), up[:, :, None, None]
        return down, up


def add_changes(network: nn.Module, rank: int, chance: torch.Generator) -> dict[str, LearnedChange]:
    """Give every linear layer and every convolution of ``network`` a change, by the names of the layers.

    Its own weights no longer learn.
    """
    network.requires_grad_(False)
    layers = [(name, one) for name, one in network.named_modules() if isinstance(one, nn.Linear | nn.Conv2d)]
    changes = {name: LearnedChange(layer.weight, rank, chance) for name, layer in layers}
    for name, layer in layers:
        parametrize.register_parametrization(layer, "weight", changes[name])
    return changes


def learning_weights(changes: Mapping[str, LearnedChange]) -> list[nn.Parameter]:
    """Return all that learns in ``changes``."""
    return [weight for change in changes.values() for weight in change.parameters()]


def save_lora(path: Path, changes: Mapping[str, LearnedChange], texts: Mapping[str, str]) -> None:
    """Write ``changes`` to ``path`` as peft spells a LoRA of a UNet; its header says ``texts``. Raises OSError."""
    tensors: dict[str, Tensor] = {}
    for layer, change in changes.items():
        down, up = change.kernels
        tensors |= {f"unet.{layer}.{_DOWN}": down, f"unet.{layer}.{_UP}": up}
    save_tensors(path, tensors, texts)


def read_lora(path: Path, layers: Iterable[str], rank: int) -> LoraFile:
    """Return the LoRA of a model on pixels that `save_lora` wrote for ``layers``. Raises RefusalError, OSError."""
    pairs = tuple(LoraPair("unet", layer, f"unet.{layer}.{_DOWN}", f"unet.{layer}.{_UP}", rank) for layer in layers)
    plan = LoraPlan("pixel", "a LoRA for a model that works on pixels", "peft", pairs, LoraSays())
    return LoraFile(plan, open_tensors(path), path)


def layers_in(path: Path) -> list[str]:
    """Return the layers that the LoRA at ``path`` changes. Raises RefusalError, OSError."""
    names = open_tensors(path).places
    return [name.removeprefix("unet.").removesuffix(f".{_DOWN}") for name in names if name.endswith(_DOWN)]
