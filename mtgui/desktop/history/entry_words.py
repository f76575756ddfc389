"""The texts of the history's rows, made from the stored codes and numbers."""

from mtgui.auditing.statistics.verdict import EVIDENCE, NO_EVIDENCE
from mtgui.common.texts import plural, text
from mtgui.common.words import whole
from mtgui.desktop.jobs.history_store import HistoryEntry
from mtgui.desktop.jobs.record_ticks import ticks_of

_STATES = {
    "running": "running",
    "cancelled": "stopped before its end; once begun, it counts as a try",
    "failed": "could not be finished",
    "abandoned": "abandoned; once begun, it counts as a try",
}
_VERDICTS = {"evidence": EVIDENCE, "no evidence": NO_EVIDENCE}
_REHEARSALS = {
    "running": "running",
    "cancelled": "stopped before its end",
    "failed": "could not be finished",
    "abandoned": "stopped before its end",
}
_FOUND: dict[bool | None, tuple[str, str]] = {
    None: ("found for {found} of {count} artist", "found for {found} of {count} artists"),
    True: (
        "found for {found} of {count} artist, you among them",
        "found for {found} of {count} artists, you among them",
    ),
    False: (
        "found for {found} of {count} artist, but not for you",
        "found for {found} of {count} artists, but not for you",
    ),
}
"""Without pictures of the person's own, with them among those found, and with them missed."""


def state_in_words(entry: HistoryEntry) -> str:
    """Return the outcome or state of an audit or a rehearsal."""
    if entry.kind == "rehearsal":
        return text(_REHEARSALS[entry.state]) if entry.state in _REHEARSALS else _found(entry)
    if entry.state == "finished":
        return entry.verdict or text("finished")
    return text(_STATES[entry.state]) if entry.state in _STATES else entry.state


def outcome_in_words(entry: HistoryEntry) -> str:
    """Return one line on the outcome of an entry. Rows of older versions store this line itself."""
    if entry.kind == "record":
        return _pictures(entry) or entry.summary
    if entry.state != "finished" or entry.kind == "rehearsal":
        return state_in_words(entry)
    return text(_VERDICTS[entry.verdict]) if entry.verdict in _VERDICTS else entry.summary


def _found(entry: HistoryEntry) -> str:
    found, artists, own = (entry.facts.get(name) for name in ("found", "artists", "own_found"))
    if not isinstance(found, int) or not isinstance(artists, int):
        return text("finished")
    one, several = _FOUND[None if own is None else bool(own)]
    return plural(artists, one, several, found=whole(found))


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
    done = ticks_of(entry.facts).done(some_stay=entry.facts.get("private") != 0)
    return text("{done} of {all} tasks after the export", done=whole(sum(done)), all=whole(len(done)))
