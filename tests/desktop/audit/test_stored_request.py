"""Requests come back out of the history as they were, those of older versions too."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

pytest.importorskip("PySide6")

from mtgui.auditing.architectures.match import PreprocessingHint
from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.common.errors import UsageError
from mtgui.desktop.audit.model_step import inspect_command
from mtgui.desktop.audit.stored_request import request_from_values, request_to_values

HINT = PreprocessingHint("chosen by hand", 256, (224, 320), "bicubic", (-0.5, 0.5, 0.25), (0.5, 0.5, 0.5))
PLAIN = AuditRequest(models=(ModelChoice(Path("/m.pth")),), records=(Path("/a.mtrecord"),))
FULL = AuditRequest(
    models=(ModelChoice(Path("/m.pth"), "torchvision/resnet18", input=HINT),),
    records=(Path("/a.mtrecord"), Path("/b.mtrecord")),
    places=(Path("/pictures"), Path("/more")),
    label="3",
    keys=99,
    alpha=Fraction(1, 1000),
    missing="against",
    views=10,
    device="cuda",
    precision="half",
    stops_early=False,
    reports=(Path("/r.json"), Path("/r.html")),
)


def test_inspecting_names_the_architecture() -> None:
    assert inspect_command(FULL.models[0]) == ["inspect", "/m.pth", "--architecture", "torchvision/resnet18", "--json"]


@pytest.mark.parametrize("request_", [PLAIN, FULL])
def test_a_request_survives_the_history(request_: AuditRequest) -> None:
    values = json.loads(json.dumps(request_to_values(request_)))
    assert request_from_values(values) == replace(request_, reports=())


def test_code_is_never_trusted_again() -> None:
    model = ModelChoice(Path("/m.pth"), factory="net.py:build", is_trusted=True)
    values = request_to_values(AuditRequest(models=(model,), records=(Path("/a.mtrecord"),)))
    assert not request_from_values(values).models[0].is_trusted


@pytest.mark.parametrize("values", [{}, {"models": []}, {"models": [{"path": 3}]}])
def test_settings_of_another_version_are_a_sentence(values: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="another version"):
        request_from_values(values)


def test_the_request_of_an_older_version_is_read() -> None:
    values = {
        "models": [
            {
                "path": "/m.pth", "architecture": None, "factory": None,
                "input": {
                    "origin": "x", "crop": [224, 224], **dict.fromkeys(("resize", "interpolation", "mean", "std")),
                },
            }
        ],
        "records": ["/a.mtrecord"], "places": [], "alpha": "1/100", "label": "auto", "keys": None, "draws": 9999,
        "stops_early": True, "missing": "refuse", "views": 1, "device": "auto", "precision": "float32", "batch": None,
    }  # fmt: skip
    found = request_from_values(values)
    assert found.models[0].input == PreprocessingHint("x", crop=(224, 224))
    assert replace(found, models=PLAIN.models, label=None) == PLAIN
