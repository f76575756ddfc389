"""Loads tensors from one file, several shards, or a folder in the layout of model hubs. Runs in the child."""

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from mtgui.reading import identify
from mtgui.reading.checkpoint_hints import CheckpointHints, checkpoint_hints
from mtgui.reading.contents import Content
from mtgui.reading.dtypes import ITEM_SIZES
from mtgui.reading.errors import RefusalError
from mtgui.reading.folder_choice import choose_in
from mtgui.reading.onnx_checks import LARGEST_FILE, check_onnx
from mtgui.reading.onnx_facts import OnnxFacts
from mtgui.reading.pipeline_folder import is_pipeline, load_pipeline
from mtgui.reading.side_files import SideFiles, read_side_files
from mtgui.reading.suspicion import warnings_about
from mtgui.reading.tensor_files import Findings, load_one, load_shards, open_file
from mtgui.reading.unwrap import Unwrapped, unwrap
from mtgui.reading.values import Tensor, contiguous


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
    metadata: Mapping[str, str] = field(default_factory=dict)


def load(path: Path, stack: ExitStack) -> Loaded:
    """Read the model at ``path``; files stay open as long as ``stack``. Raises RefusalError, OSError."""
    if path.is_dir():
        if is_pipeline(path):
            return _load_pipeline(path, stack)
        path = choose_in(path)
    file = stack.enter_context(open_file(path))
    kind = identify.identify(file)
    beside = read_side_files(path.parent)
    if kind == identify.ONNX:
        return _load_onnx(path, file, beside)
    found = Findings()
    if kind == identify.INDEX:
        root, names = load_shards(path, file, found, stack)
    else:
        root, names = load_one(file, kind, "0", found), [path.name]
    unwrapped = unwrap(root)
    inside = checkpoint_hints(root)
    hints = {**beside.values, **_from_checkpoint(inside, beside.values)}
    return _loaded(found, names, unwrapped, (*beside.notes, *inside.notes), hints)


def _load_pipeline(folder: Path, stack: ExitStack) -> Loaded:
    """Read the folder of a diffusion model; the names of its tensors begin with the parts that hold them."""
    found = Findings()
    pipeline = load_pipeline(folder, found, stack)
    parts = ", ".join(pipeline.parts)
    unwrapped = Unwrapped(pipeline.tensors, parts, "“model_index.json” names these parts", (), (), ())
    return _loaded(found, pipeline.files, unwrapped, pipeline.notes, pipeline.hints)


def _loaded(
    found: Findings, names: Sequence[str], unwrapped: Unwrapped, notes: Iterable[str], hints: Mapping[str, Any]
) -> Loaded:
    title = " and ".join(dict.fromkeys(found.formats))
    all_notes = (*found.notes, *warnings_about(found.globals), *notes)
    return Loaded(title, tuple(names), unwrapped, found.contents, all_notes, hints, metadata=found.metadata)


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


def byte_range(tensor: Tensor) -> tuple[str | None, int, int]:
    """Return the key of the content that holds a tensor (None: its own bytes), its first byte and number of bytes."""
    item = ITEM_SIZES[tensor.dtype]
    start = tensor.offset * item
    if isinstance(tensor.source, bytes):
        return None, start, tensor.reach * item
    start += tensor.source.start * ITEM_SIZES.get(tensor.source.dtype or "U8", 1)
    return tensor.source.key, start, tensor.reach * item
