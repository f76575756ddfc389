"""Tells what a file is, by its content and never by its name, and refuses everything but models."""

import os
import re
from typing import IO

from mtgui.reading.errors import RefusalError, cut_off
from mtgui.reading.safetensors import looks_like_safetensors
from mtgui.reading.strict_json import parse_object

ZIP, LEGACY, SAFETENSORS, INDEX, ONNX = "zip", "legacy", "safetensors", "index", "onnx"
_HEAD = 4096
_LARGEST_INDEX = 64 << 20

_PICTURE = "it is a picture, not a model; choose a model file (“.safetensors”, “.pth”, “.pt”, “.ckpt” or “.bin”)"
_PACKED = "it is a packed archive; unpack it first and choose the model file inside"
_FOREIGN = "it is a {} model; mtgui reads PyTorch, safetensors and ONNX models; ask for one of these"
_POINTER = (
    "it is only a pointer to the model (Git LFS), not the model itself; download the file with the download button "
    "of its web page, or run “git lfs pull”"
)
_STARTS: tuple[tuple[bytes, str], ...] = (
    (b'{"type":"design",', "it is a mark record, not a model; “mtgui inspect” shows what it holds"),
    (b"version https://git-lfs", _POINTER),
    (b"\xff\xd8\xff", _PICTURE),
    (b"\x89PNG", _PICTURE),
    (b"GIF8", _PICTURE),
    (b"II*\0", _PICTURE),
    (b"MM\0*", _PICTURE),
    (b"\x89HDF", _FOREIGN.format("Keras or HDF5")),
    (b"GGUF", _FOREIGN.format("GGUF (quantised)")),
    (b"ggml", _FOREIGN.format("GGML (quantised)")),
    (b"\x93NUMPY", "it is a NumPy array, not a model; choose the model file"),
    (b"\x1f\x8b", _PACKED),
    (b"7z\xbc\xaf", _PACKED),
    (b"Rar!", _PACKED),
    (b"BZh", _PACKED),
    (b"\xfd7zXZ", _PACKED),
    (b"\x28\xb5\x2f\xfd", _PACKED),
    (b"%PDF", "it is a PDF document, not a model; choose the model file"),
)
_HTML = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html|head|\?xml)", re.IGNORECASE | re.DOTALL)
_ONNX_START = re.compile(rb"\x08[\x01-\x14](\x12|\x1a|\x22|\x2a|\x32|\x3a|\x42|\x72)")


def identify(file: IO[bytes]) -> str:
    """Return `ZIP`, `LEGACY`, `SAFETENSORS`, `INDEX` or `ONNX`.

    Raises RefusalError for everything else; the text says what the file is and what to do next.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(_HEAD)
    if not head:
        raise RefusalError("it is empty; download it again")
    # Safetensors comes first: such a file begins with a length, which can look like the start of any format.
    if looks_like_safetensors(head, size):
        return SAFETENSORS
    for start, words in _STARTS:
        if head.startswith(start):
            raise RefusalError(words)
    if head.startswith((b"PK\3\4", b"PK\5\6")):
        return ZIP
    if head[:1] == b"\x80" and head[1:2] in b"\1\2\3\4\5":
        return LEGACY
    _refuse_rarer(head)
    if _ONNX_START.match(head):
        return ONNX
    if head.lstrip()[:1] == b"{" and size <= _LARGEST_INDEX:
        return _index_or_refuse(file)
    if b"PK\3\4".startswith(head) or b"\x80\2".startswith(head):
        raise cut_off("its first bytes")
    _refuse_text(head)
    raise RefusalError(
        "it is of no kind that mtgui knows; mtgui reads PyTorch files (“.pth”, “.pt”, “.ckpt”, “.bin”), "
        "“.safetensors” and “.onnx”"
    )


def _refuse_rarer(head: bytes) -> None:
    """Refuse formats that are recognised by more than their first bytes."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        raise RefusalError(_PICTURE)
    if head[4:8] == b"TFL3":
        raise RefusalError(_FOREIGN.format("TensorFlow Lite"))
    if head[257:262] == b"ustar":
        raise RefusalError(
            "it is a TAR archive: either PyTorch's format of before 2017, which mtgui does not read, or a packed "
            "model; unpack it, or ask for a “.safetensors” file"
        )
    if _HTML.match(head):
        raise RefusalError(
            "it is a web page, not a model: the download did not work, perhaps because the site wants you to sign "
            "in or to accept its terms; open the address in a browser and download it there"
        )


def _index_or_refuse(file: IO[bytes]) -> str:
    file.seek(0)
    try:
        found = parse_object(file.read(), "it")
    except RefusalError:
        found = {}
    if "weight_map" in found:
        return INDEX
    raise RefusalError(
        "it is a text of settings (JSON), not a model; choose the file of weights beside it, or the whole folder"
    )


def _refuse_text(head: bytes) -> None:
    text = head.decode("utf-8", "ignore")
    if len(text.encode()) >= len(head) - 3 and all(c.isprintable() or c.isspace() for c in text):
        raise RefusalError("it is a text, not a model: perhaps the download did not work; open it to see what it says")
