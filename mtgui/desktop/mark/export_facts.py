"""The facts about an export or a record, as texts for `FactDialog`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtgui.common.errors import readable_name
from mtgui.common.words import counted, moment, one_in
from mtgui.desktop.widgets.fact_dialog import Facts
from mtgui.records.attainable_p import audit_size
from mtgui.records.record import Record


def export_facts(result: Mapping[str, Any]) -> Facts:
    """Return the facts about a finished export."""
    marked, withheld, failed = result["marked"], result["withheld"], result["failed"]
    rows = [("Copies", str(result["out"]))]
    if withheld:
        which = "it" if len(withheld) == 1 else "these"
        rows.append(("Private", f"{counted(len(withheld), 'picture')}, withheld. Never publish {which}."))
    if result["twins"]:
        rows.append(("Left out", f"{counted(len(result['twins']), 'picture')} with the same pixels as another one"))
    if result["record"]:
        rows.append(("Mark record", f"{result['record']}\nIt holds your secret key: keep it, and keep it private."))
    headline = _headline(marked)
    if failed:
        headline += f", {counted(len(failed), 'picture')} could not be used"
    return Facts(
        window_title="Export finished",
        headline=headline,
        icon_name="warning" if failed else "check",
        icon_role="caution" if failed else "accent",
        rows=rows,
        commitment=str(result["commitment"] or ""),
        list_title="What could not be used, and why" if failed else "Worth knowing",
        list_lines=_lines(failed) if failed else _notes(result),
        folder=Path(result["out"]) if marked else None,
    )


def record_facts(path: Path, record: Record) -> Facts:
    """Return the facts about a mark record."""
    exports = record.exports()
    total = sum(len(block.pool) for block in record.blocks)
    rows = [
        ("File", str(path)),
        ("Made", moment(record.blocks[0].created)),
        ("Mark", record.blocks[0].settings.in_words),
    ]
    for number, block in enumerate(record.blocks, start=1):
        name = "Pictures" if len(record.blocks) == 1 else f"Pictures, part {number}"
        published = len(block.published)
        rows.append((name, f"{len(block.pool)}: {published} published, {len(block.pool) - published} kept private"))
    rows.append(("Copies written", str(len(exports))))
    rows.append(("An audit can show", f"an error chance down to {one_in(audit_size(record.blocks).smallest_p)}"))
    rows += [("Note", note) for note in record.notes]
    lines = [
        f"{'▲ published' if index in block.published else '○ private  '}   {readable_name(Path(picture.name))}"
        for block, index, picture in record.pictures()
    ]
    return Facts(
        window_title="Mark record",
        headline=f"Mark record of {counted(total, 'picture')}",
        icon_name="key",
        icon_role="accent",
        rows=rows,
        commitment=record.commitment,
        list_title="Pictures",
        list_lines=lines,
        folder=path.parent,
        action="Continue this record",
    )


def _headline(marked: list[dict[str, Any]]) -> str:
    there = sum(bool(one["was_there"]) for one in marked)
    new = len(marked) - there
    if not marked:
        return "Nothing was exported"
    if not there:
        return f"{counted(new, 'marked copy', 'marked copies')} exported"
    if not new:
        return "The marked copy was there already" if there == 1 else f"All {there:,} marked copies were there already"
    return f"{counted(new, 'marked copy', 'marked copies')} exported, {there:,} {'was' if there == 1 else 'were'} there"


def _lines(failed: list[dict[str, str]]) -> list[str]:
    return [f"{readable_name(Path(one['file']))}: {one['reason']}" for one in failed]


def _notes(result: Mapping[str, Any]) -> list[str]:
    """Return each note once, with the names of its pictures."""
    by_note: dict[str, list[str]] = {}
    for one in result["notes"]:
        for note in one["notes"]:
            by_note.setdefault(note, []).append(readable_name(Path(one["file"])))
    lines = []
    for note, names in by_note.items():
        who = names[0] if len(names) == 1 else f"{names[0]} and {counted(len(names) - 1, 'other', 'others')}"
        lines.append(f"{who}: {note}")
    return lines
