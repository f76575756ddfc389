"""The small diffusion model of a rehearsal: a network that works on pixels, as the library builds it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from mtgui.auditing.diffusion.families import FAMILIES, usual_schedule
from mtgui.auditing.diffusion.network_building import new_pixel_network
from mtgui.auditing.diffusion.networks import ModelFile
from mtgui.auditing.diffusion.plans import DiffusionPlan, NetworkPlan, WeightPart
from mtgui.common.files import replace
from mtgui.reading.tensors import open_tensors
from mtgui.rehearsal.training.weight_files import load_tensors, model_tensors, save_tensors

SCHEDULE = usual_schedule("pixel")
CONFIG = "config.json"
_KIND = "UNet2DModel"
_BLOCKS: Mapping[str, Any] = {
    "in_channels": 3,
    "out_channels": 3,
    "down_block_types": ("DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"),
    "up_block_types": ("AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
    "layers_per_block": 1,
    "norm_num_groups": 8,
    "attention_head_dim": 16,
}


def network_settings(side: int, width: int) -> dict[str, Any]:
    """Return the settings of a network for pictures of ``side`` pixels, a multiple of 4.

    width: channels of its first block, a multiple of 8.
    """
    return {**_BLOCKS, "sample_size": side, "block_out_channels": (width, 2 * width, 2 * width)}


def save_model(path: Path, network: nn.Module, settings: Mapping[str, Any], texts: Mapping[str, str]) -> None:
    """Write the weights of ``network`` to ``path``, and its ``settings`` as the library writes them beside it.

    texts: what the header says. The folder is made. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    config = {"_class_name": _KIND, **settings}
    replace(path.with_name(CONFIG), (json.dumps(config, indent=2) + "\n").encode())
    save_tensors(path, model_tensors(network), texts)


def read_model(path: Path, settings: Mapping[str, Any]) -> ModelFile:
    """Return the file that `save_model` wrote with these ``settings``. Raises RefusalError, OSError."""
    tensors = open_tensors(path)
    weights = {name: WeightPart(name, place.shape) for name, place in tensors.places.items()}
    unet = NetworkPlan("unet", _KIND, settings, weights)
    side = int(settings["sample_size"])
    plan = DiffusionPlan("pixel", FAMILIES["pixel"].title, "single file", side, {"unet": unet}, SCHEDULE)
    return ModelFile(plan, tensors, path)


def trainable(path: Path, settings: Mapping[str, Any]) -> nn.Module:
    """Return the network in the file at ``path``, which `save_model` wrote, to be trained further: on the CPU.

    Raises StorageError for a damaged file, OSError.
    """
    network = new_pixel_network(settings, 0)
    network.load_state_dict(load_tensors(path))
    return network
