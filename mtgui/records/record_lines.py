"""Convert mark record lines to and from JSON; every field is checked, and errors name the line and the field."""

import base64
import binascii
import hashlib
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from mtgui.common.errors import MtguiError, RecordError, printable, readable_name
from mtgui.marking.keys import MarkKey
from mtgui.marking.pattern import PICTURE_SIDE, PicturePattern
from mtgui.marking.settings import ALGORITHMS, NOISE_KINDS, PATTERN_KINDS, TINT_ALGORITHM, MarkSettings
from mtgui.records.coin_choice import CHOICES
from mtgui.records.record import SCHEMA, Block, LogEntry, PoolPicture

T = TypeVar("T")
_HASH = re.compile(r"[0-9a-f]{64}")
_RECORD_ID = re.compile(r"[0-9a-f]{32}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_CHECK_LENGTH = len(',"check":""}') + 64
LOG_KINDS = ("export", "pause", "resume", "failure", "note")


class RecordLine:
    """One parsed line of a record; its methods return fields by name and type, and raise RecordError."""

    def __init__(self, path: Path, number: int, values: Mapping[str, Any], prefix: str = "") -> None:
        self._path, self._number, self._values, self._prefix = path, number, values, prefix

    @property
    def place(self) -> str:
        """The file and line, as messages name them."""
        return f"{readable_name(self._path)}, line {self._number}"

    def damaged(self, field: str, found: str) -> RecordError:
        """Return the error for this line with a wrong ``field``."""
        return damaged(self._path, self._number, f"its field “{self._prefix}{field}” {found}")

    def get(self, field: str, kind: type[T]) -> T:
        """Return a required field of the type ``kind``."""
        value = self._values.get(field)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.damaged(field, "is missing or not what it should be")
        return value

    def text(self, field: str, pattern: re.Pattern[str] | None = None) -> str:
        """Return a text field that matches the whole of ``pattern``."""
        value = self.get(field, str)
        if pattern is not None and not pattern.fullmatch(value):
            raise self.damaged(field, "is malformed")
        return value

    def optional_text(self, field: str) -> str | None:
        """Return a text field, or None where it is null or absent."""
        return None if self._values.get(field) is None else self.get(field, str)

    def optional_whole(self, field: str, low: int, high: int) -> int | None:
        """Return a whole number from ``low`` to ``high``, or None where it is null or absent."""
        return None if self._values.get(field) is None else self.whole(field, low, high)

    def one_of(self, field: str, known: Sequence[T]) -> T:
        """Return a text field whose value must be one of ``known``."""
        value = self.get(field, str)
        for candidate in known:
            if candidate == value:
                return candidate
        raise self.damaged(field, f"is “{printable(value[:40])}”, which this mtgui does not know")

    def secret(self, field: str) -> bytes:
        """Return 32 bytes written as 64 hexadecimal digits."""
        return bytes.fromhex(self.text(field, _HASH))

    def whole(self, field: str, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``."""
        value = self.get(field, int)
        if not low <= value <= high:
            raise self.damaged(field, f"is {value}, outside {low} to {high}")
        return value

    def number(self, field: str) -> float:
        """Return a number."""
        value = self.get(field, object)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.damaged(field, "is not a number")
        return float(value)

    def part(self, field: str) -> "RecordLine":
        """Return a nested object as a line of its own."""
        return RecordLine(self._path, self._number, self.get(field, dict), f"{self._prefix}{field}.")

    def parts(self, field: str) -> list["RecordLine"]:
        """Return a list of nested objects."""
        return [
            RecordLine(
                self._path,
                self._number,
                item if isinstance(item, dict) else {},
                f"{self._prefix}{field}[{index}].",
            )
            for index, item in enumerate(self.get(field, list))
        ]


def damaged(path: Path, number: int, what: str) -> RecordError:
    """Return the error for a damaged record."""
    return RecordError(
        f"{readable_name(path)}, line {number}: the mark record is damaged: {what}. "
        "Nothing was changed. Use an untouched copy of the record if you have one."
    )


def is_whole(data: bytes) -> bool:
    """True when a line, without its newline, is exactly as it was written."""
    return data[-_CHECK_LENGTH:] == _check(data[:-_CHECK_LENGTH])


def parse_line(path: Path, number: int, data: bytes) -> RecordLine:
    """Return the JSON object on a line that is exactly as it was written. Raises RecordError."""
    if not is_whole(data):
        raise damaged(path, number, "its field “check” does not match the rest of the line")
    try:
        values = json.loads(data, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise damaged(path, number, "it is not a JSON object")
    return RecordLine(path, number, values)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that names a field twice, because two programs could read two different draws from it."""
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a field stands there twice")
    return values


def encode_line(values: Mapping[str, Any]) -> bytes:
    """Return ``values`` as one line of JSON, ASCII, ending in a newline.

    Its last field, ``check``, is the SHA-256 of the rest of the same line. It shows a disk error even in the last line,
    whose hash is in no other line.
    """
    start = json.dumps(values, ensure_ascii=True, separators=(",", ":")).encode()[:-1]
    return start + _check(start) + b"\n"


def _check(start: bytes) -> bytes:
    return b',"check":"' + hashlib.sha256(start).hexdigest().encode() + b'"}'


def block_to_values(block: Block) -> dict[str, Any]:
    """Return a design block as plain values."""
    pattern = block.pattern_picture
    return {
        "type": "design",
        "schema": SCHEMA,
        "record_id": block.record_id,
        "block": block.number,
        "created": block.created,
        "mark_algorithm": block.mark_algorithm,
        "mark_key": block.key.secret.hex(),
        "decoy_seed": block.decoy_seed.hex(),
        "salt": block.salt.hex(),
        "settings": block.settings.values(),
        "pattern_picture": None if pattern is None else base64.b64encode(zlib.compress(pattern.pixels)).decode(),
        "pool": [
            {
                "picture_id": picture.picture_id,
                "pixel_hash": picture.pixel_hash,
                "name": picture.name,
                "height": picture.height,
                "width": picture.width,
                "label": picture.label,
                "choice": picture.choice,
            }
            for picture in block.pool
        ],
        "published": list(block.published),
        "made_with": dict(block.made_with),
    }


def block_from_line(line: RecordLine) -> Block:
    """Return the design block on ``line``. Raises RecordError, which names the line and the field."""
    if line.text("type") != "design":
        raise line.damaged("type", "is not “design”")
    schema = line.whole("schema", 1, 1 << 30)
    if schema > SCHEMA:
        raise RecordError(
            f"{line.place}: this mark record was written by a newer mtgui (schema {schema}, this one reads up to "
            f"{SCHEMA}). Update mtgui and try again."
        )
    algorithm = line.text("mark_algorithm")
    if algorithm not in ALGORITHMS.values():
        raise RecordError(
            f"{line.place}: this mark record uses the marking algorithm “{algorithm}”, which this mtgui does not know. "
            "Update mtgui and try again."
        )
    pool = tuple(_picture_from_line(part) for part in line.parts("pool"))
    if not len({p.picture_id for p in pool}) == len({p.pixel_hash for p in pool}) == len(pool) > 0:
        raise line.damaged("pool", "is empty or names a picture twice")
    published = tuple(line.get("published", list))
    if not all(type(index) is int and 0 <= index < len(pool) for index in published):
        raise line.damaged("published", "names a picture that is not in the pool")
    if list(published) != sorted(set(published)):
        raise line.damaged("published", "is not in ascending order")
    _check_choices(line, pool, set(published))
    if line.secret("decoy_seed") == line.secret("mark_key"):
        raise line.damaged("decoy_seed", "is the mark key")
    return Block(
        record_id=line.text("record_id", _RECORD_ID),
        number=line.whole("block", 0, 1 << 30),
        created=line.text("created", _TIME),
        mark_algorithm=algorithm,
        key=MarkKey(line.secret("mark_key")),
        decoy_seed=line.secret("decoy_seed"),
        salt=line.secret("salt"),
        settings=(settings := _settings_from_line(line, algorithm)),
        pattern_picture=_pattern_from_line(line, settings),
        pool=pool,
        published=published,
        made_with=_made_with(line),
    )


def _made_with(line: RecordLine) -> tuple[tuple[str, str], ...]:
    values = line.get("made_with", dict)
    if not all(isinstance(version, str) for version in values.values()):
        raise line.damaged("made_with", "is not a list of versions")
    return tuple(values.items())


def _check_choices(line: RecordLine, pool: Sequence[PoolPicture], chosen: set[int]) -> None:
    for index, picture in enumerate(pool):
        if picture.choice != "drawn" and (picture.choice == "always publish") != (index in chosen):
            raise line.damaged("published", "contradicts a picture's own choice")


def _picture_from_line(line: RecordLine) -> PoolPicture:
    return PoolPicture(
        picture_id=line.text("picture_id", _HASH),
        pixel_hash=line.text("pixel_hash", _HASH),
        name=line.text("name"),
        height=line.whole("height", 1, 1 << 30),
        width=line.whole("width", 1, 1 << 30),
        label=line.optional_text("label"),
        choice=line.one_of("choice", CHOICES),
    )


def _settings_from_line(line: RecordLine, algorithm: str) -> MarkSettings:
    part = line.part("settings")
    if algorithm == TINT_ALGORITHM:
        part.one_of("kind", ("tint",))
        return _checked(
            line,
            kind="tint",
            tint_strength=part.number("tint_strength"),
            tint_is_coloured=part.get("tint_is_coloured", bool),
        )
    resolution = None
    if part.get("design_resolution", object) is not None:
        resolution = part.whole("design_resolution", 1, 1 << 20)
    return _checked(
        line,
        blend_ratio=part.number("blend_ratio"),
        noise_budget=part.whole("noise_budget", 0, 255),
        noise_kind=part.one_of("noise_kind", NOISE_KINDS),
        pattern_kind=part.one_of("pattern_kind", PATTERN_KINDS),
        design_resolution=resolution,
    )


def _checked(line: RecordLine, **values: Any) -> MarkSettings:
    try:
        return MarkSettings(**values)
    except MtguiError as error:
        raise line.damaged("settings", f"does not hold: {error}") from error


def _pattern_from_line(line: RecordLine, settings: MarkSettings) -> PicturePattern | None:
    text = line.optional_text("pattern_picture")
    if (text is not None) != (settings.pattern_kind == "picture"):
        raise line.damaged("pattern_picture", "contradicts the settings")
    if text is None:
        return None
    size = 3 * PICTURE_SIDE * PICTURE_SIDE
    try:
        unpacker = zlib.decompressobj()
        return PicturePattern(unpacker.decompress(base64.b64decode(text, validate=True), size + 1))
    except (binascii.Error, zlib.error, MtguiError) as error:
        raise line.damaged("pattern_picture", "does not hold a picture") from error


def log_to_values(entry: LogEntry, previous: str) -> dict[str, Any]:
    """Return a log entry as plain values, chained to the line whose SHA-256 is ``previous``."""
    fields = {
        "picture_id": entry.picture_id,
        "file": entry.file,
        "file_hash": entry.file_hash,
        "text": entry.text,
    }
    kept = {name: value for name, value in fields.items() if value is not None}
    return {"type": entry.kind, "previous": previous, "time": entry.time, **kept}


def log_from_line(line: RecordLine) -> LogEntry:
    """Return the log entry on ``line``. Raises RecordError, which names the line and the field."""
    kind = line.one_of("type", LOG_KINDS)
    is_export = kind == "export"
    return LogEntry(
        kind=kind,
        time=line.text("time", _TIME),
        picture_id=line.text("picture_id", _HASH) if is_export else line.optional_text("picture_id"),
        file=line.text("file") if is_export else line.optional_text("file"),
        file_hash=line.text("file_hash", _HASH) if is_export else line.optional_text("file_hash"),
        text=line.optional_text("text"),
    )
