"""The request of an audit in the form that the history stores."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mtgui.auditing.job.audit_request import AuditRequest
from mtgui.common.codec import FieldError, from_values, to_values
from mtgui.common.errors import UsageError


def request_to_values(request: AuditRequest) -> dict[str, Any]:
    """Return ``request`` as values for JSON, without the paths of its reports, which belong to one run only."""
    values: dict[str, Any] = to_values(replace(request, reports=()))
    return values


def request_from_values(values: Mapping[str, Any]) -> AuditRequest:
    """Return the request that `request_to_values` of this or an earlier version wrote; its code is not trusted.

    Raises UsageError.
    """
    try:
        request = from_values(AuditRequest, values, "tolerant")
    except FieldError as error:
        raise UsageError("The settings of this audit were kept by another version of mtgui; set them again.") from error
    return replace(request, models=tuple(replace(model, is_trusted=False) for model in request.models))
