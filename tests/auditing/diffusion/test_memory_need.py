"""Batches of diffusion models fit into memory, and are the same on every device of one kind and size."""

import torch

from mtgui.auditing.diffusion.memory_need import batch_that_fits, picture_bytes
from mtgui.auditing.diffusion.plans import DiffusionPlan, Family, NetworkPlan, NoiseSchedule
from mtgui.auditing.engine.devices import Device

GIB = 1 << 30
MEASURED_MIB = {"sd1": 130, "sdxl": 315}
"""Largest sum of tensors that are alive while the UNet denoises one picture, in float32, on the meta device."""


def plan_of(family: Family, channels: tuple[int, ...], side: int) -> DiffusionPlan:
    unet = NetworkPlan("unet", "UNet2DConditionModel", {"in_channels": 4, "block_out_channels": channels}, {})
    vae = NetworkPlan("vae", "AutoencoderKL", {"block_out_channels": (128, 256, 512, 512)}, {})
    schedule = NoiseSchedule("scaled_linear", 0.00085, 0.012, 1000, "a test")
    return DiffusionPlan(family, "a test", "folder", side, {"unet": unet, "vae": vae}, schedule)


SD1 = plan_of("sd1", (320, 640, 1280, 1280), 512)
SDXL = plan_of("sdxl", (320, 640, 1280), 1024)


def device(kind: str, gib: int) -> Device:
    return Device(torch.device(kind), "a device", gib * GIB)


def test_the_estimate_is_above_what_was_measured_and_at_most_twice_as_much() -> None:
    for plan in (SD1, SDXL):
        ratio = picture_bytes(plan, plan.side) / (MEASURED_MIB[plan.family] << 20)
        assert 1 < ratio < 2.1


def test_on_the_processor_pictures_need_a_gigabyte_at_most() -> None:
    assert batch_that_fits(SD1, 512, device("cpu", 16), 3 * GIB) == 4
    assert batch_that_fits(SDXL, 1024, device("cpu", 16), 10 * GIB) == 1


def test_on_a_card_pictures_need_half_of_what_the_weights_leave() -> None:
    assert batch_that_fits(SD1, 512, device("cuda", 8), 3 * GIB) == 16
    assert batch_that_fits(SDXL, 1024, device("cuda", 24), 10 * GIB) == 8
    assert batch_that_fits(SDXL, 1024, device("cuda", 8), 10 * GIB) == 1
    assert batch_that_fits(SD1, 512, device("cuda", 80), 3 * GIB) == 128
