"""VGG networks for small pictures (Simonyan and Zisserman 2015, arXiv 1409.1556), with and without normalisation.

The numbers in the names of a sequence tell where its pooling is: a convolution, its normalisation and its ReLU have the
numbers before the next convolution, and one more number is left where pooling stands between.

Options of a match: ``network`` “vgg”; ``stages``: channels of the convolutions between one pooling and the next;
``places``: number of each of these convolutions in the sequence; ``has_norm``; ``has_bias``; ``heads``: name and
outputs of each linear layer, the last with as many as there are classes; ``end``: “max” or “mean”, what the last
pooling takes; ``classes``.
"""

import itertools
import re
from collections.abc import Mapping
from typing import Any

from mtgui.auditing.architectures.cifar.common import PREFIX, Variant, outputs, variants_of
from mtgui.auditing.architectures.cifar.plan import (
    CLASSES,
    Activation,
    Convolution,
    Flatten,
    Linear,
    Normalisation,
    Pooling,
    Steps,
)
from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.match import Match
from mtgui.auditing.architectures.small_pictures import SIZE
from mtgui.auditing.architectures.spelling import Rule, respell

_SPELLINGS: tuple[Rule, ...] = ((re.compile(r"(?:feature|layers)\.(\d+)\.(\w+)"), r"features.\1.\2"),)
_KERNEL = re.compile(r"features\.(\d{1,3})\.weight")
_USUAL = {
    11: (1, 1, 2, 2, 2),
    13: (2, 2, 2, 2, 2),
    16: (2, 2, 3, 3, 3),
    19: (2, 2, 4, 4, 4),
    20: (2, 2, 4, 4, 5),
}
_WIDTHS = (64, 128, 256, 512, 512)
_FEWEST, _MOST_HEADS, _MOST_STAGES = 4, 3, 5
_MAXIMA = Variant()
_MEAN = Variant("-mean-end", ", the mean as its last pooling,", {"end": "mean"})


def architectures() -> tuple[str, ...]:
    """Return the names of the usual members; others are recognised too."""
    return tuple(f"{PREFIX}{name}{v.ending}" for name, options in _NAMED.items() for v in _variants(options))


def candidates(tensors: Tensors, architecture: str | None) -> list[Match]:
    """Return the member that the tensors fit exactly or almost; with ``architecture``, only that one."""
    tensors = respell(tensors, _SPELLINGS)
    if architecture is not None:
        options = _NAMED[architecture.removeprefix(PREFIX).removesuffix(_MEAN.ending)]
        found = _matches({**options, "heads": _heads(tensors) or options["heads"]}, tensors)
        return [match for match in found if match.architecture == architecture]
    places = sorted(
        int(number[1])
        for name, tensor in tensors.items()
        if (number := _KERNEL.fullmatch(name)) and tuple(tensor.shape[2:]) == (3, 3)
    )
    heads = _heads(tensors)
    if len(places) < _FEWEST or places[0] != 0 or not 1 <= len(heads) <= _MOST_HEADS:
        return []
    has_norm = "features.1.running_mean" in tensors
    stages = _stages(places, 3 if has_norm else 2)
    if not stages:
        return []
    first = tensors[f"{heads[0][0]}.weight"].shape[1]
    last = outputs(tensors, f"features.{places[-1]}.weight")
    # Networks of another size have larger first linear layers; torchvision's are another family. Where nothing is left
    # of height and width, the linear layer does not prove how often the picture was halved; other layers than pooling
    # may stand in the gaps, so that only known networks are taken.
    is_known = tuple(map(len, stages)) in _USUAL.values()
    if len(stages) > _MOST_STAGES or first != last * (SIZE >> len(stages)) ** 2 or (first == last and not is_known):
        return []
    options = {
        "network": "vgg",
        "places": stages,
        "stages": [[outputs(tensors, f"features.{place}.weight") for place in stage] for stage in stages],
        "has_norm": has_norm,
        "has_bias": "features.0.bias" in tensors,
        "heads": heads,
        "end": "max",
    }
    return _matches(options, tensors)


def description(options: Mapping[str, Any]) -> Steps:
    """Return the network with these ``options``."""
    steps: Steps = ()
    width = 3
    for widths, places in zip(options["stages"], options["places"], strict=True):
        for wide, place in zip(widths, places, strict=True):
            steps += (Convolution(f"features.{place}", width, wide, has_bias=options["has_bias"]),)
            steps += (Normalisation(f"features.{place + 1}", wide),) if options["has_norm"] else ()
            steps += (Activation(),)
            width = wide
        steps += (Pooling("max", 2, 2),)
    steps = (*steps[:-1], Pooling(options["end"], 2, 2), Flatten())
    width *= max(SIZE >> len(options["stages"]), 1) ** 2
    *inner, last = options["heads"]
    for name, wide in inner:
        steps += (Linear(name, width, wide), Activation())
        width = wide
    return (*steps, Linear(last[0], width, CLASSES))


def _stages(places: list[int], usual_step: int) -> list[list[int]]:
    """Return ``places`` of convolutions, parted where pooling stands; empty if other layers stand between them."""
    stages = [[places[0]]]
    for before, place in itertools.pairwise(places):
        if place - before == usual_step:
            stages[-1].append(place)
        elif place - before == usual_step + 1:
            stages.append([place])
        else:
            return []
    return stages


def _heads(tensors: Tensors) -> list[list[Any]]:
    """Return name and outputs of each linear layer, in order."""
    return [
        [name.removesuffix(".weight"), tensor.shape[0]]
        for name, tensor in tensors.items()
        if len(tensor.shape) == 2 and name.endswith(".weight")
    ]


def _matches(options: Mapping[str, Any], tensors: Tensors) -> list[Match]:
    name, title = _name(options)
    unseen = "What its last pooling takes of four pixels, their maximum or their mean, shows in no shape."
    variants = _variants(options)
    return variants_of(
        name,
        title,
        tensors,
        options,
        description,
        variants,
        unseen=unseen if len(variants) > 1 else "",
        scale="pictures",
    )


def _variants(options: Mapping[str, Any]) -> tuple[Variant, ...]:
    """Return the variants that are in use, the most usual first."""
    if len(options["heads"]) > 1 or not options["has_norm"]:
        return (_MAXIMA,)
    return (_MAXIMA, _MEAN) if options["has_bias"] else (_MEAN, _MAXIMA)


def _name(options: Mapping[str, Any]) -> tuple[str, str]:
    counts = tuple(len(stage) for stage in options["stages"])
    depth = next((str(depth) for depth, usual in _USUAL.items() if usual == counts), "-".join(map(str, counts)))
    widths = tuple(stage[0] for stage in options["stages"])
    number = depth if widths == _WIDTHS[: len(widths)] else f"{depth}-w{widths[0]}"
    inner = [wide for _, wide in options["heads"][:-1]]
    name, title = f"vgg{number}", f"VGG-{number}"
    if options["has_norm"]:
        name, title = f"{name}-bn", f"{title} with normalisation"
    if inner:
        name, title = f"{name}-fc{inner[0]}", f"{title}, {len(inner) + 1} linear layers,"
    return name, title


def _options(depth: int, *, has_norm: bool, inner: tuple[int, ...]) -> dict[str, Any]:
    step = 3 if has_norm else 2
    places, stages, place = [], [], 0
    for count, width in zip(_USUAL[depth], _WIDTHS, strict=True):
        places.append([place + step * number for number in range(count)])
        stages.append([width] * count)
        place += step * count + 1
    names = ["classifier"] if not inner else [f"classifier.{3 * number}" for number in range(len(inner) + 1)]
    return {
        "network": "vgg",
        "places": places,
        "stages": stages,
        "has_norm": has_norm,
        "has_bias": True,
        "end": "max",
        "heads": [list(pair) for pair in zip(names, (*inner, 0), strict=True)],
    }


def _named() -> dict[str, dict[str, Any]]:
    members = [
        _options(depth, has_norm=has_norm, inner=inner)
        for has_norm in (True, False)
        for inner in ((), (512, 512), (4096, 4096))
        for depth in _USUAL
    ]
    return {_name(options)[0]: options for options in members}


_NAMED: Mapping[str, Mapping[str, Any]] = _named()
