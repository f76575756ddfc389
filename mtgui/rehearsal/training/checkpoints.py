"""Checkpoints of a training, written after every epoch by another thread, so that the next epoch need not wait."""

from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType

from torch import Tensor

from mtgui.common.errors import CancelledError, StorageError, printable, storage_reason
from mtgui.common.threads import Threads
from mtgui.rehearsal.training.file_names import CHECKPOINT_SUFFIX
from mtgui.rehearsal.training.weight_files import save_tensors


def checkpoint_path(out: Path, name: str, stage: str = "training") -> Path:
    """Return the path in the folder ``out`` of the checkpoint of a ``stage`` of the model ``name``."""
    return out / f"{name}{'' if stage == 'training' else f'.{stage}'}{CHECKPOINT_SUFFIX}"


class CheckpointWriter:
    """Replaces one file again and again, whole or not at all. A context manager; at its end everything is written."""

    def __init__(self, path: Path | None) -> None:
        """Write to ``path``; None writes nothing."""
        self._path = path
        self._executor = Threads(1, "mtgui-checkpoint")
        self._writing: Future[None] | None = None

    def keep(self, tensors: Mapping[str, Tensor]) -> None:
        """Begin to write ``tensors`` as they are now. Raises OSError if the earlier ones could not be written."""
        if self._path is None:
            return
        self._wait()
        held = {name: tensor.detach().to("cpu", copy=True) for name, tensor in tensors.items()}
        self._writing = self._executor.submit(save_tensors, self._path, held)

    def __enter__(self) -> "CheckpointWriter":
        """Return this writer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait until the last file is written. Raises OSError if that fails.

        If a person stopped the training, it raises StorageError instead, because the message of CancelledError would
        say that everything is kept. Other errors of the block are not replaced.
        """
        self._executor.shutdown()
        if error is None:
            self._wait()
        elif isinstance(error, CancelledError):
            try:
                self._wait()
            except OSError as reason:
                raise StorageError(
                    f"Stopped, but the last epoch could not be kept in “{printable(self._path or '')}”: "
                    f"{storage_reason(reason)}."
                ) from reason

    def _wait(self) -> None:
        if self._writing is not None:
            writing, self._writing = self._writing, None
            writing.result()
