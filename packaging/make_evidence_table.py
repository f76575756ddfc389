"""Makes the shipped table of evidence, resources/evidence, and the tables of the guide that are drawn from it.

    python packaging/make_evidence_table.py WORK --cifar ARCHIVE --tiny ARCHIVE --photos FOLDER

The answers behind the shipped table lie in packaging/evidence: p of every artist under every set of coins, and the
settings of every training. With it as WORK, the table can be made again from them, and seeds can be added.
Trainings are kept in WORK: the command can be stopped and started again, and more seeds can be added later, also on
another machine with the same WORK. ``--collect`` trains nothing and makes the table of what is there; ``--tables``
only writes the guide's tables again, from the table in the repository.
"""

import argparse
from pathlib import Path

from mtgui.common.control import Control
from mtgui.common.events import Noticed
from mtgui.records.evidence_table import EVIDENCE_NAME, read_evidence
from mtgui.rehearsal.evidence.guide_tables import with_tables
from mtgui.rehearsal.evidence.making import make_table, table_text, train_lacking
from mtgui.rehearsal.evidence.mark_measures import MarkMeasures
from mtgui.rehearsal.evidence.sources import Effort, Sources
from mtgui.rehearsal.evidence.trainings import CIFAR, COUNTERED, TINY
from mtgui.rehearsal.rehearsal_events import CellDone, CellFailed, EpochDone

RESOURCES = Path(__file__).resolve().parent.parent / "resources"
GUIDE = RESOURCES / "guide" / "guide.md"
COMMAND = "python packaging/make_evidence_table.py WORK --cifar ARCHIVE --tiny ARCHIVE --photos FOLDER"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("work", type=Path)
    parser.add_argument("--cifar", type=Path)
    parser.add_argument("--tiny", type=Path)
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--countered-seeds", type=int, default=2)
    parser.add_argument("--keys", type=int, default=199)
    parser.add_argument("--countered-keys", type=int, default=99)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="bfloat16")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1, help="of the processor; 0 measures the best number")
    parser.add_argument("--no-attacks", action="store_true", help="measure neither visibility nor attacks")
    parser.add_argument("--collect", action="store_true", help="train nothing")
    parser.add_argument("--tables", action="store_true", help="only write the guide's tables again")
    return parser.parse_args()


def main() -> None:
    """Train, measure, and write the table and the guide."""
    options = _options()
    path = RESOURCES / EVIDENCE_NAME
    if not options.tables:
        archives = {CIFAR: options.cifar, TINY: options.tiny}
        given = {recipe: archive for recipe, archive in archives.items() if archive}
        sources = Sources(given, COUNTERED if CIFAR in given else None, options.photos)
        effort = Effort(
            options.seeds,
            options.countered_seeds,
            options.keys,
            options.countered_keys,
            options.precision,
            options.device,
            options.threads or None,
        )
        options.work.mkdir(parents=True, exist_ok=True)
        if not options.collect:
            for event in train_lacking(sources, options.work, effort, Control()):
                _tell(event)
        if not options.no_attacks:
            MarkMeasures(options.work).complete(sources, effort, _say)
        path.parent.mkdir(exist_ok=True)
        path.write_text(table_text(make_table(sources, options.work, COMMAND, effort)), encoding="utf-8")
    table = read_evidence(path.read_bytes())
    GUIDE.write_text(with_tables(GUIDE.read_text(encoding="utf-8"), table), encoding="utf-8")
    print(f"{path}: {len(table.detections)} rows")


def _tell(event: object) -> None:
    if isinstance(event, EpochDone):
        _say(f"  epoch {event.epoch} of {event.epochs}, {event.pictures_per_second:,.0f} pictures/s")
    elif isinstance(event, CellDone):
        _say(f"done: {event.name}")
    elif isinstance(event, CellFailed):
        _say(f"failed: {event.name}: {event.reason}")
    elif isinstance(event, Noticed):
        _say(event.sentence)


def _say(sentence: str) -> None:
    print(sentence, flush=True)


if __name__ == "__main__":
    main()
