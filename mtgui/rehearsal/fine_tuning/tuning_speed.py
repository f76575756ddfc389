"""Measures how fast this computer trains and audits the small diffusion models of a rehearsal; nothing is kept."""

import time
from collections.abc import Callable

import torch

from mtgui.auditing.diffusion.network_building import new_pixel_network
from mtgui.auditing.engine.devices import choose_device
from mtgui.auditing.engine.torch_threads import allowed_threads, using_threads
from mtgui.common.control import Control
from mtgui.rehearsal.fine_tuning.denoising_steps import DenoisingSteps
from mtgui.rehearsal.fine_tuning.pixel_network import network_settings
from mtgui.rehearsal.fine_tuning.tuning_settings import TuningSettings
from mtgui.rehearsal.fine_tuning.tuning_work import BATCH
from mtgui.rehearsal.work import Speed

_TURNS = 3


def tuning_speed(settings: TuningSettings, control: Control, clock: Callable[[], float] = time.perf_counter) -> Speed:
    """Return the speed of trainings and audits by ``settings``, after a few steps with random pictures.

    Raises UsageError for a device that is not there, CancelledError.
    """
    device = choose_device(settings.device)
    where = device.torch_device
    network = new_pixel_network(network_settings(settings.side, settings.width), 0).to(where)
    chance = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (BATCH, 3, settings.side, settings.side), generator=chance, dtype=torch.uint8)
    shown = pixels.to(where)
    learner = DenoisingSteps(network, network.parameters(), 0.0, 0)

    def learn() -> object:
        return learner.learn(shown).item()

    def denoise() -> object:
        times = torch.zeros(BATCH, dtype=torch.int64, device=where)
        with torch.inference_mode():
            return network(shown.float(), times).sample.sum().item()

    threads = settings.threads or allowed_threads()
    with using_threads(threads if device.kind == "cpu" else None):
        step, audit = (_seconds(work, control, clock) / BATCH for work in (learn, denoise))
    return Speed(step, audit, 0)


def _seconds(work: Callable[[], object], control: Control, clock: Callable[[], float]) -> float:
    """Return the shortest time of a few turns; a first one only prepares."""
    work()
    taken = []
    for _ in range(_TURNS):
        control.checkpoint()
        start = clock()
        work()
        taken.append(clock() - start)
    return min(taken)
