"""With how many threads of the processor an audit computes: those it began with, else as many as are fastest now."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import torch

from mtgui.auditing.engine.classifier import TorchClassifier
from mtgui.auditing.engine.memory import OUT_OF_MEMORY
from mtgui.auditing.engine.threads import Stopwatch, allowed_threads
from mtgui.auditing.model import AuditedModel
from mtgui.auditing.threads import ThreadChoice, choose_threads, going_on
from mtgui.common.errors import MtguiError


def fastest_threads(model: AuditedModel, batch: int, passes: int) -> ThreadChoice:
    """Return how many threads compute ``passes`` soonest in batches of ``batch``, tried on ``model`` itself.

    The model is on the processor. One that cannot be asked says so later, where that is told and written down.
    """
    allowed, most = allowed_threads(), min(batch, passes)
    if allowed == 1 or not isinstance(model, TorchClassifier):
        return ThreadChoice(allowed)
    pixels = torch.zeros((most, 3, *model.preprocessing.crop), dtype=torch.uint8)
    stopwatch = Stopwatch(lambda count: model.class_losses(pixels[:count]), most)
    with contextlib.suppress(MtguiError, *OUT_OF_MEMORY):
        return choose_threads(stopwatch, allowed, passes)
    return ThreadChoice(allowed)


def threads_of_states(choice: ThreadChoice, allowed: int, path_for: Callable[[int], Path]) -> ThreadChoice:
    """Return ``choice``, or that of the same audit where an earlier run of it, with ``allowed`` threads at most, got
    furthest.

    path_for: the state file of this audit with so many threads.
    """
    sizes = {n: path.stat().st_size for n in range(1, allowed + 1) if (path := path_for(n)).is_file()}
    furthest = max(sizes, key=lambda n: (sizes[n], n == choice.threads), default=None)
    return choice if furthest is None else going_on(furthest)
