"""The channels on the staff site: which are configured, and how they do."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _now

from alerts.channel_states import LOOKED_AT, channel_states
from leadsmarket.lib.admin import LargeTableAdmin


class ChannelPage(LargeTableAdmin):
    """Adds the page of channels to the messages' part of the staff site, for those who may see messages."""

    def get_urls(self) -> list[URLPattern]:
        page = path("channels/", self.admin_site.admin_view(self.show_channels), name="alerts_channels")
        return [page, *super().get_urls()]

    def show_channels(self, request: HttpRequest) -> HttpResponse:
        """Show every channel with its settings, its latest success and failure, and what waits."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _now("Channels"),
            "channels": channel_states(),
            "looked_at": LOOKED_AT,
        }
        return TemplateResponse(request, "admin/channels.html", context)
