"""Loads the tensors of one file or of several shards. Runs in the child."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from mtgui.common.errors import NotOrdinaryError
from mtgui.common.files import open_ordinary
from mtgui.reading import identify
from mtgui.reading.bounds import LONGEST_NAME
from mtgui.reading.contents import Content, Stretch
from mtgui.reading.errors import RefusalError, damaged, quoted
from mtgui.reading.header_texts import bounded_texts
from mtgui.reading.safetensors import read_header
from mtgui.reading.strict_json import parse_object
from mtgui.reading.torch_files import TorchFile, read_torch_legacy, read_torch_zip
from mtgui.reading.unwrap import unwrap
from mtgui.reading.values import Storage, Tensor, contiguous

_MOST_SHARDS = 2000


@dataclass
class Findings:
    """The findings in the files so far."""

    formats: list[str] = field(default_factory=list)
    contents: dict[str, Content] = field(default_factory=dict)
    globals: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    metadata: dict[str, str] = field(default_factory=dict)


def open_file(path: Path) -> IO[bytes]:
    """Open one file of a model. Raises RefusalError for a folder, a pipe or a device in its place; OSError."""
    try:
        return open_ordinary(path)
    except IsADirectoryError:
        raise RefusalError(f"{quoted(path.name)} is a folder, not a file; download the file of that name") from None
    except NotOrdinaryError:
        raise RefusalError(
            f"{quoted(path.name)} is a pipe, a socket or a device, no ordinary file; download the file of that name"
        ) from None


def load_one(file: IO[bytes], kind: str, label: str, findings: Findings) -> Any:
    """Return the saved object of one file; ``label`` is put before the names of its storages, unless it is “0”."""
    if kind == identify.SAFETENSORS:
        findings.formats.append("safetensors")
        return _from_safetensors(file, label, findings)
    found: TorchFile = read_torch_zip(file) if kind == identify.ZIP else read_torch_legacy(file)
    findings.formats.append(found.format)
    findings.notes += found.notes
    findings.globals |= found.globals
    for key, content in found.contents.items():
        findings.contents[f"{label}/{key}" if label != "0" else key] = content
    return found.root


def _from_safetensors(file: IO[bytes], label: str, findings: Findings) -> dict[str, Tensor]:
    header = read_header(file)
    size = max((place.end for place in header.places.values()), default=0)
    findings.contents[label] = Stretch(file, 0, size)
    if label == "0":
        findings.metadata, notes = bounded_texts(header.metadata)
        findings.notes += notes
    return {
        name: Tensor(
            Storage(label, None, place.end - place.start, place.start),
            place.dtype,
            place.shape,
            contiguous(place.shape),
            0,
        )
        for name, place in header.places.items()
    }


def load_shards(
    path: Path,
    file: IO[bytes],
    findings: Findings,
    stack: ExitStack,
    *,
    opener: Callable[[Path], IO[bytes]] = open_file,
    label: str = "",
) -> tuple[dict[str, Tensor], list[str]]:
    """Return the tensors of all shards that the index at ``path`` names, and the names of all files.

    opener: opens a shard, as `open_file` does. label: put before the names of storages. Raises RefusalError, OSError.
    """
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
        try:
            shard = stack.enter_context(opener(path.parent / name))
        except FileNotFoundError:
            raise RefusalError(
                f"the part {quoted(name)} that it names is not in the same folder; download it too"
            ) from None
        kind = identify.identify(shard)
        if kind == identify.INDEX:
            raise damaged("its parts are lists of parts")
        for key, tensor in load_state(shard, kind, f"{label}{number}", findings).items():
            if key in tensors:
                raise damaged(f"two of its parts hold {quoted(key)}")
            tensors[key] = tensor
    missing = [key for key in listed if key not in tensors]
    if missing:
        raise RefusalError(f"{quoted(missing[0])} is in none of its parts; download all parts again")
    return tensors, [path.name, *names]


def load_state(file: IO[bytes], kind: str, label: str, findings: Findings) -> dict[str, Tensor]:
    """Return the tensors of one of several files under their own names; ``label``, not “0”, tells it from the others.

    Raises RefusalError, OSError.
    """
    root = load_one(file, kind, label, findings)
    if kind == identify.SAFETENSORS:
        tensors: dict[str, Tensor] = root
        return tensors
    return {
        name: replace(tensor, source=replace(tensor.source, key=f"{label}/{tensor.source.key}"))
        if isinstance(tensor.source, Storage)
        else tensor
        for name, tensor in unwrap(root, is_part=True).tensors.items()
    }


def _check_shard_name(name: str) -> None:
    if not name or len(name) > LONGEST_NAME or name in (".", "..") or set(name) & set("/\\:\0"):
        raise damaged(f"it names a part outside of its own folder, {quoted(name)}")
