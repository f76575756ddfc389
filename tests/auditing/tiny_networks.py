"""Shared by the tests of recognition and of networks: facts and files without a child process."""

import functools
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import torch
from safetensors.torch import save_file

from mtgui.reading.facts import ModelFacts, TensorFacts
from mtgui.reading.tensors import TensorFile, open_tensors

ROOT = Path(__file__).resolve().parents[2]
KINDS = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64", torch.int64: "I64"}
Shapes = Mapping[str, tuple[tuple[int, ...], bool]]


@functools.cache
def table_script() -> ModuleType:
    """Return the script that makes the table of architectures; what it builds is built once."""
    path = ROOT / "packaging" / "make_architecture_table.py"
    spec = importlib.util.spec_from_file_location("make_architecture_table", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def facts_from(tensors: Mapping[str, TensorFacts]) -> ModelFacts:
    return ModelFacts("a test", ("m.pth",), tuple(tensors.values()), 0, "it", "so", (), (), (), (), ())


def facts_of(state: Mapping[str, torch.Tensor]) -> ModelFacts:
    """Return the facts of a file that holds ``state``."""
    return facts_from({name: TensorFacts(name, KINDS[t.dtype], tuple(t.shape)) for name, t in state.items()})


def facts_of_shapes(shapes: Shapes, *, counters: bool = True) -> ModelFacts:
    return facts_from(
        {
            name: TensorFacts(name, "I64" if is_whole else "F32", shape)
            for name, (shape, is_whole) in shapes.items()
            if counters or not name.endswith("num_batches_tracked")
        }
    )


def tensor_file(folder: Path, state: Mapping[str, torch.Tensor]) -> TensorFile:
    """Write ``state`` as the reading child does, and return it opened."""
    path = folder / "tensors.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, path)
    return open_tensors(path)
