"""Messages as people would get them, with invented data, before anything is sent."""

import json

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import get_language
from django.utils.translation import gettext as _now

from alerts.previews import SAMPLES, preview_of, sample_of
from leadsmarket.lib.admin import LargeTableAdmin

LANGUAGES = dict(settings.LANGUAGES)


class PreviewPages(LargeTableAdmin):
    """Adds the previews to the messages' part of the staff site, for those who may see messages."""

    def get_urls(self) -> list[URLPattern]:
        pages = [
            path("previews/", self.admin_site.admin_view(self.list_previews), name="alerts_previews"),
            path(
                "previews/<slug:kind>/<slug:name>/<slug:language>/",
                self.admin_site.admin_view(self.show_preview),
                name="alerts_preview",
            ),
        ]
        return pages + super().get_urls()

    def list_previews(self, request: HttpRequest) -> HttpResponse:
        """List every kind with its faces and languages."""
        kinds: dict[str, list] = {}
        for sample in SAMPLES:
            kinds.setdefault(sample.kind.label, []).append(sample)
        context = {"kinds": kinds.items(), "reader_language": get_language()}
        return self._answer(request, "admin/message_previews.html", _now("Message previews"), context)

    def show_preview(self, request: HttpRequest, kind: str, name: str, language: str) -> HttpResponse:
        """Show one message on every channel."""
        sample = sample_of(kind, name)
        if sample is None or language not in LANGUAGES:
            raise Http404
        preview = preview_of(sample, language)
        context = {
            "preview": preview,
            "sample": sample,
            "whatsapp_payload": _as_written(preview.whatsapp),
            "web_push_payload": _as_written(preview.web_push),
        }
        return self._answer(request, "admin/message_preview.html", sample.kind.label, context)

    def _answer(self, request: HttpRequest, template: str, title: str, context: dict) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "languages": LANGUAGES}
        return TemplateResponse(request, template, shared | context)


def _as_written(payload: dict | None) -> str:
    return json.dumps(payload, ensure_ascii=False, indent=2) if payload else ""
