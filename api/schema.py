"""The OpenAPI document: drf-spectacular reads what an Operation says of itself, and every operation's errors are added."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import EndpointEnumerator, SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from api.errors import IdempotencyConflict, NotAuthenticated, Throttled, UnsupportedMediaType
from leadsmarket.lib.errors import InvalidInput, NotAllowed, NotFound, Refusal


class ErrorDetail(serializers.Serializer):
    """What was refused: a stable code, a message for people, and messages by input."""

    code = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))  # type: ignore[assignment]


class Error(serializers.Serializer):
    """Every answer of 400 and above."""

    success = serializers.BooleanField(help_text="Always false.")
    error = ErrorDetail()


class Success(serializers.Serializer):
    """It is done, and there is nothing to tell."""

    success = serializers.BooleanField()


class OperationEnumerator(EndpointEnumerator):
    """Finds the operations behind `by_method`."""

    def get_allowed_methods(self, callback: Any) -> list[str]:
        if hasattr(callback, "operations"):
            return list(callback.operations)
        return super().get_allowed_methods(callback)

    def _get_api_endpoints(self, patterns: Any, prefix: str) -> list[tuple[str, str, str, Any]]:
        return [
            (path, regex, method, getattr(callback, "operations", {}).get(method, callback))
            for path, regex, method, callback in super()._get_api_endpoints(patterns, prefix)
        ]


class OperationSchemaGenerator(SchemaGenerator):
    endpoint_inspector_cls = OperationEnumerator


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "api.authentication.TokenAuthentication"
    name = "accessToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The `access` of `POST /api/auth/token`, good for 15 minutes.",
        }


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "api.key_authentication.ApiKeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "lm_live_…",
            "description": "A key of the settings' section API access; with the scope `read` it is refused every write.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "api.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "The browser's session; writes also send `X-CSRFToken`.",
        }


class OperationSchema(AutoSchema):
    """What an Operation's attributes mean in OpenAPI."""

    def get_operation_id(self) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self.view).__name__).lower()

    def get_tags(self) -> list[str]:
        return [self.view.tag]

    def get_summary(self) -> str:
        return (type(self.view).__doc__ or "").strip().splitlines()[0].rstrip(".")

    def get_auth(self) -> list[dict[str, Any]]:
        return [] if self.view.is_public else super().get_auth()

    def get_request_serializer(self) -> Any:
        return self.view.body

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = [self.view.query] if self.view.query else []
        parameters.append(
            OpenApiParameter(
                "Accept-Language",
                str,
                OpenApiParameter.HEADER,
                description="The language of messages: `fr`, `en` or `ar`.",
            )
        )
        if isinstance(self.view.answer, dict) and 304 in self.view.answer:
            parameters.append(
                OpenApiParameter(
                    "If-None-Match",
                    str,
                    OpenApiParameter.HEADER,
                    description="The `ETag` of the last answer: 304 says that nothing changed.",
                )
            )
        if self._is_write() and not self.view.is_public:
            parameters.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"},
                    OpenApiParameter.HEADER,
                    description="The same key with the same body within 24 hours gets the first answer again.",
                )
            )
        return parameters

    def get_response_serializers(self) -> Any:
        by_status: dict[int, list[type[Refusal]]] = defaultdict(list)
        for refusal in self._refusals():
            if refusal not in by_status[refusal.status]:
                by_status[refusal.status].append(refusal)
        answer = self.view.answer
        answers: dict[Any, Any] = dict(answer) if isinstance(answer, dict) else {self.view.success_status: answer}
        for status in sorted(by_status):
            answers[status] = OpenApiResponse(
                Error,
                description=", ".join(f"`{code}`" for code in dict.fromkeys(r.code for r in by_status[status])),
                examples=list(_examples(by_status[status])),
            )
        return answers

    def get_examples(self) -> list[OpenApiExample]:
        return self.view.examples

    def _is_write(self) -> bool:
        return self.method not in ("GET", "HEAD")

    def _refusals(self) -> list[type[Refusal]]:
        view = self.view
        found: list[type[Refusal]] = [Throttled, *view.refusals]
        if view.body or view.query or self._is_write():
            found.append(InvalidInput)
        if view.body:
            found.append(UnsupportedMediaType)
        if not view.is_public:
            found += [NotAuthenticated, NotAllowed]
            if self._is_write():
                found.append(IdempotencyConflict)
        if "{" in self.path:
            found.append(NotFound)
        return found


def _examples(refusals: Iterable[type[Refusal]]) -> Iterable[OpenApiExample]:
    for code, refusal in {refusal.code: refusal for refusal in refusals}.items():
        error = {"code": code, "message": str(refusal.message), "fields": {}}
        yield OpenApiExample(code, value={"success": False, "error": error})
