"""The interface of an audited model: the audit asks for the losses of a batch, nothing else."""

from typing import TYPE_CHECKING, Protocol

from mtgui.auditing.preprocessing import Preprocessing

if TYPE_CHECKING:
    import torch

    from mtgui.auditing.engine.devices import Device


class AuditedModel(Protocol):
    """A model under audit. Each kind of model has an implementation; the statistics do not depend on any."""

    @property
    def classes(self) -> int:
        """How many labels there are; they are numbered from 0."""

    @property
    def preprocessing(self) -> Preprocessing:
        """How pictures become the model's input; they are resized and cropped before `losses`."""

    @property
    def device(self) -> "torch.device":
        """The device on which pixels must lie."""

    @property
    def where(self) -> "Device":
        """The device that computes; it may differ from the one asked for. A processor's title has its threads."""

    @property
    def threads(self) -> int | None:
        """Number of processor threads on which it computes; None on a card, where the number does not matter."""

    def use_threads(self, threads: int) -> None:
        """Compute with ``threads`` processor threads from now on. Raises ModelError if that is impossible."""

    def losses(self, pixels: "torch.Tensor", labels: "torch.Tensor") -> "torch.Tensor":
        """Return the cross-entropy in nats of each picture with its label: (B,), float64, on any device.

        pixels: (B, 3, *preprocessing.crop), uint8, RGB, on `device`. labels: (B,), int64, 0 ≤ label < classes.
        """

    def class_losses(self, pixels: "torch.Tensor") -> "torch.Tensor":
        """Return the cross-entropy in nats of each picture with every label: (B, classes), float64."""
