"""What a person has done after an export, as the history stores it with the record.

It lies among the facts of the record's row, which older versions of mtgui leave as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TICKS, _KEPT, _BACKUP, _IS_OLD = "done", "kept", "backup", "backup is old"


@dataclass(frozen=True)
class Ticks:
    """The three things to do: publish the copies, keep the others at home, keep the proof safe.

    backup: the path of the last backup of the record; empty if there is none. is_backup_old: the record has grown
    since then.
    """

    published: bool = False
    kept: bool = False
    safe: bool = False
    backup: str = ""
    is_backup_old: bool = False

    def done(self, *, some_stay: bool) -> tuple[bool, ...]:
        """Return for each thing to do whether it is done; where none stay home, there are only two."""
        return (self.published, self.kept, self.safe) if some_stay else (self.published, self.safe)


TICKS = ("published", "kept", "safe")


def ticks_of(facts: Mapping[str, Any]) -> Ticks:
    """Return the ticks among the ``facts`` of a record; none where there are none."""
    stored = facts.get(_TICKS)
    known = stored if isinstance(stored, list) else []
    backup = facts.get(_BACKUP)
    path = backup if isinstance(backup, str) else ""
    published, kept, safe = (name in known for name in TICKS)
    return Ticks(published, kept, safe, path, facts.get(_IS_OLD) is True)


def with_ticks(facts: Mapping[str, Any], ticks: Ticks) -> dict[str, Any]:
    """Return ``facts`` with these ``ticks``."""
    done = [name for name in TICKS if getattr(ticks, name)]
    backup = {_BACKUP: ticks.backup, _IS_OLD: ticks.is_backup_old} if ticks.backup else {}
    return {**facts, _TICKS: done, **backup}


def kept_of(facts: Mapping[str, Any]) -> tuple[Path, ...]:
    """Return the files of the pictures that stay home, as they were named at the export."""
    stored = facts.get(_KEPT)
    return tuple(Path(one) for one in stored if isinstance(one, str)) if isinstance(stored, list) else ()


def with_kept(facts: Mapping[str, Any], kept: Sequence[Path]) -> dict[str, Any]:
    """Return ``facts`` with the files ``kept``, each once."""
    return {**facts, _KEPT: list(dict.fromkeys(str(path) for path in kept))}
