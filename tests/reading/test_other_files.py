"""Files that are no model, or no model mtgui reads: each named for what it is, with what to do next."""

import json
import os
from pathlib import Path

import pytest

from mtgui.reading.errors import ModelError
from mtgui.reading.reader import inspect_model
from tests.reading.reading_helpers import described, numbers, pickled, safetensors, tensor, torch_zip

RECORD = b'{"type":"design","schema":1}'
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 98\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "it is empty; download it again"),
        (b"PK", "it ends in the middle of its first bytes"),
        (b"PK\3\4" + bytes(100), "it ends in the middle of its ZIP archive"),
        (RECORD, "it is a mark record.*mtgui inspect"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "it is a picture"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "it is a picture"),
        (b"RIFF\0\0\0\0WEBPVP8 " + bytes(20), "it is a picture"),
        (b"\n<!DOCTYPE html>\n<html><body>Sign in", "it is a web page"),
        (b"<!-- x -->\n<html>", "it is a web page"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "it is a web page"),
        (POINTER, "it is only a pointer.*git lfs pull"),
        (b"Not found, sorry.\n", "it is a text, not a model"),
        ("Bitte später wiederkommen.".encode(), "it is a text, not a model"),
        (json.dumps({"architectures": ["ResNet"]}).encode(), "text of settings.*choose the file of weights"),
        (b"\x89HDF\r\n\x1a\n" + bytes(100), "Keras or HDF5"),
        (b"GGUF" + bytes(100), "GGUF"),
        (b"\x1c\0\0\0TFL3" + bytes(100), "TensorFlow Lite"),
        (b"storages" + bytes(249) + b"ustar\x0000" + bytes(600), "TAR archive.*before 2017"),
        (b"\x1f\x8b\x08" + bytes(100), "unpack it first"),
        (b"\x93NUMPY" + bytes(100), "NumPy array"),
        (pickled({"a": 1}), "Python pickle that PyTorch did not write"),
        (bytes(1000), "of no kind that mtgui knows"),
    ],
)
def test_is_named_with_the_way_out(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "model.pth").write_bytes(data)
    with pytest.raises(ModelError, match=message) as caught:
        inspect_model(tmp_path / "model.pth")
    assert str(caught.value).startswith("model.pth: it ")


def test_the_name_of_the_file_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_bytes(torch_zip({"w": tensor()}))
    assert inspect_model(tmp_path / "holiday.jpg").format == "PyTorch file (ZIP archive)"
    (tmp_path / "model.pth").write_bytes(safetensors({"w": described()}, numbers()))
    assert inspect_model(tmp_path / "model.pth").format == "safetensors"


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="gone: it cannot be read: it is "):
        inspect_model(tmp_path / "gone")


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ModelError, match="no ordinary file"):
        inspect_model(tmp_path / "pipe")


def test_names_with_odd_characters_are_read_and_shown_escaped(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"m\xff\n\x1b[31m.pth")
    path.write_bytes(torch_zip({"w": tensor()}))
    assert len(inspect_model(path).tensors) == 1
    path.write_bytes(b"")
    with pytest.raises(ModelError) as caught:
        inspect_model(path)
    assert str(caught.value).isprintable()
