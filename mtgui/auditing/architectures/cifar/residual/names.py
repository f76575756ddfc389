"""Names and titles of residual networks for small pictures."""

from collections.abc import Mapping
from typing import Any

_DEPTHS = {
    ((1, 1, 1, 1), False): 10,
    ((2, 2, 2, 2), False): 18,
    ((3, 4, 6, 3), False): 34,
    ((3, 4, 6, 3), True): 50,
    ((3, 4, 23, 3), True): 101,
    ((3, 8, 36, 3), True): 152,
}
_LARGE, _SMALL = 64, 16
_EXPANSION, _EXPANSION_OF_RESNEXTS = 4, 2
_REGNETS = {
    ((1, 1, 4, 7), 24, ""): "regnetx-200mf",
    ((1, 2, 7, 12), 32, ""): "regnetx-400mf",
    ((1, 2, 7, 12), 32, "se"): "regnety-400mf",
}


def name_and_title(options: Mapping[str, Any]) -> tuple[str, str]:
    """Return the name and the title of the network with these ``options``."""
    blocks, inner, groups = tuple(options["blocks"]), options["inner"], options["groups"][0]
    if options["strides"][1] == 1:
        found = _REGNETS.get((blocks, inner[0], options["gate"]), f"regnet-{'-'.join(map(str, blocks))}-w{inner[0]}")
        return found, found.replace("regnet", "RegNet").replace("mf", "MF").replace("netx", "netX").replace(
            "nety", "netY"
        )
    beginning = "se" if options["gate"] else "stochastic-" if options["has_survival"] else ""
    number = _depth(options)
    if groups > 1:
        number = f"{number}-{groups}x{inner[0] // groups}d"
        usual = _EXPANSION_OF_RESNEXTS * inner[0]
        ending = "" if options["outer"][0] == usual else f"-w{options['outer'][0]}"
        return f"{beginning}resnext{number}{ending}", f"{beginning.upper()}ResNeXt-{number}{ending}".replace("--", "-")
    width = _LARGE if len(blocks) == 4 else _SMALL
    ending = "" if inner[0] == width else f"-w{inner[0]}"
    if options["is_bottleneck"] and len(blocks) == 3:
        ending += "-bottleneck"
    kind = {"se": "SE-ResNet", "stochastic-": "Stochastic-depth ResNet"}.get(beginning, "ResNet")
    return f"{beginning}resnet{number}{ending}", f"{kind}-{number}{ending}".replace("--", "-")


def _depth(options: Mapping[str, Any]) -> str:
    """Return the number of layers as the papers count them, or the blocks of each stage for unusual networks."""
    blocks, is_bottleneck = tuple(options["blocks"]), options["is_bottleneck"]
    depth = _DEPTHS.get((blocks, is_bottleneck))
    if len(blocks) == 3 and len(set(blocks)) == 1:
        depth = (9 if is_bottleneck else 6) * blocks[0] + 2
    return str(depth) if depth else f"-{'-'.join(map(str, blocks))}"


def _options(
    blocks: tuple[int, ...],
    inner: tuple[int, ...],
    *,
    stem: int,
    ratio: int = 1,
    groups: tuple[int, ...] = (),
    strides: tuple[int, ...] = (),
    is_bottleneck: bool = False,
    gate: str = "",
    zeros: str = "",
    stem_size: int = 3,
) -> dict[str, Any]:
    return {
        "network": "residual",
        "blocks": list(blocks),
        "stem": stem,
        "inner": list(inner),
        "outer": [width * ratio for width in inner],
        "groups": list(groups or (1,) * len(blocks)),
        "is_first_grouped": False,
        "strides": list(strides or (1, *(2,) * (len(blocks) - 1))),
        "is_bottleneck": is_bottleneck,
        "gate": gate,
        "zeros": zeros,
        "stem_size": stem_size,
        "has_stem_bias": False,
        "has_bias": False,
        "has_survival": False,
        "has_pooling": False,
        "is_first_stepping": False,
    }


def large(blocks: tuple[int, ...], is_bottleneck: bool = False, gate: str = "") -> dict[str, Any]:
    """Return the options of a ResNet of four stages, such as ResNet-18 with (2, 2, 2, 2) ``blocks``."""
    ratio = _EXPANSION if is_bottleneck else 1
    inner = (64, 128, 256, 512)
    return _options(blocks, inner, stem=_LARGE, ratio=ratio, is_bottleneck=is_bottleneck, gate=gate)


def small(depth: int, *, width: int = _SMALL, zeros: str = "around") -> dict[str, Any]:
    """Return the options of the ResNet of 6n + 2 layers; ``zeros`` is empty for shortcuts that are convolutions."""
    return _options(((depth - 2) // 6,) * 3, (width, 2 * width, 4 * width), stem=width, zeros=zeros)


def _next(groups: int, width: int) -> dict[str, Any]:
    inner = tuple(groups * width << stage for stage in range(3))
    return _options(
        (3, 3, 3),
        inner,
        stem=_LARGE,
        ratio=_EXPANSION_OF_RESNEXTS,
        groups=(groups,) * 3,
        is_bottleneck=True,
        stem_size=1,
    )


def _regular(blocks: tuple[int, ...], inner: tuple[int, ...], per_group: int, gate: str) -> dict[str, Any]:
    groups = tuple(width // per_group for width in inner)
    return _options(blocks, inner, stem=_LARGE, groups=groups, strides=(1, 1, 2, 2), is_bottleneck=True, gate=gate)


def _named() -> dict[str, dict[str, Any]]:
    members = [
        *(large(*kind) for kind in _DEPTHS),
        *(small(depth) for depth in (20, 32, 44, 56, 110)),
        *(large(*kind, "fc") for kind in (((2, 2, 2, 2), False), ((3, 4, 6, 3), False))),
        *(_next(*kind) for kind in ((2, 64), (4, 64), (8, 64), (32, 4))),
        _regular((1, 1, 4, 7), (24, 56, 152, 368), 8, ""),
        _regular((1, 2, 7, 12), (32, 64, 160, 384), 16, ""),
        _regular((1, 2, 7, 12), (32, 64, 160, 384), 16, "se"),
    ]
    return {name_and_title(options)[0]: options for options in members}


NAMED: Mapping[str, Mapping[str, Any]] = _named()
"""The options of the usual networks, by name."""
