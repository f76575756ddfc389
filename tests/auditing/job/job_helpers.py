"""Shared by the tests of audits: requests, and audits run to their end."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from mtgui.auditing.job.audit import audit
from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.common.control import Control
from mtgui.common.events import Event, Finished
from tests.auditing.job.trained_pair import Person

Kind = TypeVar("Kind", bound=Event)


def request_for(model: Path, person: Person, **changes: Any) -> AuditRequest:
    """Return the audit of ``person`` on ``model`` with the defaults of a user."""
    plain = AuditRequest(
        (ModelChoice(model),), (person.record,), (person.originals,), str(person.label), device="cpu", draws=9_999
    )
    return replace(plain, **changes)


def finish(request: AuditRequest, control: Control | None = None) -> list[Event]:
    events = list(audit(request, control))
    assert isinstance(events[-1], Finished)
    return events


def results(request: AuditRequest) -> list[Mapping[str, Any]]:
    last = finish(request)[-1]
    assert isinstance(last, Finished)
    found: list[Mapping[str, Any]] = last.result["results"]
    return found


def result(request: AuditRequest) -> Mapping[str, Any]:
    (one,) = results(request)
    return one


def of_kind(events: Sequence[Event], kind: type[Kind]) -> list[Kind]:
    return [event for event in events if isinstance(event, kind)]


def exact(one: Mapping[str, Any], name: str) -> Fraction:
    return Fraction(one[f"{name}_exact"])
