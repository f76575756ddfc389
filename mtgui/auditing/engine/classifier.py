"""An audited model made of a torch module that classifies pictures."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mtgui.auditing.engine.devices import Device, computing
from mtgui.auditing.engine.engine_errors import ModelRunError, NonFiniteLossError
from mtgui.auditing.engine.on_device import OnDevice, plain_failures
from mtgui.auditing.engine.one_pass import OnePass
from mtgui.auditing.engine.stored_statistics import StoredStatistics
from mtgui.auditing.precision import Precision
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.common.words import counted

LARGEST_LOSS = float(1 << 30)
_LOGIT_NAMES = ("logits", "out", "output")


class TorchClassifier(OnDevice, OnePass):
    """A classifier under audit: ``module`` takes (B, 3, height, width) floats and answers with logits (B, classes).

    The module is changed: moved to ``device``, converted to float32, and to channels last where that is faster. Its
    answer may also be a tuple whose first member is the logits, or a mapping or object that names them ``logits``,
    ``out`` or ``output``; auxiliary heads are ignored.
    """

    def __init__(
        self,
        module: nn.Module,
        classes: int,
        preprocessing: Preprocessing,
        device: Device,
        precision: Precision = "float32",
    ) -> None:
        """Prepare the module; ``classes`` is the number of logits that it must give for each picture."""
        super().__init__(device, precision)
        self._module = module.eval().requires_grad_(False).to(device.torch_device, torch.float32)
        self._format = torch.contiguous_format
        if device.takes_channels_last:
            self._format = torch.channels_last
            self._module = self._module.to(memory_format=torch.channels_last)
        self._classes, self._preprocessing = classes, preprocessing
        std = torch.tensor(preprocessing.std, dtype=torch.float64)
        mean = torch.tensor(preprocessing.mean, dtype=torch.float64)
        self._scale = self._by_channel(1.0 / (255.0 * std))
        self._shift = self._by_channel(-mean / std)

    @property
    def classes(self) -> int:
        """How many labels there are; they are numbered from 0."""
        return self._classes

    @property
    def preprocessing(self) -> Preprocessing:
        """How pictures become the model's input."""
        return self._preprocessing

    def at_precision(self, precision: Precision) -> "TorchClassifier":
        """Return the same module computing with another ``precision``."""
        return TorchClassifier(self._module, self._classes, self._preprocessing, self._where, precision)

    def with_preprocessing(self, preprocessing: Preprocessing) -> "TorchClassifier":
        """Return the same module with another ``preprocessing``."""
        return TorchClassifier(self._module, self._classes, preprocessing, self._where, self._precision)

    def stored_statistics(self) -> StoredStatistics:
        """Return a watcher of the module's batch normalisation."""
        return StoredStatistics(self._module.modules())

    def logits(self, pixels: Tensor) -> Tensor:
        """Return the module's logits for ``pixels``, (B, 3, height, width) uint8: (B, classes).

        Raises ModelRunError if it fails or answers in another shape; MemoryError or torch.OutOfMemoryError if the batch
        is too large.
        """
        count, _, height, width = pixels.shape
        with torch.inference_mode(), computing(self._where, self._precision), plain_failures(count, height, width):
            answer = self._module(self._normalised(pixels))
        logits = _logits_in(answer)
        if logits.ndim > 2 and logits.shape[2:].numel() == 1:
            logits = logits.flatten(1)
        if tuple(logits.shape) != (pixels.shape[0], self._classes):
            raise ModelRunError(
                f"The model answers {counted(pixels.shape[0], 'picture')} with numbers in the shape "
                f"{tuple(logits.shape)}, where {self._classes} for each picture were expected. It may not be a "
                "classifier, or have another number of classes than was said."
            )
        return logits

    def nats(self, pixels: Tensor) -> Tensor:
        """Return −log softmax at every label, in nats: (B, classes) float64. Raises what `logits` raises."""
        with torch.inference_mode(), torch.autocast(self._where.kind, enabled=False):
            logits = self.logits(pixels)
            return -torch.log_softmax((logits if self._where.has_float64 else logits.cpu()).double(), dim=1)

    def _normalised(self, pixels: Tensor) -> Tensor:
        colours = pixels.flip(1) if self._preprocessing.channels == "BGR" else pixels
        floats = colours.to(torch.float32, memory_format=self._format)
        return floats.mul_(self._scale).add_(self._shift)

    def _by_channel(self, values: Tensor) -> Tensor:
        return values.to(torch.float32).view(1, 3, 1, 1).to(self._where.torch_device)


def refuse_odd_losses(losses: Tensor) -> None:
    """Raise NonFiniteLossError unless every loss lies between −2³⁰ and 2³⁰."""
    if bool(torch.isfinite(losses).all()) and bool((losses.abs() <= LARGEST_LOSS).all()):
        return
    raise NonFiniteLossError(
        "The model gives losses that are no numbers, or absurdly large ones, so nothing can be concluded from it. Its "
        "weights may be damaged; if this ran with half precision, try float32."
    )


def _logits_in(answer: Any) -> Tensor:
    """Return the logits in a module's answer: the answer itself, its entry of that name, or its first member."""
    by_name: Mapping[str, Any] = answer if isinstance(answer, Mapping) else {}
    candidates = [answer, *(by_name.get(name, getattr(answer, name, None)) for name in _LOGIT_NAMES)]
    if isinstance(answer, tuple | list):
        candidates += answer
    candidates += by_name.values()
    for candidate in candidates:
        if isinstance(candidate, Tensor):
            return candidate
    raise ModelRunError(
        f"The model answers with {type(answer).__name__}, in which no logits can be found; it is not a classifier."
    )
