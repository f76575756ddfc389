"""The state files of audits: one for each number of threads with which an audit was begun."""

from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import PIL
import torch

from mtgui.auditing.engine.devices import Device
from mtgui.auditing.engine.state_file import AuditIdentity
from mtgui.auditing.thread_choice import MOST_THREADS
from mtgui.records.audit_log import digest_of
from mtgui.version import __version__

_LIBRARIES = ("timm", "transformers", "diffusers")
ENGINE = 1
"""Version of the engine; it is increased when the same audit could give other losses."""


@dataclass(frozen=True)
class States:
    """The state files of one record on one model. device: its title has the present number of threads."""

    folder: Path
    weights_hash: str
    pictures: int
    device: Device

    def place(self, settings_digest: str) -> tuple[Path, AuditIdentity]:
        """Return the path of the state file of the audit with these settings on the device, and its identity."""
        libraries = f"torch {torch.__version__}, pillow {PIL.__version__}, numpy {np.__version__}{_network_libraries()}"
        identity = AuditIdentity(
            settings=settings_digest,
            weights=self.weights_hash,
            engine=f"{ENGINE}, mtgui {__version__}, {libraries}, {self.device.title}",
            pictures=self.pictures,
        )
        return self.folder / f"{digest_of(asdict(identity))[:32]}.state", identity

    def by_threads(self, settings_digest: str) -> dict[int, Path]:
        """Return the existing state files of the audit with these settings, by the number of processor threads.

        The file of a card has the number 0.
        """
        numbers = range(1, MOST_THREADS + 1) if self.device.kind == "cpu" else [0]
        paths = {
            threads: replace(self, device=self.device.with_threads(threads)).place(settings_digest)[0]
            for threads in numbers
        }
        return {threads: path for threads, path in paths.items() if path.is_file()}


@cache
def _network_libraries() -> str:
    """Return the versions of the installed libraries whose code some networks run."""
    found = []
    for name in _LIBRARIES:
        with suppress(PackageNotFoundError):
            found.append(f", {name} {version(name)}")
    return "".join(found)
