"""How much memory a picture needs in a UNet, and how many fit at a time."""

from mtgui.auditing.diffusion.networks import latent_shape
from mtgui.auditing.diffusion.plans import DiffusionPlan
from mtgui.auditing.engine.devices import Device

_VALUES_EACH = 32
"""Values of 4 bytes that are alive at once, for each pixel of a latent and channel of the first block: 26 in Stable
Diffusion 1.5, 16 in XL, 14 in a small pixel model, and what the library adds while it computes one layer."""
_PROCESSOR_BYTES = 1 << 30
_MOST = 256


def picture_bytes(plan: DiffusionPlan, side: int) -> int:
    """Return about how many bytes one square picture of ``side`` pixels needs in the UNet of ``plan``, in float32."""
    _, height, width = latent_shape(plan, side)
    channels = int(plan.networks["unet"].settings["block_out_channels"][0])
    return 4 * _VALUES_EACH * channels * height * width


def batch_that_fits(plan: DiffusionPlan, side: int, device: Device, weights: int) -> int:
    """Return how many pictures of ``side`` pixels to show at a time: a power of two, at most 256.

    weights: bytes of the weights. On the processor the pictures need 1 GB at most, where more are no faster; on a card,
    half of what the weights leave of its memory.
    """
    room = _PROCESSOR_BYTES if device.kind == "cpu" else (device.memory_bytes - weights) // 2
    fits = min(max(1, room // picture_bytes(plan, side)), _MOST)
    return 1 << (fits.bit_length() - 1)
