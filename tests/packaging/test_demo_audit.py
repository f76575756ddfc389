"""The ready-made audit that ships: a record with its pictures, and two models of which one used them."""

from pathlib import Path

from mtgui.auditing.job.audit import audit
from mtgui.auditing.job.request import AuditRequest, ModelChoice
from mtgui.common.events import Finished
from mtgui.common.resources import resource_path

FOLDER = resource_path("demo-audit")
MODELS = ("used them.safetensors", "did not use them.safetensors")


def test_it_can_be_audited_at_once(tmp_path: Path) -> None:
    request = AuditRequest(
        models=tuple(ModelChoice(FOLDER / name) for name in MODELS),
        records=(FOLDER / "marked.mtrecord",),
        label="record",
        device="cpu",
        log=tmp_path / "log",
        state=tmp_path / "state",
    )
    last = list(audit(request))[-1]
    assert isinstance(last, Finished)
    assert [result["verdict"] for result in last.result["results"]] == ["evidence", "no evidence"]


def test_it_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < 1 << 20
