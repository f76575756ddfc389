"""What the window asks is what the command line understands."""

import argparse
from fractions import Fraction
from pathlib import Path

import pytest

pytest.importorskip("PySide6")

from mtgui.auditing.architectures.match import PreprocessingHint
from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.common.errors import UsageError
from mtgui.desktop.audit.stored_request import audit_command, inspect_command, request_from_values, request_to_values

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


@pytest.mark.parametrize("request_", [PLAIN, FULL])
def test_the_command_line_reads_what_the_window_writes(request_: AuditRequest) -> None:
    from mtgui.cli import audit

    command, *arguments = audit_command(request_)
    parser = argparse.ArgumentParser()
    audit.register(parser)
    options = parser.parse_args(arguments)
    assert command == "audit"
    assert options.events
    assert options.control == "stdin"
    assert (options.alpha, options.keys, options.label) == (str(request_.alpha), request_.keys, request_.label)
    read = audit._request(options)
    assert read.records == request_.records
    assert read.places == request_.places
    assert (read.views, read.device, read.precision) == (request_.views, request_.device, request_.precision)
    assert (read.missing, read.stops_early, read.reports) == (
        request_.missing,
        request_.stops_early,
        request_.reports,
    )
    hint = request_.models[0].input or PreprocessingHint("chosen by hand")
    assert read.models[0].input == hint


def test_trusting_code_is_said_only_when_it_was_allowed() -> None:
    for is_trusted in (False, True):
        model = ModelChoice(Path("/m.pth"), factory="net.py:build", is_trusted=is_trusted)
        command = audit_command(AuditRequest(models=(model,), records=(Path("/a.mtrecord"),)))
        assert ("--trust-code" in command) == is_trusted


def test_inspecting_names_the_architecture() -> None:
    assert inspect_command(FULL.models[0]) == ["inspect", "/m.pth", "--architecture", "torchvision/resnet18", "--json"]


@pytest.mark.parametrize("request_", [PLAIN, FULL])
def test_a_request_survives_the_history(request_: AuditRequest) -> None:
    import json
    from dataclasses import replace

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
