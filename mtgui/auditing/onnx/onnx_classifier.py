"""An audited model made of an ONNX graph that classifies pictures, on the processor, in a process of its own."""

from pathlib import Path
from types import TracebackType

import torch
from torch import Tensor

from mtgui.auditing.engine.devices import Device, choose_device
from mtgui.auditing.engine.one_pass import OnePass
from mtgui.auditing.onnx.onnx_runner import OnnxError, OnnxLimits, OnnxRunner
from mtgui.auditing.precision import Precision
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.common.errors import UsageError
from mtgui.reading.errors import ONE_NUMBER, TWO_NUMBERS, ModelError
from mtgui.reading.onnx_facts import Ending, OnnxFacts

_ROWS = 32
"""Batch size for a graph that takes any number of pictures."""
_SMALLEST = float(torch.finfo(torch.float32).tiny)
_ALIKE = 0.05
"""Largest difference, as a share of the largest answer, between a picture's answers in two batches."""
_PROBABILITIES = (
    "the model answers with probabilities, not logits: losses come from their logarithms, and none is above 87"
)
_UNSAID = "the graph does not say so, but its answers add up to 1"


class OnnxClassifier(OnePass):
    """A classifier under audit, run by onnxruntime. A context manager; `close` ends its process.

    Batches are cut at fixed places: after every 32 pictures, or every N if the graph takes exactly N; then the last
    batch is filled with black pictures.
    """

    def __init__(
        self, path: Path, preprocessing: Preprocessing, threads: int | None = None, limits: OnnxLimits | None = None
    ) -> None:
        """Start the model at ``path`` on ``threads`` threads (None: as many as torch uses), and try it once.

        Raises ModelError if it cannot be run, UsageError if ``preprocessing`` makes pictures of a size that the graph
        does not take.
        """
        self._threads, self._limits = threads or torch.get_num_threads(), limits
        self._runner = OnnxRunner(path, self._threads, limits)
        try:
            self._path, self._preprocessing = path, preprocessing
            self._rows = self._runner.facts.batch or _ROWS
            _check_size(self._runner.facts, preprocessing)
            self._scale, self._shift = _scaling(preprocessing)
            self._ending: Ending = "logits"
            self._classes, self._ending, self._notes = self._tried()
        except OnnxError as error:
            self.close()
            raise ModelError(path, str(error).partition(": ")[2]) from error
        except BaseException:
            self.close()
            raise

    @property
    def classes(self) -> int:
        """How many labels there are; they are numbered from 0."""
        return self._classes

    @property
    def preprocessing(self) -> Preprocessing:
        """How pictures become the model's input."""
        return self._preprocessing

    @property
    def device(self) -> torch.device:
        """The processor."""
        return torch.device("cpu")

    @property
    def where(self) -> Device:
        """The processor; its title has the number of threads of the process that runs the model."""
        return choose_device("cpu").with_threads(self._threads)

    @property
    def threads(self) -> int:
        """Number of threads of the process that runs the model."""
        return self._threads

    @property
    def can_try_threads(self) -> bool:
        """False: each number would need a process of its own, and the library is fastest with all threads."""
        return False

    @property
    def precision(self) -> Precision:
        """The graph's own precision, which is taken for float32."""
        return "float32"

    def at_precision(self, precision: Precision) -> "OnnxClassifier":
        """Return this model, which has only one precision. Raises UsageError for another."""
        if precision != self.precision:
            raise UsageError("An ONNX graph computes in its own precision; leave out --precision.")
        return self

    def use_threads(self, threads: int) -> None:
        """Compute with ``threads`` threads from now on.

        If the number changes, the process that runs the model is started again. Raises ModelError if that fails or the
        file has changed.
        """
        if threads == self._threads:
            return
        sha256 = self._runner.sha256
        self._runner.close()
        self._runner = OnnxRunner(self._path, threads, self._limits)
        if self._runner.sha256 != sha256:
            raise ModelError(self._path, "it was changed while it was in use; try again")
        self._threads = threads

    @property
    def facts(self) -> OnnxFacts:
        """The facts about the graph."""
        return self._runner.facts

    @property
    def sha256(self) -> str:
        """The SHA-256 of the running file; for an ONNX model, it is used as the weights hash."""
        return self._runner.sha256

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on how its answers are interpreted."""
        return self._notes

    @property
    def restrictions(self) -> tuple[str, ...]:
        """The limits of its process, in words."""
        return self._runner.restrictions

    def logits(self, pixels: Tensor) -> Tensor:
        """Return logits, or logarithms of probabilities, (B, classes) float32.

        pixels: (B, 3, height, width) uint8. Raises OnnxError if the model fails or its answers are not finite.
        """
        inputs = self._normalised(pixels)
        pieces = [self._scores(inputs[first : first + self._rows]) for first in range(0, len(inputs), self._rows)]
        scores = torch.cat(pieces)
        if not bool(torch.isfinite(scores).all()):
            raise OnnxError(
                f"{self._path.name}: it answers with numbers that are not finite; its weights are damaged, or its "
                "preprocessing is wrong."
            )
        return scores.clamp_min(_SMALLEST).log() if self._ending == "probabilities" else scores

    def nats(self, pixels: Tensor) -> Tensor:
        """Return −log softmax at every label, in nats: (B, classes) float64. Raises as `logits`."""
        return -torch.log_softmax(self.logits(pixels).double(), dim=1)

    def close(self) -> None:
        """End the process that runs the model."""
        self._runner.close()

    def __enter__(self) -> "OnnxClassifier":
        """Return this model."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process that runs the model."""
        self.close()

    def _tried(self) -> tuple[int, Ending, tuple[str, ...]]:
        """Run a few fixed pictures; return the number of classes, the kind of the answers, and notes on them."""
        height, width = self._preprocessing.crop
        shades = torch.arange(2 * 3 * height * width).mul(7).remainder(256).to(torch.uint8)
        pictures = shades.view(2, 3, height, width)
        scores = self.logits(pictures)
        classes, said = scores.shape[1], self._runner.facts.classes
        if classes == 1:
            raise OnnxError(f"{self._path.name}: it {ONE_NUMBER}; export it again with {TWO_NUMBERS}.")
        if classes < 2 or said not in (None, classes):
            raise OnnxError(f"{self._path.name}: it answers with {classes} numbers per picture where it says {said}.")
        self._refuse_fickle(pictures, scores)
        if self._runner.facts.ending == "probabilities":
            return classes, "probabilities", (f"{_PROBABILITIES}.",)
        is_sum = bool(((scores.sum(1) - 1).abs() < 1e-3).all() and (scores >= 0).all())
        return (classes, "probabilities", (f"{_PROBABILITIES}; {_UNSAID}.",)) if is_sum else (classes, "logits", ())

    def _refuse_fickle(self, pictures: Tensor, scores: Tensor) -> None:
        """Raise OnnxError if ``scores``, the answers to two ``pictures``, change when they are asked for again.

        The second time the first picture stands beside a black one, on which its answer must not depend.
        """
        beside_black = self.logits(torch.stack([pictures[0], torch.zeros_like(pictures[0])]))[0]
        most = _ALIKE * float(scores.abs().max())
        if torch.equal(self.logits(pictures), scores) and bool(((beside_black - scores[0]).abs() <= most).all()):
            return
        raise OnnxError(
            f"{self._path.name}: its answers to the same picture differ from run to run or with the other pictures of "
            "a batch, as in training, so it cannot be audited; export it again in evaluation mode (model.eval() before "
            "torch.onnx.export)."
        )

    def _scores(self, inputs: Tensor) -> Tensor:
        wanted = self._runner.facts.batch or len(inputs)
        filled = torch.cat([inputs, inputs.new_zeros(wanted - len(inputs), *inputs.shape[1:])])
        return torch.from_numpy(self._runner.scores(filled.numpy()).copy())[: len(inputs)]

    def _normalised(self, pixels: Tensor) -> Tensor:
        colours = pixels.cpu().flip(1) if self._preprocessing.channels == "BGR" else pixels.cpu()
        floats = colours.to(torch.float32).mul_(self._scale).add_(self._shift)
        return floats.permute(0, 2, 3, 1).contiguous() if self._runner.facts.is_channels_last else floats.contiguous()


def _check_size(facts: OnnxFacts, preprocessing: Preprocessing) -> None:
    wanted = tuple(said or chosen for said, chosen in zip(facts.size, preprocessing.crop, strict=True))
    if wanted != preprocessing.crop:
        raise UsageError(
            f"The model takes pictures of {wanted[0]} × {wanted[1]} pixels and no others; the preprocessing chosen "
            f"cuts them to {preprocessing.crop[0]} × {preprocessing.crop[1]}. Choose the former."
        )


def _scaling(preprocessing: Preprocessing) -> tuple[Tensor, Tensor]:
    """Return a factor and a summand per channel, which turn 8-bit pixels into the model's input."""
    std, mean = (torch.tensor(values, dtype=torch.float64) for values in (preprocessing.std, preprocessing.mean))
    scale, shift = 1 / (255 * std), -mean / std
    return scale.float().view(1, 3, 1, 1), shift.float().view(1, 3, 1, 1)
