"""Folders as model hubs lay them out, made by the tests and read all the way."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from mtgui.auditing.architectures.match import Recognition
from mtgui.auditing.architectures.model_hints import collect_hints
from mtgui.auditing.architectures.network_loading import build_model
from mtgui.auditing.architectures.recognise import recognise
from mtgui.reading.reader import inspect_model, read_model

Values = Mapping[str, Any]
Network = TypeVar("Network", bound=nn.Module)


def write_folder(
    folder: Path, state: Mapping[str, Tensor], config: Values | None = None, processor: Values | None = None
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: tensor.detach().contiguous().clone() for name, tensor in state.items()}, folder / "model.safetensors"
    )
    for name, values in (("config.json", config), ("preprocessor_config.json", processor)):
        if values is not None:
            (folder / name).write_text(json.dumps(values), encoding="utf-8")
    return folder


def recognised(path: Path, architecture: str | None = None) -> Recognition:
    facts = inspect_model(path)
    return recognise(facts, collect_hints(path, side=facts.hints), architecture)


def loaded(path: Path, out: Path, architecture: str | None = None) -> tuple[Recognition, nn.Module]:
    """Return what the model at ``path`` was taken for, and the network with its weights."""
    out.mkdir()
    facts, tensors = read_model(path, out)
    found = recognise(facts, collect_hints(path, side=facts.hints), architecture)
    return found, build_model(found.best, tensors, path)


def scrambled(network: Network, seed: int = 0) -> Network:
    """Return ``network`` with weights far from where they begin, so that no part of it can hide; in evaluation."""
    source = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if tensor.is_floating_point():
                noise = torch.randn(tensor.shape, generator=source)
                tensor.copy_(noise.abs() * 0.2 + 0.5 if name.endswith("running_var") else noise * 0.15)
    return network.eval()


def pictures(size: int, count: int = 3) -> Tensor:
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(7))


def difference(first: nn.Module, second: nn.Module, size: int) -> float:
    """Return how far the two networks' answers differ, as a share of the largest."""
    with torch.inference_mode():
        wanted, found = first(pictures(size)), second(pictures(size))
    return float((wanted - found).abs().max() / wanted.abs().max())
