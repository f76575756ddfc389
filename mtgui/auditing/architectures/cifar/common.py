"""Code that all networks for small pictures, such as those of CIFAR-10, share."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mtgui.auditing.architectures.cifar.plan import Steps, layout
from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.match import Match
from mtgui.auditing.architectures.small_pictures import LOOK_IT_UP, Scale, origin, other_inputs, preprocessing
from mtgui.auditing.architectures.spelling import SHAPES_PROVE_LITTLE, VARIANTS_FIT, Rule, renamed, with_plain_head
from mtgui.auditing.architectures.tensor_layouts import compare

PREFIX = "cifar/"

HEADS: tuple[Rule, ...] = ((re.compile(r"(?:fc|classifier|output|last_linear)\.(weight|bias)"), r"linear.\1"),)
"""Other names that people give the last layer."""


@dataclass(frozen=True)
class Variant:
    """One of several networks with the same names and shapes.

    ending: of the architecture's name. words: added to its title. changes: options that differ from the usual. scale:
    how its input is usually normalised, if not as that of the others.
    """

    ending: str = ""
    words: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    scale: Scale | None = None


def variants_of(
    name: str,
    title: str,
    tensors: Tensors,
    options: Mapping[str, Any],
    describe: Callable[[Mapping[str, Any]], Steps],
    variants: Sequence[Variant],
    *,
    unseen: str = "",
    scale: Scale = "pixels",
) -> list[Match]:
    """Return the match of ``tensors`` with each of ``variants`` of the architecture ``name``, in order.

    describe: returns the network with given options. unseen: a sentence about properties that no shape shows.
    scale: how input of such networks is usually normalised.
    """
    found = []
    for variant in variants:
        chosen = {**options, **variant.changes}
        wanted = layout(describe(chosen))
        named = with_plain_head(tensors, wanted)
        fit = compare(named, wanted)
        classes = fit.lengths.get("C", 0)
        own_scale = variant.scale or scale
        usual_preprocessing = preprocessing(classes, own_scale)
        side = usual_preprocessing.crop[0]
        found.append(
            Match(
                architecture=f"{PREFIX}{name}{variant.ending}",
                title=f"{title}{variant.words} for {side} × {side} pixels",
                options={**chosen, "classes": classes},
                classes=classes,
                preprocessing=usual_preprocessing,
                preprocessing_origin=origin(classes, own_scale),
                other_inputs=other_inputs(classes, own_scale),
                sureness=_sureness(len(tensors), unseen),
                renamed=renamed(named),
                missing=fit.missing,
                unexpected=fit.unexpected,
                misshapen=fit.misshapen,
                notes=(LOOK_IT_UP,),
            )
        )
    return found


def _sureness(many: int, unseen: str) -> str:
    variants = f"{VARIANTS_FIT} {unseen}" if unseen else ""
    return f"All {many:,} names and shapes fit. {SHAPES_PROVE_LITTLE} {variants}".rstrip()


def blocks_per_stage(tensors: Tensors, stage: str) -> list[int]:
    """Return the number of blocks of each stage ``stage1``, ``stage2``, …; empty if their numbers have gaps."""
    pattern = re.compile(rf"{stage}([1-9])\.(\d{{1,3}})\..+")
    found: dict[int, int] = {}
    for name in tensors:
        if match := pattern.fullmatch(name):
            found[int(match[1])] = max(found.get(int(match[1]), 0), int(match[2]) + 1)
    return [found[number] for number in sorted(found)] if sorted(found) == list(range(1, len(found) + 1)) else []


def usual(values: Iterable[int], default: int) -> int:
    """Return the most frequent of ``values``, so that one damaged tensor does not decide."""
    counted = Counter(value for value in values if value > 0).most_common(1)
    return counted[0][0] if counted else default


def outputs(tensors: Tensors, name: str) -> int:
    """Return the number of output channels of the weight ``name``; 0 if there is no such weight."""
    shape = tensors[name].shape if name in tensors else ()
    return shape[0] if shape else 0


def inputs(tensors: Tensors, name: str) -> int:
    """Return the number of input channels of the weight ``name``; 0 if there is no such weight."""
    shape = tensors[name].shape if name in tensors else ()
    return shape[1] if len(shape) > 1 else 0
