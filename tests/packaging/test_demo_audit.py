"""The ready-made audit that ships: a record with its pictures, and two models of which one used them."""

from dataclasses import replace
from pathlib import Path

from mtgui.auditing.job.audit import audit
from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.common.events import Finished, Noticed
from mtgui.common.resources import resource_path

FOLDER = resource_path("demo-audit")
MODELS = ("used them.safetensors", "did not use them.safetensors")


def shipped_audit(place: Path = FOLDER, folder: Path | None = None) -> AuditRequest:
    """Return the audit of both models that lie in ``place``; what it leaves behind goes to ``folder``."""
    return AuditRequest(
        models=tuple(ModelChoice(place / name) for name in MODELS),
        records=(place / "marked.mtrecord",),
        places=(place / "originals",),
        label="record",
        device="cpu",
        log=None if folder is None else folder / "log",
        state=None if folder is None else folder / "state",
    )


def test_it_can_be_audited_at_once(tmp_path: Path) -> None:
    last = list(audit(shipped_audit(folder=tmp_path)))[-1]
    assert isinstance(last, Finished)
    assert [result["verdict"] for result in last.result["results"]] == ["evidence", "no evidence"]


def test_without_a_label_the_record_s_labels_are_taken_and_it_is_the_same_run(tmp_path: Path) -> None:
    named = shipped_audit(folder=tmp_path)
    list(audit(named))
    events = list(audit(replace(named, label=None)))
    last = events[-1]
    assert isinstance(last, Finished)
    assert [result["verdict"] for result in last.result["results"]] == ["evidence", "no evidence"]
    assert [result["runs"] for result in last.result["results"]] == [1, 1]
    said = [event.sentence for event in events if isinstance(event, Noticed)]
    assert sum("so these labels are taken" in sentence and "--label NAME" in sentence for sentence in said) == 2


def test_it_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 1 << 20
