"""One step of training a network to remove noise from pictures."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from mtgui.auditing.diffusion.schedule import signal_shares
from mtgui.rehearsal.fine_tuning.pixel_network import SCHEDULE


class DenoisingSteps:
    """Trains the ``learning`` weights of a network with AdamW, as diffusion models are: it predicts the noise.

    All chance comes from a seed, and is drawn on the CPU, so that every device sees the same noise.
    """

    def __init__(self, network: nn.Module, learning: Iterable[nn.Parameter], rate: float, seed: int) -> None:
        """Prepare ``network``, which is on its device. rate: the learning rate."""
        self._network, self._chance = network.train(), torch.Generator().manual_seed(seed)
        self._optimiser = torch.optim.AdamW(learning, rate)
        self._shares = torch.from_numpy(signal_shares(SCHEDULE)).float()

    def order(self, count: int) -> Tensor:
        """Return the numbers below ``count`` in a random order: (count,), int64, on the CPU."""
        return torch.randperm(count, generator=self._chance)

    def rows(self, count: int, most: int) -> Tensor:
        """Return ``count`` random numbers below ``most``: (count,), int64, on the CPU."""
        return torch.randint(0, most, (count,), generator=self._chance)

    def set_rate(self, rate: float) -> None:
        """Learn with another rate from now on."""
        for group in self._optimiser.param_groups:
            group["lr"] = rate

    def learn(self, pixels: Tensor) -> Tensor:
        """Take one step on ``pixels``, (B, 3, side, side) uint8 on the device; return the loss, a single number.

        Each picture gets a timestep and a noise of its own.
        """
        clean = pixels.float() / 127.5 - 1
        timesteps = torch.randint(0, SCHEDULE.steps, (len(clean),), generator=self._chance)
        noise = torch.randn(clean.shape, generator=self._chance).to(clean.device)
        share = self._shares[timesteps].to(clean.device)[:, None, None, None]
        noisy = share.sqrt() * clean + (1 - share).sqrt() * noise
        loss = nn.functional.mse_loss(self._network(noisy, timesteps.to(clean.device)).sample, noise)
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        self._optimiser.step()
        return loss.detach()
