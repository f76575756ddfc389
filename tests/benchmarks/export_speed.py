"""Throughput of an export against bare Pillow decoding and encoding of the same files with as many workers.

    python -m tests.benchmarks.export_speed FOLDER [WORKERS]

FOLDER holds photographs; wanted: at least 0.6 at 12 megapixels. *Invisible* shows what is left if marking takes no time
at all: the codecs, three hashes, names, log, record and waiting for the disk.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from PIL import Image

from mtgui.marking.settings import MarkSettings, preset_named
from mtgui.pictures.formats import looks_like_picture
from mtgui.publishing.export_job import mark_and_export
from mtgui.publishing.export_request import MarkRequest
from mtgui.publishing.sources import collect_sources
from mtgui.records.draw import PublishRule
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

    def export(settings: MarkSettings) -> None:
        shutil.rmtree(scratch / "ours", ignore_errors=True)
        record = scratch / "ours.mtrecord"
        record.unlink(missing_ok=True)
        request = MarkRequest(
            sources, scratch / "ours", record, settings, jobs=jobs, publish=PublishRule(count=len(sources) - 1)
        )
        for _ in mark_and_export(request):
            pass

    count = len(sources)
    try:
        for name in ("invisible", "clear", "paper"):
            plain, ours = side_by_side(bare, partial(export, preset_named(name).mark), 5)
            rates = f"bare Pillow {count / plain:.1f}/s, mtgui {count / ours:.1f}/s"
            print(f"{name}: {count} pictures, {jobs} workers: {rates}: ratio {plain / ours:.2f}")
    finally:
        shutil.rmtree(scratch)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else os.cpu_count() or 1)
