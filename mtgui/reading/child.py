"""The disposable process that opens a hostile file: standard library and NumPy only, limits first.

It takes one request as JSON on its input and answers with one line of JSON: ``facts`` or ``refusal``.
"""

import errno
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from mtgui.common.errors import printable, storage_reason
from mtgui.reading.bounds import Limits
from mtgui.reading.errors import RefusalError
from mtgui.reading.gather import check_output, write_tensors
from mtgui.reading.loading import Loaded, load
from mtgui.reading.onnx_facts import onnx_to_values
from mtgui.reading.sandbox import apply_limits

_OWN_ANSWER = 64 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT}
OUT_OF_MEMORY = (
    "it needs more memory to be read than mtgui allows a model file; it is damaged or was made to mislead, "
    "or ask for a “.safetensors” file"
)


def main() -> int:
    """Carry out the one request on the standard input; return the exit status."""
    request = json.loads(sys.stdin.readline())
    limits = Limits(**request["limits"])
    folder = None if request["output"] is None else str(Path(request["output"]).parent)
    applied = apply_limits(limits, max(limits.output, 0) + _OWN_ANSWER, folder)
    answer: dict[str, Any]
    try:
        answer = {"facts": _read(request, limits, applied)}
    except RefusalError as error:
        answer = {"refusal": str(error)}
    except OSError as error:
        answer = {"refusal": _failure(error, folder)}
    except (MemoryError, OverflowError):
        answer = {"refusal": OUT_OF_MEMORY}
    except RecursionError:
        answer = {"refusal": "it is nested too deeply to be a model; ask for a “.safetensors” file"}
    print(json.dumps(answer), flush=True)
    return 0


def _failure(error: OSError, folder: str | None) -> str:
    """Return a sentence about an error of the system; a full disk can only mean the disk of ``folder``."""
    if folder is not None and error.errno in _FULL:
        return f"it could not be unpacked into “{printable(folder)}”: {storage_reason(error)}"
    return f"it cannot be read ({error.strerror or type(error).__name__}); check the disk"


def _read(request: dict[str, Any], limits: Limits, applied: tuple[str, ...]) -> dict[str, Any]:
    with ExitStack() as stack:
        loaded = load(Path(request["path"]), stack)
        if loaded.onnx is not None:
            return _facts(loaded, sum(tensor.size for tensor in loaded.unwrapped.tensors.values()), applied)
        size = check_output(loaded, limits.output)
        if request["output"] is not None:
            with Path(request["output"]).open("xb") as file:
                write_tensors(loaded, file)
        return _facts(loaded, size, applied)


def _facts(loaded: Loaded, size: int, applied: tuple[str, ...]) -> dict[str, Any]:
    unwrapped = loaded.unwrapped
    return {
        "format": loaded.format,
        "files": list(loaded.files),
        "tensors": [[name, tensor.dtype, list(tensor.shape)] for name, tensor in unwrapped.tensors.items()],
        "bytes": size,
        "taken": unwrapped.taken,
        "reason": unwrapped.reason,
        "others": list(unwrapped.others),
        "renamed": [list(pair) for pair in unwrapped.renamed],
        "ignored": list(unwrapped.ignored),
        "notes": list(loaded.notes),
        "limits": list(applied),
        "hints": dict(loaded.hints),
        "metadata": dict(loaded.metadata),
        "onnx": None if loaded.onnx is None else onnx_to_values(loaded.onnx),
    }
