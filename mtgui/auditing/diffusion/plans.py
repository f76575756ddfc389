"""What a file of a diffusion model or of a LoRA was recognised as: everything that is needed to build it, no torch.

Names of weights inside a network are those of the library's classes (`UNet2DConditionModel`, `UNet2DModel`,
`AutoencoderKL`, `CLIPTextModel`, `CLIPTextModelWithProjection`), whatever the file calls them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Family = Literal["sd1", "sd2", "sdxl", "pixel"]
"""Stable Diffusion 1.x, 2.x, XL, or a model that works on pixels."""
Role = Literal["unet", "vae", "text_encoder", "text_encoder_2"]
Prediction = Literal["epsilon", "v_prediction"]
Spelling = Literal["kohya", "kohya, sgm names", "diffusers", "diffusers, old", "peft"]
Layout = Literal["single file", "folder"]


@dataclass(frozen=True)
class WeightPart:
    """A weight of the network: a stretch of a tensor of the file along its first axis, reshaped.

    name: of the tensor in the file. start, count: rows of it; count is None for all. is_transposed: True for a matrix
    that the file stores with its axes exchanged. shape: in the network.
    """

    name: str
    shape: tuple[int, ...]
    start: int = 0
    count: int | None = None
    is_transposed: bool = False


@dataclass(frozen=True)
class NetworkPlan:
    """One network of a diffusion model.

    kind: name of the library's class. settings: its arguments, complete and checked: plain numbers, texts and tuples
    whose sizes follow from the shapes of the tensors. weights: the name of each weight in the network → where it lies.
    Every weight that the network has is there.
    """

    role: Role
    kind: str
    settings: Mapping[str, Any]
    weights: Mapping[str, WeightPart]


@dataclass(frozen=True)
class NoiseSchedule:
    """How noise is mixed in: the library's “linear” or “scaled_linear” from ``first`` to ``last`` in ``steps`` steps.

    origin: in words, where it comes from. prediction: what the network predicts, None if the file does not say.
    """

    kind: Literal["linear", "scaled_linear", "squaredcos_cap_v2"]
    first: float
    last: float
    steps: int
    origin: str
    prediction: Prediction | None = None


@dataclass(frozen=True)
class DiffusionPlan:
    """A whole diffusion model.

    title: for people, such as “Stable Diffusion XL”. side: of the pictures that it is made for, in pixels. networks: by
    role; a “pixel” model has only a UNet. latent_scale, latent_shift: by which latents are multiplied after a shift.
    text_layer: which hidden layer of each text encoder conditions the UNet, counted from the end; 1 is the last, and
    has_final_norm says whether the final layer norm is applied to it. left_out: names in the file that are of no use.
    notes: sentences for the person.
    """

    family: Family
    title: str
    layout: Layout
    side: int
    networks: Mapping[Role, NetworkPlan]
    schedule: NoiseSchedule
    latent_scale: float = 1.0
    latent_shift: float = 0.0
    text_layer: int = 1
    has_final_norm: bool = True
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def architecture(self) -> str:
        """Its name for programs, such as “diffusion/sdxl”."""
        return f"diffusion/{self.family}"

    @property
    def channels(self) -> int:
        """Number of channels of the pictures or latents that its UNet takes."""
        return int(self.networks["unet"].settings["in_channels"])


@dataclass(frozen=True)
class LoraPair:
    """One change of a LoRA: the weight of layer ``layer`` of network ``role`` gets ``scale`` · up · down added.

    layer: name of the layer in the network, without “.weight”. down, up: names of the tensors in the file: matrices, or
    kernels of convolutions. middle: a third kernel between both, None without. alpha: name of the tensor with the scale
    times the rank; None for a scale of ``factor``, which is 1 unless settings say another one. rank: length of the
    shared axis.
    """

    role: Role
    layer: str
    down: str
    up: str
    rank: int
    alpha: str | None = None
    middle: str | None = None
    factor: float = 1.0


@dataclass(frozen=True)
class LoraSays:
    """What the header of a LoRA says about its training; each is None if it says nothing, and none is proved.

    base_name, base_sha256: the model that it was trained on. pictures, repeats, epochs: exposures of a picture are
    repeats × epochs. shown: how many pictures training showed in all, each counted every time. resolution: of the
    pictures in pixels. tags: the most frequent tags of its captions. trigger: the text that all its captions have, if
    it says so.
    """

    base_name: str | None = None
    base_sha256: str | None = None
    pictures: int | None = None
    repeats: int | None = None
    epochs: int | None = None
    resolution: str | None = None
    tags: tuple[str, ...] = ()
    trigger: str | None = None
    prediction: Prediction | None = None
    shown: int | None = None

    @property
    def exposures(self) -> int | None:
        """How often training showed each picture, as far as it is said; rounded down."""
        if self.repeats is not None and self.epochs is not None:
            return self.repeats * self.epochs
        if self.shown is not None and self.pictures is not None:
            return self.shown // self.pictures
        return None


@dataclass(frozen=True)
class LoraPlan:
    """A LoRA: changes to the networks of a diffusion model.

    family: of its base. spelling: of its names. pairs: all its changes; every tensor of the file belongs to one of
    them. says: what its header says. notes: sentences for the person.
    """

    family: Family
    title: str
    spelling: Spelling
    pairs: tuple[LoraPair, ...]
    says: LoraSays
    notes: tuple[str, ...] = ()

    @property
    def architecture(self) -> str:
        """Its name for programs, such as “diffusion/sdxl lora”."""
        return f"diffusion/{self.family} lora"

    @property
    def ranks(self) -> tuple[int, ...]:
        """Every rank that occurs, the most frequent first."""
        counts: dict[int, int] = {}
        for pair in self.pairs:
            counts[pair.rank] = counts.get(pair.rank, 0) + 1
        return tuple(sorted(counts, key=lambda rank: (-counts[rank], rank)))
