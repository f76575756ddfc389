"""One step of a training: what the network is shown, what it should have said, and its weights moved accordingly."""

import random

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtgui.auditing.engine.devices import Device, computing
from mtgui.rehearsal.augment import flipped_and_cropped, mixed, pasted
from mtgui.rehearsal.networks import Network, logits_in
from mtgui.rehearsal.plan import TrainingPlan
from mtgui.rehearsal.privacy import PrivateSteps

_TEMPERATURE = 4.0


class Stepper:
    """Trains ``network``, which is on its device, as ``plan`` says; with a ``teacher``, on its answers instead of the
    labels. All chance comes from ``generator`` and from what each step is given.
    """

    def __init__(
        self,
        plan: TrainingPlan,
        network: Network,
        device: Device,
        generator: torch.Generator,
        teacher: nn.Module | None,
    ) -> None:
        """Take over the network; the teacher takes pictures as the network does."""
        self._plan, self._module, self._device = plan, network.module, device
        self._generator, self._teacher = generator, teacher
        self._format = torch.channels_last if device.takes_channels_last else torch.contiguous_format
        self._scale, self._shift = normalisation(network, device.torch_device)
        self.optimiser = _optimiser(plan, network.module)
        self._private: PrivateSteps | None = None
        if plan.private_noise is not None:
            self._private = PrivateSteps(
                network.module,
                self.optimiser,
                device,
                generator,
                noise=plan.private_noise,
                clip=plan.private_clip,
                expected=plan.batch,
                label_smoothing=plan.label_smoothing,
            )

    def step(self, pixels: Tensor, labels: Tensor, rate: float, chance: random.Random) -> tuple[Tensor, Tensor]:
        """Take one step on ``pixels``, (B, 3, h, w) uint8; return their mean loss and how many were right."""
        plan = self._plan
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        if plan.augmentation == "flip and crop":
            pixels = flipped_and_cropped(pixels, self._generator)
        inputs = pixels.to(torch.float32, memory_format=self._format).mul_(self._scale).add_(self._shift)
        if self._private is not None:
            loss, right = self._private.step(inputs, labels)
            return loss / max(1, len(labels)), right
        inputs, partner, share = self._blended(inputs, chance)
        with computing(self._device, "tf32"):
            with torch.autocast(self._device.kind, dtype=torch.bfloat16, enabled=plan.precision == "bfloat16"):
                logits = logits_in(self._module(inputs))
            logits = logits.float()
            loss = self._loss(logits, inputs, labels, partner, share)
            self.optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            self.optimiser.step()
        return loss.detach(), (logits.detach().argmax(1) == labels).sum()

    def _loss(self, logits: Tensor, inputs: Tensor, labels: Tensor, partner: Tensor | None, share: float) -> Tensor:
        if self._teacher is not None:
            return _distance(logits, self._teacher, inputs)
        smoothing = self._plan.label_smoothing
        loss = functional.cross_entropy(logits, labels, label_smoothing=smoothing)
        if partner is not None:
            other = functional.cross_entropy(logits, labels[partner], label_smoothing=smoothing)
            loss = share * loss + (1 - share) * other
        return loss

    def _blended(self, inputs: Tensor, chance: random.Random) -> tuple[Tensor, Tensor | None, float]:
        """Return the inputs mixed with partners, who these are, and the share of each picture's own."""
        mixup, cutmix = self._plan.mixup, self._plan.cutmix
        if not mixup and not cutmix:
            return inputs, None, 1.0
        pastes = bool(cutmix) and (not mixup or chance.random() < 0.5)
        strength = cutmix if pastes else mixup
        share = chance.betavariate(strength, strength)
        partner = torch.randperm(len(inputs), generator=self._generator, device=inputs.device)
        if not pastes:
            return mixed(inputs, share, partner), partner, share
        result, own = pasted(inputs, share, partner, (chance.random(), chance.random()))
        return result, partner, own


def normalisation(network: Network, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return by what 8-bit pixels are multiplied for ``network``, and what is added then: (1, 3, 1, 1) each."""
    mean, std = (torch.tensor(v, dtype=torch.float64).view(1, 3, 1, 1) for v in (network.mean, network.std))
    return (1 / (255 * std)).float().to(device), (-mean / std).float().to(device)


def _distance(logits: Tensor, teacher: nn.Module, inputs: Tensor) -> Tensor:
    """Return how far ``logits`` are from the teacher's, both softened (Hinton et al. 2015, arXiv 1503.02531)."""
    with torch.no_grad():
        wanted = torch.softmax(logits_in(teacher(inputs)).float() / _TEMPERATURE, dim=1)
    said = torch.log_softmax(logits / _TEMPERATURE, dim=1)
    return functional.kl_div(said, wanted, reduction="batchmean") * _TEMPERATURE**2


def _optimiser(plan: TrainingPlan, module: nn.Module) -> torch.optim.Optimizer:
    if plan.optimiser == "adamw":
        return torch.optim.AdamW(module.parameters(), lr=plan.rate, weight_decay=plan.weight_decay)
    return torch.optim.SGD(module.parameters(), lr=plan.rate, momentum=plan.momentum, weight_decay=plan.weight_decay)
