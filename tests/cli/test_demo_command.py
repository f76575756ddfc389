"""``mtgui demo`` in a terminal: one model used the pictures, the other did not, and the audit tells them apart."""

import json
import random
import secrets
from pathlib import Path

import pytest

from mtgui.cli.main import run
from mtgui.records.journal import read_record

# Chance may fall against any audit once in a while; here it always falls the same way, far from that.
COINS = 49


def test_the_audit_tells_the_two_models_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(COINS)
    monkeypatch.setattr(secrets, "token_bytes", chance.randbytes)
    monkeypatch.setattr(secrets, "SystemRandom", lambda: chance)
    out = tmp_path / "demo"
    assert run(["demo", "--terminal", "--device", "cpu", "--out", str(out)]) == 0
    report = json.loads((out / "report.json").read_text("utf-8"))
    told = capsys.readouterr().out
    used, not_used = told.split("did not use them.safetensors")
    assert "Strong evidence that this model was trained on your published pictures" in used
    assert "No evidence found." in not_used
    assert str(out / "report.html") in told
    assert len(report["results"]) == 2
    block = read_record(out / "marked.mtrecord").blocks[0]
    assert len(block.published) == len(list((out / "marked").glob("*/*.png"))) == 24
