"""Throughput of an export against bare Pillow decoding and encoding of the same files with as many workers.

    python -m tests.benchmarks.export_speed FOLDER [WORKERS]

FOLDER holds photographs; wanted: at least 0.7. The second ratio is what would be left if marking took no time at all:
the codecs, three hashes, names, log, record and waiting for the disk.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import patch

from PIL import Image

from mtgui.pictures.formats import looks_like_picture
from mtgui.publishing import examine
from mtgui.publishing.export_job import mark_and_export
from mtgui.publishing.export_request import MarkRequest
from mtgui.publishing.sources import collect_sources
from tests.benchmarks.stopwatch import side_by_side


def main(folder: Path, jobs: int) -> None:
    """Measure and print."""
    sources = tuple(collect_sources([folder], looks_like_picture))
    scratch = Path(tempfile.mkdtemp())

    def bare() -> None:
        out = scratch / "bare"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()

        def one(path: Path) -> None:
            with Image.open(path) as picture:
                picture.load()
                picture.save(out / path.name, quality=95, subsampling=0)

        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(one, [source.path for source in sources]))

    def export() -> None:
        shutil.rmtree(scratch / "ours", ignore_errors=True)
        record = scratch / "ours.mtrecord"
        record.unlink(missing_ok=True)
        for _ in mark_and_export(MarkRequest(sources, scratch / "ours", record, jobs=jobs)):
            pass

    def export_unmarked() -> None:
        with patch.object(examine, "mark_in_place"):
            export()

    try:
        plain, ours = side_by_side(bare, export, 7)
        plain_again, unmarked = side_by_side(bare, export_unmarked, 7)
    finally:
        shutil.rmtree(scratch)
    count = len(sources)
    print(f"{count} pictures, {jobs} workers: bare Pillow {count / plain:.0f}/s, mtgui {count / ours:.0f}/s")
    print(f"ratio {plain / ours:.2f} (wanted: at least 0.70); without marks {plain_again / unmarked:.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count() or 1)
