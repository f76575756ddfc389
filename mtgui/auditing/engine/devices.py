"""Devices on which a model runs, processor or graphics card: their memory and their precision."""

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch

from mtgui.auditing.engine.engine_errors import DeviceError
from mtgui.auditing.precision import Precision
from mtgui.auditing.thread_choice import in_words
from mtgui.common.errors import UsageError

_KINDS = {"cpu": "the processor", "cuda": "CUDA", "xpu": "Intel XPU", "mps": "Apple's Metal"}
_LARGEST_BATCH = 512
_PROCESSOR_BATCH = 32
_USUAL_AREA = 224 * 224
# Memory that one picture of 224 × 224 pixels may need in a wide network, generously estimated.
_PICTURE_BYTES = 40 << 20
_UNKNOWN_MEMORY = 4 << 30


@dataclass(frozen=True)
class Device:
    """A device of this computer. title: its name for people. memory_bytes: all its memory, not only the free part."""

    torch_device: torch.device
    title: str
    memory_bytes: int

    @property
    def kind(self) -> str:
        """ "cpu", "cuda", "xpu" or "mps"."""
        return self.torch_device.type

    @property
    def name(self) -> str:
        """Its name in `choose_device`: "cpu", "cuda:1"."""
        return str(self.torch_device)

    def with_threads(self, threads: int) -> "Device":
        """Return the processor with ``threads`` in its title; return a card unchanged."""
        return replace(self, title=processor_title(threads)) if self.kind == "cpu" else self

    @property
    def takes_channels_last(self) -> bool:
        """True when convolutions are fastest with the channels stored last."""
        return self.kind in ("cpu", "cuda", "xpu")

    @property
    def has_float64(self) -> bool:
        """False on Apple's graphics cards; exact sums are then computed on the processor."""
        return self.kind != "mps"


def choose_device(name: str) -> Device:
    """Return the device called ``name``: "auto", "cpu", "cuda", "cuda:1", "xpu" or "mps".

    "auto" takes the first that exists of CUDA, XPU, MPS and the processor. If torchrun started several processes on one
    machine, "auto" and "cuda" give each process its own card. Raises UsageError for another name, DeviceError if there
    is no such device.
    """
    if name == "auto":
        name = next((kind for kind in ("cuda", "xpu", "mps") if _count(kind)), "cpu")
    try:
        wanted = torch.device(name)
    except RuntimeError:
        wanted = torch.device("meta")
    if wanted.type not in _KINDS:
        raise UsageError(
            f"There is no device called “{name}”; choose auto, cpu, cuda, xpu or mps, or cuda:1 for the second card."
        )
    count, index = _count(wanted.type), int(name.partition(":")[2] or -1)
    if index < 0:
        index = int(os.environ.get("LOCAL_RANK", "0")) % max(1, count)
    if index >= count:
        raise DeviceError(_absent(wanted.type, index, count))
    return _device(wanted.type, index)


def all_devices() -> tuple[Device, ...]:
    """Return every device of this computer, in the order in which “auto” would take them."""
    return tuple(_device(kind, index) for kind in ("cuda", "xpu", "mps", "cpu") for index in range(_count(kind)))


def starting_batch(device: Device, crop: tuple[int, int]) -> int:
    """Return the first batch size for pictures of ``crop`` (height, width) pixels: a power of two.

    It depends on the kind of device, its total memory and the size of the pictures, never on other running programs,
    so that the same audit on the same device is cut into the same batches.
    """
    share = crop[0] * crop[1] / _USUAL_AREA
    if device.kind == "cpu":
        return _power_of_two(min(_PROCESSOR_BATCH / share, 8 * _PROCESSOR_BATCH))
    return _power_of_two(min(device.memory_bytes / (_PICTURE_BYTES * share), _LARGEST_BATCH))


def memory_bytes(device: torch.device) -> int:
    """Return all the memory that ``device`` has."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    if device.type == "xpu":
        return int(torch.xpu.get_device_properties(device).total_memory)
    if device.type == "mps":
        return int(torch.mps.recommended_max_memory())
    if sys.platform != "win32":
        with contextlib.suppress(ValueError, OSError):
            return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return _UNKNOWN_MEMORY


@contextlib.contextmanager
def computing(device: Device, precision: Precision) -> Iterator[None]:
    """Compute with ``precision`` on ``device`` inside the block; the earlier settings are restored after it.

    float32: no TensorFloat-32, no autocast. tf32: matrix products and convolutions in TensorFloat-32 if the card has
    it. half: autocast to float16, on the processor to bfloat16. Algorithms are chosen deterministically. The settings
    apply to the whole process, so only one model may compute at a time.
    """
    backends: Any = torch.backends
    card, host = backends.cudnn, backends.mkldnn
    on_card = (backends.cuda.matmul, card.conv, card.rnn)
    products = (*on_card, host.matmul, host.conv, host.rnn)
    before = [product.fp32_precision for product in products]
    choices = card.benchmark, card.deterministic
    try:
        for product in products:
            product.fp32_precision = "tf32" if precision == "tf32" and product in on_card else "ieee"
        card.benchmark, card.deterministic = False, True
        short = torch.bfloat16 if device.kind == "cpu" else torch.float16
        with torch.autocast(device.kind, dtype=short, enabled=precision == "half"):
            yield
    finally:
        for product, value in zip(products, before, strict=True):
            product.fp32_precision = value
        card.benchmark, card.deterministic = choices


def _power_of_two(most: float) -> int:
    return 1 << max(0, int(most).bit_length() - 1)


def _count(kind: str) -> int:
    if kind == "cuda":
        return torch.cuda.device_count() if torch.cuda.is_available() else 0
    if kind == "xpu":
        return torch.xpu.device_count() if torch.xpu.is_available() else 0
    return 1 if kind == "cpu" or torch.backends.mps.is_available() else 0


def _absent(kind: str, index: int, count: int) -> str:
    title = _KINDS[kind]
    if count:
        return f"There is no device {kind}:{index}; the last one here is {kind}:{count - 1}."
    return (
        f"This computer, or the PyTorch installed on it, cannot compute with {title}. Choose cpu or auto, or install "
        "the driver and the PyTorch that belong to the card."
    )


def _device(kind: str, index: int) -> Device:
    chosen = torch.device(kind) if kind in ("cpu", "mps") else torch.device(kind, index)
    return Device(chosen, _title(kind, index), memory_bytes(chosen))


def _title(kind: str, index: int) -> str:
    if kind == "cuda":
        return torch.cuda.get_device_name(index)
    if kind == "xpu":
        return str(torch.xpu.get_device_name(index))
    return "Apple GPU" if kind == "mps" else processor_title(torch.get_num_threads())


def processor_title(threads: int) -> str:
    """Return the title of the processor for people, with its number of ``threads``."""
    return f"CPU, {in_words(threads)}"
