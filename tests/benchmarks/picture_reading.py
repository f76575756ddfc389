"""How long pictures take to be looked at and decoded, against bare Pillow with the same files.

    python -m tests.benchmarks.picture_reading FOLDER

FOLDER holds photographs. Looking reads sizes and refuses what cannot be marked; decoding checks that every pixel is
there, and takes the metadata out. Both are ratios of processor time from one run, so a busy machine matters little.
"""

import io
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from mtgui.marking.arrays import Workspace
from mtgui.pictures.decoding import probe, read_header
from mtgui.pictures.formats import looks_like_picture
from mtgui.publishing.sources import collect_sources
from tests.benchmarks.stopwatch import side_by_side

_ROUNDS = 9


def main(folder: Path) -> None:
    """Measure and print."""
    contents = [(source.path, source.path.read_bytes()) for source in collect_sources([folder], looks_like_picture)]
    memory = Workspace(1 << 30)

    def bare_looks() -> None:
        for path, _ in contents:
            with Image.open(path) as picture:
                picture.getexif()

    def looks() -> None:
        for path, _ in contents:
            probe(path)

    def bare_decodes() -> None:
        for _, data in contents:
            with Image.open(io.BytesIO(data)) as picture:
                picture.load()

    def decodes() -> None:
        for path, data in contents:
            read_header(path, data).decode(memory)

    _show("looking at", len(contents), bare_looks, looks)
    _show("decoding", len(contents), bare_decodes, decodes)


def _show(what: str, count: int, bare: Callable[[], None], ours: Callable[[], None]) -> None:
    plain, own = side_by_side(bare, ours, _ROUNDS, time.process_time)
    print(f"{what} {count} pictures: bare Pillow {1e3 * plain / count:.2f} ms each, mtgui {1e3 * own / count:.2f} ms")
    print(f"ratio {own / plain:.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
