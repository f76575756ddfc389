"""How an audit looks in a terminal: what was found, what it can prove, how it goes, and the verdict."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from mtgui.auditing.job.events import AuditPlanned, KeyDone, LabelChosen, ModelRead, Noticed, PicturesFound
from mtgui.auditing.report.words import probability
from mtgui.cli.terminal import ProgressBar, bar_on_stderr
from mtgui.common.errors import printable, readable_name
from mtgui.common.events import Event, Finished, Progress, Started, event_to_json
from mtgui.records.summary import one_in

_NAMED = 8


class AuditTeller:
    """Prints events as they come: JSON lines for a program, sentences and one moving line for a person."""

    def __init__(self, *, as_events: bool) -> None:
        self._as_events = as_events
        self._bar: ProgressBar | None = None

    def follow(self, events: Iterable[Event]) -> Mapping[str, Any]:
        """Show ``events``; return the result of the last one."""
        result: Mapping[str, Any] = {}
        running = ""
        with bar_on_stderr(is_quiet=self._as_events) as bar:
            for event in events:
                if isinstance(event, Finished):
                    result = event.result
                if self._as_events:
                    print(event_to_json(event), flush=True)
                else:
                    for line in _lines(event):
                        bar.message(line)
                    if isinstance(event, KeyDone):
                        running = _running(event)
                    if isinstance(event, Started):
                        running = ""
                    if isinstance(event, Progress) and event.seconds > 0:
                        bar.tail = f" · {event.done / event.seconds:.0f} pictures/s{running}"
                    bar.tell(event)
        return result


def _lines(event: Event) -> list[str]:
    """Return what a person reads of ``event``."""
    if isinstance(event, ModelRead):
        return [_model(event)]
    if isinstance(event, PicturesFound):
        return _pictures(event)
    if isinstance(event, LabelChosen | Noticed):
        return [event.sentence]
    if isinstance(event, AuditPlanned):
        return [_plan(event)]
    return []


def _model(event: ModelRead) -> str:
    found = event.summary["recognised"]
    return f"{readable_name(Path(event.path))}: {found['title']}, {found['classes']:,} classes. {found['sureness']}"


def _pictures(event: PicturesFound) -> list[str]:
    found, lost = len(event.found) + len(event.by_pixels), len(event.changed) + len(event.missing)
    lines = [f"{readable_name(Path(event.path))}: {found} of {found + lost} originals found."]
    if event.by_pixels:
        lines.append(
            f"  {len(event.by_pixels)} of them have other files but the same pixels: {_named(event.by_pixels)}"
        )
    if event.changed:
        lines.append(f"  Changed since they were marked: {_named(event.changed)}")
    if event.missing:
        lines.append(f"  Not found: {_named(event.missing)}")
    return lines


def _named(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(printable(name) for name in names[:_NAMED])}{more}."


def _plan(event: AuditPlanned) -> str:
    return (
        f"{event.pictures} pictures, {event.published} published and {event.withheld} withheld; {event.keys} keys, "
        f"{event.draws:,} draws, {event.forward_passes:,} pictures to show on {event.device}. "
        f"The smallest p this can state is {one_in(event.smallest_p)}."
    )


def _running(event: KeyDone) -> str:
    return f" · p {event.at_most / event.counted:.3g} so far"


def result_in_words(result: Mapping[str, Any]) -> str:
    """Return the verdicts of a finished audit as lines for a person."""
    lines = []
    for one in result["results"]:
        lines += [
            f"{readable_name(Path(one['record_file']))} on {readable_name(Path(one['model_file']))}:",
            f"  {one['headline']}",
            f"  {one['sentence']}",
            f"  {_numbers(one)}",
            f"  {one['caveat']}",
            *(f"  Note: {note}" for note in one["notes"]),
        ]
        if one["precision_effect"]:
            lines.append(f"  {one['precision_effect']}")
        if one["population"]:
            other = one["population"]
            lines.append(
                f"  For comparison: of {other['sets']:,} sets of other people's pictures, {other['at_most']:,} have no "
                f"larger loss. {other['caveat']}"
            )
        if one["witness_words"]:
            lines.append(f"  {one['witness_words'][:1].upper()}{one['witness_words'][1:]}.")
    lines += [f"Report: {printable(path)}" for path in result["reports"]]
    return "\n".join(lines)


def _numbers(one: Mapping[str, Any]) -> str:
    """Return p and what it was multiplied by."""
    if one["stopped_early"]:
        judged = f"{one['keys_judged']:,} of {one['keys']:,} keys"
        return f"Stopped early, after {judged}: p must exceed {one['alpha']:g}, and counts as 1."
    text = f"p = {probability(Fraction(one['p_value_exact']))}"
    reasons = [f"{one['runs']} audits of this record and model"] if one["runs"] > 1 else []
    reasons += [f"{one['family']} results of this run (Holm)"] if one["family"] > 1 else []
    if reasons:
        text += f"; adjusted for {' and '.join(reasons)}: {probability(Fraction(one['p_adjusted_exact']))}"
    return f"{text}. Smallest possible: {probability(Fraction(one['smallest_p']).limit_denominator(10**9))}."
