"""Addresses of the API that are no operation: the schema, its page, and those that don't exist."""

from functools import cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie
from django.views.decorators.http import require_safe
from drf_spectacular.renderers import OpenApiJsonRenderer2
from drf_spectacular.settings import spectacular_settings

from api.content import to_json
from api.errors import expected_answer
from api.operations import speak_language_of
from leadsmarket.lib.errors import NotFound
from leadsmarket.lib.transactions import manages_transactions


@manages_transactions
@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document, in JSON and in English."""
    return HttpResponse(_document(), content_type="application/json")


@manages_transactions
@require_safe
@ensure_csrf_cookie
def docs(request: HttpRequest) -> HttpResponse:
    """Swagger UI from our own static files. With a session its requests are the person's own: they send the CSRF token."""
    return render(request, "api/docs.html")


@require_safe
def to_docs(request: HttpRequest) -> HttpResponse:
    """Lead from `/docs` to the page."""
    return redirect("api:docs")


@manages_transactions
@csrf_exempt
def unknown(request: HttpRequest, path: str = "") -> HttpResponse:
    """Say of every other address under /api/ that it doesn't exist, in the shape of every error."""
    speak_language_of(request)
    answer = expected_answer(NotFound())
    body = {"success": False, "error": answer.error if answer else {}}
    return HttpResponse(to_json(body), status=NotFound.status, content_type="application/json")


@cache
def _document() -> bytes:
    with translation.override("en"):
        generator = spectacular_settings.DEFAULT_GENERATOR_CLASS()
        return OpenApiJsonRenderer2().render(generator.get_schema(request=None, public=True), renderer_context={})
