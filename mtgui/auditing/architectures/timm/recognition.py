"""Classifiers of the timm library, if it is installed: by the name in config.json, or chosen by hand.

The library, and torch with it, is imported only when a model names it. It never downloads weights or anything else.
Options of a match: ``classes``, and ``arguments``: all other arguments with which the network is built.
"""

import ast
import difflib
import functools
import importlib
import importlib.util
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mtgui.auditing.architectures.family import Tensors
from mtgui.auditing.architectures.hub_config import TimmNames, is_timm, timm_hint
from mtgui.auditing.architectures.match import Match, ModelHints
from mtgui.auditing.architectures.preprocessing_choice import resolve
from mtgui.auditing.architectures.spelling import SHAPES_PROVE_LITTLE, renamed
from mtgui.auditing.architectures.tensor_layouts import LARGEST_TABLES, Layout, Leaf, compare
from mtgui.auditing.preprocessing import Preprocessing
from mtgui.common.errors import UsageError
from mtgui.reading.errors import quoted
from mtgui.reading.hints import SettingError, Settings, Value

PREFIX = "timm/"
_NAME = re.compile(r"[a-z0-9_]{1,100}(\.[a-z0-9_]{1,100})?")
"""Pattern of timm's own names; names with other beginnings would make timm use the internet or the disk."""
_ARGUMENTS = frozenset(
    {"img_size", "patch_size", "window_size", "embed_dim", "depth", "depths", "num_heads", "mlp_ratio", "global_pool"}
    | {"class_token", "reg_tokens", "no_embed_class", "pre_norm", "final_norm", "fc_norm", "init_values", "qk_norm"}
    | {"qkv_bias", "dynamic_img_size", "pos_embed", "num_classes", "strict_img_size", "dynamic_img_pad"}
    | {"always_partition", "window_ratio", "ref_feat_shape", "act_layer"}
)
"""Settings that config.json may have besides the name: plain numbers and switches, and the name of an activation."""
_ACTIVATIONS = frozenset(
    {"relu", "relu6", "leaky_relu", "gelu", "gelu_tanh", "quick_gelu", "silu", "swish", "mish", "hard_swish", "tanh"}
)
_ONLY_IN_TRAINING = frozenset(
    {"drop_rate", "drop_path_rate", "drop_block_rate", "attn_drop_rate", "pos_drop_rate", "proj_drop_rate"}
    | {"patch_drop_rate", "mlp_drop_rate", "head_drop_rate", "drop_connect_rate", "bn_momentum", "grad_checkpointing"}
    | {"pretrained", "weight_init", "zero_init_last", "zero_init_residual", "head_init_scale", "head_init_bias"}
    | {"drop_path", "scriptable", "exportable"}
)
"""Settings that change nothing of what a trained network answers: they are left out."""
_PLACE = "model_args."
_CHANNELS, _ACTIVATION = "in_chans", "act_layer"
_UNREAD = "…"
"""Stands for a value that was not read, because it is not plain."""
_LARGEST_ARGUMENT = 16_384
_DEPTHS = frozenset({"depth", "depths"})
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
    """Return the timm model that config.json or timm's checkpoint names if timm is not installed, else None."""
    return None if is_installed() else _named(hints, is_sure=True) or None


def is_named(hints: ModelHints) -> bool:
    """True when config.json, or a checkpoint of timm's own script, says that the model is one of timm's."""
    return bool(_named(hints, is_sure=True))


def base_name(name: str) -> str:
    """Return the name of a network as it is compared: without timm's prefix and the name of its weights."""
    return name.strip().casefold().removeprefix(PREFIX).partition(".")[0]


def is_called(hints: ModelHints, architecture: str) -> bool:
    """True when config.json, or else the checkpoint, gives ``architecture`` its own name, in whatever family."""
    return base_name(_named(hints)) == base_name(architecture.partition("/")[2])


def name_in(hints: ModelHints) -> str:
    """Return the name that config.json, or else the checkpoint, gives to the network; empty if there is none."""
    return _named(hints)


def two_names(hints: ModelHints) -> tuple[str, str] | None:
    """Return the names that config.json and the checkpoint give if they differ, else None."""
    first, second = _named(hints), hints.named.removeprefix(PREFIX)
    return (first, second) if first and second and base_name(first) != base_name(second) else None


def has_arguments(hints: ModelHints) -> bool:
    """True when timm's config.json builds the network with more than its name."""
    return is_timm(hints.config) and any(_arguments(hints.config))


def why_no_answer(name: str) -> str:
    """Return words for why timm cannot be asked about ``name``, or that it does not fit, and what to do."""
    if not is_installed():
        return f"timm is not installed; to read it: {how_to_install()}"
    if not _is_known(name):
        return "the timm library here does not know that name; update it (pip install --upgrade timm)"
    return "its tensors are not those of that network; ask for another copy"


def check_choice(hints: ModelHints, architecture: str) -> None:
    """Raise SettingError if config.json gives ``architecture``, chosen by hand, arguments that a file may not give."""
    if not is_timm(hints.config) or not is_called(hints, architecture):
        return
    _refuse_forbidden(hints.config)
    activation = hints.config.text(f"{_PLACE}{_ACTIVATION}")
    if activation is not None and not architecture.startswith(PREFIX):
        raise SettingError(
            f"{hints.config.place} builds the network with the activation {quoted(activation)}, which {architecture} "
            f"may not have; choose {PREFIX}{_named(hints)}, which follows it."
        )


def _refuse_forbidden(config: Settings) -> None:
    _, forbidden = _arguments(config)
    for argument in forbidden.items():
        raise SettingError(
            f"{config.place} builds the network with {_in_words(*argument)}, which mtgui does not "
            "allow a file to say; without that it may be another network: give the Python file that builds it so "
            "(--architecture-file net.py:factory --trust-code)."
        )


def found_name(name: str) -> str | None:
    """Return “timm/…” if ``name``, without a family, is the name of one of timm's models and timm is installed."""
    return f"{PREFIX}{name}" if is_installed() and _is_known(name) else None


def _named(hints: ModelHints, *, is_sure: bool = False) -> str:
    """Return the name that config.json or else the checkpoint gives; empty if there is none.

    is_sure: only where it is certain that timm's name is meant.
    """
    if is_timm(hints.config):
        return hints.config.text("architecture") or ""
    if is_sure and not hints.named.startswith(PREFIX):
        return ""
    return hints.named.removeprefix(PREFIX)


def candidates(tensors: Tensors, hints: ModelHints, architecture: str | None) -> list[Match]:
    """Return the model named by ``architecture``, config.json or the checkpoint, see `Family`.

    Where config.json names another network than that chosen by hand, its arguments are left out. Raises SettingError,
    UsageError.
    """
    name = architecture.removeprefix(PREFIX) if architecture else _named(hints)
    if architecture is None and not (name and is_installed() and _is_known(name)):
        return []
    config = hints.config if is_timm(hints.config) else Settings()
    notes: tuple[str, ...] = ()
    if architecture is not None and base_name(config.text("architecture") or "") != base_name(name):
        config, notes = _for_another(config, name)
    known = _timm().models.get_pretrained_cfg(name)
    described = {} if known is None else {key: getattr(known, key) for key in _DESCRIBED}
    own = Settings(f"timm’s description of {name}", {key: value for key, value in described.items() if value})
    _refuse_forbidden(config)
    arguments, _ = _arguments(config)
    if known and known.fixed_input_size:
        arguments = _with_size(arguments, config, own)
    classes = _classes(tensors, known and known.classifier, config)
    _refuse_depth(arguments, len(tensors), config)
    try:
        layout, tables = _layout(name, classes, repr(arguments))
    except Exception as error:
        raise SettingError(
            f"timm cannot build {quoted(name)} with the settings in “{config.origin}” ({quoted(error, 200)}); move "
            "that file away and choose the architecture by hand."
        ) from error
    if tables > LARGEST_TABLES:
        raise SettingError(f"{config.place} asks for tables of {tables:,} bytes beside them; download it again.")
    fit = compare(tensors, layout)
    said = timm_hint(_with_share(config, own))
    preprocessing, _ = resolve(Preprocessing(), own.file, (said, timm_hint(own)))
    return [
        Match(
            architecture=f"{PREFIX}{name}",
            title=f"{name} (timm)",
            options={"classes": classes, "arguments": arguments},
            classes=classes,
            preprocessing=preprocessing,
            preprocessing_origin=own.file,
            sureness=f"All {len(tensors):,} names and shapes fit. "
            + (_source(hints, config) if architecture is None else SHAPES_PROVE_LITTLE),
            has_fixed_size=bool(known and known.fixed_input_size),
            renamed=renamed(tensors),
            missing=fit.missing,
            unexpected=fit.unexpected,
            misshapen=fit.misshapen,
            notes=notes,
        )
    ]


def _refuse_depth(arguments: Mapping[str, Value], tensors: int, config: Settings) -> None:
    """Raise SettingError if ``arguments`` ask for more layers than there are ``tensors``: to build them takes long."""
    for name in _DEPTHS & arguments.keys():
        value = arguments[name]
        parts = value if isinstance(value, tuple) else (value,)
        if any(isinstance(part, str) for part in parts) or sum(map(float, parts)) > tensors:
            raise SettingError(
                f"{config.place} asks for {quoted(name)} = {quoted(value)}, but there are only {tensors:,} tensors; "
                "download it again."
            )


def _with_share(config: Settings, own: Settings) -> Settings:
    """Return ``config`` with timm's own share of the crop where it states a size without one."""
    place = TimmNames(config)
    if place("input_size") not in config.values or place("crop_pct") in config.values:
        return config
    known = {key: own.values[key] for key in ("crop_pct", "crop_mode") if key in own.values}
    return replace(config, values={**known, **config.values})


def _source(hints: ModelHints, config: Settings) -> str:
    is_beside = is_timm(hints.config) and not hints.config.is_inside
    return f"{config.file if is_beside else 'The checkpoint itself'} names the architecture."


def _for_another(config: Settings, name: str) -> tuple[Settings, tuple[str, ...]]:
    """Return what config.json, which names another network than ``name``, says of ``name`` too, and a note.

    Arguments of the other network are left out; the note names them.
    """
    rest = replace(
        config,
        values={key: value for key, value in config.values.items() if not key.startswith(_PLACE)},
        unread=tuple(key for key in config.unread if not key.startswith(_PLACE)),
    )
    kept, forbidden = _arguments(config)
    if not kept and not forbidden:
        return rest, ()
    listed = ", ".join([_in_words(*argument) for argument in (kept | forbidden).items()][:5])
    return rest, (f"“{config.file}” also says {listed}, which was not followed: {name} was chosen by hand.",)


def _timm() -> Any:
    return importlib.import_module("timm")


def _is_known(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and bool(_timm().is_model(name.partition(".")[0]))


def _arguments(config: Settings) -> tuple[dict[str, Value], dict[str, Value]]:
    """Return the settings in config.json with which timm builds the network, and those that a file may not give."""
    said = {key.removeprefix(_PLACE): value for key, value in config.values.items() if key.startswith(_PLACE)}
    said |= {key.removeprefix(_PLACE): _UNREAD for key in config.unread if key.startswith(_PLACE)}
    forbidden = {name: value for name, value in said.items() if not _is_allowed(name, value)}
    used = _ARGUMENTS - forbidden.keys() - {"num_classes"}
    return {name: value for name, value in said.items() if name in used}, forbidden


def _in_words(name: str, value: Value) -> str:
    return f"{quoted(name)} = {quoted(value)}"


def _with_size(arguments: dict[str, Value], config: Settings, own: Settings) -> dict[str, Value]:
    """Return ``arguments`` with the size of pictures in config.json, if it is another than that in ``own``."""
    size = config.wholes(TimmNames(config)("input_size"), 4096)
    is_usual = size is None or len(size) != 3 or size == own.wholes("input_size")
    return arguments if size is None or is_usual else {"img_size": size[1:], **arguments}


@functools.lru_cache(maxsize=64)
def _layout(name: str, classes: int, arguments: str) -> tuple[Layout, int]:
    """Return the tensors of timm's model ``name``, and the bytes of its tables beside them.

    ``arguments``: as `repr` writes them. Raises what timm raises.
    """
    module = importlib.import_module("mtgui.auditing.architectures.timm.network")
    network = module.create(name, classes, ast.literal_eval(arguments), "meta")
    layout = {key: Leaf(tuple(v.shape), not v.is_floating_point()) for key, v in network.state_dict().items()}
    tables: int = importlib.import_module("mtgui.auditing.architectures.own_tables").own_bytes(network)
    return layout, tables


def _is_allowed(name: str, value: Value) -> bool:
    """True for an argument of a known name with a plain, small value; three colours are the only channels."""
    if name == _CHANNELS:
        return value == 3
    if name == _ACTIVATION:
        return value in _ACTIVATIONS
    if value == _UNREAD:
        return False
    parts = value if isinstance(value, tuple) else (value,)
    is_small = all(isinstance(part, str) or abs(part) <= _LARGEST_ARGUMENT for part in parts)
    return is_small and (name in _ARGUMENTS or name in _ONLY_IN_TRAINING)


def _classes(tensors: Tensors, heads: object, config: Settings) -> int:
    """Return the number of classes, from the shape of the last layer, else from config.json."""
    head = heads[0] if isinstance(heads, tuple | list) and heads else heads
    tensor = tensors.get(f"{head}.weight")
    if tensor is not None and tensor.shape:
        return tensor.shape[0]
    if 0 in (config.values.get("num_classes"), config.values.get("pretrained_cfg.num_classes")):
        raise SettingError(
            f"{config.place} says that the model has no classes: it describes pictures by features, and mtgui audits "
            "classifiers. Choose a model that sorts pictures into classes."
        )
    return config.whole("num_classes") or config.whole("pretrained_cfg.num_classes") or 1000
