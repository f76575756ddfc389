"""Summaries of a mark record for people and programs, without the key, the seeds and the salt."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mtgui.common.errors import printable, readable_name
from mtgui.common.words import moment, one_in
from mtgui.marking.settings import MarkSettings
from mtgui.records.attainable_p import audit_size
from mtgui.records.record import Block, Record
from mtgui.records.record_lines import LOG_KINDS

_HASH_DIGITS = 12
_IN_A_LINE = 8
"""More names than this stand on a line each, at the end."""


def summarise(record: Record) -> dict[str, Any]:
    """Return everything about ``record`` that is not secret, ready for JSON."""
    exports = record.exports()
    return {
        "kind": "mark record",
        "record_id": record.record_id,
        "commitment": record.commitment,
        "created": record.blocks[0].created,
        "blocks": [
            _block(block, commitment) for block, commitment in zip(record.blocks, record.commitments, strict=True)
        ],
        "pictures": [
            {
                "name": picture.name,
                "picture_id": picture.picture_id,
                "width": picture.width,
                "height": picture.height,
                "label": picture.label,
                "published": block.is_published(index),
                "copy": exports[picture.picture_id].file if picture.picture_id in exports else None,
            }
            for block, index, picture in record.pictures()
        ],
        "log": {kind: sum(e.kind == kind for e in record.log) for kind in LOG_KINDS},
        "smallest_p": float(audit_size(record.blocks).smallest_p),
        "notes": list(record.notes),
    }


def _block(block: Block, commitment: str) -> dict[str, Any]:
    return {
        "commitment": commitment,
        "created": block.created,
        "mark_algorithm": block.mark_algorithm,
        "settings": block.settings.values(),
        "pool": len(block.pool),
        "published": len(block.published),
        "withheld": len(block.pool) - len(block.published),
        "labels": sorted({picture.label for picture in block.pool if picture.label is not None}),
    }


def _private(pictures: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of withheld pictures; where another picture has the same name, with the start of its hash."""
    count = Counter(picture["name"] for picture in pictures)
    return [
        printable(one["name"]) + (f" (SHA-256 {one['picture_id'][:_HASH_DIGITS]}…)" if count[one["name"]] > 1 else "")
        for one in pictures
        if not one["published"]
    ]


def summary_in_words(path: Path, summary: dict[str, Any]) -> str:
    """Return the result of `summarise` as lines for a person."""
    lines = [f"{readable_name(path)}: a mark record, made {moment(summary['created'])}"]
    for number, block in enumerate(summary["blocks"], start=1):
        name = "Pictures" if len(summary["blocks"]) == 1 else f"Block {number}"
        labels = f"; labels {', '.join(map(printable, block['labels']))}" if block["labels"] else ""
        lines.append(
            f"  {name}: {block['pool']}, {block['published']} of them published, {block['withheld']} withheld{labels}"
        )
        lines.append(f"  Mark: {MarkSettings(**block['settings']).in_words}; {block['mark_algorithm']}")
        lines.append(f"  Dating number (commitment): {block['commitment']}")
    log = summary["log"]
    written = sum(p["copy"] is not None for p in summary["pictures"])
    lines.append(f"  Copies written: {written}; failures in all runs: {log['failure']}")
    lines.append(
        f"  An audit with default settings can state an error probability down to {one_in(summary['smallest_p'])}."
    )
    private = _private(summary["pictures"])
    if private and len(private) <= _IN_A_LINE:
        lines.append(f"  Private, not to be published: {', '.join(private)}")
    lines += [f"  Note: {note}" for note in summary["notes"]]
    lines.append("  The record holds your secret key, which is not shown. Keep the file safe and private.")
    if len(private) > _IN_A_LINE:
        lines += ["  Private, not to be published:", *(f"    {name}" for name in private)]
    return "\n".join(lines)
