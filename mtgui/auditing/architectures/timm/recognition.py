"""Classifiers of the timm library, if it is installed: by the name in config.json, or chosen by hand.

The library, and torch with it, is imported only when a model names it. It never downloads weights or anything else.
Options of a match: ``classes``, and ``arguments``: all other arguments with which the network is built.
"""

import difflib
import importlib
import importlib.util
import re
from typing import Any

from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.hub_config import TimmNames, is_timm, timm_hint
from mtgui.auditing.architectures.match import Match, ModelHints
from mtgui.auditing.architectures.preprocessing_choice import resolve
from mtgui.auditing.architectures.spelling import SHAPES_PROVE_LITTLE, renamed
from mtgui.auditing.architectures.tensor_layouts import Leaf, compare
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.common.errors import UsageError
from mtgui.reading.errors import quoted
from mtgui.reading.hints import SettingError, Settings

PREFIX = "timm/"
_NAME = re.compile(r"[a-z0-9_]{1,100}(\.[a-z0-9_]{1,100})?")
"""Pattern of timm's own names; names with other beginnings would make timm use the internet or the disk."""
_ARGUMENTS = frozenset(
    {"img_size", "patch_size", "window_size", "embed_dim", "depth", "depths", "num_heads", "mlp_ratio", "global_pool"}
    | {"class_token", "reg_tokens", "no_embed_class", "pre_norm", "final_norm", "fc_norm", "init_values", "qk_norm"}
    | {"qkv_bias", "dynamic_img_size", "pos_embed", "num_classes"}
)
"""Settings that config.json may have besides the name: plain numbers and switches."""
_LARGEST_ARGUMENT = 16_384
_DESCRIBED = ("input_size", "crop_pct", "crop_mode", "interpolation", "mean", "std")


def is_installed() -> bool:
    """True when timm is installed."""
    return importlib.util.find_spec("timm") is not None


def architectures() -> tuple[str, ...]:
    """Return none: there are over a thousand, and asking for them imports torch. `checked_name` knows them."""
    return ()


def checked_name(name: str) -> str:
    """Return ``name``, “timm/…”, if timm has such a model. Raises UsageError if not."""
    short = name.removeprefix(PREFIX)
    if not is_installed():
        raise UsageError(f"{quoted(name)} is built by timm, which is not installed: {how_to_install()}")
    if not _is_known(short):
        near = difflib.get_close_matches(short, _timm().list_models(), n=3)
        names = " or ".join(f"timm/{other}" for other in near)
        hint = f"did you mean {names}?" if near else "see timm’s list of models."
        raise UsageError(f"timm has no model called {quoted(short)}; {hint}")
    return f"{PREFIX}{short}"


def how_to_install() -> str:
    """Return the command that installs timm."""
    return 'pip install "mtgui[timm]"'


def wanted_but_missing(hints: ModelHints) -> str | None:
    """Return the timm model that config.json names if timm is not installed, else None."""
    return str(hints.config.values["architecture"]) if is_timm(hints.config) and not is_installed() else None


def candidates(tensors: Tensors, hints: ModelHints, architecture: str | None) -> list[Match]:
    """Return the model named by ``architecture`` or config.json, see `Family`. Raises SettingError, UsageError."""
    if architecture is None and not (is_timm(hints.config) and is_installed()):
        return []
    name = architecture.removeprefix(PREFIX) if architecture else hints.config.text("architecture") or ""
    if architecture is None and not _is_known(name):
        return []
    config = hints.config if is_timm(hints.config) else Settings()
    known = _timm().models.get_pretrained_cfg(name)
    described = {} if known is None else {key: getattr(known, key) for key in _DESCRIBED}
    own = Settings(f"timm’s description of {name}", {key: value for key, value in described.items() if value})
    arguments = _arguments(config, own, bool(known and known.fixed_input_size))
    classes = _classes(tensors, known and known.classifier, config)
    try:
        network = importlib.import_module("mtgui.auditing.architectures.timm.network").create(
            name, classes, arguments, "meta"
        )
    except Exception as error:
        raise SettingError(
            f"timm cannot build {quoted(name)} with the settings in “{config.file}” ({quoted(error, 200)}); move that "
            "file away and choose the architecture by hand."
        ) from error
    layout = {
        key: Leaf(tuple(value.shape), not value.is_floating_point()) for key, value in network.state_dict().items()
    }
    fit = compare(tensors, layout)
    preprocessing, _ = resolve(Preprocessing(), own.file, (timm_hint(config), timm_hint(own)))
    return [
        Match(
            architecture=f"{PREFIX}{name}",
            title=f"{name} (timm)",
            options={"classes": classes, "arguments": arguments},
            classes=classes,
            preprocessing=preprocessing,
            preprocessing_origin=own.file,
            sureness=f"All {len(tensors):,} names and shapes fit. "
            + (f"{config.file} names the architecture." if config.values else SHAPES_PROVE_LITTLE),
            has_fixed_size=bool(known and known.fixed_input_size),
            renamed=renamed(tensors),
            missing=fit.missing,
            unexpected=fit.unexpected,
            misshapen=fit.misshapen,
        )
    ]


def _timm() -> Any:
    return importlib.import_module("timm")


def _is_known(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and bool(_timm().is_model(name.partition(".")[0]))


def _arguments(config: Settings, own: Settings, is_fixed: bool) -> dict[str, Any]:
    """Return the settings in config.json besides the name. Raises SettingError unless all are numbers or switches."""
    found: dict[str, Any] = {}
    for key, value in config.values.items():
        name = key.removeprefix("model_args.")
        if name == key or name == "num_classes":
            continue
        parts = value if isinstance(value, tuple) else (value,)
        is_small = all(isinstance(part, str) or abs(part) <= _LARGEST_ARGUMENT for part in parts)
        if name not in _ARGUMENTS or not is_small:
            raise SettingError(
                f"“{config.file}” beside the weights builds the network with {quoted(name)} = {quoted(value)}, which "
                "mtgui does not allow a file to say; choose the architecture by hand."
            )
        found[name] = value
    size = config.wholes(TimmNames(config)("input_size"), 4096)
    is_usual = size is None or len(size) != 3 or size == own.wholes("input_size")
    if is_fixed and size is not None and not is_usual and "img_size" not in found:
        found["img_size"] = size[1:]
    return found


def _classes(tensors: Tensors, heads: object, config: Settings) -> int:
    """Return the number of classes, from the shape of the last layer, else from config.json."""
    head = heads[0] if isinstance(heads, tuple | list) and heads else heads
    tensor = tensors.get(f"{head}.weight")
    if tensor is not None and tensor.shape:
        return tensor.shape[0]
    return config.whole("num_classes") or config.whole("pretrained_cfg.num_classes") or 1000
