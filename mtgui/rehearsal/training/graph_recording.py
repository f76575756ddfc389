"""Steps of a training recorded once on a card and replayed: what a batch needs is then launched as one whole.

Small batches keep a card waiting for the program that tells it what to do next; a CUDA graph tells it everything at
once. A recording is tried against the same step done plainly before it is trusted, and must give every number to the
last bit: a training that goes on from a checkpoint takes plain steps where the whole one replayed. Where it fails or
differs, the training goes on step by step, and says so.
"""

import contextlib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from mtgui.common.errors import printable

Drawn = Mapping[str, Tensor]
"""Everything that tells one step from another, by name: always the same names, shapes and dtypes for full batches."""
_WARM_UPS = 3
_SHARE_OF_MEMORY = 0.9
_LONGEST_REASON = 120
# Of this process.
_BROKEN: list[Any] = []


class Recorder(Protocol):
    """What a device offers for recording."""

    def warming(self) -> contextlib.AbstractContextManager[None]:
        """Do what is done inside the block where the recording will be made."""

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        """Record what ``work`` does, without doing it; return what does it. Raises RuntimeError."""


class CudaRecorder:
    """Records on a CUDA card, on a stream of its own, as PyTorch's notes on CUDA graphs ask for."""

    def __init__(self, device: torch.device, card: Any = torch.cuda, broken: list[Any] = _BROKEN) -> None:
        """Make the stream, once pictures and weights are on the card. card: what PyTorch offers for CUDA.

        broken: where recordings that failed are kept, for parts of them may be in use; where there is one, no other
        recording is made.
        """
        self._card, self._device, self._broken = card, device, broken
        self._stream = self._card.Stream(device)
        self._card.reset_peak_memory_stats(device)
        self._before = self._card.memory_allocated(device)

    @contextlib.contextmanager
    def warming(self) -> Iterator[None]:
        """Let everything inside the block run on the recording's stream, between what comes before and after it."""
        usual = self._card.current_stream(self._device)
        self._stream.wait_stream(usual)
        with self._card.stream(self._stream), warnings.catch_warnings():
            # AdamW says that it was made for recording, and is not being recorded: it will be.
            warnings.filterwarnings("ignore", message=".*capturable=True")
            yield
        usual.wait_stream(self._stream)

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        """As `Recorder.record`; also where the card has no room for what the recording holds beside a plain step."""
        held = self._card.memory_allocated(self._device)
        free = self._card.mem_get_info(self._device)[0] + self._card.memory_reserved(self._device) - held
        # What was there before the first step is there once; a recording holds again what steps took beside it.
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
        """Put back what PyTorch leaves behind where CUDA does not let it end a recording: the stream, the allocator
        that takes all memory for the recording's, and the chance that dropout draws from.

        Memory that is freed on two streams would else never be used again, and dropout would raise.
        """
        self._card.set_stream(usual)
        index = usual.device.index
        end = getattr(torch._C, "_cuda_endAllocateToPool", None)
        if end is not None:
            # It refuses where PyTorch has ended it.
            with contextlib.suppress(RuntimeError):
                end(index, pool)
        chance = self._card.default_generators[index]
        if hasattr(chance, "graphsafe_set_state") and hasattr(chance, "clone_state"):
            with contextlib.suppress(RuntimeError):
                chance.graphsafe_set_state(chance.clone_state())


class RecordedSteps:
    """Does steps by a recording of ``compute``, once that has changed the same to the last bit as ``compute``."""

    def __init__(
        self,
        compute: Callable[[Drawn], None],
        state: Callable[[], Sequence[Tensor]],
        recorder: Recorder,
        count: int,
        trial: Drawn,
    ) -> None:
        """Prepare. state: everything that a step changes, always the same tensors. count: rows of a full batch; others
        are computed plainly. trial: values of the trial step that differ from those of the step it is made at.
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
        """Return what is worth saying since this was asked last."""
        said, self._notices = self._notices, []
        return said

    def _recorded(self, drawn: Drawn) -> Callable[[], None] | None:
        """Return a recording that was tried; None where there is none to trust. What a step changes is put back."""
        trial = {**drawn, **self._trial}
        before = _copies(self._state())
        self._compute(trial)
        wanted = _copies(self._state())
        _put(self._state(), before)
        # Recorded with other values than it is tried with: what does not depend on them is found out.
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
    """True where every number is the same to the last bit; a NaN is never."""
    return len(found) == len(wanted) and all(map(torch.equal, found, wanted))


def _in_words(error: RuntimeError) -> str:
    """Return the first line of what PyTorch says, without what stands before it and without its full stop."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return printable(lines[0].removeprefix("CUDA error: "))[:_LONGEST_REASON].rstrip(". ")
