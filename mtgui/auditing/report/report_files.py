"""Audit reports on disk: one JSON object with a checksum field."""

import hashlib
import json
from pathlib import Path
from typing import Any

from mtgui.auditing.report.document import SCHEMA, Report
from mtgui.common.codec import FieldError, from_values, parse_object, to_values
from mtgui.common.errors import ReportError, readable_name, storage_reason
from mtgui.common.files import open_ordinary

KIND = "mtgui audit report"
_LARGEST = 1 << 30


def report_to_json(report: Report) -> bytes:
    """Return ``report`` as JSON, ASCII, one object that ends in a newline.

    Its last field, ``check``, is the SHA-256 of the other fields as JSON in ASCII with sorted names and no spaces. It
    shows accidental changes, even if the file was formatted again. It is not a signature.
    """
    values = {"kind": KIND, "schema": SCHEMA, **to_values(report)}
    return json.dumps({**values, "check": _check(values)}, ensure_ascii=True, allow_nan=False).encode() + b"\n"


def _check(values: dict[str, Any]) -> str:
    plain = json.dumps(values, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def read_report(path: Path) -> tuple[Report, bool]:
    """Return the report at ``path``, and True if its check fits the rest. Raises ReportError."""
    try:
        if not path.is_file():
            raise ReportError(f"{readable_name(path)} is not a file. Choose a report that “mtgui audit” wrote as JSON.")
        if path.stat().st_size > _LARGEST:
            raise ReportError(f"{readable_name(path)} is larger than any audit report. Choose another file.")
        with open_ordinary(path) as file:
            data = file.read()
    except OSError as error:
        raise ReportError(f"{readable_name(path)} cannot be read: {storage_reason(error)}.") from error
    return parse_report(data, readable_name(path))


def untouched_report(path: Path) -> Report:
    """Return the report at ``path``. Raises ReportError, also if the report was changed after it was written."""
    report, fits = read_report(path)
    if not fits:
        raise ReportError(
            f"{readable_name(path)} was changed after the audit wrote it, and is not passed on. Run the audit again: "
            "with the same settings it gives the same report."
        )
    return report


def parse_report(data: bytes, name: str) -> tuple[Report, bool]:
    """Return the report in ``data``, and True if its check fits. Raises ReportError, which calls it ``name``."""
    try:
        values = parse_object(data)
    except ValueError as error:
        raise ReportError(
            f"{name} is not an audit report in JSON. Choose the .json file that “mtgui audit --report” wrote."
        ) from error
    if values.pop("kind", None) != KIND:
        raise ReportError(f"{name} is not an audit report. Choose a file that “mtgui audit --report” wrote as JSON.")
    check = values.pop("check", None)
    schema = values.pop("schema", None)
    if type(schema) is not int or not 1 <= schema <= SCHEMA:
        newer = type(schema) is int and schema > SCHEMA
        raise ReportError(
            f"{name} was written by a newer mtgui. Update mtgui and try again."
            if newer
            else f"{name} is damaged: its field “schema” is missing or not what it should be."
        )
    fits = check == _check({"kind": KIND, "schema": schema, **values})
    try:
        return from_values(Report, values), fits
    except FieldError as error:
        raise ReportError(f"{name} cannot be used as a report: {error} Use the report as it was written.") from error
