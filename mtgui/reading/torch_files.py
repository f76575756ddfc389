"""Reads files of ``torch.save``: the ZIP archive of today, and the stream of versions before 1.6."""

import io
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any

from mtgui.reading.archive import Entry, read_archive, wrong_checksums
from mtgui.reading.bounds import LARGEST_PICKLE, LONGEST_NAME
from mtgui.reading.contents import Content, Stretch
from mtgui.reading.dtypes import FROM_TORCH_STORAGE, ITEM_SIZES, OTHER_STORAGES
from mtgui.reading.errors import RefusalError, cut_off, damaged, quoted
from mtgui.reading.pickle_machine import load_pickle
from mtgui.reading.pickle_source import PickleSource
from mtgui.reading.values import Global, Storage, whole_number

MAGIC_NUMBER = 0x1950A86A20F9469CFC6C
PROTOCOL_VERSION = 1001
FOREIGN_BYTES = (
    "it was saved on a machine that writes numbers the other way round (big-endian); "
    "ask for a copy in the safetensors format"
)
_PROGRAM = (
    "it is {}: opening it runs its code, so mtgui does not; ask for the state dict (“.safetensors” or “.pth”) "
    "or an ONNX file of the same model"
)


@dataclass(frozen=True)
class TorchFile:
    """A torch file as plain data: its format in words, the saved object, and the places of storages."""

    format: str
    root: Any
    contents: Mapping[str, Content]
    globals: frozenset[str]
    notes: tuple[str, ...] = ()


@dataclass
class _Storages:
    """The storages to which a pickle refers; all references to one storage must agree."""

    sizes: dict[str, int] = field(default_factory=dict)

    def take(self, identity: object, *, may_be_view: bool) -> Storage:
        """Return the storage for a persistent id. Raises RefusalError."""
        lengths = (5, 6) if may_be_view else (5,)
        if type(identity) is not tuple or len(identity) not in lengths or identity[0] != "storage":
            raise damaged("it refers to something that is no storage")
        _, kind, key, location, count, *view = identity
        if not isinstance(key, str) or len(key) > LONGEST_NAME or not isinstance(location, str):
            raise damaged("it refers to a storage without a proper name")
        dtype, unsupported = _storage_kind(kind)
        storage = Storage(key, dtype, whole_number(count, "the size of a storage"), unsupported=unsupported)
        size = storage.count * ITEM_SIZES.get(dtype or "U8", 1)
        if self.sizes.setdefault(key, size) != size and unsupported is None:
            # Only empty storages and those of no device are saved more than once under one name.
            self.sizes[key] = max(self.sizes[key], size)
        return _view(storage, view[0]) if view and view[0] is not None else storage


def _view(storage: Storage, described: object) -> Storage:
    if type(described) is not tuple or len(described) != 3:
        raise damaged("it refers to a part of a storage in an unknown way")
    start = whole_number(described[1], "the start of a part of a storage")
    count = whole_number(described[2], "the size of a part of a storage")
    if start + count > storage.count:
        raise damaged("a part of a storage reaches beyond its end")
    return Storage(storage.key, storage.dtype, count, start, storage.unsupported)


def _storage_kind(kind: object) -> tuple[str | None, str | None]:
    """Return the kind of numbers of a storage class (None: bytes), and why it cannot be read (None: it can)."""
    if not isinstance(kind, Global) or not kind.module.startswith("torch"):
        raise damaged("it refers to a storage of an unknown kind")
    name = kind.name.removeprefix("cuda.")
    if name == "UntypedStorage":
        return None, None
    if name in FROM_TORCH_STORAGE:
        return FROM_TORCH_STORAGE[name], None
    if name in OTHER_STORAGES:
        return None, OTHER_STORAGES[name]
    raise damaged(f"it refers to the unknown kind of storage {quoted(name)}")


def read_torch_zip(file: IO[bytes]) -> TorchFile:
    """Return what the archive in ``file`` holds. Raises RefusalError."""
    entries = read_archive(file)
    prefix = _prefix(entries)
    order = entries.get(f"{prefix}byteorder")
    if order is not None and order.content.read(0, min(order.content.size, 16)) != b"little":
        raise RefusalError(FOREIGN_BYTES)
    catalogue = entries[f"{prefix}data.pkl"].content
    if catalogue.size > LARGEST_PICKLE:
        raise damaged("its list of contents is larger than any model needs")
    storages = _Storages()
    source = PickleSource(io.BytesIO(catalogue.read(0, catalogue.size)), catalogue.size)
    root, names = load_pickle(source, lambda identity: storages.take(identity, may_be_view=False))
    contents: dict[str, Content] = {}
    for key, size in storages.sizes.items():
        entry = entries.get(f"{prefix}data/{key}")
        if entry is None:
            if size:
                raise damaged(f"its storage {quoted(key)} is missing")
            continue
        if entry.content.size < size:
            raise damaged(f"its storage {quoted(key)} is shorter than its list of contents says")
        contents[key] = entry.content
    notes = _checksum_notes(entries)
    return TorchFile("PyTorch file (ZIP archive)", root, contents, frozenset(names), notes)


def _checksum_notes(entries: dict[str, Entry]) -> tuple[str, ...]:
    wrong = wrong_checksums(entries)
    if not wrong:
        return ()
    words = (
        f"{wrong} of the {len(entries)} parts of the file do not match their checksums: it was saved without them, "
        "changed or damaged. If you can, download it again and compare."
    )
    return (words,)


def _prefix(entries: Mapping[str, Entry]) -> str:
    """Return the folder inside the archive that holds ``data.pkl``. Raises RefusalError."""
    found = [name for name in entries if name == "data.pkl" or (name.endswith("/data.pkl") and name.count("/") == 1)]
    inside = {name.split("/")[1] for name in entries if "/" in name}
    if len(found) == 1 and found[0] == "data.pkl":
        inside = {name.split("/")[0] for name in entries}
    if inside & {"code", "constants.pkl"}:
        raise RefusalError(_PROGRAM.format("a TorchScript program"))
    if "archive_format" in inside and "models" in inside:
        raise RefusalError(_PROGRAM.format("an exported program (.pt2)"))
    if len(found) == 1:
        return found[0].removesuffix("data.pkl")
    if found:
        raise damaged("its ZIP archive holds several lists of contents")
    if any(name.endswith(".npy") for name in entries):
        raise RefusalError("it is an archive of NumPy arrays, not a PyTorch model; ask for a “.safetensors” file")
    if {"config.json", "metadata.json"} <= set(entries):
        raise RefusalError("it is a Keras model; mtgui reads PyTorch and safetensors models; ask for one of these")
    raise RefusalError("it is a ZIP archive without a model in it; if a model is packed inside, unpack it first")


def read_torch_legacy(file: IO[bytes]) -> TorchFile:
    """Return what the stream in ``file`` holds. Raises RefusalError."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    source = PickleSource(file, size)
    if load_pickle(source)[0] != MAGIC_NUMBER:
        raise RefusalError(
            "it is a Python pickle that PyTorch did not write, so its contents are unknown; "
            "ask for a “.safetensors” file"
        )
    if load_pickle(source)[0] != PROTOCOL_VERSION:
        raise RefusalError("it is of an unknown version of PyTorch's old format; ask for a “.safetensors” file")
    system, _ = load_pickle(source)
    if isinstance(system, dict) and system.get("little_endian") is False:
        raise RefusalError(FOREIGN_BYTES)
    storages = _Storages()
    root, names = load_pickle(source, lambda identity: _legacy_reference(identity, storages))
    keys, _ = load_pickle(source)
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise damaged("its list of storages is no list of names")
    contents = _legacy_contents(file, source.place, size, keys, storages.sizes)
    return TorchFile("PyTorch file (format before version 1.6)", root, contents, frozenset(names))


def _legacy_reference(identity: object, storages: _Storages) -> object:
    if type(identity) is tuple and len(identity) == 4 and identity[0] == "module":
        return identity[1]
    return storages.take(identity, may_be_view=True)


def _legacy_contents(
    file: IO[bytes], place: int, size: int, keys: list[str], expected: Mapping[str, int]
) -> dict[str, Content]:
    """Return the places of the storages after the pickles; the number of items stands before each."""
    if len(set(keys)) != len(keys) or set(expected) - set(keys):
        raise damaged("its list of storages does not match its list of contents")
    contents: dict[str, Content] = {}
    for key in keys:
        if key not in expected:
            raise damaged(f"its storage {quoted(key)} is used nowhere")
        if place + 8 > size:
            raise cut_off("its numbers")
        (count,) = struct.unpack("<q", Stretch(file, place, 8).read(0, 8))
        length = expected[key]
        if count < 0 or (count == 0) != (length == 0) or (count and (length % count or length // count > 16)):
            raise damaged(f"its storage {quoted(key)} has another size than its list of contents says")
        place += 8
        if place + length > size:
            raise cut_off("its numbers")
        contents[key] = Stretch(file, place, length)
        place += length
    return contents
