"""Recognises classifiers that the transformers library builds, by ``model_type`` in config.json, or chosen by hand.

The library, and torch with it, is imported only when a model names it. Nothing from the folder of the model is run: the
configuration is made from checked settings, the class is the library's own, and the weights are loaded by mtgui.
Options of a match: ``class`` (its name in transformers), ``classes``, and ``arguments`` of the configuration.
"""

import ast
import functools
import importlib
import importlib.util
from collections.abc import Iterable
from dataclasses import replace

from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.match import Match, ModelHints
from mtgui.auditing.architectures.spelling import SHAPES_PROVE_LITTLE, renamed
from mtgui.auditing.architectures.tensor_layouts import LARGEST_TABLES, Fit, Layout, Leaf, compare
from mtgui.auditing.architectures.transformers.library.checked_config import checked_arguments
from mtgui.auditing.architectures.transformers.library.kind import Kind
from mtgui.auditing.architectures.transformers.library.kinds import KINDS
from mtgui.auditing.architectures.transformers.library.spellings import is_left_over, spellings
from mtgui.auditing.preprocessing import LARGEST_SIDE, Preprocessing
from mtgui.common.errors import UsageError
from mtgui.reading.errors import quoted
from mtgui.reading.hints import SettingError, Settings

PREFIX = "transformers/"
HOW_TO_INSTALL = 'pip install "mtgui[transformers]"'
_SUFFIX = "ForImageClassification"
"""Most bytes of tables beside the weights, which follow from the settings."""
_HEADS = ("classifier", "cls_classifier", "head")


def is_installed() -> bool:
    """True when transformers is installed."""
    return importlib.util.find_spec("transformers") is not None


def kind_in(tensors: Iterable[str], hints: ModelHints) -> str | None:
    """Return the kind that config.json names, if it is one of `KINDS`, else None.

    Scripts of other people write a ``model_type``, too: theirs counts only if ``tensors``, names in the file, fit it.
    """
    name = hints.config.values.get("model_type")
    if not isinstance(name, str) or name not in KINDS:
        return None
    return name if _is_of_transformers(hints.config) or _beginning(name) in _firsts(tensors) else None


def why_not(hints: ModelHints) -> str | None:
    """Return words for why a network that config.json names cannot be built here, and what to do; None if it can.

    It is for files that fit no other architecture.
    """
    config = hints.config
    if not _is_of_transformers(config):
        return None
    classes = [str(name) for name in config.texts("architectures") or ()]
    other = next((name for name in classes if _SUFFIX not in name), None)
    kind = kind_in((), hints)
    if other is not None:
        return (
            f"“{config.file}” beside it says that it is {quoted(other)} of the transformers library, which does not "
            f"sort pictures into classes; choose a model whose name ends in “{_SUFFIX}”"
        )
    if kind is not None and not is_installed():
        title = KINDS[kind].title
        return (
            f"it says that it is {title} of the transformers library, which is not installed; to read it: "
            f"{HOW_TO_INSTALL}"
        )
    if kind is None and classes:
        return (
            f"it says that it is {quoted(classes[0])} of the transformers library, which mtgui does not build; if you "
            "trust its author, give the Python file that builds the network: --architecture-file net.py:factory "
            "--trust-code"
        )
    return None


def match(name: str, tensors: Tensors, hints: ModelHints, *, is_chosen: bool) -> Match | None:
    """Return the comparison of ``tensors`` with the kind ``name``, one of `KINDS`.

    is_chosen: True if a person named it; config.json is then followed only where it names the same kind. Returns None
    without the library, unless it was chosen. Raises SettingError, UsageError.
    """
    kind = KINDS[name]
    if not is_installed():
        if is_chosen:
            raise UsageError(f"{kind.title} is built by transformers, which is not installed: {HOW_TO_INSTALL}")
        return None
    config = hints.config if kind_in(tensors, hints) == name else Settings()
    arguments = checked_arguments(name, config, len(tensors))
    class_name = f"{kind.name}{_SUFFIX}" + ("WithTeacher" if "classifier_distill.linear.weight" in tensors else "")
    classes = _classes(tensors)
    try:
        layout, tables = _layout(name, class_name, classes, repr(arguments))
    except Exception as error:
        raise SettingError(
            f"transformers cannot build {kind.title} with the settings in “{config.file}” ({quoted(error, 200)}); "
            "download it again, or update the library (pip install --upgrade transformers)."
        ) from error
    if tables > LARGEST_TABLES:
        raise SettingError(f"{config.place} asks for tables of {tables:,} bytes beside them; download it again.")
    ignored = tuple(t.name for key, t in tensors.items() if is_left_over(key) and key not in layout)
    used = {key: tensor for key, tensor in tensors.items() if tensor.name not in ignored}
    fitted = [(spelled, compare(spelled, layout)) for spelled in spellings(name, used)]
    spelled, fit = min(fitted, key=lambda pair: _faults(pair[1]))
    is_fixed = kind.has_fixed_size or bool(arguments.get("use_absolute_embeddings"))
    return Match(
        architecture=f"{PREFIX}{name}",
        title=f"{kind.title} (transformers)",
        options={"class": class_name, "classes": classes, "arguments": arguments},
        classes=classes,
        preprocessing=_preprocessing(kind, config),
        preprocessing_origin=f"default of {kind.title} in transformers",
        sureness=f"All {len(used):,} names and shapes fit. "
        + (f"{config.file} names the architecture." if config.values else SHAPES_PROVE_LITTLE),
        has_fixed_size=is_fixed,
        renamed=renamed(spelled),
        ignored=ignored,
        missing=fit.missing,
        unexpected=fit.unexpected,
        misshapen=fit.misshapen,
    )


def wants_settings(tensors: Iterable[str], hints: ModelHints) -> str | None:
    """Return words for the missing config.json of a network that ``tensors``, names in a file, tell; else None."""
    if _is_of_transformers(hints.config):
        return None
    firsts = _firsts(tensors)
    name = next((name for name in KINDS if not KINDS[name].prefix and _beginning(name) in firsts), None)
    if name is None:
        return None
    return (
        f"its tensors have the names of {KINDS[name].title} in the transformers library, whose settings stand in "
        f"“config.json”; put that file beside it, or, if the settings are the usual ones, choose --architecture "
        f"{PREFIX}{name}"
    )


def _is_of_transformers(config: Settings) -> bool:
    return "model_type" in config.values and bool({"architectures", "transformers_version"} & config.values.keys())


def _beginning(name: str) -> str:
    return KINDS[name].prefix or name.replace("-", "_")


def _firsts(tensors: Iterable[str]) -> set[str]:
    return {name.partition(".")[0] for name in tensors}


def _faults(fit: Fit) -> int:
    return len(fit.missing) + len(fit.unexpected) + len(fit.misshapen)


def _classes(tensors: Tensors) -> int:
    """Return how many rows the last layer has; 2 where there is none, so that the comparison names what is missing."""
    heads = [t for key, t in tensors.items() if key.partition(".")[0] in _HEADS and key.endswith(".weight")]
    rows = [tensor.shape[0] for tensor in heads if len(tensor.shape) == 2]
    return rows[-1] if rows and rows[-1] > 0 else 2


def _preprocessing(kind: Kind, config: Settings) -> Preprocessing:
    """Return the default of the ``kind``, for pictures of the size in ``config`` if it is shown these."""
    usual = kind.preprocessing
    size = config.values.get(f"{kind.inside}.image_size" if kind.inside else "image_size")
    sides = size if isinstance(size, tuple) else (size, size)
    crop = tuple(side for side in sides if isinstance(side, int) and 1 <= side <= LARGEST_SIDE)
    if not kind.is_shown_that_size or len(crop) != 2 or crop == usual.crop:
        return usual
    short = usual.resize if isinstance(usual.resize, int) else None
    resize = (crop[0], crop[1]) if short is None else round(short * min(crop) / min(usual.crop))
    return replace(usual, resize=resize, crop=(crop[0], crop[1]))


@functools.lru_cache(maxsize=64)
def _layout(name: str, class_name: str, classes: int, arguments: str) -> tuple[Layout, int]:
    """Return the tensors of the network, and the bytes of its other tables. ``arguments``: as `repr` writes them.

    Nothing is allocated. Raises what transformers raises.
    """
    module = importlib.import_module("mtgui.auditing.architectures.transformers.library.network")
    network = module.create(name, class_name, classes, ast.literal_eval(arguments), "meta")
    state = network.state_dict()
    return {key: Leaf(tuple(v.shape), not v.is_floating_point()) for key, v in state.items()}, importlib.import_module(
        "mtgui.auditing.architectures.own_tables"
    ).own_bytes(network)
