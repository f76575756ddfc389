"""The way to a device and back: what the host hands over, what is computed there, and how its answers come home.

A batch is made on the host, sent, and launched; its losses arrive when the device has come to them. On a CUDA card
launching returns at once, so the host makes the next batches meanwhile. Elsewhere the answer is there when launching
returns.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mtgui.auditing.engine.devices import memory_bytes

# Of a card's memory; the rest is the model's.
_SHARE_FOR_ORIGINALS = 8
# Where arrays begin in a parcel, so that numbers of any kind can be read there.
_ALIGNMENT = 64


@dataclass(frozen=True)
class Parcel:
    """Arrays that travel together. buffer: (bytes,) uint8. parts: first byte, torch dtype and shape of each array."""

    buffer: Tensor
    parts: tuple[tuple[int, torch.dtype, tuple[int, ...]], ...]

    def opened(self, buffer: Tensor) -> list[Tensor]:
        """Return the arrays in ``buffer``, which has the content of this one's, wherever it lies."""
        arrays = []
        for first, dtype, shape in self.parts:
            count = int(np.prod(shape))
            arrays.append(buffer[first : first + count * dtype.itemsize].view(dtype).view(shape))
        return arrays


class Arrival(Protocol):
    """Losses on their way to the host."""

    def wait(self) -> Tensor:
        """Return them, on the processor, once they are there. Raises what computing them raised."""


@dataclass(frozen=True)
class Arrived:
    """Losses that are there already."""

    losses: Tensor

    def wait(self) -> Tensor:
        """Return them."""
        return self.losses


class Lane:
    """The way to a device that computes while it is asked: the processor, or a card of Intel's or Apple's.

    marks_there: False where the host marks as well as the device would. makers: threads that make batches. ahead:
    batches that are made, or being made, beside the one that is handed over; that many, and no more, are kept in
    memory. flying: batches whose losses may be on their way when another one is launched.
    """

    makers = 1
    ahead = 1
    flying = 0

    def __init__(self, device: torch.device) -> None:
        """Make the way to ``device``."""
        self.device = device
        self.marks_there = device.type != "cpu"

    @property
    def room(self) -> int:
        """Bytes of the device that originals may take up; 0 where they need not lie there."""
        return memory_bytes(self.device) // _SHARE_FOR_ORIGINALS if self.marks_there else 0

    def memory(self, shape: tuple[int, ...]) -> Tensor:
        """Return uint8 memory of the host, of any content, from which the device is served best. Raises MemoryError."""
        # torch would raise an error without a type of its own.
        return torch.from_numpy(np.empty(shape, dtype=np.uint8))

    def pack(self, arrays: Sequence[NDArray[Any]]) -> Parcel:
        """Put ``arrays`` together. Where the device has no float64 they become float32. For any thread."""
        if self.device.type == "mps":
            arrays = [array.astype(np.float32) if array.dtype == np.float64 else array for array in arrays]
        places, size = [], 0
        for array in arrays:
            places.append(size)
            size += -(-array.nbytes // _ALIGNMENT) * _ALIGNMENT
        buffer = self.memory((size,))
        content = buffer.numpy()
        parts = []
        for first, array in zip(places, arrays, strict=True):
            content[first : first + array.nbytes].view(array.dtype).reshape(array.shape)[...] = array
            parts.append((first, torch.from_numpy(array[:0]).dtype, array.shape))
        return Parcel(buffer, tuple(parts))

    def send(self, content: Tensor) -> Tensor:
        """Return ``content``, from `memory`, on the device; what is launched afterwards can use it."""
        return content.to(self.device)

    def open(self, parcel: Parcel) -> list[Tensor]:
        """Send a parcel; return its arrays on the device."""
        return parcel.opened(self.send(parcel.buffer))

    def launch(self, work: Callable[[], Tensor]) -> Arrival:
        """Have the device do ``work``, which gives the losses of a batch, after what was launched before.

        Raises what ``work`` raises, here or when the losses arrive.
        """
        return Arrived(work().cpu())


class CudaLane(Lane):
    """The way to a CUDA card, which goes through what was launched by itself."""

    makers = 2
    ahead = 3
    flying = 2

    def __init__(self, device: torch.device) -> None:
        """Make the way to ``device``; what is sent has a road of its own, beside the computing."""
        super().__init__(device)
        self._card: Any = torch.cuda
        self._road = _road_to(device)

    def memory(self, shape: tuple[int, ...]) -> Tensor:
        """Return pinned memory, from which a card reads by itself."""
        return torch.empty(shape, dtype=torch.uint8, pin_memory=True)

    def send(self, content: Tensor) -> Tensor:
        """Return ``content`` on the card, where it arrives while the card computes; nobody waits for that but what
        uses it.
        """
        computing = self._card.current_stream(self.device)
        with self._card.stream(self._road):
            there = content.to(self.device, non_blocking=True)
        computing.wait_stream(self._road)
        there.record_stream(computing)
        return there

    def launch(self, work: Callable[[], Tensor]) -> Arrival:
        """Queue ``work``, and after it the way back of its losses."""
        losses = work()
        if losses.device.type != "cuda":
            return Arrived(losses.cpu())
        home = torch.empty(losses.shape, dtype=losses.dtype, pin_memory=True)
        home.copy_(losses, non_blocking=True)
        # A thread that waits for it sleeps, instead of keeping a core busy with looking.
        event = self._card.Event(blocking=True)
        event.record(self._card.current_stream(self.device))
        return _OnItsWay(home, event)


@dataclass(frozen=True)
class _OnItsWay:
    losses: Tensor
    event: Any

    def wait(self) -> Tensor:
        self.event.synchronize()
        return self.losses


@cache
def _road_to(device: torch.device) -> Any:
    """Return the stream for what is sent to ``device``: one in a process, since memory of the card that was used on one
    stream is kept for that stream alone.
    """
    card: Any = torch.cuda
    return card.Stream(device)


def lane_to(device: torch.device) -> Lane:
    """Return the way to ``device``."""
    return CudaLane(device) if device.type == "cuda" else Lane(device)
