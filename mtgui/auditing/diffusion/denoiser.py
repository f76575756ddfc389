"""The audited model made of a diffusion model or a LoRA: how well it removes noise from pictures."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mtgui.auditing.diffusion.memory_need import batch_that_fits
from mtgui.auditing.diffusion.networks import DiffusionNetworks, Side, encode, latent_shape, weight_bytes
from mtgui.auditing.diffusion.noise import NOISE, noise
from mtgui.auditing.diffusion.plans import Prediction
from mtgui.auditing.diffusion.schedule import DenoisingStep, signal_shares
from mtgui.auditing.engine.devices import Device, computing
from mtgui.auditing.engine.on_device import OnDevice, plain_failures
from mtgui.auditing.loss_kinds import LossFacts
from mtgui.auditing.precision import Precision
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.common.errors import UsageError

PREDICTIONS: tuple[Prediction, ...] = ("epsilon", "v_prediction")
"""What a network can have learned to predict, in the order of the classes of a `PredictionTrial`."""
_HALF = (0.5, 0.5, 0.5)


class Denoising(OnDevice, ABC):
    """A base of audited models that denoise pictures in fixed steps.

    The networks are changed: moved to ``device``. A picture becomes a latent: what the autoencoder makes of it, always
    in float32, or its own pixels from −1 to 1. In each step the same noise is mixed into all of them.
    """

    def __init__(
        self,
        networks: DiffusionNetworks,
        steps: Sequence[DenoisingStep],
        device: Device,
        precision: Precision = "float32",
    ) -> None:
        """Prepare the networks for ``steps``. Raises UsageError without a step or for an impossible schedule."""
        super().__init__(device, precision)
        if not steps:
            raise UsageError("A diffusion model is tried once at least.")
        self._networks, self._steps = networks, tuple(steps)
        self._shares = signal_shares(networks.plan.schedule)
        for side in _sides(networks):
            side.unet.to(device.torch_device)
        if networks.autoencoder is not None:
            networks.autoencoder.to(device.torch_device)
        self._conditions = {side: side.conditions.to(device.torch_device) for side in _sides(networks)}
        self._shape = latent_shape(networks.plan, networks.side)

    @property
    def preprocessing(self) -> Preprocessing:
        """How pictures become the model's input: the middle square, scaled to values from −1 to 1."""
        side = self._networks.side
        return Preprocessing(side, (side, side), "lanczos", _HALF, _HALF)

    @property
    def steps(self) -> int:
        """Number of steps, each with a timestep and a noise of its own."""
        return len(self._steps)

    @property
    def first_batch(self) -> int:
        """How many pictures to show at a time, if nothing is said; see `batch_that_fits`."""
        return batch_that_fits(self._networks.plan, self._networks.side, self._where, weight_bytes(self._networks))

    def encoded(self, pixels: Tensor) -> Tensor:
        """Return the latents of pictures, (B, channels, height, width) float32; otherwise as `AuditedModel.encoded`."""
        side = self._networks.side
        with torch.inference_mode(), computing(self._where, "float32"), plain_failures(len(pixels), side, side):
            colours = pixels.to(torch.float32).div_(127.5).sub_(1.0)
            autoencoder = self._networks.autoencoder
            return colours if autoencoder is None else encode(autoencoder, colours, self._networks.plan)

    def try_step(self, count: int) -> None:
        """Denoise ``count`` latents of zeros in the first step, with both models if there is a base."""
        latents = torch.zeros((count, *self._shape), device=self.device)
        self.losses(latents, torch.zeros(count, dtype=torch.int64, device=self.device), 0).cpu()

    def try_encoding(self, count: int) -> None:
        """Encode ``count`` black pictures."""
        side = self._networks.side
        self.encoded(torch.zeros((count, 3, side, side), dtype=torch.uint8, device=self.device)).cpu()

    @abstractmethod
    def losses(self, encoded: Tensor, labels: Tensor, step: int) -> Tensor:
        """Return the losses of one step; see `AuditedModel.losses`."""

    def _mixed(self, latents: Tensor, step: int) -> tuple[Tensor, Tensor]:
        """Return the latents with the noise of ``step`` mixed in, and that noise: (channels, height, width)."""
        this = self._steps[step]
        made = torch.from_numpy(np.float32(this.sign) * noise(latents.shape[1:], this.timestep, this.number))
        added = made.to(latents.device)
        kept, mixed = self._amplitudes(step)
        return kept * latents + mixed * added, added

    def _amplitudes(self, step: int) -> tuple[float, float]:
        """Return the amplitudes of signal and noise in ``step``."""
        share = float(self._shares[self._steps[step].timestep])
        return share**0.5, (1 - share) ** 0.5

    def _target(self, prediction: Prediction, latents: Tensor, added: Tensor, step: int) -> Tensor:
        """Return what a network with this ``prediction`` should answer."""
        if prediction == "epsilon":
            return added.expand_as(latents)
        kept, mixed = self._amplitudes(step)
        return kept * added - mixed * latents

    def _answer(self, side: Side, noisy: Tensor, labels: Tensor, step: int) -> Tensor:
        """Return what the UNet of one side predicts for latents with noise: float32, in their shape."""
        if side.switch is not None:
            side.switch.is_on = side.is_on
        timestep = torch.tensor(self._steps[step].timestep, device=noisy.device)
        answer: Tensor = side.unet(noisy, timestep, **self._conditions[side].arguments(labels)).sample
        # Some models also predict a variance, in more channels.
        return answer[:, : noisy.shape[1]].float()

    def _error(self, answer: Tensor, target: Tensor) -> Tensor:
        """Return the mean squared error of each picture: (B,) float64."""
        if not self._where.has_float64:
            answer, target = answer.cpu(), target.cpu()
        return (answer.double() - target.double()).square().flatten(1).mean(dim=1)


class Denoiser(Denoising):
    """A diffusion model or a LoRA under audit; its classes are the prompts.

    The loss of a picture in one step is the mean squared error of what the model predicts, less that of the base if
    there is one: below 0 where the model denoises the picture better than its base does.
    """

    def __init__(
        self,
        networks: DiffusionNetworks,
        steps: Sequence[DenoisingStep],
        device: Device,
        precision: Precision = "float32",
        prediction: Prediction = "epsilon",
        origin: str = "",
    ) -> None:
        """Prepare the networks for ``steps``. prediction: what both UNets predict. origin: how it is known, in words.

        Raises as `Denoising`.
        """
        super().__init__(networks, steps, device, precision)
        self._prediction, self._origin = prediction, origin

    @property
    def classes(self) -> int:
        """Number of prompts."""
        return self._networks.audited.conditions.count

    @property
    def loss_facts(self) -> LossFacts:
        """What its losses are, and how many forward passes of a UNet one takes."""
        networks = self._networks
        return LossFacts(
            kind="denoising error" if networks.base is None else "denoising difference",
            passes=len(_sides(networks)) * self.steps,
            base=networks.base_facts,
            prompts=networks.prompts,
            prediction=self._prediction,
            prediction_origin=self._origin,
            timesteps=tuple(dict.fromkeys(step.timestep for step in self._steps)),
            noise=NOISE,
        )

    @property
    def class_passes(self) -> int:
        """Number of forward passes of a UNet for one picture with every prompt."""
        return self.classes * self.loss_facts.passes

    @property
    def prediction(self) -> Prediction:
        """What the UNets predict."""
        return self._prediction

    def at_precision(self, precision: Precision) -> "Denoiser":
        """Return the same networks computing with another ``precision``."""
        return Denoiser(self._networks, self._steps, self._where, precision, self._prediction, self._origin)

    def losses(self, encoded: Tensor, labels: Tensor, step: int) -> Tensor:
        """Return the loss of each picture with its prompt in one step: (B,) float64.

        A loss is not finite if an answer is not. Raises ModelRunError if a network fails, MemoryError or
        torch.OutOfMemoryError if the batch is too large.
        """
        side, networks = self._networks.side, self._networks
        with torch.inference_mode(), plain_failures(len(encoded), side, side):
            noisy, added = self._mixed(encoded, step)
            target = self._target(self._prediction, encoded, added, step)
            with computing(self._where, self._precision):
                answers = [self._answer(one, noisy, labels, step) for one in _sides(networks)]
            errors = [self._error(answer, target) for answer in answers]
            return errors[0] if networks.base is None else errors[0] - errors[1]

    def class_losses(self, encoded: Tensor, step: int) -> Tensor:
        """Return the loss of each picture with every prompt in one step: (B, prompts) float64. Raises as `losses`."""
        every = torch.arange(self.classes, device=encoded.device)
        return torch.stack([self.losses(encoded, label.expand(len(encoded)), step) for label in every], dim=1)


class PredictionTrial(Denoising):
    """An audited model whose classes are `PREDICTIONS`, to learn what a UNet predicts: no tensor of a file tells it.

    Give it one step with strong noise, since noise and “v” differ little without it.
    The losses are errors of the audited model alone, with its first prompt, against both targets. The prediction with
    the smaller mean over all unmarked originals is the model's; published and withheld ones count alike.
    """

    loss_facts = LossFacts("denoising error")
    classes = len(PREDICTIONS)
    class_passes = 1

    def at_precision(self, precision: Precision) -> "PredictionTrial":
        """Return the same networks computing with another ``precision``."""
        return PredictionTrial(self._networks, self._steps, self._where, precision)

    def losses(self, encoded: Tensor, labels: Tensor, step: int) -> Tensor:
        """Return the error of each picture with the prediction of its label: (B,) float64. Raises as `Denoiser`."""
        found = self.class_losses(encoded, step)
        return found.gather(1, labels.to(found.device)[:, None])[:, 0]

    def class_losses(self, encoded: Tensor, step: int) -> Tensor:
        """Return the error of each picture with every prediction: (B, 2) float64. Raises as `Denoiser`."""
        side = self._networks.side
        first = torch.zeros(len(encoded), dtype=torch.int64, device=encoded.device)
        with torch.inference_mode(), plain_failures(len(encoded), side, side):
            noisy, added = self._mixed(encoded, step)
            with computing(self._where, self._precision):
                answer = self._answer(self._networks.audited, noisy, first, step)
            targets = [self._target(prediction, encoded, added, step) for prediction in PREDICTIONS]
            return torch.stack([self._error(answer, target) for target in targets], dim=1)


def likelier_prediction(losses: NDArray[np.float64]) -> Prediction:
    """Return the prediction with the smaller mean loss; the first if both are equal.

    losses: (N, 2), of all unmarked originals, from `PredictionTrial.class_losses`.
    """
    return PREDICTIONS[int(losses.mean(axis=0).argmin())]


def _sides(networks: DiffusionNetworks) -> tuple[Side, ...]:
    """Return the audited model and, if there is one, the base."""
    return (networks.audited,) if networks.base is None else (networks.audited, networks.base)
