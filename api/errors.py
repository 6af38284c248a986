"""One shape for every error of the API: `{"success": false, "error": {"code", "message", "fields"}}`."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings

from leadsmarket.lib.errors import InvalidInput, NotAllowed, NotFound, Refusal, Text

logger = logging.getLogger(__name__)

GENERAL = api_settings.NON_FIELD_ERRORS_KEY


class NotAuthenticated(Refusal):
    """Nobody is logged in, or what they showed is not valid any more."""

    code = "not_authenticated"
    status = 401
    message = _("Please log in.")


class IdempotencyConflict(Refusal):
    """The Idempotency-Key was used for something else, or the first request with it is still running."""

    code = "idempotency_conflict"
    message = _("This Idempotency-Key was used for another request.")


class Throttled(Refusal):
    """Too many requests; `Retry-After` says how many seconds to wait."""

    code = "throttled"
    status = 429
    message = _("Too many requests. Please wait a moment.")


class ServerError(Refusal):
    """Something is broken on our side; the log says what."""

    code = "server_error"
    status = 500
    message = _("Something went wrong on our side. Please try again later.")


class MethodNotAllowed(Refusal):
    code = "method_not_allowed"
    status = 405
    message = _("This address doesn't take this method.")


class UnsupportedMediaType(Refusal):
    code = "unsupported_media_type"
    status = 415
    message = _("Send JSON, with the header Content-Type: application/json.")


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """What a client is told: status, stable code, message and messages by input."""

    status: int
    code: str
    message: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def error(self) -> dict[str, Any]:
        """The value of `error`, as bulk answers hold it too."""
        return {"code": self.code, "message": self.message, "fields": self.fields}

    def response(self) -> Response:
        return Response({"success": False, "error": self.error}, status=self.status, headers=self.headers)


def answer_exception(error: Exception, context: dict[str, Any]) -> Response:
    """Django REST framework's exception handler. What isn't expected is logged and told without details."""
    answer = expected_answer(error)
    if answer is None:
        request = context["request"]._request
        logger.error("Unexpected error at %s %s", request.method, request.path, exc_info=error)
        got_request_exception.send(sender=type(context["view"]), request=request)
        answer = _of_refusal(ServerError())
    return answer.response()


def expected_answer(error: Exception) -> ErrorAnswer | None:
    """Return what to say of a refusal, or of what the framework refused; None for an error of ours."""
    if isinstance(error, Refusal):
        return _of_refusal(error)
    if isinstance(error, exceptions.ValidationError):
        return _of_validation(error)
    if isinstance(error, exceptions.Throttled):
        return _of_refusal(Throttled(), {"Retry-After": str(max(1, int(error.wait or 1)))})
    if isinstance(error, exceptions.MethodNotAllowed):
        return _of_refusal(MethodNotAllowed())
    for kinds, refusal in _OF_FRAMEWORK:
        if isinstance(error, kinds):
            return _of_refusal(refusal(_detail(error) if refusal in _KEEPING_DETAIL else None))
    return None


_OF_FRAMEWORK: tuple[tuple[tuple[type[Exception], ...], type[Refusal]], ...] = (
    ((exceptions.AuthenticationFailed, exceptions.NotAuthenticated), NotAuthenticated),
    ((exceptions.PermissionDenied, DjangoPermissionDenied), NotAllowed),
    ((exceptions.NotFound, Http404), NotFound),
    ((exceptions.UnsupportedMediaType,), UnsupportedMediaType),
    ((exceptions.ParseError, RequestDataTooBig, SuspiciousOperation), InvalidInput),
)
# Others would tell a stranger more than they may know, or say it in English.
_KEEPING_DETAIL = {InvalidInput}


def _detail(error: Exception) -> Text | None:
    if isinstance(error, RequestDataTooBig):
        return _("The body is too large.")
    return str(error.detail) if isinstance(error, exceptions.APIException) else None


def _of_refusal(refusal: Refusal, headers: dict[str, str] | None = None) -> ErrorAnswer:
    fields = {name: [str(message)] for name, message in refusal.fields.items()}
    headers = headers or {}
    if refusal.status == NotAuthenticated.status:
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    return ErrorAnswer(refusal.status, refusal.code, str(refusal.message), fields, headers)


def _of_validation(error: exceptions.ValidationError) -> ErrorAnswer:
    fields: dict[str, list[str]] = {}
    for path, message in _flat(error.detail):
        fields.setdefault(path, []).append(message)
    general = fields.pop("", [])
    return ErrorAnswer(InvalidInput.status, InvalidInput.code, " ".join(general) or str(InvalidInput.message), fields)


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The messages of nested input, each with its path: `settings.lead_expiry_hours`, `leads.3`."""
    if isinstance(detail, dict):
        for name, entry in detail.items():
            yield from _flat(entry, path if name == GENERAL else f"{path}.{name}".lstrip("."))
    elif isinstance(detail, list):
        for number, entry in enumerate(detail):
            is_row = isinstance(entry, (dict, list))
            yield from _flat(entry, f"{path}.{number}".lstrip(".") if is_row else path)
    else:
        yield path, str(detail)
