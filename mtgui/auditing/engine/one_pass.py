"""What all classifiers have in common: one forward pass answers with the losses of all labels."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor

from mtgui.auditing.engine.devices import Device, starting_batch
from mtgui.auditing.loss_kinds import LossFacts
from mtgui.auditing.preprocessing import Preprocessing


class OnePass(ABC):
    """A base of audited models that classify pictures."""

    loss_facts = LossFacts()
    steps = class_passes = 1

    @property
    @abstractmethod
    def where(self) -> Device:
        """The device that computes; see `AuditedModel.where`."""

    @property
    @abstractmethod
    def preprocessing(self) -> Preprocessing:
        """How pictures become the model's input."""

    @property
    def first_batch(self) -> int:
        """How many pictures to show at a time, if nothing is said; see `starting_batch`."""
        return starting_batch(self.where, self.preprocessing.crop)

    def encoded(self, pixels: Tensor) -> Tensor:
        """Return ``pixels``: the only step begins with them."""
        return pixels

    def losses(self, encoded: Tensor, labels: Tensor, step: int = 0) -> Tensor:
        """Return the loss of each picture with its label: (B,) float64; otherwise as `AuditedModel.losses`.

        A loss is not finite if the model's answer is not.
        """
        losses = self.class_losses(encoded, step)
        return losses.gather(1, labels.to(losses.device)[:, None])[:, 0]

    def class_losses(self, encoded: Tensor, step: int = 0) -> Tensor:
        """Return the loss of each picture with every label: (B, classes) float64. Raises IndexError for other steps."""
        if step != 0:
            raise IndexError("A classifier answers in one step.")
        return self.nats(encoded)

    @abstractmethod
    def nats(self, pixels: Tensor) -> Tensor:
        """Return −log softmax at every label, in nats: (B, classes) float64."""

    def try_step(self, count: int) -> None:
        """Show the model ``count`` black pictures."""
        self.class_losses(self._black(count)).cpu()

    def try_encoding(self, count: int) -> None:
        """Do to ``count`` black pictures what `encoded` does: nothing."""
        self.encoded(self._black(count))

    def _black(self, count: int) -> Tensor:
        pixels = torch.zeros((count, 3, *self.preprocessing.crop), dtype=torch.uint8)
        return pixels.to(self.where.torch_device)
