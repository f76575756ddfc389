"""The networks of an audit of a diffusion model or LoRA, from the files of the model and of its base."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor, nn

from mtgui.auditing.architectures.weights_hash import weights_hash
from mtgui.auditing.diffusion.conditions import TEXT_ROLES, Conditions, Prompt, text_conditions
from mtgui.auditing.diffusion.merging import Switch, add_lora
from mtgui.auditing.diffusion.network_building import build_network
from mtgui.auditing.diffusion.plans import DiffusionPlan, LoraPlan, Role
from mtgui.auditing.loss_kinds import BaseFacts
from mtgui.common.errors import UsageError
from mtgui.reading.errors import ModelError
from mtgui.reading.tensors import TensorFile


@dataclass(frozen=True)
class ModelFile:
    """The file or folder at ``path``, recognised as ``plan``, and its ``tensors``."""

    plan: DiffusionPlan
    tensors: TensorFile
    path: Path

    @cached_property
    def facts(self) -> BaseFacts:
        """What a report says about it where it is the base of another model."""
        return BaseFacts(self.path.name, weights_hash(self.tensors))


@dataclass(frozen=True)
class LoraFile:
    """The file of a LoRA at ``path``, recognised as ``plan``, and its ``tensors``."""

    plan: LoraPlan
    tensors: TensorFile
    path: Path


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two models that are compared: a UNet and its conditions.

    switch: of the LoRA on the UNet, None without one; ``is_on`` says whether it is on for this side.
    """

    unet: nn.Module
    conditions: Conditions
    switch: Switch | None = None
    is_on: bool = False


@dataclass(frozen=True)
class DiffusionNetworks:
    """All that a `Denoiser` needs. plan: of the audited model, or of the base of a LoRA. base: None without one.

    side: of the square pictures, in pixels. autoencoder: encodes pictures; None for a model that works on pixels.
    prompts: their texts. base_facts: name and hash of the base.
    """

    plan: DiffusionPlan
    side: int
    autoencoder: nn.Module | None
    audited: Side
    base: Side | None
    prompts: tuple[str, ...] = ("",)
    base_facts: BaseFacts | None = None


def load_networks(
    audited: ModelFile | LoraFile, base: ModelFile | None, prompts: Sequence[Prompt], side: int | None = None
) -> DiffusionNetworks:
    """Return the networks of ``audited`` and of its ``base``, on the CPU.

    A LoRA and its base share all weights. side: of the pictures in pixels, None for the side that the model is made
    for. Text encoders are used here and not kept. Raises UsageError if the base does not belong to the model, or if the
    prompts do not; ModelError, OSError.
    """
    if isinstance(audited, LoraFile):
        if base is None:
            raise UsageError(f"{audited.plan.title} changes another model: name the file of its base.")
        return _with_lora(audited, base, prompts, _checked_side(base.plan, side))
    size = _checked_side(audited.plan, side)
    own = Side(_unet(audited), _conditions(audited, prompts, size))
    other = None
    if base is not None:
        _check_family(audited.plan.family, base)
        if base.plan.channels != audited.plan.channels:
            raise UsageError(f"{base.path.name} is another kind of model, so it cannot be the base of this one.")
        other = Side(_unet(base), _conditions(base, prompts, size))
    facts = None if base is None else base.facts
    return DiffusionNetworks(audited.plan, size, _autoencoder(audited), own, other, _texts(prompts), facts)


def _with_lora(lora: LoraFile, base: ModelFile, prompts: Sequence[Prompt], side: int) -> DiffusionNetworks:
    _check_family(lora.plan.family, base)
    encoders = _encoders(base)
    before = text_conditions(base.plan, encoders, prompts, side)
    after = before
    if any(pair.role in encoders for pair in lora.plan.pairs):
        add_lora(encoders, lora.plan.pairs, lora.tensors, lora.path).is_on = True
        after = text_conditions(base.plan, encoders, prompts, side)
    missing = {pair.role for pair in lora.plan.pairs} - {"unet", *encoders}
    if missing:
        raise ModelError(
            lora.path, f"it changes a {sorted(missing)[0]}, which its base does not have; choose the base of it"
        )
    encoders.clear()
    unet = _unet(base)
    switch = add_lora({"unet": unet}, lora.plan.pairs, lora.tensors, lora.path)
    audited = Side(unet, after, switch, is_on=True)
    other = Side(unet, before, switch)
    return DiffusionNetworks(base.plan, side, _autoencoder(base), audited, other, _texts(prompts), base.facts)


def _texts(prompts: Sequence[Prompt]) -> tuple[str, ...]:
    return tuple(prompt.text for prompt in prompts)


def _unet(file: ModelFile) -> nn.Module:
    return _built(file, "unet")


def _built(file: ModelFile, role: Role) -> nn.Module:
    return build_network(file.plan.networks[role], file.plan.title, file.tensors, file.path)


def _autoencoder(file: ModelFile) -> nn.Module | None:
    return _built(file, "vae") if "vae" in file.plan.networks else None


def _encoders(file: ModelFile) -> dict[Role, nn.Module]:
    return {role: _built(file, role) for role in TEXT_ROLES if role in file.plan.networks}


def _conditions(file: ModelFile, prompts: Sequence[Prompt], side: int) -> Conditions:
    return text_conditions(file.plan, _encoders(file), prompts, side)


def _check_family(family: str, base: ModelFile) -> None:
    if base.plan.family != family:
        raise UsageError(
            f"{base.path.name} is {base.plan.title}, and the audited model was made from another family; choose the "
            "base that it was trained on."
        )


def latent_shape(plan: DiffusionPlan, side: int) -> tuple[int, int, int]:
    """Return the shape of what the UNet takes for a square picture of ``side`` pixels: (channels, height, width)."""
    small = side // _shrinking(plan)
    return plan.channels, small, small


def _shrinking(plan: DiffusionPlan) -> int:
    """Return how many pixels of a side become one of a latent."""
    if "vae" not in plan.networks:
        return 1
    return 1 << (len(plan.networks["vae"].settings["block_out_channels"]) - 1)


def _checked_side(plan: DiffusionPlan, side: int | None) -> int:
    """Return the side of the pictures. Raises UsageError unless it is a multiple of what the UNet halves."""
    chosen = plan.side if side is None else side
    halvings = len(plan.networks["unet"].settings["block_out_channels"]) - 1
    step = _shrinking(plan) << halvings
    if chosen < step or chosen % step:
        raise UsageError(f"{plan.title} takes pictures whose side is a multiple of {step} pixels; {chosen} is not.")
    return chosen


def encode(autoencoder: nn.Module, colours: Tensor, plan: DiffusionPlan) -> Tensor:
    """Return the latents of pictures: the mean of the posterior, shifted and scaled as the UNet takes it.

    colours: (B, 3, side, side), float32, from −1 to 1. One picture is encoded at a time, since at this resolution it
    needs more memory than a picture needs in the UNet.
    """
    means = torch.cat([_posterior_mean(autoencoder, one[None]) for one in colours])
    return plan.latent_scale * (means - plan.latent_shift)


def _posterior_mean(autoencoder: nn.Module, colours: Tensor) -> Tensor:
    moments: Tensor = autoencoder.get_submodule("encoder")(colours)
    after = getattr(autoencoder, "quant_conv", None)
    if isinstance(after, nn.Module):
        moments = after(moments)
    return moments.chunk(2, dim=1)[0]


def weight_bytes(networks: DiffusionNetworks) -> int:
    """Return the memory that all weights take in float32; shared ones count once."""
    modules = [networks.autoencoder, networks.audited.unet, *([networks.base.unet] if networks.base else [])]
    tensors: Mapping[int, Tensor] = {
        id(tensor): tensor
        for module in modules
        if module is not None
        for tensor in (*module.parameters(), *module.buffers())
    }
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
