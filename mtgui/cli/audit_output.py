"""The output of an audit in a terminal: what was found, what it can prove, the progress, and the verdict."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from mtgui.auditing.job.audit_events import (
    AuditPlanned,
    KeyDone,
    LabelChosen,
    ModelRead,
    NetworkChosen,
    PicturesFound,
    TimeStated,
)
from mtgui.auditing.report.method import DRAW_NOT_WITNESSED
from mtgui.auditing.statistics.population import comparison_in_words
from mtgui.auditing.statistics.verdict import verdict_from_values
from mtgui.cli.terminal import ProgressBar, follow
from mtgui.common.errors import printable, readable_name
from mtgui.common.events import Event, Noticed, Progress, Started
from mtgui.common.texts import text
from mtgui.common.words import counted, listed, one_in, p_text, time_taken

_NAMED = 8


class AuditTeller:
    """Prints events as they come: JSON lines for a program, sentences and a progress line for a person."""

    def __init__(self, *, as_events: bool) -> None:
        self._as_events = as_events
        self._rate = self._running_p = ""
        self._shown = "pictures"

    def follow(self, events: Iterable[Event]) -> Mapping[str, Any]:
        """Show ``events``; return the result of the last one."""
        return follow(events, as_events=self._as_events, tell=self._tell)

    def _tell(self, event: Event, bar: ProgressBar) -> None:
        for line in lines_of(event):
            bar.message(line)
        self._update(event)
        bar.tail = f"{self._rate}{self._running_p}"
        bar.tell(event)

    def _update(self, event: Event) -> None:
        """Store what the progress line also shows: pictures per second and p so far."""
        if isinstance(event, AuditPlanned):
            self._shown = "pictures" if event.loss_kind == "cross-entropy" else "passes"
        elif isinstance(event, Started):
            self._rate = self._running_p = ""
        elif isinstance(event, KeyDone) and event.counted:
            self._running_p = f" · p {p_text(Fraction(event.at_most, event.counted))} so far"
        elif isinstance(event, Progress) and event.remaining:
            self._rate = f" · {(event.total - event.done) / event.remaining:,.0f} {self._shown}/s"


def lines_of(event: Event) -> list[str]:
    """Return the lines on ``event`` for a person."""
    if isinstance(event, ModelRead | NetworkChosen):
        return [_model(event)]
    if isinstance(event, PicturesFound):
        return _pictures(event)
    if isinstance(event, LabelChosen | Noticed):
        return [event.sentence]
    if isinstance(event, TimeStated):
        return [_time(event)]
    if isinstance(event, AuditPlanned):
        return [_plan(event)]
    return []


def _model(event: ModelRead | NetworkChosen) -> str:
    name, found = readable_name(Path(event.path)), event.summary.recognised
    if found is None:
        return name
    if event.summary.generator is not None:
        return " ".join((f"{name}: {found.title}. {found.sureness}", *found.notes))
    return f"{name}: {found.title}, {counted(found.classes, 'class', 'classes')}. {found.sureness}"


def _pictures(event: PicturesFound) -> list[str]:
    found, lost = len(event.found) + len(event.by_pixels), len(event.changed) + len(event.missing)
    lines = [f"{readable_name(Path(event.path))}: {found:,} of {counted(found + lost, 'original')} found."]
    if event.by_pixels:
        have = "has another file" if len(event.by_pixels) == 1 else "have other files"
        lines.append(f"  {len(event.by_pixels)} of them {have} but the same pixels: {_named(event.by_pixels)}")
    if event.changed:
        lines.append(
            f"  Found with other content: {_named(event.changed)} They are published copies, or were changed since "
            "they were marked. Name the folder of the originals with --pictures."
        )
    if event.missing:
        lines.append(f"  Not found: {_named(event.missing)}")
    return lines


def _named(names: tuple[str, ...]) -> str:
    return f"{listed([printable(name) for name in names], _NAMED)}."


def _plan(event: AuditPlanned) -> str:
    is_shown = event.loss_kind == "cross-entropy"
    work = (
        f"{counted(event.forward_passes, 'picture')} to show"
        if is_shown
        else counted(event.forward_passes, "forward pass", "forward passes")
    )
    return (
        f"{counted(event.pictures, 'picture')}, {event.published:,} published and {event.withheld:,} withheld; "
        f"{counted(event.keys, 'key')}, {counted(event.draws, 'draw')}, "
        f"{work} on {event.device}. "
        f"The smallest p that these numbers allow is {one_in(event.smallest_p)}."
    )


def _time(event: TimeStated) -> str:
    return text(
        "This audit takes about {time}: {passes} on {device}.",
        time=time_taken(event.seconds),
        passes=counted(event.passes, "forward pass", "forward passes"),
        device=event.device,
    )


def time_in_words(result: Mapping[str, Any]) -> str:
    """Return the result of a run that only states the time, as a line for a person."""
    return text(
        "About {time} for {passes} in all. The model saw black pictures only, and no run was counted.",
        time=time_taken(result["seconds"]),
        passes=counted(result["passes"], "forward pass", "forward passes"),
    )


def result_in_words(result: Mapping[str, Any]) -> str:
    """Return the verdicts of a finished audit as lines for a person."""
    lines = []
    for one in result["results"]:
        names = {about: told_apart(one[f"{about}_file"], result["results"], about) for about in ("record", "model")}
        verdict = verdict_from_values(one)
        lines.append(text("{record} on {model}:", **names))
        if verdict is not None:
            lines += [f"  {verdict.headline} {verdict.sentence}", f"  {verdict.caveat}", f"  {verdict.numbers}"]
        if one["witness_words"]:
            lines.append(f"  {DRAW_NOT_WITNESSED}")
        if one["population"] is not None:
            lines.append(f"  {_population(one['population'])}")
        lines += [f"  {note}" for note in one["notes"]]
    lines += [text("Report: {path}", path=printable(path)) for path in result["reports"]]
    return "\n".join(lines)


def told_apart(path: str, results: Sequence[Mapping[str, Any]], about: str) -> str:
    """Return the name of a file for a person; with its folder if other files of ``results`` have the same name."""
    own = Path(path)
    others = {Path(one[f"{about}_file"]) for one in results} - {own}
    name = readable_name(own)
    return f"{readable_name(own.parent)}/{name}" if any(other.name == own.name for other in others) else name


def _population(found: Mapping[str, Any]) -> str:
    baselines = None
    if found["logit_approximate_p"] is not None:
        baselines = found["logit_approximate_p"], found["picture_tpr_at"]["0.01"], found["picture_auc"]
    return comparison_in_words(found["sets"], found["at_most"], found["approximate_p"], baselines)


def tell_report_problems(result: Mapping[str, Any]) -> int:
    """Print on stderr which reports could not be written; return the exit status, 1 if there are any, else 0."""
    for problem in result["report_problems"]:
        print(f"mtgui: {problem}", file=sys.stderr)
    return 1 if result["report_problems"] else 0
