"""Transfers between host and device: sends batches, launches work, and returns its losses.

A batch is made on the host, sent, and launched; its losses arrive when the device has computed them. On a CUDA card
launching returns at once, so the host can make the next batches meanwhile. On other devices the losses are ready when
launching returns.
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

# Originals get one part in so many of a card's memory; the rest is for the model.
_SHARE_FOR_ORIGINALS = 8
# Arrays in a parcel begin at multiples of so many bytes, so that numbers of any kind can be read there.
_ALIGNMENT = 64


@dataclass(frozen=True)
class Parcel:
    """Arrays that travel together. buffer: (bytes,) uint8. parts: first byte, torch dtype and shape of each array."""

    buffer: Tensor
    parts: tuple[tuple[int, torch.dtype, tuple[int, ...]], ...]

    def opened(self, buffer: Tensor) -> list[Tensor]:
        """Return the arrays in ``buffer``, a copy of this parcel's buffer on any device."""
        arrays = []
        for first, dtype, shape in self.parts:
            count = int(np.prod(shape))
            arrays.append(buffer[first : first + count * dtype.itemsize].view(dtype).view(shape))
        return arrays


class Arrival(Protocol):
    """Losses that are being transferred to the host."""

    def wait(self) -> Tensor:
        """Wait for the losses and return them, on the processor. Raises errors of their computation."""


@dataclass(frozen=True)
class Arrived:
    """Losses that are already on the host."""

    losses: Tensor

    def wait(self) -> Tensor:
        """Return the losses."""
        return self.losses


class Lane:
    """The link to a device on which launching waits for the result: the processor, or a card of Intel's or Apple's.

    marks_there: True when pictures are marked on the device, not on the host. makers: threads that make batches. ahead:
    how many batches are made in advance, and so kept in memory. flying: how many batches may still be without losses
    when another one is launched.
    """

    makers = 1
    ahead = 1
    flying = 0

    def __init__(self, device: torch.device) -> None:
        """Make the link to ``device``."""
        self.device = device
        self.marks_there = device.type != "cpu"

    @property
    def room(self) -> int:
        """Bytes of the device's memory for originals; 0 if they need not lie there."""
        return memory_bytes(self.device) // _SHARE_FOR_ORIGINALS if self.marks_there else 0

    def memory(self, shape: tuple[int, ...]) -> Tensor:
        """Return uninitialised uint8 host memory of the kind that is fastest to send. Raises MemoryError."""
        # NumPy raises MemoryError; torch would raise a plain RuntimeError.
        return torch.from_numpy(np.empty(shape, dtype=np.uint8))

    def pack(self, arrays: Sequence[NDArray[Any]]) -> Parcel:
        """Pack ``arrays``; float64 becomes float32 if the device has no float64. Any thread may call this."""
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
        """Return ``content``, made by `memory`, on the device, for use by work that is launched later."""
        return content.to(self.device)

    def open(self, parcel: Parcel) -> list[Tensor]:
        """Send a parcel; return its arrays on the device."""
        return parcel.opened(self.send(parcel.buffer))

    def launch(self, work: Callable[[], Tensor]) -> Arrival:
        """Make the device do ``work``, which returns the losses of a batch, after all work launched before.

        Raises errors of ``work``, here or in `Arrival.wait`.
        """
        return Arrived(work().cpu())


class CudaLane(Lane):
    """The link to a CUDA card, which works through launched batches by itself."""

    makers = 2
    ahead = 3
    flying = 2

    def __init__(self, device: torch.device) -> None:
        """Make the link to ``device``; data are sent on a stream of their own, beside the computation."""
        super().__init__(device)
        self._card: Any = torch.cuda
        self._road = _road_to(device)

    def memory(self, shape: tuple[int, ...]) -> Tensor:
        """Return pinned memory, which a card reads by itself."""
        return torch.empty(shape, dtype=torch.uint8, pin_memory=True)

    def send(self, content: Tensor) -> Tensor:
        """Return ``content`` on the card. It is transferred while the card computes; only work that uses it waits."""
        computing = self._card.current_stream(self.device)
        with self._card.stream(self._road):
            there = content.to(self.device, non_blocking=True)
        computing.wait_stream(self._road)
        there.record_stream(computing)
        return there

    def launch(self, work: Callable[[], Tensor]) -> Arrival:
        """Queue ``work``, and after it the transfer of its losses to the host."""
        losses = work()
        if losses.device.type != "cuda":
            return Arrived(losses.cpu())
        home = torch.empty(losses.shape, dtype=losses.dtype, pin_memory=True)
        home.copy_(losses, non_blocking=True)
        # A thread that waits for this event sleeps and does not keep a core busy.
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
    """Return the stream on which data are sent to ``device``.

    A process has only one, because the allocator keeps memory that was used on one stream for this stream.
    """
    card: Any = torch.cuda
    return card.Stream(device)


def lane_to(device: torch.device) -> Lane:
    """Return the link to ``device``."""
    return CudaLane(device) if device.type == "cuda" else Lane(device)
