"""The interface of an audited model: the audit asks for the losses of a batch, nothing else."""

from typing import TYPE_CHECKING, Protocol

from mtgui.auditing.loss_kinds import LossFacts
from mtgui.auditing.precision import Precision
from mtgui.auditing.preprocessing import Preprocessing

if TYPE_CHECKING:
    import torch

    from mtgui.auditing.engine.devices import Device


class AuditedModel(Protocol):
    """A model under audit. Each kind of model has an implementation; the statistics do not depend on any.

    The losses of a batch are computed in one or several steps of about equal work, so that work can be paused, stopped
    and shown between two of them. The loss of a picture is the mean over all steps.
    """

    @property
    def classes(self) -> int:
        """How many labels there are; they are numbered from 0."""

    @property
    def preprocessing(self) -> Preprocessing:
        """How pictures become the model's input; they are resized and cropped before `encoded`."""

    @property
    def loss_facts(self) -> LossFacts:
        """What its losses are."""

    @property
    def steps(self) -> int:
        """Number of steps in which losses are computed, at least 1; the passes of a loss are a multiple of it."""

    @property
    def class_passes(self) -> int:
        """Number of forward passes for the losses of one picture with every label: a multiple of `steps`."""

    @property
    def first_batch(self) -> int:
        """How many pictures to show at a time, if nothing is said: a power of two.

        It depends on the model, the kind of device and its total memory, never on other running programs, so that the
        same audit on the same device is cut into the same batches.
        """

    @property
    def device(self) -> "torch.device":
        """The device on which pixels must lie."""

    @property
    def where(self) -> "Device":
        """The device that computes; it may differ from the one asked for. A processor's title has its threads."""

    @property
    def threads(self) -> int | None:
        """Number of processor threads on which it computes; None on a card, where the number does not matter."""

    @property
    def can_try_threads(self) -> bool:
        """True if it can be measured which number of processor threads is fastest, by `try_step`."""

    def use_threads(self, threads: int) -> None:
        """Compute with ``threads`` processor threads from now on. Raises ModelError if that is impossible."""

    def try_step(self, count: int) -> None:
        """Compute the first step of ``count`` black pictures and wait, to measure the time. Raises as `losses`."""

    def try_encoding(self, count: int) -> None:
        """Do to ``count`` black pictures what `encoded` does, and wait for it, to measure the time."""

    @property
    def precision(self) -> Precision:
        """The precision in which it computes."""

    def at_precision(self, precision: Precision) -> "AuditedModel":
        """Return the same model computing with another ``precision``."""

    def encoded(self, pixels: "torch.Tensor") -> "torch.Tensor":
        """Return what all steps have in common, for `losses`: the pixels, or what the network makes of them first.

        pixels: (B, 3, *preprocessing.crop), uint8, RGB, on `device`.
        """

    def losses(self, encoded: "torch.Tensor", labels: "torch.Tensor", step: int) -> "torch.Tensor":
        """Return the loss of each picture with its label in one step, 0 ≤ ``step`` < `steps`: (B,) float64, any device.

        encoded: from `encoded`. labels: (B,), int64, 0 ≤ label < classes.
        """

    def class_losses(self, encoded: "torch.Tensor", step: int) -> "torch.Tensor":
        """Return the loss of each picture with every label in one step: (B, classes), float64."""
