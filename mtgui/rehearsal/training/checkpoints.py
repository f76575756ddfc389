"""What a training needs to go on, kept after every epoch by a thread of its own, so that the next need not wait."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from torch import Tensor

from mtgui.common.errors import CancelledError, StorageError, printable, storage_reason
from mtgui.rehearsal.training.file_names import CHECKPOINT_SUFFIX
from mtgui.rehearsal.training.weight_files import save_tensors


def checkpoint_path(out: Path, name: str, stage: str = "training") -> Path:
    """Return where in the folder ``out`` a ``stage`` of the model ``name`` keeps its checkpoint."""
    return out / f"{name}{'' if stage == 'training' else f'.{stage}'}{CHECKPOINT_SUFFIX}"


class CheckpointWriter:
    """Writes one file again and again, whole or not at all. A context manager: at its end everything is written."""

    def __init__(self, path: Path | None) -> None:
        """Write to ``path``; None writes nothing."""
        self._path = path
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="mtgui-checkpoint")
        self._writing: Future[None] | None = None

    def keep(self, tensors: Mapping[str, Tensor]) -> None:
        """Begin to write ``tensors`` as they are now. Raises OSError where those before could not be written."""
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
        """Wait until the last file is written. Raises OSError where it could not be, and StorageError where a person
        stopped the training, who would else read that everything is kept. Other errors are raised as they are.
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
