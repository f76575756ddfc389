"""Writes ``resources/architectures``: run ``python packaging/make_architecture_table.py`` to make it again.

The table holds the names and shapes of the tensors of every torchvision classifier, the preprocessing of its released
weights, and the names of ImageNet's classes. Making the table needs torch; reading it does not. Equal modules are
stored once: ``nodes`` are modules, each a dict from a child's name to a tensor's shape (text) or to the number of
another node.
"""

import functools
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torchvision import models
from torchvision.models._meta import _IMAGENET_CATEGORIES

from mtgui.auditing.architectures.torchvision.network import build_named

FOLDER = Path(__file__).resolve().parent.parent / "resources" / "architectures"
TABLE = "torchvision.json"
CLASSES = "imagenet_classes.json"

_ODD = 7
_TITLES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"resnet(\d+)", r"ResNet-\1"),
    (r"wide_resnet(\d+)_2", r"Wide ResNet-\1-2"),
    (r"resnext(\d+)_(\w+)", r"ResNeXt-\1 \2"),
    (r"densenet(\d+)", r"DenseNet-\1"),
    (r"vgg(\d+)", r"VGG-\1"),
    (r"vgg(\d+)_bn", r"VGG-\1 with batch norm"),
    (r"vit_([blh])_(\d+)", lambda m: f"ViT-{m[1].upper()}/{m[2]}"),
    (r"swin_(\w)", lambda m: f"Swin-{m[1].upper()}"),
    (r"swin_v2_(\w)", lambda m: f"Swin V2-{m[1].upper()}"),
    (r"maxvit_t", "MaxViT-T"),
    (r"convnext_(\w+)", lambda m: f"ConvNeXt {m[1].capitalize()}"),
    (r"efficientnet_(b\d)", lambda m: f"EfficientNet-{m[1].upper()}"),
    (r"efficientnet_v2_(\w)", lambda m: f"EfficientNetV2-{m[1].upper()}"),
    (r"regnet_([xy])_(\w+)", lambda m: f"RegNet{m[1].upper()}-{m[2].replace('_', '.').upper()}"),
    (r"mnasnet(\d)_(\d+)", r"MNASNet \1.\2"),
    (r"mobilenet_v2", "MobileNetV2"),
    (r"mobilenet_v3_(\w+)", lambda m: f"MobileNetV3 {m[1].capitalize()}"),
    (r"shufflenet_v2_x(\d)_(\d)", r"ShuffleNetV2 ×\1.\2"),
    (r"squeezenet1_(\d)", r"SqueezeNet 1.\1"),
    (r"alexnet", "AlexNet"),
    (r"googlenet", "GoogLeNet"),
    (r"inception_v3", "Inception v3"),
)


def title(name: str) -> str:
    """Return the usual name of torchvision's model ``name``. Raises LookupError if no rule covers it."""
    for pattern, words in _TITLES:
        if match := re.fullmatch(pattern, name):
            return match.expand(words) if isinstance(words, str) else words(match)
    raise LookupError(f"How do people call {name}?")


@functools.cache
def shapes(name: str, **options: int) -> dict[str, tuple[tuple[int, ...], bool]]:
    """Return (shape, True for whole numbers) of each tensor of torchvision's model ``name``."""
    model = build_named(name, {"has_auxiliary": True, **options})
    return {key: (tuple(t.shape), not t.is_floating_point()) for key, t in model.state_dict().items()}


def layout(name: str) -> dict[str, str]:
    """Return the shape of each tensor as text: C stands for the number of classes, S for the number of positions."""
    usual = shapes(name, classes=1000)
    others = {"C": shapes(name, classes=_ODD)}
    if name.startswith("vit_"):
        others["S"] = shapes(name, classes=1000, image_size=28 * 16)
    found: dict[str, str] = {}
    for key, (shape, is_whole) in usual.items():
        lengths = [str(length) for length in shape]
        for symbol, other in others.items():
            for place, length in enumerate(other[key][0]):
                if length != shape[place]:
                    lengths[place] = symbol
        found[key] = ("whole:" if is_whole else "") + ",".join(lengths)
    return found


class Nodes:
    """A table of modules in which equal modules are stored once."""

    def __init__(self) -> None:
        """Start empty."""
        self.all: list[dict[str, int | str]] = []
        self._numbers: dict[str, int] = {}

    def add(self, tensors: dict[str, str]) -> int:
        """Return the number of the module that holds ``tensors``, by their names below it."""
        children: dict[str, dict[str, str]] = {}
        node: dict[str, int | str] = {}
        for key, shape in tensors.items():
            child, dot, rest = key.partition(".")
            if dot:
                children.setdefault(child, {})[rest] = shape
                node[child] = -1
            else:
                node[key] = shape
        for child, inside in children.items():
            node[child] = self.add(inside)
        text = json.dumps(node)
        if text not in self._numbers:
            self._numbers[text] = len(self.all)
            self.all.append(node)
        return self._numbers[text]


def weights(name: str) -> list[dict[str, Any]]:
    """Return the preprocessing of each release of weights for ImageNet, the default release first."""
    kinds = models.get_model_weights(name)
    found = []
    for kind in sorted(kinds, key=lambda kind: kind is not kinds["DEFAULT"]):
        if kind.meta["categories"] is None:
            continue
        wanted = kind.transforms()
        hashed = re.search(r"-([0-9a-f]{8,})\.pth$", kind.url)
        found.append(
            {
                "name": kind.name,
                "hash": hashed[1] if hashed else "",
                "resize": wanted.resize_size[0],
                "crop": wanted.crop_size[0],
                "interpolation": wanted.interpolation.value,
                "mean": wanted.mean,
                "std": wanted.std,
            }
        )
    return found


def table() -> dict[str, Any]:
    """Return the whole table."""
    nodes = Nodes()
    architectures = {
        name: {"title": title(name), "root": nodes.add(layout(name)), "weights": weights(name)}
        for name in models.list_models(module=models)
    }
    return {"architectures": architectures, "nodes": nodes.all}


def lines(found: dict[str, Any]) -> str:
    """Return ``found`` as JSON, with one node or architecture per line."""
    architectures = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in found["architectures"].items())
    nodes = ",\n".join(json.dumps(node, separators=(",", ":")) for node in found["nodes"])
    return f'{{"architectures": {{\n{architectures}\n}},\n"nodes": [\n{nodes}\n]}}\n'


def main() -> int:
    """Write both files."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / TABLE).write_text(lines(table()), encoding="utf-8")
    (FOLDER / CLASSES).write_text(json.dumps(_IMAGENET_CATEGORIES, indent=0) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
