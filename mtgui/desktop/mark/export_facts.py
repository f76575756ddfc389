"""The facts about a record, as texts for `FactDialog`."""

from pathlib import Path

from mtgui.common.errors import readable_name
from mtgui.common.words import counted, moment, one_in
from mtgui.desktop.widgets.fact_dialog import Facts
from mtgui.records.attainable_p import audit_size
from mtgui.records.record import Record


def record_facts(path: Path, record: Record) -> Facts:
    """Return the facts about a mark record."""
    exports = record.exports()
    rows = [
        ("File", str(path)),
        ("Made", moment(record.blocks[0].created)),
        ("Mark", record.blocks[0].settings.in_words),
    ]
    for number, block in enumerate(record.blocks, start=1):
        name = "Pictures" if len(record.blocks) == 1 else f"Pictures, part {number}"
        published = len(block.published)
        rows.append((name, f"{len(block.pool)}: {published} went out, {len(block.pool) - published} stay home"))
    rows.append(("Copies written", str(len(exports))))
    rows.append(("An audit can show", f"an error chance down to {one_in(audit_size(record.blocks).smallest_p)}"))
    rows += [("Note", note) for note in record.notes]
    lines = [
        f"{'▲ went out  ' if index in block.published else '○ stays home'}   {readable_name(Path(picture.name))}"
        for block, index, picture in record.pictures()
    ]
    return Facts(
        window_title="Mark record",
        headline=f"Mark record of {counted(record.picture_count, 'picture')}",
        icon_name="key",
        icon_role="accent",
        rows=rows,
        commitment=record.commitment,
        list_title="Pictures",
        list_lines=lines,
        folder=path.parent,
        action="Continue this record",
    )
