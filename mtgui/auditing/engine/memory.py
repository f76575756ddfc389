"""Reacts to a lack of memory: the same work begins again with smaller batches."""

import torch

from mtgui.auditing.engine.engine_errors import DeviceError
from mtgui.auditing.engine.task import Restarted
from mtgui.common.words import counted

OUT_OF_MEMORY = (torch.OutOfMemoryError, MemoryError)


def smaller_batch(batch: int) -> int:
    """Return the batch size to try after ``batch`` was too large. Raises DeviceError after 1."""
    if batch > 1:
        return batch // 2
    raise DeviceError(
        "There is too little memory to show the model even one picture. Close other programs, or run the audit on "
        "another device, such as the processor."
    )


def release_memory(device: torch.device) -> None:
    """Release the memory that the allocator of ``device`` keeps, so that a smaller batch can use it."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "xpu":
        torch.xpu.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def restarted(batch: int) -> Restarted:
    """Return the event for a new beginning with ``batch`` pictures at a time."""
    pictures = counted(batch, "picture")
    return Restarted(batch, f"Memory ran out, so the losses are computed again, {pictures} at a time.")
