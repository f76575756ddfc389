"""What all audited models have in common that torch computes: device, threads, precision, and their failures."""

import contextlib
from collections.abc import Iterator

import torch

from mtgui.auditing.engine.devices import Device
from mtgui.auditing.engine.engine_errors import ModelRunError
from mtgui.auditing.engine.torch_threads import allowed_threads, set_threads
from mtgui.auditing.precision import Precision
from mtgui.common.words import counted

# When main memory runs out, torch raises a plain RuntimeError with this name in its text.
_PROCESSOR_ALLOCATOR = "DefaultCPUAllocator"


class OnDevice:
    """A base of audited models that torch computes on ``device`` with ``precision``."""

    def __init__(self, device: Device, precision: Precision) -> None:
        """Keep device and precision."""
        self._where, self._precision = device, precision

    @property
    def device(self) -> torch.device:
        """The device on which pixels must lie."""
        return self._where.torch_device

    @property
    def where(self) -> Device:
        """The device with its memory and its present title; a processor's title has its number of threads."""
        return self._where.with_threads(allowed_threads())

    @property
    def threads(self) -> int | None:
        """Number of processor threads on which this whole process computes; None on a card."""
        return allowed_threads() if self._where.kind == "cpu" else None

    @property
    def can_try_threads(self) -> bool:
        """True: it computes with torch's threads."""
        return True

    def use_threads(self, threads: int) -> None:
        """Compute with ``threads`` threads from now on; this applies to the whole process."""
        set_threads(threads)

    @property
    def precision(self) -> Precision:
        """The precision in which the module computes."""
        return self._precision


@contextlib.contextmanager
def plain_failures(count: int, height: int, width: int) -> Iterator[None]:
    """Turn any error of a module into one sentence, except errors of too little memory.

    ``count`` pictures of ``height`` × ``width`` pixels were shown to it. Raises ModelRunError; MemoryError or
    torch.OutOfMemoryError.
    """
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError):
        raise
    except Exception as error:
        if _PROCESSOR_ALLOCATOR in str(error):
            raise MemoryError from error
        lines = str(error).strip().splitlines()
        reason = lines[0][:300] if lines else type(error).__name__
        raise ModelRunError(
            f"The model cannot compute {counted(count, 'picture')} of {width} × {height} pixels: "
            f"{reason.rstrip('.')}. Check the architecture and the input size."
        ) from error
