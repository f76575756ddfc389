"""Chooses between float32 and bfloat16 for a training on a device."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import torch

from mtgui.auditing.engine.devices import Device
from mtgui.rehearsal.rehearsal_settings import WantedPrecision
from mtgui.rehearsal.training.checkpoints import checkpoint_path
from mtgui.rehearsal.training.training_plan import TrainingPlan, TrainingPrecision
from mtgui.rehearsal.training.weight_files import load_tensors, tensor_text

_FIRST_FAST = (8, 0)
"""The lowest compute capability of CUDA cards with hardware for bfloat16 (Ampere)."""


def precision_on(device: Device, wanted: WantedPrecision, *, is_private: bool) -> TrainingPrecision:
    """Return ``wanted``; for “auto”, bfloat16 on cards that are fast at it and float32 on other devices.

    Processors get bfloat16 only on request, because some are thirty times slower at it. Private training uses float32.
    """
    if wanted != "auto":
        return wanted
    if is_private or device.kind != "cuda":
        return "float32"
    return "bfloat16" if torch.cuda.get_device_capability(device.torch_device) >= _FIRST_FAST else "float32"


def in_both(plan: TrainingPlan) -> tuple[TrainingPlan, ...]:
    """Return ``plan``, and ``plan`` in the other precision if that is allowed."""
    if plan.private_noise is not None:
        return (plan,)
    return plan, replace(plan, precision="float32" if plan.precision == "bfloat16" else "bfloat16")


def plan_as_begun(plan: TrainingPlan, out: Path, names: Iterable[str]) -> TrainingPlan:
    """Return ``plan`` in the precision in which a model of ``names`` was begun in the folder ``out``.

    Returns ``plan`` unchanged if none was begun. Raises OSError, StorageError.
    """
    for path in (checkpoint_path(out, name) for name in names):
        if not path.exists():
            continue
        words = {name: tensor_text(text) for name, text in load_tensors(path, ("precision", "identity")).items()}
        for one in in_both(plan):
            # Old checkpoints do not state the precision; the digest at the beginning of their identity depends on it.
            if words.get("precision") == one.precision or words.get("identity", "").startswith(one.digest):
                return one
    return plan
