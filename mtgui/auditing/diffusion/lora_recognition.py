"""Recognises LoRAs: their spelling, the family of their base, and what each tensor changes; without torch."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mtgui.auditing.diffusion.families import FAMILIES, usual_networks
from mtgui.auditing.diffusion.lora_header import says
from mtgui.auditing.diffusion.lora_names import LoraTensor, Piece, layer_names, read_name
from mtgui.auditing.diffusion.lora_strength import strengths
from mtgui.auditing.diffusion.matching import in_words
from mtgui.auditing.diffusion.plans import DiffusionPlan, Family, LoraPair, LoraPlan, Role, Spelling
from mtgui.auditing.diffusion.shapes import Shape, Shapes
from mtgui.common.words import counted
from mtgui.reading.errors import RefusalError, quoted
from mtgui.reading.facts import ModelFacts, TensorFacts

LARGEST_RANK = 4096
LONGEST_SHOWN = 200
"""Names of LoRAs are long, and their ends tell them apart."""
_FAMILIES: tuple[Family, ...] = ("sd1", "sd2", "sdxl")
_Pieces = dict[Piece, TensorFacts]


def looks_like_lora(tensors: Sequence[TensorFacts]) -> bool:
    """True if most tensors have the names of a LoRA for a UNet or a text encoder of CLIP."""
    read = [found for tensor in tensors if (found := read_name(tensor.name))]
    return 2 * len(read) > len(tensors) and any(_is_of_diffusion(found) for found in read)


def recognise_lora(facts: ModelFacts, base: DiffusionPlan | None = None) -> LoraPlan:
    """Return the plan of a LoRA.

    base: the model that it changes, with whose networks it is compared; without one it is compared with those of every
    family. Raises RefusalError, which names the first tensor that has no place.
    """
    layers = _grouped(facts.tensors)
    spelling = _spelling([found for found, _ in layers.values()])
    if base is not None:
        pairs, fault = _pairs(layers, _networks_of(base))
        if fault:
            raise RefusalError(f"it does not fit {base.title}: {fault}; choose the model that it was trained on")
        return _plan(facts, base.family, spelling, pairs, ())
    tried = {family: _pairs(layers, usual_networks(family)) for family in _FAMILIES}
    fitting = [family for family, (_, fault) in tried.items() if not fault]
    if not fitting:
        family = max(_FAMILIES, key=lambda one: len(tried[one][0]))
        raise RefusalError(
            f"it is a LoRA that fits neither Stable Diffusion 1.x nor 2.x nor XL; the closest is "
            f"{FAMILIES[family].title}, but {tried[family][1]}; choose a LoRA of one of these, or name the model that "
            "it changes as its base (--base)"
        )
    family, notes = _chosen(fitting, facts.metadata)
    return _plan(facts, family, spelling, tried[family][0], notes)


def _plan(
    facts: ModelFacts, family: Family, spelling: Spelling, pairs: Sequence[LoraPair], notes: tuple[str, ...]
) -> LoraPlan:
    said, more = says(facts.metadata)
    if spelling == "peft":
        found, unclear = strengths(facts.metadata, facts.hints.adapter)
        more += unclear
        pairs = [
            replace(pair, factor=found[pair.role].factor(pair.rank)) if pair.role in found and not pair.alpha else pair
            for pair in pairs
        ]
    title = f"a LoRA for {FAMILIES[family].title}" if family != "pixel" else "a LoRA for a model that works on pixels"
    return LoraPlan(family, title, spelling, tuple(pairs), said, (*notes, *more))


def _is_of_diffusion(found: LoraTensor) -> bool:
    blocks = ("down_blocks", "up_blocks", "mid_block", "input_blocks", "output_blocks", "middle_block")
    return found.layer.startswith(
        (*blocks, "conv_in", "conv_out", "time_embed", "add_embedding", "label_emb", "text_model")
    )


def _grouped(tensors: Sequence[TensorFacts]) -> dict[tuple[Role, str], tuple[LoraTensor, _Pieces]]:
    """Return the pieces of the change to each layer. Raises RefusalError for a tensor that is no such piece."""
    layers: dict[tuple[Role, str], tuple[LoraTensor, _Pieces]] = {}
    for tensor in tensors:
        found = read_name(tensor.name)
        if found is None:
            raise RefusalError(
                f"its tensor {quoted(tensor.name, LONGEST_SHOWN)} is of no LoRA that mtgui knows; choose another LoRA"
            )
        _, pieces = layers.setdefault((found.role, found.layer), (found, {}))
        if found.piece in pieces:
            raise RefusalError(
                f"two of its tensors change the same layer, one of them is {quoted(tensor.name, LONGEST_SHOWN)}"
            )
        pieces[found.piece] = tensor
    return layers


def _spelling(found: Sequence[LoraTensor]) -> Spelling:
    """Return the spelling of the UNet's tensors, which tells more than that of the text encoder's."""
    counts = Counter(one.spelling for one in found if one.role == "unet") or Counter(one.spelling for one in found)
    return counts.most_common(1)[0][0]


def _networks_of(base: DiffusionPlan) -> Mapping[Role, Shapes]:
    return {
        role: {name: part.shape for name, part in network.weights.items()}
        for role, network in base.networks.items()
        if role != "vae"
    }


def _pairs(
    layers: Mapping[tuple[Role, str], tuple[LoraTensor, _Pieces]], networks: Mapping[Role, Shapes]
) -> tuple[list[LoraPair], str]:
    """Return the changes that fit ``networks``, and what is wrong with the first that does not; empty if all fit."""
    names: dict[tuple[Role, Spelling], dict[str, str]] = {}
    pairs: list[LoraPair] = []
    first_fault = ""
    for (role, written), (found, pieces) in layers.items():
        shapes = networks.get(role, {})
        key = (role, found.spelling)
        if key not in names:
            names[key] = layer_names(shapes, found.spelling, role)
        layer = names[key].get(written)
        pair, fault = (
            (None, f"{quoted(next(iter(pieces.values())).name, LONGEST_SHOWN)} changes a layer that it does not have")
            if layer is None
            else _pair(role, layer, pieces, shapes[f"{layer}.weight"])
        )
        if pair is not None:
            pairs.append(pair)
        first_fault = first_fault or fault
    return pairs, first_fault


def _pair(role: Role, layer: str, pieces: _Pieces, weight: Shape) -> tuple[LoraPair | None, str]:
    """Return the change to ``layer``, or what is wrong with it."""
    down, up, middle, alpha = (pieces.get(piece) for piece in ("down", "up", "middle", "alpha"))
    if down is None or up is None:
        one = next(iter(pieces.values()))
        return None, f"{quoted(one.name, LONGEST_SHOWN)} stands without its other half"
    if alpha is not None and math.prod(alpha.shape) != 1:
        return None, f"{quoted(alpha.name, LONGEST_SHOWN)} is no single number"
    outputs, inputs, kernel = weight[0], weight[1], weight[2:]
    rank = down.shape[0] if down.shape else 0
    wanted_down = (rank, inputs) + (() if middle else kernel)
    fits = (
        1 <= rank <= LARGEST_RANK
        and _plain(down.shape) == _plain(wanted_down)
        and _plain(up.shape) == (outputs, rank)
        and (middle is None or _plain(middle.shape) == _plain((rank, rank, *kernel)))
    )
    if not fits:
        return None, (
            f"{quoted(down.name, LONGEST_SHOWN)} and its other half have the shapes "
            f"{in_words(down.shape)} and {in_words(up.shape)}, for a layer of {in_words(weight)}"
        )
    of_alpha, of_middle = (None if one is None else one.name for one in (alpha, middle))
    return LoraPair(role, layer, down.name, up.name, rank, of_alpha, of_middle), ""


def _plain(shape: Shape) -> Shape:
    return shape[:2] if shape[2:] == (1, 1) else shape


def _chosen(fitting: Sequence[Family], metadata: Mapping[str, str]) -> tuple[Family, tuple[str, ...]]:
    """Return the family among those that fit, by what the header says, else the most usual one, with a note."""
    said = f"{metadata.get('ss_base_model_version', '')} {metadata.get('modelspec.architecture', '')}".lower()
    words: Mapping[Family, tuple[str, ...]] = {
        "sdxl": ("xl",),
        "sd2": ("v2", "-2", "sd_2"),
        "sd1": ("v1", "-1", "sd_1"),
    }
    if len(fitting) == 1:
        return fitting[0], ()
    for family, parts in words.items():
        if family in fitting and any(part in said for part in parts):
            return family, ()
    if "sd2" in fitting and metadata.get("ss_v2", "").lower() == "true":
        return "sd2", ()
    titles = " and ".join(FAMILIES[family].title for family in fitting)
    return fitting[0], (f"Its {counted(len(fitting), 'possible base')} are {titles}; nothing in it says which.",)
