"""The request of an audit as the history keeps it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mtgui.auditing.job.audit_request import AuditRequest
from mtgui.common.codec import FieldError, from_values, to_values
from mtgui.common.errors import UsageError


def request_to_values(request: AuditRequest) -> dict[str, Any]:
    """Return ``request`` as values that JSON knows, without its reports, which are those of one run."""
    values: dict[str, Any] = to_values(replace(request, reports=()))
    return values


def request_from_values(values: Mapping[str, Any]) -> AuditRequest:
    """Return the request that `request_to_values` wrote, in this version or before; code is never trusted again.

    Raises UsageError.
    """
    try:
        request = from_values(AuditRequest, values, "tolerant")
    except FieldError as error:
        raise UsageError("The settings of this audit were kept by another version of mtgui; set them again.") from error
    return replace(request, models=tuple(replace(model, is_trusted=False) for model in request.models))
