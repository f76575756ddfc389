"""What the audit asks of a model: the losses of a batch, nothing else."""

from typing import TYPE_CHECKING, Protocol

from mtgui.auditing.preprocessing import Preprocessing

if TYPE_CHECKING:
    import torch

    from mtgui.auditing.engine.devices import Device


class AuditedModel(Protocol):
    """A model under audit. One kind of model is one implementation; the statistics know none of them."""

    @property
    def classes(self) -> int:
        """How many labels there are; they are numbered from 0."""

    @property
    def preprocessing(self) -> Preprocessing:
        """How pictures are brought to the model's input; resizing and cropping are done before `losses`."""

    @property
    def device(self) -> "torch.device":
        """Where pixels are wanted."""

    @property
    def where(self) -> "Device":
        """The device that computes, which need not be the one asked for; the processor is called after its threads."""

    @property
    def threads(self) -> int | None:
        """With how many threads of the processor it computes; None on a card, where that number has no say."""

    def use_threads(self, threads: int) -> None:
        """Compute with ``threads`` of the processor from now on. Raises ModelError where that cannot be done."""

    def losses(self, pixels: "torch.Tensor", labels: "torch.Tensor") -> "torch.Tensor":
        """Return the cross-entropy in nats of each picture with its label: (B,), float64, on any device.

        pixels: (B, 3, *preprocessing.crop), uint8, RGB, on `device`. labels: (B,), int64, 0 ≤ label < classes.
        """

    def class_losses(self, pixels: "torch.Tensor") -> "torch.Tensor":
        """Return the cross-entropy in nats of each picture with every label: (B, classes), float64."""
