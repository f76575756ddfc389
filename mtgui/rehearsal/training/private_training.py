"""Differentially private training with opacus: the gradient of every picture is bounded, and noise is added to the sum.

Abadi et al. 2016, arXiv 1607.00133: each picture takes part in a step with the same probability. The guarantee is
computed by Rényi differential privacy (Mironov et al. 2019, arXiv 1908.10530).

The noise comes from the seed of the training, so that a rehearsal can be repeated. A person who knows the seed knows
the noise. So a model made here is only for rehearsals and protects no secrets.
"""

import importlib
import importlib.util
import warnings
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mtgui.auditing.engine.devices import Device, computing
from mtgui.common.errors import UsageError
from mtgui.rehearsal.training.small_networks import logits_in

_AT_ONCE = 32


def check_opacus() -> None:
    """Raise UsageError if opacus is not installed."""
    if importlib.util.find_spec("opacus") is None:
        raise UsageError('Private training needs opacus, which is not installed: pip install "mtgui[dp]".')


def made_private(module: nn.Module) -> nn.Module:
    """Return ``module`` with changes that per-picture gradients need. Raises UsageError as `check_opacus` does.

    Group normalisation replaces batch normalisation, which mixes pictures, and no layer overwrites its input.
    """
    fixed: nn.Module = _opacus("validators").ModuleValidator.fix(module)
    for layer in fixed.modules():
        if getattr(layer, "inplace", False):
            vars(layer)["inplace"] = False
    return fixed


def epsilon(noise: float, share: float, steps: int, delta: float) -> float:
    """Return ε at ``delta`` after ``steps`` in which each picture takes part with probability ``share``."""
    accountant = _opacus("accountants").RDPAccountant()
    accountant.history = [(noise, share, steps)]
    with warnings.catch_warnings():
        # If the best order is the last one tried, ε is larger than necessary, but never too small.
        warnings.simplefilter("ignore")
        return float(accountant.get_epsilon(delta))


class PrivateSteps:
    """Steps of a private training of ``module``, which must come from `made_private`."""

    def __init__(
        self,
        module: nn.Module,
        optimiser: torch.optim.Optimizer,
        device: Device,
        generator: torch.Generator,
        *,
        noise: float,
        clip: float,
        expected: int,
        label_smoothing: float,
    ) -> None:
        """Prepare for steps of ``expected`` pictures on average.

        noise: standard deviation, as a multiple of ``clip``, the L2 bound of each picture's gradient.
        """
        self._wrapped: nn.Module = _opacus("grad_sample").GradSampleModule(module)
        self._optimiser: Any = _opacus("optimizers").DPOptimizer(
            optimiser,
            noise_multiplier=noise,
            max_grad_norm=clip,
            expected_batch_size=expected,
            generator=generator,
        )
        self._device, self._smoothing = device, label_smoothing

    def step(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Update the weights once, also for an empty batch; return the sum of losses and the number of hits."""
        loss = torch.zeros((), device=inputs.device)
        right = torch.zeros((), dtype=torch.int64, device=inputs.device)
        self._optimiser.zero_grad(set_to_none=True)
        if not len(labels):
            for parameter in self._optimiser.params:
                parameter.grad_sample = torch.zeros((0, *parameter.shape), device=inputs.device)
            self._optimiser.step()
        for start in range(0, len(labels), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            self._optimiser.signal_skip_step(start + _AT_ONCE < len(labels))
            with computing(self._device, "tf32"):
                # The pictures need gradients too, so that the backward hooks of every layer are called.
                logits = logits_in(self._wrapped(inputs[part].requires_grad_())).float()
                mean = functional.cross_entropy(logits, labels[part], label_smoothing=self._smoothing)
                torch.autograd.backward(mean)
                self._optimiser.step()
                self._optimiser.zero_grad(set_to_none=True)
            loss += mean.detach() * len(logits)
            right += (logits.detach().argmax(1) == labels[part]).sum()
        return loss, right


def _opacus(name: str) -> Any:
    check_opacus()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(f"opacus.{name}")
