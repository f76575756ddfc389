"""Shared by the tests of the records room: blocks, log entries and lines made by hand."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mtgui.marking.keys import MarkKey
from mtgui.marking.pattern import PicturePattern
from mtgui.marking.settings import MarkSettings
from mtgui.records.coin_choice import Choice
from mtgui.records.journal import create_record
from mtgui.records.record import Block, LogEntry, PoolPicture
from mtgui.records.record_lines import encode_line

TIME = "2026-01-02T03:04:05Z"
KEY, SEED, SALT = (hashlib.sha256(name).digest() for name in (b"key", b"seed", b"salt"))


def digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def picture(number: int, block: int = 0, label: str | None = None, choice: Choice = "drawn") -> PoolPicture:
    return PoolPicture(
        digest("id", block, number), digest("px", block, number), f"{block}-{number}.png", 64, 80, label, choice
    )


def make_block(
    pool: int = 4,
    published: tuple[int, ...] = (0, 2),
    number: int = 0,
    settings: MarkSettings | None = None,
    pattern: PicturePattern | None = None,
    record_id: str = "0" * 32,
) -> Block:
    return Block(
        record_id=record_id,
        number=number,
        created=TIME,
        mark_algorithm=(settings or MarkSettings()).algorithm,
        key=MarkKey(KEY),
        decoy_seed=SEED,
        salt=SALT,
        settings=settings or MarkSettings(),
        pattern_picture=pattern,
        pool=tuple(picture(index, number) for index in range(pool)),
        published=published,
    )


def export_entry(number: int, block: int = 0) -> LogEntry:
    return LogEntry("export", TIME, digest("id", block, number), f"{number}.png", digest("copy", number))


def make_record(path: Path, block: Block | None = None, exports: int = 2) -> bytes:
    """Write a record with a block and a few exports; return its bytes."""
    file = create_record(path, block or make_block())
    for number in range(exports):
        file.append(export_entry(number))
    file.close()
    return path.read_bytes()


def rewrite(path: Path, number: int, changes: Mapping[str, Any]) -> None:
    """Change fields of line ``number`` and make every line after it fit again, as a forger would."""
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    lines[number - 1].update(changes)
    written: list[bytes] = []
    for index, line in enumerate(lines):
        del line["check"]
        if index and index != number - 1:
            line["previous"] = hashlib.sha256(written[-1][:-1]).hexdigest()
        written.append(encode_line(line))
    path.write_bytes(b"".join(written))
