"""The texts of the history's rows, made from the stored codes and numbers."""

from mtgui.auditing.statistics.verdict import EVIDENCE, NO_EVIDENCE
from mtgui.common.texts import plural, text
from mtgui.common.words import whole
from mtgui.desktop.jobs.history_store import HistoryEntry
from mtgui.desktop.jobs.record_ticks import TICKS, ticks_of

_STATES = {
    "running": "running",
    "cancelled": "stopped before its end; once begun, it counts as a try",
    "failed": "could not be finished",
    "abandoned": "abandoned; once begun, it counts as a try",
}
_VERDICTS = {"evidence": EVIDENCE, "no evidence": NO_EVIDENCE}


def state_in_words(entry: HistoryEntry) -> str:
    """Return the outcome or state of an audit."""
    if entry.state == "finished":
        return entry.verdict or text("finished")
    return text(_STATES[entry.state]) if entry.state in _STATES else entry.state


def outcome_in_words(entry: HistoryEntry) -> str:
    """Return one line on the outcome of a record or an audit. Rows of older versions store this line itself."""
    if entry.kind == "record":
        return _pictures(entry) or entry.summary
    if entry.state != "finished":
        return state_in_words(entry)
    return text(_VERDICTS[entry.verdict]) if entry.verdict in _VERDICTS else entry.summary


def _pictures(entry: HistoryEntry) -> str:
    published, private = entry.facts.get("published"), entry.facts.get("private")
    if not isinstance(published, int) or not isinstance(private, int):
        return ""
    return plural(
        published + private,
        "{count} picture: {published} went out, {private} stay home",
        "{count} pictures: {published} went out, {private} stay home",
        published=whole(published),
        private=whole(private),
    )


def tasks_in_words(entry: HistoryEntry) -> str:
    """Return how many of the tasks after an export are done."""
    done = whole(ticks_of(entry.facts).count)
    return text("{done} of {all} tasks after the export", done=done, all=whole(len(TICKS)))
