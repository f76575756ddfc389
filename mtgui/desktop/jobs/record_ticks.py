"""What a person has done after an export, as the history stores it with the record.

It lies among the facts of the record's row, which older versions of mtgui leave as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

_TICKS, _KEPT = "done", "kept"


@dataclass(frozen=True)
class Ticks:
    """The three things to do: publish the copies, keep the others at home, keep the proof safe."""

    published: bool = False
    kept: bool = False
    safe: bool = False

    @property
    def count(self) -> int:
        """How many are done."""
        return sum((self.published, self.kept, self.safe))


TICKS = tuple(one.name for one in fields(Ticks))


def ticks_of(facts: Mapping[str, Any]) -> Ticks:
    """Return the ticks among the ``facts`` of a record; none where there are none."""
    stored = facts.get(_TICKS)
    known = stored if isinstance(stored, list) else []
    return Ticks(**{name: name in known for name in TICKS})


def with_ticks(facts: Mapping[str, Any], ticks: Ticks) -> dict[str, Any]:
    """Return ``facts`` with these ``ticks``."""
    return {**facts, _TICKS: [name for name in TICKS if getattr(ticks, name)]}


def kept_of(facts: Mapping[str, Any]) -> tuple[Path, ...]:
    """Return the files of the pictures that stay home, as they were named at the export."""
    stored = facts.get(_KEPT)
    return tuple(Path(one) for one in stored if isinstance(one, str)) if isinstance(stored, list) else ()


def with_kept(facts: Mapping[str, Any], kept: Sequence[Path]) -> dict[str, Any]:
    """Return ``facts`` with the files ``kept``, each once."""
    return {**facts, _KEPT: list(dict.fromkeys(str(path) for path in kept))}
