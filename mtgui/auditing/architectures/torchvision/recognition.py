"""Recognises torchvision's classifiers by the shipped table of their names and shapes.

Options of a match: ``classes``; ``image_size`` of ViTs; ``has_auxiliary`` of GoogLeNet and Inception v3.
"""

import heapq
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.match import Match, ModelHints
from mtgui.auditing.architectures.small_pictures import LOOK_IT_UP, SIZE, origin, other_inputs, preprocessing
from mtgui.auditing.architectures.spelling import SHAPES_PROVE_LITTLE, VARIANTS_FIT, renamed, respell, with_plain_head
from mtgui.auditing.architectures.tensor_layouts import Fit, Layout, compare
from mtgui.auditing.architectures.torchvision import layout_table as table
from mtgui.auditing.architectures.torchvision.variants import Variant, named, parted, variants
from mtgui.auditing.preprocessing import Preprocessing

_PREFIX = "torchvision/"
_CLOSEST = 2
_MOST_SPARE = 8
"""More names than any classifier's heads have."""
_IMAGENET = 1000
_UNSEEN = "Its strides and the size of its pictures show in no shape."
_SPELLINGS = (
    # Released DenseNets have names of an older torchvision, whose modules had dots in their names.
    (re.compile(r"(.*denselayer\d+\.(?:norm|conv))\.([12]\.\w+)"), r"\1\2"),
    # Released ViTs have older names, too.
    (re.compile(r"(encoder\.layers\.\w+\.mlp)\.linear_1\.(\w+)"), r"\1.0.\2"),
    (re.compile(r"(encoder\.layers\.\w+\.mlp)\.linear_2\.(\w+)"), r"\1.3.\2"),
)
_AUXILIARY = {"googlenet": ("aux1.", "aux2."), "inception_v3": ("AuxLogits.",)}
_HALF = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class _Candidate:
    name: str
    tensors: Tensors
    fit: Fit
    options: Mapping[str, Any]
    variant: Variant | None = None

    @property
    def is_small(self) -> bool:
        return self.variant is not None and self.variant.is_small


def architectures() -> tuple[str, ...]:
    """Return the names of all of torchvision's classifiers, and of the variants of each."""
    names = table.architectures()
    changed = tuple(f"{name}{variant.ending}" for name in names for variant in variants(name))
    return tuple(f"{_PREFIX}{name}" for name in (*names, *changed))


def candidates(tensors: Tensors, hints: ModelHints, architecture: str | None) -> list[Match]:
    """Return the classifiers that the tensors fit, see `Family`."""
    tensors = respell(tensors, _SPELLINGS)
    if architecture is not None:
        name, ending = parted(architecture.removeprefix(_PREFIX))
        return [_match(_candidate(name, tensors, named(name, ending)), hints, ())]
    likeness = table.common_names(tensors)
    if not likeness:
        return []
    most = max(likeness.values())
    # A classifier with fewer common names cannot fit better, unless only its head and counters are missing.
    near = {name: many for name, many in likeness.items() if many >= most - _MOST_SPARE}
    likely = [name for name, many in near.items() if many >= most - _spare(name)]
    found = [_candidate(name, tensors, variant) for name in likely for variant in (None, *variants(name))]
    exact = _plausible([candidate for candidate in found if candidate.fit.is_exact], hints)
    # A variant with the layout of its original would only repeat what is wrong with that.
    distinct = [candidate for candidate in found if candidate.variant is None or candidate.variant.stem is not None]
    chosen = exact or heapq.nsmallest(_CLOSEST, distinct, key=_faults)
    return [_match(candidate, hints, exact) for candidate in chosen]


def _plausible(exact: list[_Candidate], hints: ModelHints) -> list[_Candidate]:
    """Return ``exact`` without the variants of what is surely torchvision's own, or for pictures of ImageNet."""
    originals = [candidate for candidate in exact if candidate.variant is None]
    if any(_release(candidate, hints.sha256)[1] for candidate in originals):
        return originals
    has_imagenet = any(candidate.fit.lengths.get("C") == _IMAGENET for candidate in originals)
    return [candidate for candidate in exact if not (has_imagenet and candidate.is_small)]


def _spare(name: str) -> int:
    return sum("C" in leaf.shape for leaf in table.layout(name).values())


def _faults(candidate: _Candidate) -> int:
    fit = candidate.fit
    return len(fit.missing) + len(fit.unexpected) + len(fit.misshapen)


def _candidate(name: str, tensors: Tensors, variant: Variant | None = None) -> _Candidate:
    layout: Layout = table.layout(name) if variant is None else variant.layout(table.layout(name))
    options: dict[str, Any] = {}
    if name in _AUXILIARY:
        options["has_auxiliary"] = any(key.startswith(_AUXILIARY[name]) for key in tensors)
        if not options["has_auxiliary"]:
            layout = {key: leaf for key, leaf in layout.items() if not key.startswith(_AUXILIARY[name])}
    tensors = with_plain_head(tensors, layout)
    fit = compare(tensors, layout)
    if "S" in fit.lengths:
        size, fault = _image_size(name, fit.lengths["S"])
        options["image_size"] = size
        fit = Fit(fit.lengths, fit.missing, fit.unexpected, (*fit.misshapen, *fault))
    options["classes"] = fit.lengths.get("C", 0)
    return _Candidate(name, tensors, fit, options, variant)


def _image_size(name: str, positions: int) -> tuple[int, tuple[str, ...]]:
    """Return the input size that follows from the ``positions`` of the embedding, and faults of their number."""
    side = math.isqrt(max(positions - 1, 0))
    patch = int(name.rpartition("_")[2])
    if side < 1 or side * side != positions - 1:
        return patch, (f"“encoder.pos_embedding” has {positions} positions, which is no square grid and one more",)
    return side * patch, ()


def _match(candidate: _Candidate, hints: ModelHints, exact: Sequence[_Candidate]) -> Match:
    release, is_known = _release(candidate, hints.sha256)
    fit, classes = candidate.fit, candidate.fit.lengths.get("C", 0)
    title = f"{table.title(candidate.name)}{candidate.variant.words if candidate.variant else ''}"
    is_small = candidate.is_small
    return Match(
        architecture=f"{_PREFIX}{candidate.name}{candidate.variant.ending if candidate.variant else ''}",
        title=f"{title} for {SIZE} × {SIZE} pixels (torchvision)" if is_small else f"{title} (torchvision)",
        options=candidate.options,
        classes=classes,
        preprocessing=preprocessing(classes) if is_small else _preprocessing(candidate, release),
        preprocessing_origin=origin(classes) if is_small else _origin(candidate, release),
        other_inputs=other_inputs(classes) if is_small else (),
        sureness=_sureness(candidate, release, len(exact), is_known=is_known),
        is_proved=is_known,
        has_fixed_size="image_size" in candidate.options,
        renamed=renamed(candidate.tensors),
        missing=fit.missing,
        unexpected=fit.unexpected,
        misshapen=fit.misshapen,
        notes=(LOOK_IT_UP,) if is_small else () if is_known else tuple(_other_releases(candidate, release)),
    )


def _sureness(candidate: _Candidate, release: Mapping[str, Any], many: int, *, is_known: bool) -> str:
    """Return words for how sure it is; ``many``: how many networks the names and shapes fit."""
    if is_known:
        return f"It is torchvision’s own file {release['name']}, by the beginning of its SHA-256."
    fits = f"All {len(candidate.tensors):,} names and shapes fit. {SHAPES_PROVE_LITTLE}"
    return f"{fits} {VARIANTS_FIT} {_UNSEEN}" if many > 1 else fits


def _origin(candidate: _Candidate, release: Mapping[str, Any]) -> str:
    title = table.title(candidate.name)
    if candidate.options.get("image_size", release["crop"]) != release["crop"]:
        return f"default of {title}"
    return f"torchvision’s weights {release['name']} of {title}"


def _release(candidate: _Candidate, sha256: str) -> tuple[dict[str, Any], bool]:
    """Return the release of the weights and True if it is certain; else the most usual release of their size."""
    releases = table.releases(candidate.name)
    for release in releases if candidate.variant is None else ():
        if release["hash"] and sha256.startswith(release["hash"]):
            return release, True
    return next(iter(_of_size(candidate, releases)), releases[0]), False


def _of_size(candidate: _Candidate, releases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    size = candidate.options.get("image_size")
    return [release for release in releases if size in (None, release["crop"])]


def _preprocessing(candidate: _Candidate, release: Mapping[str, Any]) -> Preprocessing:
    is_half = candidate.name in _AUXILIARY
    size = candidate.options.get("image_size", release["crop"])
    return Preprocessing(
        resize=release["resize"] if size == release["crop"] else size,
        crop=(size, size),
        interpolation=release["interpolation"],
        # GoogLeNet and Inception v3 bring ImageNet’s scale to this one themselves when they are made for released
        # weights (transform_input); mtgui builds them without.
        mean=_HALF if is_half else _three(release["mean"]),
        std=_HALF if is_half else _three(release["std"]),
    )


def _three(values: list[float]) -> tuple[float, float, float]:
    first, second, third = values
    return first, second, third


def _other_releases(candidate: _Candidate, release: Mapping[str, Any]) -> Iterator[str]:
    """Yield words about releases with the same shapes but other preprocessing."""
    wanted = ("resize", "crop", "interpolation", "mean", "std")
    others = [
        f"{other['name']} resize {other['resize']}, crop {other['crop']}, {other['interpolation']}"
        for other in _of_size(candidate, table.releases(candidate.name))
        if any(other[key] != release[key] for key in wanted)
    ]
    if others:
        yield (
            f"Preprocessing follows {release['name']} (resize {release['resize']}, crop {release['crop']}, "
            f"{release['interpolation']}). Other weights of the same shapes expect other: {'; '.join(others)}."
        )
    if candidate.name in _AUXILIARY:
        yield (
            "Input is scaled to −1…1, as torchvision’s released weights and what is trained from them expect; weights "
            "trained from nothing may expect ImageNet’s mean and standard deviation."
        )
