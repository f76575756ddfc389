"""Code that all networks for small pictures, such as those of CIFAR-10, share."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.match import Match
from mtgui.auditing.architectures.spelling import SHAPES_PROVE_LITTLE, Rule, renamed, with_plain_head
from mtgui.auditing.architectures.tensor_layouts import Layout, compare
from mtgui.auditing.preprocessing import Preprocessing

PREFIX = "cifar/"
SIZE = 32
MOST_BLOCKS = 1000
"""More blocks than any network has in one stage; no layout is made for a file that claims more."""

HEADS: tuple[Rule, ...] = ((re.compile(r"(?:fc|classifier|output|last_linear)\.(weight|bias)"), r"linear.\1"),)
"""Other names that people give the last layer."""

_SCALES = {
    # Mean and standard deviation of the training pictures of CIFAR-10 and CIFAR-100.
    10: ("CIFAR-10", (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    100: ("CIFAR-100", (0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762)),
}


CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

_LOOK_IT_UP = (
    "Scripts that train on small pictures differ in mean and standard deviation; look into the model’s own if you can."
)


def match_layout(
    name: str, title: str, tensors: Tensors, layout: Layout, options: Mapping[str, Any], *, unseen: str = ""
) -> Match:
    """Return the match of ``tensors``, which are named as in ``layout``, with the architecture ``name``.

    ``unseen``: a sentence about properties that shapes do not show.
    """
    tensors = with_plain_head(tensors, layout)
    fit = compare(tensors, layout)
    classes = fit.lengths.get("C", 0)
    data, mean, std = _SCALES.get(classes, _SCALES[10])
    return Match(
        architecture=f"{PREFIX}{name}",
        title=f"{title} for {SIZE} × {SIZE} pixels",
        options={**options, "classes": classes},
        classes=classes,
        preprocessing=Preprocessing(resize=SIZE, crop=(SIZE, SIZE), mean=mean, std=std),
        preprocessing_origin=f"what is usual for {data}",
        sureness=" ".join(
            part for part in (f"All {len(tensors):,} names and shapes fit.", unseen, SHAPES_PROVE_LITTLE) if part
        ),
        renamed=renamed(tensors),
        missing=fit.missing,
        unexpected=fit.unexpected,
        misshapen=fit.misshapen,
        notes=(_LOOK_IT_UP,),
    )


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
