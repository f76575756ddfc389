"""One scene for all tests of audits: it is trained once."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from tests.auditing.job.scene import COUNT, Marked, mark, save, trained_on


@dataclass(frozen=True)
class Scene:
    """Half of the drawings published; ``guilty`` learned the copies, ``innocent`` did not."""

    marked: Marked
    guilty: Path
    innocent: Path


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    root = tmp_path_factory.mktemp("scene")
    marked = mark(root, range(COUNT))
    guilty = save(trained_on(marked.copies), root / "guilty.pth")
    innocent = save(trained_on(mark(root / "else", range(500, 512)).copies), root / "innocent.pth")
    torch.set_num_threads(threads)
    return Scene(marked, guilty, innocent)
