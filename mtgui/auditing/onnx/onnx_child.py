"""The disposable process that runs an ONNX model with onnxruntime; it limits itself before it reads the model.

It opens no file: the model and the pictures come through its input (see `onnx_frames`), and the kernel refuses
everything else.
"""

import hashlib
import importlib
import json
import os
import threading
import time
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mtgui.auditing.onnx.onnx_frames import BAD, BATCH, GOOD, LARGEST_NOTE, SCORES, BrokenFrameError, receive, send
from mtgui.common.words import counted
from mtgui.reading.bounds import Limits
from mtgui.reading.errors import RefusalError, quoted
from mtgui.reading.onnx_checks import LARGEST_FILE, check_onnx
from mtgui.reading.onnx_facts import OnnxFacts, onnx_to_values
from mtgui.reading.sandbox import COMPUTING, apply_limits, leave_network

_LARGEST_BATCH = 1 << 32
_WATCH_SECONDS = 2.0


def main() -> int:
    """Run the model that is sent until the input ends; return the exit status."""
    asked, answers = FileIO(os.dup(0), "rb"), FileIO(os.dup(1), "wb")
    # Text that native code prints must not get between the answers.
    os.dup2(2, 1)
    try:
        request = json.loads(receive(asked, LARGEST_NOTE))
        import_quietly()
        applied = apply_limits(Limits(int(request["memory"]), 0, 0), 0, None, COMPUTING)
        threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
        return _serve(asked, answers, int(request["threads"]), applied)
    except (BrokenFrameError, OSError):
        return 1


def import_quietly() -> None:
    """Import onnxruntime so that it cannot send usage data, start a thread for that, or write into the home folder."""
    here = str(Path.cwd())
    os.environ.update({"ORT_DISABLE_TELEMETRY": "1", "HOME": here, "XDG_CACHE_HOME": here})
    leave_network()
    importlib.import_module("onnxruntime")


def _end_with_parent(parent: int) -> None:
    """End this process soon after its parent has ended, even during a computation."""
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)


def _serve(asked: FileIO, answers: FileIO, threads: int, applied: tuple[str, ...]) -> int:
    import onnxruntime

    try:
        data = receive(asked, LARGEST_FILE)
        digest = hashlib.sha256(data).hexdigest()
        facts = check_onnx(memoryview(data)).facts
        session = new_session(bytes(data), threads)
        del data
    except RefusalError as error:
        _refuse(answers, str(error))
        return 0
    except MemoryError:
        _refuse(answers, "it needs more memory than mtgui allows it")
        return 0
    except Exception as error:  # onnxruntime raises its C++ errors without a common class.
        _refuse(answers, f"onnxruntime cannot load it, and says {quoted(error, 300)}")
        return 0
    answer = {"facts": onnx_to_values(facts), "sha256": digest, "limits": applied, "version": onnxruntime.__version__}
    send(answers, json.dumps(answer).encode())
    while True:
        try:
            scores = _scores(session, facts, receive(asked, _LARGEST_BATCH))
        except MemoryError:
            send(answers, BAD, b"it needs more memory than mtgui allows it")
        except RefusalError as error:
            send(answers, BAD, str(error).encode())
        except (BrokenFrameError, OSError):
            return 0
        except Exception as error:  # As above.
            send(answers, BAD, f"onnxruntime failed, and says {quoted(error, 300)}".encode())
        else:
            send(answers, GOOD, SCORES.pack(*scores.shape), scores.tobytes())


def new_session(data: bytes, threads: int) -> Any:
    """Return a session for ``data`` with repeatable answers; without a path it cannot look for other files."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.use_deterministic_compute = True
    # On a busy processor, threads that spin while they wait take the core from the thread for which they wait.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 4
    options.add_session_config_entry("session.load_model_format", "ONNX")
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def _scores(session: Any, facts: OnnxFacts, question: bytearray) -> npt.NDArray[np.float32]:
    """Return the scores of one batch, (B, classes) float32. Raises RefusalError for an answer of another shape."""
    shape = BATCH.unpack_from(question)
    pixels = np.frombuffer(question, "<f4", offset=BATCH.size).reshape(shape)
    if facts.input_dtype == "F16":
        pixels = pixels.astype(np.float16)
    answer = session.run([facts.output], {facts.input: pixels})[0]
    if not isinstance(answer, np.ndarray) or answer.ndim < 2 or answer.shape[0] != shape[0] or 0 in answer.shape:
        raise RefusalError(f"it answers {counted(shape[0], 'picture')} with something else than scores for each")
    if any(length != 1 for length in answer.shape[2:]):
        raise RefusalError(f"it answers a picture with numbers in the shape {answer.shape[1:]}, not one for each class")
    return np.ascontiguousarray(answer.reshape(shape[0], -1), "<f4")


def _refuse(answers: FileIO, reason: str) -> None:
    send(answers, json.dumps({"refusal": reason}).encode())
