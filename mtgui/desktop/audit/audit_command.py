"""What the window asks of the command line, and the wish of an audit as plain values for the history."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from mtgui.auditing.architectures.match import PreprocessingHint
from mtgui.auditing.job.audit_request import AuditRequest, ModelChoice
from mtgui.common.errors import MtguiError, UsageError


def audit_command(request: AuditRequest) -> list[str]:
    """Return the arguments of ``mtgui`` that carry out ``request`` and print its events.

    All models of a request share what the person says of them: the first one's.
    """
    first = request.models[0]
    parts = ["audit", "--model", *(str(one.path) for one in request.models)]
    parts += ["--record", *map(str, request.records)]
    if request.places:
        parts += ["--pictures", *map(str, request.places)]
    if request.label is not None:
        parts += ["--label", request.label]
    parts += model_options(first)
    parts += ["--alpha", str(request.alpha), "--keys", "auto" if request.keys is None else str(request.keys)]
    parts += ["--draws", str(request.draws), "--views", str(request.views), "--missing", request.missing]
    if not request.stops_early:
        parts.append("--no-early-stop")
    parts += ["--device", request.device, "--precision", request.precision]
    if request.batch is not None:
        parts += ["--batch", str(request.batch)]
    for name, path in (("--log", request.log), ("--state", request.state)):
        if path is not None:
            parts += [name, str(path)]
    if request.reports:
        parts += ["--report", *map(str, request.reports)]
    return [*parts, "--events", "--control", "stdin"]


def model_options(model: ModelChoice) -> list[str]:
    """Return the options that say what the person knows of ``model``."""
    parts = []
    if model.architecture is not None:
        parts += ["--architecture", model.architecture]
    if model.factory is not None:
        parts += ["--architecture-file", model.factory, *(["--trust-code"] if model.is_trusted else [])]
    return [*parts, *_input_options(model.input)]


def _input_options(choice: PreprocessingHint | None) -> list[str]:
    parts: list[str] = []
    if choice is None:
        return parts
    for name, value in (("--resize", choice.resize), ("--crop", choice.crop)):
        if value is not None:
            parts += [name, "x".join(map(str, value)) if isinstance(value, tuple) else str(value)]
    if choice.interpolation is not None:
        parts += ["--interpolation", choice.interpolation]
    for name, triple in (("--mean", choice.mean), ("--std", choice.std)):
        if triple is not None:
            # One word, since a negative number would pass for an option.
            parts.append(f"{name}={','.join(f'{number:g}' for number in triple)}")
    return parts


def inspect_command(model: ModelChoice) -> list[str]:
    """Return the arguments of ``mtgui`` that describe ``model`` as one JSON object."""
    options = ["--architecture", model.architecture] if model.architecture is not None else []
    return ["inspect", str(model.path), *options, "--json"]


def request_to_values(request: AuditRequest) -> dict[str, Any]:
    """Return ``request`` as values that JSON knows, without its reports, which are those of one run."""
    return {
        "models": [
            {
                "path": str(one.path),
                "architecture": one.architecture,
                "factory": one.factory,
                "input": None if one.input is None else vars(one.input),
            }
            for one in request.models
        ],
        "records": [str(path) for path in request.records],
        "places": [str(path) for path in request.places],
        "alpha": str(request.alpha),
        **{name: getattr(request, name) for name in _PLAIN},
    }


_PLAIN = ("label", "keys", "draws", "stops_early", "missing", "views", "device", "precision", "batch")


def request_from_values(values: Mapping[str, Any]) -> AuditRequest:
    """Return the request that `request_to_values` wrote; code is never trusted again. Raises UsageError."""
    try:
        return AuditRequest(
            models=tuple(_model(one) for one in values["models"]),
            records=tuple(Path(path) for path in values["records"]),
            places=tuple(Path(path) for path in values["places"]),
            alpha=Fraction(values["alpha"]),
            **{name: values[name] for name in _PLAIN},
        )
    except (KeyError, TypeError, ValueError, MtguiError) as error:
        raise UsageError("The settings of this audit were kept by another version of mtgui; set them anew.") from error


def _model(values: Mapping[str, Any]) -> ModelChoice:
    hint = None
    if values["input"] is not None:
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values["input"].items()
        }
        hint = PreprocessingHint(**given)
    return ModelChoice(Path(values["path"]), values["architecture"], values["factory"], is_trusted=False, input=hint)
