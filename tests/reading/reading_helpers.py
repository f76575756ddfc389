"""Model files made byte by byte, without torch, so that they can say things that torch never would."""

import io
import json
import struct
import zipfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from mtgui.reading.bounds import largest_output
from mtgui.reading.gather import check_output, write_tensors
from mtgui.reading.loading import Loaded, load

ORDERED = b"ccollections\nOrderedDict\n)R"
MAGIC = 0x1950A86A20F9469CFC6C


def op(value: object) -> bytes:
    """Return the opcodes that push ``value``; bytes are opcodes already."""
    if isinstance(value, bytes):
        return value
    if value is None:
        return b"N"
    if isinstance(value, bool):
        return b"\x88" if value else b"\x89"
    if isinstance(value, int):
        data = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
        return b"\x8a" + bytes([len(data)]) + data
    if isinstance(value, str):
        data = value.encode()
        return b"X" + struct.pack("<I", len(data)) + data
    if isinstance(value, tuple):
        return b"(" + b"".join(map(op, value)) + b"t"
    if isinstance(value, list):
        return b"](" + b"".join(map(op, value)) + b"e"
    assert isinstance(value, dict)
    return b"}(" + b"".join(op(part) for pair in value.items() for part in pair) + b"u"


def named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def call(module: str, name: str, *arguments: object) -> bytes:
    return named(module, name) + op(arguments) + b"R"


def storage(key: object = "0", count: object = 6, kind: object = "FloatStorage", location: object = "cpu") -> bytes:
    what = named("torch", kind) if isinstance(kind, str) else op(kind)
    return op(("storage", what, key, location, count)) + b"Q"


def tensor(
    key: object = "0",
    count: object = 6,
    offset: object = 0,
    shape: object = (2, 3),
    stride: object = (3, 1),
    kind: object = "FloatStorage",
) -> bytes:
    return call("torch._utils", "_rebuild_tensor_v2", storage(key, count, kind), offset, shape, stride, False, ORDERED)


def pickled(root: object) -> bytes:
    return b"\x80\x02" + op(root) + b"."


def numbers(count: int = 6) -> bytes:
    return struct.pack(f"<{count}f", *range(count))


def torch_zip(
    root: object,
    storages: Mapping[str, bytes] | None = None,
    method: int = zipfile.ZIP_STORED,
    prefix: str = "archive/",
) -> bytes:
    """Return a file as ``torch.save`` writes it, holding ``root`` (see `op`) and ``storages``."""
    parts = {"data.pkl": pickled(root), "byteorder": b"little", "version": b"3\n"}
    parts |= {f"data/{key}": data for key, data in (storages or {"0": numbers()}).items()}
    return zipped({f"{prefix}{name}": data for name, data in parts.items()}, method)


def zipped(parts: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return file.getvalue()


def torch_legacy(root: object, storages: Mapping[str, bytes] | None = None, item: int = 4) -> bytes:
    """Return a file as ``torch.save`` wrote it before version 1.6; view data may be None as the sixth part."""
    found = storages or {"0": numbers()}
    heads = [MAGIC, 1001, {"protocol_version": 1001, "little_endian": True}]
    data = b"".join(pickled(head) for head in heads) + pickled(root) + pickled(list(found))
    return data + b"".join(struct.pack("<q", len(body) // item) + body for body in found.values())


def legacy_tensor(view: object = None, count: int = 6, offset: int = 0, shape: object = (2, 3)) -> bytes:
    place = op(("storage", named("torch", "FloatStorage"), "0", "cpu", count, view)) + b"Q"
    return call("torch._utils", "_rebuild_tensor_v2", place, offset, shape, (3, 1), False, ORDERED)


def safetensors(header: Mapping[str, object] | bytes, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def described(shape: object = (2, 3), start: int = 0, end: int = 24, dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def read_here(path: Path) -> tuple[Loaded, bytes]:
    """Do in this process what the reading child does; return also the file of tensors that it would write."""
    with ExitStack() as stack:
        loaded = load(path, stack)
        check_output(loaded, largest_output(path.stat().st_size))
        file = io.BytesIO()
        write_tensors(loaded, file)
        return loaded, file.getvalue()
