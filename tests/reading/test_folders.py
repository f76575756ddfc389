"""Models in several files: folders as model hubs lay them out, and shards with their index."""

import json
import os
from pathlib import Path

import pytest

from mtgui.reading.errors import ModelError
from mtgui.reading.reader import inspect_model, read_model
from tests.needs import PIPES
from tests.reading.reading_helpers import described, numbers, safetensors, tensor, torch_zip

NAMES = ("model-1-of-2.safetensors", "model-2-of-2.safetensors")


def shards(folder: Path, mapping: dict[str, str] | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / NAMES[0]).write_bytes(safetensors({"module.a": described()}, numbers()))
    (folder / NAMES[1]).write_bytes(safetensors({"module.b": described([2], 0, 8)}, numbers(2)))
    found = mapping or {"module.a": NAMES[0], "module.b": NAMES[1]}
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {"total_size": 32}, "weight_map": found}), encoding="utf-8")
    return index


@pytest.mark.parametrize("is_folder", [True, False])
def test_shards_become_one_model(tmp_path: Path, is_folder: bool) -> None:
    index = shards(tmp_path / "model")
    (tmp_path / "model" / "config.json").write_text("{}", encoding="utf-8")
    facts, tensors = read_model(index.parent if is_folder else index, tmp_path)
    assert facts.files == (index.name, *NAMES)
    assert facts.renamed == (("module.a", "a"), ("module.b", "b"))
    assert (tensors.raw("a"), tensors.raw("b")) == (numbers(), numbers(2))


def test_shards_of_torch_files(tmp_path: Path) -> None:
    (tmp_path / "p1.bin").write_bytes(torch_zip({"a": tensor()}))
    (tmp_path / "p2.bin").write_bytes(torch_zip({"b": tensor(offset=3, shape=(3,), stride=(1,))}))
    index = tmp_path / "pytorch_model.bin.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "p1.bin", "b": "p2.bin"}}), encoding="utf-8")
    facts, tensors = read_model(index, tmp_path)
    assert facts.format == "PyTorch file (ZIP archive)"
    assert (tensors.raw("a"), tensors.raw("b")) == (numbers(), numbers()[12:])


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"module.a": "../other.safetensors"}, "outside of its own folder"),
        ({"module.a": "/etc/passwd"}, "outside of its own folder"),
        ({"module.a": ".."}, "outside of its own folder"),
        ({"module.a": ""}, "outside of its own folder"),
        ({"module.a": "a\0b"}, "outside of its own folder"),
        ({"module.a": "absent.safetensors"}, "“absent.safetensors” that it names is not in the same folder"),
        ({"module.c": NAMES[0]}, "“module.c” is in none of its parts"),
        ({"module.a": "model.safetensors.index.json"}, "lists of parts"),
        ({str(n): f"{n}.bin" for n in range(3000)}, "more shards than any model"),
        ({"module.a": 7}, "no list of names"),
    ],
)
def test_an_index_that_lies_is_refused(tmp_path: Path, mapping: dict[str, str], message: str) -> None:
    index = shards(tmp_path / "model", mapping)
    with pytest.raises(ModelError, match=message):
        inspect_model(index)


def test_two_parts_with_the_same_tensor_are_refused(tmp_path: Path) -> None:
    index = shards(tmp_path)
    (tmp_path / NAMES[1]).write_bytes((tmp_path / NAMES[0]).read_bytes())
    with pytest.raises(ModelError, match=r"two of its parts hold “module\.a”"):
        inspect_model(index)


def test_a_folder_of_one_model_is_read_and_safetensors_come_first(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(torch_zip({"a": tensor()}))
    assert inspect_model(tmp_path).files == ("pytorch_model.bin",)
    (tmp_path / "model.safetensors").write_bytes(safetensors({"a": described()}, numbers()))
    assert inspect_model(tmp_path).files == ("model.safetensors",)


def test_links_as_the_hub_cache_has_them_are_followed(tmp_path: Path) -> None:
    (tmp_path / "blob").write_bytes(safetensors({"a": described()}, numbers()))
    (tmp_path / "snapshot").mkdir()
    (tmp_path / "snapshot" / "model.safetensors").symlink_to(tmp_path / "blob")
    assert len(inspect_model(tmp_path / "snapshot").tensors) == 1


def test_a_folder_without_a_clear_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="without a model in it"):
        inspect_model(tmp_path)
    for name in ("a.pth", "b.pth"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ModelError, match=r"several models \(“a\.pth”, “b\.pth”\); choose one"):
        inspect_model(tmp_path)


@pytest.mark.parametrize("name", ["model_best.pth.tar", "checkpoint.pth.tar", "best.pt"])
def test_what_belongs_to_the_training_is_no_second_model(tmp_path: Path, name: str) -> None:
    for other in ("training_args.bin", "optimizer.pt", "scheduler.pt", "rng_state_0.pth", "optimizer.bin"):
        (tmp_path / other).write_bytes(b"")
    (tmp_path / name).write_bytes(torch_zip({"a": tensor()}))
    assert inspect_model(tmp_path).files == (name,)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("model_best.pth.tar", "checkpoint-3.pth.tar"), r"choose one, usually “model_best\.pth\.tar”, the best"),
        (("best.pt", "last.pt"), r"choose one, usually “best\.pt”, the best of its training"),
        (("best_a.pt", "best_b.pt"), r"“best_b\.pt”\); choose one\."),
    ],
)
def test_of_several_checkpoints_the_best_is_named(tmp_path: Path, names: tuple[str, ...], said: str) -> None:
    for name in names:
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ModelError, match=said):
        inspect_model(tmp_path)


def test_of_the_folders_of_a_training_the_last_is_named(tmp_path: Path) -> None:
    for step in (500, 1000, 20):
        (tmp_path / f"checkpoint-{step}").mkdir()
    with pytest.raises(ModelError, match="choose one of them, usually the last, “checkpoint-1000”"):
        inspect_model(tmp_path)


@PIPES
@pytest.mark.parametrize("name", ["model.safetensors.index.json", "model.safetensors", "pytorch_model.bin", NAMES[1]])
def test_a_pipe_in_the_place_of_a_file_is_refused_at_once_by_its_name(tmp_path: Path, name: str) -> None:
    shards(tmp_path / "model")
    pipe = tmp_path / "model" / name
    pipe.unlink(missing_ok=True)
    if name.startswith("pytorch"):
        (tmp_path / "model" / "model.safetensors.index.json").unlink()
    os.mkfifo(pipe)
    with pytest.raises(ModelError, match=f"“{name}” is a pipe, a socket or a device"):
        inspect_model(tmp_path / "model")


def test_a_folder_in_the_place_of_a_part_is_named(tmp_path: Path) -> None:
    index = shards(tmp_path / "model")
    (tmp_path / "model" / NAMES[1]).unlink()
    (tmp_path / "model" / NAMES[1]).mkdir()
    with pytest.raises(ModelError, match=f"“{NAMES[1]}” is a folder, not a file"):
        inspect_model(index)
