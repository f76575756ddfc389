"""What is to be done after an export, as plain values: from its result, or from a record of the history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtgui.common.errors import readable_name
from mtgui.common.telling_names import telling_names
from mtgui.common.texts import plural, text
from mtgui.desktop.jobs.record_ticks import Ticks

if TYPE_CHECKING:
    from mtgui.records.record import Record


@dataclass(frozen=True)
class AfterExport:
    """A finished export.

    out: the folder to publish. record: None if there is none. kept: the files that stay home; kept_names their names,
    also where the files are not known. new_kept: how many of them, the first ones, came to those of earlier exports;
    0 if there are no earlier ones. lines: what could not be used, or notes, under lines_title.
    """

    headline: str
    out: Path
    record: Path | None
    commitment: str
    published: int
    kept_names: tuple[str, ...]
    kept: tuple[Path, ...] = ()
    new_kept: int = 0
    is_marked: bool = True
    lines_title: str = ""
    lines: tuple[str, ...] = ()
    is_caution: bool = False
    ticks: Ticks = field(default_factory=Ticks)


def after_result(result: Mapping[str, Any], *, is_marked: bool, copies: int = 0) -> AfterExport:
    """Return what is to be done after the export with this ``result``.

    copies: how many copies all exports of the record made, earlier ones among them.
    """
    failed = result["failed"]
    new, old = (
        [Path(one["file"]) for one in result["withheld"] if one["is_new"] is is_new] for is_new in (True, False)
    )
    kept = (*new, *old)
    notes = _notes(result)
    return AfterExport(
        headline=_headline(result["marked"], len(failed), is_marked=is_marked),
        out=Path(result["out"]),
        record=Path(result["record"]) if result["record"] else None,
        commitment=str(result["commitment"] or ""),
        published=max(copies, len(result["marked"])),
        kept_names=telling_names(kept, [Path(one["file"]) for one in result["marked"]]),
        kept=kept,
        new_kept=len(new) if old else 0,
        is_marked=is_marked,
        lines_title=text("What was left out, and why") if failed or result["twins"] else text("Worth knowing"),
        lines=(*(f"{readable_name(Path(one['file']))}: {one['reason']}" for one in failed), *notes),
        is_caution=bool(failed),
    )


def after_record(path: Path, record: "Record", out: Path, kept: Sequence[Path], ticks: Ticks) -> AfterExport:
    """Return what is to be done after the exports of the ``record`` at ``path``, made some time ago."""
    names = [readable_name(Path(one.name)) for block in record.blocks for one in block.withheld_pictures]
    published = record.published_count
    return AfterExport(
        headline=plural(published, "{count} copy in the folder", "{count} copies in the folder"),
        out=out,
        record=path,
        commitment=record.commitment,
        published=published,
        kept_names=tuple(names),
        kept=tuple(kept),
        is_marked=not record.blocks[0].settings.is_invisible,
        ticks=ticks,
    )


def _headline(marked: Sequence[Mapping[str, Any]], failed: int, *, is_marked: bool) -> str:
    there = sum(bool(one["was_there"]) for one in marked)
    new = len(marked) - there
    parts = []
    if not marked:
        parts.append(text("Nothing was exported."))
    elif new and is_marked:
        parts.append(plural(new, "{count} marked copy exported.", "{count} marked copies exported."))
    elif new:
        parts.append(plural(new, "{count} copy exported.", "{count} copies exported."))
    if there:
        parts.append(plural(there, "{count} copy was there already.", "{count} copies were there already."))
    if failed:
        parts.append(plural(failed, "{count} picture could not be used.", "{count} pictures could not be used."))
    return " ".join(parts)


def _notes(result: Mapping[str, Any]) -> tuple[str, ...]:
    """Return each note once, with the names of its pictures; first, which pictures show the same as others."""
    by_note: dict[str, list[str]] = {}
    for one in result["notes"]:
        for note in one["notes"]:
            by_note.setdefault(note, []).append(readable_name(Path(one["file"])))
    twins = [readable_name(Path(one["file"])) for one in result["twins"]]
    lines = [f"{_named(twins)}: {text('The same pixels are in another picture of the set.')}"] if twins else []
    return (*lines, *(f"{_named(names)}: {note}" for note, names in by_note.items()))


def _named(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    return plural(len(names) - 1, "{name} and {count} other", "{name} and {count} others", name=names[0])
