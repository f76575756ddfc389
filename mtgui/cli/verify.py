"""``mtgui verify``: proves the numbers of an audit report again, from the report alone or with the mark record."""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from mtgui.auditing.report.report_files import read_report
from mtgui.auditing.report.verify import OTHER_RECORD, Proof, verify
from mtgui.auditing.statistics.verdict import Verdict
from mtgui.common.errors import printable, readable_name
from mtgui.common.texts import text
from mtgui.records.journal import read_record


def register(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    """Add the arguments of the command; return the function that runs it."""
    parser.description = (
        "Prove the numbers of an audit report again: the reference draws, the grid, the p-value, its adjustment and "
        "the verdict. Exit status: 0 proved, 1 something does not fit, 2 no usable report."
    )
    parser.add_argument("report", type=Path, metavar="REPORT", help="the .json file that “mtgui audit” wrote")
    parser.add_argument("--record", type=Path, metavar="FILE", help="also check the draw against this mark record")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    return run


def run(options: argparse.Namespace) -> int:
    """Print what could be proved; return 0 if everything could."""
    report, is_unchanged = read_report(options.report)
    record = None if options.record is None else read_record(options.record)
    proof = verify(report, is_unchanged=is_unchanged, record=record)
    verdicts = [(report.models[r.model].name, report.records[r.record].name, report.verdict(r)) for r in report.results]
    if options.json:
        print(json.dumps({"proved": proof.is_proved, **asdict(proof)}))
    else:
        print(_in_words(options.report, proof, verdicts))
    return 0 if proof.is_proved else 1


def _in_words(path: Path, proof: Proof, verdicts: list[tuple[str, str, Verdict]]) -> str:
    failed = sum(not check.holds for check in proof.checks)
    head = (
        "everything in it that can be proved is proved"
        if proof.is_proved
        else f"{failed} of {len(proof.checks)} checks do not hold"
    )
    lines = [f"{readable_name(path)}: {head}"]
    # Failed checks come first.
    ordered = sorted(proof.checks, key=lambda check: check.holds)
    lines += [f"  {'✓' if check.holds else '✗'} {check.what}" for check in ordered]
    lines.append("  Not proved by this:")
    lines += [f"    {sentence}" for sentence in proof.not_proved]
    if proof.is_proved:
        for model, record, verdict in verdicts:
            names = text("{model} with {record}:", model=printable(model), record=printable(record))
            lines.append(f"  {names} {verdict.headline} {verdict.sentence} {verdict.caveat}")
    elif all(check.holds or check.what == OTHER_RECORD for check in proof.checks):
        lines.append("  All else fits. Name the mark record that the report is about, or leave out --record.")
    else:
        lines.append("  Do not rely on this report. Ask for it as it was written, or run the audit again.")
    return "\n".join(lines)
