"""Records a step of a training on a card once, as a CUDA graph, and replays it for every batch.

With small batches, a card often waits for the program to launch the next kernel; a CUDA graph launches all at once.
Before a recording is used, its result is compared with that of a plain step, and must be equal to the last bit, because
a training that goes on from a checkpoint may take plain steps where the uninterrupted one replayed. If the recording
fails or differs, the training goes on with plain steps, and reports this.
"""

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from mtgui.common.errors import printable

Drawn = Mapping[str, Tensor]
"""The inputs of one step, by name; full batches always have the same names, shapes and dtypes."""
_WARM_UPS = 3
_SHARE_OF_MEMORY = 0.9
_LONGEST_REASON = 120
# Of this process.
_BROKEN: list[Any] = []


class Recorder(Protocol):
    """The interface of a device for recording."""

    def warming(self) -> contextlib.AbstractContextManager[None]:
        """Run the block in the place where the recording will be made."""

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        """Record ``work`` without executing it; return a function that executes it. Raises RuntimeError."""


class CudaRecorder:
    """Records on a CUDA card, on a stream of its own, as PyTorch's notes on CUDA graphs require."""

    def __init__(self, device: torch.device, card: Any = torch.cuda, broken: list[Any] = _BROKEN) -> None:
        """Make the stream; pictures and weights must be on the card. card: PyTorch's module for CUDA.

        broken: failed recordings, kept because parts of them may be in use; if there is one, no other is made.
        """
        self._card, self._device, self._broken = card, device, broken
        self._stream = self._card.Stream(device)
        self._card.reset_peak_memory_stats(device)
        self._before = self._card.memory_allocated(device)

    @contextlib.contextmanager
    def warming(self) -> Iterator[None]:
        """Run the block on the stream of the recording, in order with the work before and after it."""
        usual = self._card.current_stream(self._device)
        self._stream.wait_stream(usual)
        with self._card.stream(self._stream), warnings.catch_warnings():
            # AdamW warns that it is capturable but not being captured; it will be.
            warnings.filterwarnings("ignore", message=".*capturable=True")
            yield
        usual.wait_stream(self._stream)

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        """As `Recorder.record`; raises RuntimeError also if the card has too little memory for the recording."""
        held = self._card.memory_allocated(self._device)
        free = self._card.mem_get_info(self._device)[0] + self._card.memory_reserved(self._device) - held
        # Memory in use before the first step exists once; a recording needs again the memory that steps took.
        if self._card.max_memory_allocated(self._device) - self._before > _SHARE_OF_MEMORY * free:
            raise RuntimeError("its memory is too small for that")
        if self._broken:
            raise RuntimeError("a recording failed before, and another is tried only after a new start")
        graph, pool, usual = (
            self._card.CUDAGraph(),
            self._card.graph_pool_handle(),
            self._card.current_stream(self._device),
        )
        try:
            with self._card.graph(graph, pool=pool, stream=self._stream):
                work()
        except BaseException:
            self._broken.append(graph)
            self._clear_up(usual, pool)
            raise
        replay: Callable[[], None] = graph.replay
        return replay

    def _clear_up(self, usual: Any, pool: Any) -> None:
        """Restore what PyTorch does not restore after a failed recording.

        These are the stream, the allocator, which treats all memory as the recording's, and the random generator.
        Otherwise memory freed on two streams would never be used again, and dropout would raise an error.
        """
        self._card.set_stream(usual)
        index = usual.device.index
        end = getattr(torch._C, "_cuda_endAllocateToPool", None)
        if end is not None:
            # This raises an error if PyTorch has already ended it.
            with contextlib.suppress(RuntimeError):
                end(index, pool)
        chance = self._card.default_generators[index]
        if hasattr(chance, "graphsafe_set_state") and hasattr(chance, "clone_state"):
            with contextlib.suppress(RuntimeError):
                chance.graphsafe_set_state(chance.clone_state())


class RecordedSteps:
    """Takes steps by a recording of ``compute``, after its result was equal to that of ``compute`` to the last bit."""

    def __init__(
        self,
        compute: Callable[[Drawn], None],
        state: Callable[[], Sequence[Tensor]],
        recorder: Recorder,
        count: int,
        trial: Drawn,
    ) -> None:
        """Prepare; nothing is recorded yet.

        state: all tensors that a step changes, always the same objects. count: rows of a full batch; other batches take
        plain steps. trial: inputs of the trial step that differ from those of the real step.
        """
        self._compute, self._state, self._recorder = compute, state, recorder
        self._count, self._trial = count, trial
        self._seen = 0
        self._held: dict[str, Tensor] = {}
        self._replay: Callable[[], None] | None = None
        self._is_given_up = False
        self._notices: list[str] = []

    def step(self, drawn: Drawn) -> None:
        """Take one step."""
        if self._is_given_up or len(drawn["rows"]) != self._count:
            self._compute(drawn)
        elif self._seen < _WARM_UPS:
            self._seen += 1
            with self._recorder.warming():
                self._compute(drawn)
        else:
            if self._replay is None:
                self._replay = self._recorded(drawn)
            if self._replay is None:
                self._compute(drawn)
            else:
                self._fill(drawn)
                self._replay()

    def take_notices(self) -> list[str]:
        """Return the notices since the last call."""
        said, self._notices = self._notices, []
        return said

    def _recorded(self, drawn: Drawn) -> Callable[[], None] | None:
        """Return a tested recording; None if it fails or differs. All tensors that the test changed are restored."""
        trial = {**drawn, **self._trial}
        before = _copies(self._state())
        self._compute(trial)
        wanted = _copies(self._state())
        _put(self._state(), before)
        # It is recorded and tested with different inputs, which shows if the recording ignores its inputs.
        self._held = {name: torch.zeros_like(value) for name, value in drawn.items()}
        try:
            replay = self._recorder.record(lambda: self._compute(self._held))
            self._fill(trial)
            replay()
            fault = "" if _equal(self._state(), wanted) else "the recording does not give exactly the same"
        except RuntimeError as error:
            fault = _in_words(error)
        _put(self._state(), before)
        if not fault:
            return replay
        self._is_given_up = True
        self._notices.append(
            f"The training goes on step by step, which is slower, because steps could not be recorded on this card "
            f"({fault})."
        )
        return None

    def _fill(self, drawn: Drawn) -> None:
        for name, value in drawn.items():
            self._held[name].copy_(value)


def _copies(tensors: Sequence[Tensor]) -> list[Tensor]:
    return [tensor.detach().clone() for tensor in tensors]


@torch.no_grad()
def _put(tensors: Sequence[Tensor], values: Sequence[Tensor]) -> None:
    for tensor, value in zip(tensors, values, strict=True):
        tensor.copy_(value)


def _equal(found: Sequence[Tensor], wanted: Sequence[Tensor]) -> bool:
    """True when all numbers are equal to the last bit; NaN is never equal."""
    return len(found) == len(wanted) and all(map(torch.equal, found, wanted))


def _in_words(error: RuntimeError) -> str:
    """Return the first line of PyTorch's message, without its prefix and its full stop."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return printable(lines[0].removeprefix("CUDA error: "))[:_LONGEST_REASON].rstrip(". ")
