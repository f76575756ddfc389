"""Recognises classifiers of the transformers library: by the names of their tensors, or by their config.json.

mtgui has modules of its own for a few kinds; the others are those of `library`. Options of a match with the former:
those from `shapes_of` in the module of each kind of network, and ``classes``.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.match import Match, ModelHints
from mtgui.auditing.architectures.spelling import SHAPES_PROVE_LITTLE, Rule, renamed, respell
from mtgui.auditing.architectures.tensor_layouts import Layout, compare
from mtgui.auditing.architectures.transformers.convnext import recognition as transformers_convnext
from mtgui.auditing.architectures.transformers.library import recognition as library
from mtgui.auditing.architectures.transformers.library.checked_config import refuse_code
from mtgui.auditing.architectures.transformers.library.kinds import KINDS as LIBRARY_KINDS
from mtgui.auditing.architectures.transformers.resnet import recognition as transformers_resnet
from mtgui.auditing.architectures.transformers.vit import recognition as transformers_vit
from mtgui.auditing.preprocessing import IMAGENET_MEAN, IMAGENET_STD, Preprocessing
from mtgui.reading.errors import quoted
from mtgui.reading.hints import SettingError, Settings


class _Kind(Protocol):
    """The interface of a module for one kind of network."""

    def unused(self, name: str) -> tuple[str, ...]: ...
    def spellings(self, name: str) -> tuple[Rule, ...]: ...
    def shapes_of(self, name: str, tensors: Tensors, config: Settings, /) -> tuple[dict[str, Any], tuple[str, ...]]: ...
    def layout(self, options: Mapping[str, Any]) -> Layout: ...


_PREFIX = "transformers/"
_TITLES = {
    "vit": "ViT",
    "deit": "DeiT",
    "resnet": "ResNet",
    "convnext": "ConvNeXt",
    "convnextv2": "ConvNeXt V2",
}
_KINDS: Mapping[str, _Kind] = {
    "vit": transformers_vit,
    "deit": transformers_vit,
    "resnet": transformers_resnet,
    "convnext": transformers_convnext,
    "convnextv2": transformers_convnext,
}
_STATED = {
    "num_hidden_layers": "depth",
    "hidden_size": "width",
    "intermediate_size": "mlp",
    "qkv_bias": "has_bias",
    "depths": "depths",
    "hidden_sizes": "widths",
    "embedding_size": "stem",
}
"""Settings of config.json that the shapes of the tensors show too, and the options that hold them."""
_HALF = (0.5, 0.5, 0.5)


def architectures() -> tuple[str, ...]:
    """Return the kinds of networks; their widths and depths come from the file."""
    return tuple(f"{_PREFIX}{name}" for name in (*_KINDS, *LIBRARY_KINDS))


def why_not(hints: ModelHints) -> str | None:
    """Return words for why a network that config.json names cannot be built here; None if it can."""
    return library.why_not(hints)


def wants_settings(tensors: Iterable[str], hints: ModelHints) -> str | None:
    """Return words for the missing config.json of a network that ``tensors``, their names, tell; else None."""
    return library.wants_settings(tensors, hints)


def candidates(tensors: Tensors, hints: ModelHints, architecture: str | None) -> list[Match]:
    """Return the network with the names of the tensors, see `Family`. Raises SettingError for an impossible config."""
    chosen = None if architecture is None else architecture.removeprefix(_PREFIX)
    named = chosen or library.kind_in(tensors, hints)
    if named is not None and named in LIBRARY_KINDS:
        found = library.match(named, tensors, hints, is_chosen=chosen is not None)
        return [] if found is None else [found]
    names = [chosen] if chosen else [name for name in _KINDS if any(key.startswith(f"{name}.") for key in tensors)]
    matches = [_match(name, tensors, hints.config) for name in names]
    if names and chosen is None:
        refuse_code(hints.config)
        for match in matches:
            _refuse_contradictions(match, hints.config)
    return matches


def _refuse_contradictions(match: Match, config: Settings) -> None:
    """Raise SettingError if ``config`` says another size than the tensors have, so that it is of another network."""
    if not match.is_exact or config.values.get("model_type") not in (None, match.architecture.removeprefix(_PREFIX)):
        return
    for setting, option in _STATED.items():
        said, found = config.values.get(setting), match.options.get(option)
        found = tuple(found) if isinstance(found, list) else found
        if said is not None and found is not None and said != found:
            raise SettingError(
                f"{config.place} says {quoted(setting)} = {quoted(said)}, but the weights have {quoted(found)}; it "
                "belongs to another network. Put the right one there, or choose the architecture by hand."
            )


def _match(name: str, tensors: Tensors, config: Settings) -> Match:
    kind = _KINDS[name]
    ignored = tuple(tensor.name for key, tensor in tensors.items() if key.startswith(kind.unused(name)))
    used = {key: tensor for key, tensor in tensors.items() if tensor.name not in ignored}
    spelled = respell(used, kind.spellings(name))
    options, notes = kind.shapes_of(name, spelled, config)
    fit = compare(spelled, kind.layout(options))
    options = {**options, "classes": fit.lengths.get("C", 0)}
    title = _TITLES[name]
    size = options.get("image_size", 224)
    is_transformer = "image_size" in options
    return Match(
        architecture=f"{_PREFIX}{name}",
        title=f"{title}{_measures(options)} (transformers)",
        options=options,
        classes=options["classes"],
        preprocessing=Preprocessing(
            resize=(size, size) if is_transformer else 256,
            crop=(size, size),
            interpolation="bilinear" if is_transformer else "bicubic",
            mean=_HALF if name == "vit" else IMAGENET_MEAN,
            std=_HALF if name == "vit" else IMAGENET_STD,
        ),
        preprocessing_origin=f"default of {title} in transformers",
        sureness=f"All {len(used):,} names and shapes fit. {_sureness(config)}",
        has_fixed_size=is_transformer,
        renamed=renamed(spelled),
        ignored=ignored,
        missing=fit.missing,
        unexpected=fit.unexpected,
        misshapen=fit.misshapen,
        notes=notes,
    )


def _measures(options: Mapping[str, Any]) -> str:
    if "image_size" in options:
        return f", {options['depth']} layers of {options['width']}"
    return f", {'-'.join(map(str, options['depths']))} layers"


def _sureness(config: Settings) -> str:
    if config.values:
        return f"Activation and epsilon are those that {config.file} states."
    return SHAPES_PROVE_LITTLE
