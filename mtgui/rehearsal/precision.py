"""Float32 or bfloat16: what a training computes with on a device where nobody has said so."""

from typing import Literal, get_args

import torch

from mtgui.auditing.engine.devices import Device
from mtgui.rehearsal.plan import TrainingPrecision

WantedPrecision = Literal["auto", "float32", "bfloat16"]
WANTED_PRECISIONS: tuple[WantedPrecision, ...] = get_args(WantedPrecision)
_FIRST_FAST = (8, 0)
"""The compute capability from which on CUDA cards multiply in bfloat16 with units of their own (Ampere)."""


def precision_on(device: Device, wanted: WantedPrecision, *, is_private: bool) -> TrainingPrecision:
    """Return ``wanted``, and for “auto” bfloat16 on cards that are fast at it and float32 elsewhere.

    A processor is never trusted with it unasked: some are thirty times slower at it. Private training is in float32.
    """
    if wanted != "auto":
        return wanted
    if is_private or device.kind != "cuda":
        return "float32"
    return "bfloat16" if torch.cuda.get_device_capability(device.torch_device) >= _FIRST_FAST else "float32"
