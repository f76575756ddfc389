"""Builds the networks of a diffusion model with a library's classes, from checked settings and our own tensors."""

import importlib.util
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mtgui.auditing.architectures.offline import offline
from mtgui.auditing.architectures.weights import check_finite, stored_tensor
from mtgui.auditing.diffusion.plans import NetworkPlan, WeightPart
from mtgui.reading.errors import ModelError, quoted
from mtgui.reading.tensors import TensorFile

TEXT_PREFIX = "text_model."
_DECODING = ("decoder", "post_quant_conv")
_POSITIONS = "position_ids"


def build_network(plan: NetworkPlan, title: str, tensors: TensorFile, path: Path) -> nn.Module:
    """Return the network of ``plan`` with the weights in ``tensors``: on the CPU, float32, for evaluation only.

    Of an autoencoder, only the half that encodes is built. title: of the whole model. path: its file, for messages.
    Raises ModelError if the library is not installed or cannot build it, or if a weight is missing, has another shape
    or is not finite; OSError.
    """
    network = hollow_network(plan, title, path)
    names = own_names(network, plan.weights)
    wanted = dict(network.state_dict())
    missing = [name for name in wanted if name not in names]
    if missing:
        raise ModelError(path, f"its {plan.role} lacks the weight {quoted(missing[0])}; ask for another copy")
    state = {name: _weight(names[name], wanted[name], tensors, path) for name in wanted}
    network.load_state_dict(state, strict=True, assign=True)
    _fill_positions(network)
    check_finite(network, path)
    return network.requires_grad_(False).eval()


def hollow_network(plan: NetworkPlan, title: str, path: Path) -> nn.Module:
    """Return the network of ``plan`` without weights, on the meta device. Raises ModelError as `build_network`."""
    if plan.kind not in _BUILDERS:
        raise ModelError(path, f"mtgui knows no network {quoted(plan.kind)}")
    wants = missing_libraries()
    if wants:
        raise ModelError(
            path, f"it is {title}, which {' and '.join(wants)} must build; to install it: {how_to_install()}"
        )
    try:
        with offline(), torch.device("meta"):
            network = _BUILDERS[plan.kind](plan.kind, plan.settings)
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(
            path,
            f"the library cannot build its {plan.role}: {quoted(reason, 200)}; check its settings, or update "
            "diffusers and transformers",
        ) from error
    for name in _DECODING if plan.kind == "AutoencoderKL" else ():
        delattr(network, name)
    return network


def new_pixel_network(settings: Mapping[str, Any], seed: int) -> nn.Module:
    """Return a `UNet2DModel` with ``settings`` and random weights from ``seed``, to be trained: CPU, float32.

    The library must be there, see `missing_libraries`.
    """
    with offline(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _of_diffusers("UNet2DModel", settings)


def missing_libraries() -> list[str]:
    """Return the names of the libraries that build diffusion models and are not installed."""
    return [name for name in ("diffusers", "transformers") if importlib.util.find_spec(name) is None]


def how_to_install() -> str:
    """Return the command that installs what diffusion models need."""
    return 'pip install "mtgui[diffusion]"'


def own_names(network: nn.Module, names: Mapping[str, WeightPart]) -> dict[str, WeightPart]:
    """Return ``names`` as ``network`` spells them; see `own_name`."""
    modules = _top_modules(network)
    return {own_name(modules, name): part for name, part in names.items()}


def own_name(modules: Iterable[str], name: str) -> str:
    """Return ``name``, of a weight or a layer, for a network with these ``modules`` at its top.

    All files put ``text_model.`` before the names of CLIP's text encoder; newer versions of the library do not.
    """
    return name if TEXT_PREFIX[:-1] in modules else name.removeprefix(TEXT_PREFIX)


def _top_modules(network: nn.Module) -> set[str]:
    return {name for name, _ in network.named_children()}


def _of_diffusers(kind: str, settings: Mapping[str, Any]) -> nn.Module:
    import diffusers

    network: nn.Module = getattr(diffusers, kind)(**settings)
    return network


def _of_transformers(kind: str, settings: Mapping[str, Any]) -> nn.Module:
    import transformers

    config = transformers.CLIPTextConfig(**settings)
    config._attn_implementation = "sdpa"
    network: nn.Module = getattr(transformers, kind)(config)
    return network


_BUILDERS: Mapping[str, Callable[[str, Mapping[str, Any]], nn.Module]] = {
    "UNet2DConditionModel": _of_diffusers,
    "UNet2DModel": _of_diffusers,
    "AutoencoderKL": _of_diffusers,
    "CLIPTextModel": _of_transformers,
    "CLIPTextModelWithProjection": _of_transformers,
}


def _weight(part: WeightPart, wanted: Tensor, tensors: TensorFile, path: Path) -> Tensor:
    """Return the weight that lies at ``part``. Raises ModelError unless it has the shape of ``wanted``."""
    if part.name not in tensors.places:
        raise ModelError(path, f"it lacks the tensor {quoted(part.name)}; ask for another copy")
    stored = stored_tensor(part.name, wanted.dtype, tensors, path)
    if part.start or part.count is not None:
        stop = None if part.count is None else part.start + part.count
        # A copy, so that the rest of the tensor does not stay in memory.
        stored = stored[part.start : stop].clone()
    if part.is_transposed:
        stored = stored.T.contiguous()
    if stored.numel() != wanted.numel() or tuple(part.shape) != tuple(wanted.shape):
        raise ModelError(
            path,
            f"its tensor {quoted(part.name)} has the shape {tuple(stored.shape)}, where {tuple(wanted.shape)} is "
            "needed; ask for another copy",
        )
    return stored.reshape(part.shape)


def _fill_positions(network: nn.Module) -> None:
    """Set the tables that files do not hold: the numbers of the positions of a text."""
    for module in network.modules():
        table = module._buffers.get(_POSITIONS)
        if table is not None and table.is_meta:
            module._buffers[_POSITIONS] = torch.arange(table.shape[-1]).expand(tuple(table.shape))
