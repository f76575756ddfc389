"""Loads tensors from one file, several shards, or a folder in the layout of model hubs. Runs in the child."""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from mtgui.common.errors import NotOrdinaryError
from mtgui.common.files import open_ordinary
from mtgui.reading import identify
from mtgui.reading.bounds import LONGEST_NAME
from mtgui.reading.checkpoint_hints import CheckpointHints, checkpoint_hints
from mtgui.reading.contents import Content, Stretch
from mtgui.reading.dtypes import ITEM_SIZES
from mtgui.reading.errors import RefusalError, damaged, quoted
from mtgui.reading.folder_choice import choose_in
from mtgui.reading.onnx_checks import LARGEST_FILE, check_onnx
from mtgui.reading.onnx_facts import OnnxFacts
from mtgui.reading.safetensors import read_places
from mtgui.reading.side_files import SideFiles, read_side_files
from mtgui.reading.strict_json import parse_object
from mtgui.reading.suspicion import warnings_about
from mtgui.reading.torch_files import TorchFile, read_torch_legacy, read_torch_zip
from mtgui.reading.unwrap import Unwrapped, unwrap
from mtgui.reading.values import Storage, Tensor, contiguous

_MOST_SHARDS = 2000


@dataclass(frozen=True)
class Loaded:
    """A model as plain data: its tensors, the contents that hold them, and facts about it."""

    format: str
    files: tuple[str, ...]
    unwrapped: Unwrapped
    contents: Mapping[str, Content]
    notes: tuple[str, ...]
    hints: Mapping[str, Any]
    onnx: OnnxFacts | None = None


@dataclass
class _Parts:
    """The findings in the files so far."""

    formats: list[str] = field(default_factory=list)
    contents: dict[str, Content] = field(default_factory=dict)
    globals: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def load(path: Path, stack: ExitStack) -> Loaded:
    """Read the model at ``path``; files stay open as long as ``stack``. Raises RefusalError, OSError."""
    if path.is_dir():
        path = choose_in(path)
    file = stack.enter_context(_open(path))
    kind = identify.identify(file)
    beside = read_side_files(path.parent)
    if kind == identify.ONNX:
        return _load_onnx(path, file, beside)
    parts = _Parts()
    if kind == identify.INDEX:
        root, names = _load_shards(path, file, parts, stack)
    else:
        root, names = _load_one(file, kind, "0", parts), [path.name]
    unwrapped = unwrap(root)
    notes = (*parts.notes, *warnings_about(parts.globals), *beside.notes)
    title = " and ".join(dict.fromkeys(parts.formats))
    inside = checkpoint_hints(root)
    hints = {**beside.values, **_from_checkpoint(inside, beside.values)}
    return Loaded(title, tuple(names), unwrapped, parts.contents, (*notes, *inside.notes), hints)


def _from_checkpoint(inside: CheckpointHints, beside: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the checkpoint says ``inside``, where the settings ``beside`` it do not say it better."""
    values: dict[str, Any] = {"architecture": inside.architecture}
    if inside.arguments and not isinstance(beside["config"].get("architecture"), str):
        values |= {"config": inside.arguments, "config_unread": list(inside.unread), "config_file": "args"}
    elif inside.problem_key and not beside["config"]:
        values |= {"config": {"problem_type": "multi_label_classification"}, "config_file": inside.problem_key}
    if beside["class_names"] is None:
        values |= {"class_names": inside.class_names, "class_names_key": inside.class_names_key}
    return values


def _open(path: Path) -> IO[bytes]:
    """Open one file of a model. Raises RefusalError for a folder, a pipe or a device in its place; OSError."""
    try:
        return open_ordinary(path)
    except IsADirectoryError:
        raise RefusalError(f"{quoted(path.name)} is a folder, not a file; download the file of that name") from None
    except NotOrdinaryError:
        raise RefusalError(
            f"{quoted(path.name)} is a pipe, a socket or a device, no ordinary file; download the file of that name"
        ) from None


def _load_onnx(path: Path, file: IO[bytes], beside: SideFiles) -> Loaded:
    """Check a graph, and list the numbers in it; they are not taken out."""
    size = file.seek(0, os.SEEK_END)
    if size > LARGEST_FILE:
        raise RefusalError("it is larger than an ONNX file can be; ask for the PyTorch weights of the same model")
    file.seek(0)
    graph = check_onnx(memoryview(file.read(size)))
    tensors = {
        weight.name: Tensor(b"", weight.dtype, weight.shape, contiguous(weight.shape), 0) for weight in graph.weights
    }
    unwrapped = Unwrapped(tensors, "the numbers stored in the graph", "an ONNX file holds one model", (), (), ())
    title = f"ONNX, opset {graph.facts.opset}"
    return Loaded(title, (path.name,), unwrapped, {}, beside.notes, beside.values, graph.facts)


def _load_one(file: IO[bytes], kind: str, label: str, parts: _Parts) -> Any:
    """Return the saved object of one file; ``label`` is put before the names of its storages."""
    if kind == identify.SAFETENSORS:
        parts.formats.append("safetensors")
        return _from_safetensors(file, label, parts.contents)
    found: TorchFile = read_torch_zip(file) if kind == identify.ZIP else read_torch_legacy(file)
    parts.formats.append(found.format)
    parts.notes += found.notes
    parts.globals |= found.globals
    for key, content in found.contents.items():
        parts.contents[f"{label}/{key}" if label != "0" else key] = content
    return found.root


def _from_safetensors(file: IO[bytes], label: str, contents: dict[str, Content]) -> dict[str, Tensor]:
    places = read_places(file)
    size = max((place.end for place in places.values()), default=0)
    contents[label] = Stretch(file, 0, size)
    return {
        name: Tensor(
            Storage(label, None, place.end - place.start, place.start),
            place.dtype,
            place.shape,
            contiguous(place.shape),
            0,
        )
        for name, place in places.items()
    }


def _load_shards(path: Path, file: IO[bytes], parts: _Parts, stack: ExitStack) -> tuple[dict[str, Tensor], list[str]]:
    """Return the tensors of all shards that the index names, and the names of all files."""
    file.seek(0)
    listed = parse_object(file.read(), "it")["weight_map"]
    if not isinstance(listed, dict) or not all(isinstance(name, str) for name in listed.values()):
        raise damaged("its list of shards is no list of names")
    names = sorted(set(listed.values()))
    if len(names) > _MOST_SHARDS:
        raise damaged("it lists more shards than any model has")
    tensors: dict[str, Tensor] = {}
    for number, name in enumerate(names, start=1):
        _check_shard_name(name)
        shard_path = path.parent / name
        try:
            shard = stack.enter_context(_open(shard_path))
        except FileNotFoundError:
            raise RefusalError(
                f"the part {quoted(name)} that it names is not in the same folder; download it too"
            ) from None
        kind = identify.identify(shard)
        if kind == identify.INDEX:
            raise damaged("its parts are lists of parts")
        for key, tensor in _shard_state(_load_one(shard, kind, str(number), parts), kind, number).items():
            if key in tensors:
                raise damaged(f"two of its parts hold {quoted(key)}")
            tensors[key] = tensor
    missing = [key for key in listed if key not in tensors]
    if missing:
        raise RefusalError(f"{quoted(missing[0])} is in none of its parts; download all parts again")
    return tensors, [path.name, *names]


def _check_shard_name(name: str) -> None:
    if not name or len(name) > LONGEST_NAME or name in (".", "..") or set(name) & set("/\\:\0"):
        raise damaged(f"it names a part outside of its own folder, {quoted(name)}")


def _shard_state(root: Any, kind: str, number: int) -> dict[str, Tensor]:
    if kind == identify.SAFETENSORS:
        found: dict[str, Tensor] = root
        return found
    return {
        name: replace(tensor, source=replace(tensor.source, key=f"{number}/{tensor.source.key}"))
        if isinstance(tensor.source, Storage)
        else tensor
        for name, tensor in unwrap(root, is_part=True).tensors.items()
    }


def byte_range(tensor: Tensor) -> tuple[str | None, int, int]:
    """Return the key of the content that holds a tensor (None: its own bytes), its first byte and number of bytes."""
    item = ITEM_SIZES[tensor.dtype]
    start = tensor.offset * item
    if isinstance(tensor.source, bytes):
        return None, start, tensor.reach * item
    start += tensor.source.start * ITEM_SIZES.get(tensor.source.dtype or "U8", 1)
    return tensor.source.key, start, tensor.reach * item
