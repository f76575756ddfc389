"""Reads the folder of a diffusion model as the library writes it: one folder for each part. Runs in the child."""

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from mtgui.reading import identify
from mtgui.reading.errors import RefusalError, damaged, quoted
from mtgui.reading.pipeline_parts import INDEX, PARTS
from mtgui.reading.side_files import lies_inside, read_part_settings
from mtgui.reading.tensor_files import Findings, load_shards, load_state, open_file
from mtgui.reading.values import Tensor

SCHEDULER = "scheduler"
_STEMS = {"unet": "diffusion_pytorch_model", "vae": "diffusion_pytorch_model"}
_OF_TEXT = ("model", "pytorch_model")
_ENDINGS = (
    ".safetensors",
    ".safetensors.index.json",
    ".fp16.safetensors",
    ".safetensors.index.fp16.json",
    ".fp16.safetensors.index.json",
    ".bin",
    ".bin.index.json",
    ".fp16.bin",
)
"""Ends of the names of weights, in the order of preference: full precision before half, safetensors before pickles."""


@dataclass(frozen=True)
class Pipeline:
    """A diffusion model from a folder: its ``parts``, ``files`` by “part/name”, and ``tensors`` by “part/name”."""

    parts: tuple[str, ...]
    files: tuple[str, ...]
    tensors: dict[str, Tensor]
    notes: tuple[str, ...]
    hints: Mapping[str, Any]


def is_pipeline(folder: Path) -> bool:
    """True for a folder with the list of a diffusion model's parts."""
    return os.path.lexists(folder / INDEX)


def load_pipeline(folder: Path, findings: Findings, stack: ExitStack) -> Pipeline:
    """Read all parts of the model in ``folder`` that mtgui needs; files stay open as long as ``stack``.

    Raises RefusalError, which names the part that is missing or unusable; OSError.
    """
    named, title = _named_parts(folder)
    files: list[str] = []
    tensors: dict[str, Tensor] = {}
    settings: dict[str, Any] = {}
    notes: list[str] = []
    read = tuple(part for part in PARTS if part in named)
    for part in (*read, *(SCHEDULER,)):
        home = _home(folder, part, is_single="vae" not in named)
        found = _settings(folder, home, part)
        if found is not None:
            settings[part] = found
        if part != SCHEDULER:
            state, names = _load_part(folder, home, part, findings, stack)
            tensors |= {f"{part}/{name}": tensor for name, tensor in state.items()}
            files += [name if home == folder else f"{part}/{name}" for name in names]
    left = [part for part in named if part not in (*PARTS, SCHEDULER)]
    if left:
        notes.append(f"Parts of the folder that no audit needs were left out: {', '.join(quoted(p) for p in left)}.")
    hints = {"files": [INDEX], "class_names": None, "config": {}, "processor": {}, "parts": settings}
    return Pipeline(read, tuple(files), tensors, tuple(notes), {**hints, "pipeline": title})


def _named_parts(folder: Path) -> tuple[tuple[str, ...], str]:
    """Return the parts that the list of ``folder`` names, and the class of the whole. Raises RefusalError, OSError."""
    try:
        listed = read_part_settings(folder, folder, INDEX)
    except RefusalError as error:
        raise RefusalError(f"its list of parts, “{INDEX}”, cannot be used: {error}") from None
    if listed is None:
        raise damaged(f"its list of parts, “{INDEX}”, is a link to nothing")
    title = listed["settings"].get("_class_name")
    named = tuple(
        name
        for name, value in listed["settings"].items()
        if isinstance(value, list) and len(value) == 2 and all(isinstance(one, str) for one in value)
    )
    if "unet" not in named:
        what = f"of the kind {quoted(title)}" if isinstance(title, str) else "of an unknown kind"
        raise RefusalError(
            f"it is the folder of a diffusion model {what}, without a UNet; mtgui reads Stable Diffusion 1.x, 2.x and "
            "XL, and models that work on pixels: choose one of these"
        )
    return named, title if isinstance(title, str) else ""


def _home(folder: Path, part: str, *, is_single: bool) -> Path:
    """Return the folder of a part; a model of a single network may lie in the folder of the model itself."""
    home = folder / part
    return folder if is_single and not os.path.lexists(home) else home


def _settings(root: Path, home: Path, part: str) -> dict[str, Any] | None:
    name = "scheduler_config.json" if part == SCHEDULER else "config.json"
    if not lies_inside(root, home / name):
        raise _outside(part)
    try:
        return read_part_settings(root, home, name)
    except RefusalError as error:
        raise RefusalError(f"the settings of its part {quoted(part)} cannot be used: {error}") from None


def _load_part(
    root: Path, home: Path, part: str, findings: Findings, stack: ExitStack
) -> tuple[dict[str, Tensor], list[str]]:
    stems = (_STEMS[part],) if part in _STEMS else _OF_TEXT
    names = [f"{stem}{ending}" for ending in _ENDINGS for stem in stems]
    name = next((name for name in names if os.path.lexists(home / name)), None)
    if name is None:
        raise RefusalError(
            f"the weights of its part {quoted(part)} are missing, such as “{part}/{names[0]}”; download them too"
        )
    opener = _opener(root, part)
    file = stack.enter_context(opener(home / name))
    try:
        kind = identify.identify(file)
        if kind == identify.INDEX:
            return load_shards(home / name, file, findings, stack, opener=opener, label=f"{part}/")
        if kind == identify.ONNX:
            raise damaged("it is an ONNX graph")
        return load_state(file, kind, f"{part}/0", findings), [name]
    except RefusalError as error:
        raise RefusalError(f"{quoted(name)} of its part {quoted(part)} cannot be used: {error}") from None


def _opener(root: Path, part: str) -> Callable[[Path], IO[bytes]]:
    def opener(path: Path) -> IO[bytes]:
        if not lies_inside(root, path):
            raise _outside(part)
        return open_file(path)

    return opener


def _outside(part: str) -> RefusalError:
    return RefusalError(
        f"its part {quoted(part)} is a link out of its folder, which mtgui does not follow; copy the files themselves "
        "into the folder"
    )
