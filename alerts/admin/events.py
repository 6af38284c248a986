"""What happened and is told by a worker, and the alert levels that were announced."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from alerts.models import DepositAlert, Event
from deposits.admin import LEVEL_LABELS
from leadsmarket.lib.admin import LargeTableAdmin, moment_column

STATE_LABELS = {"told": "success", "waiting": "info", "failing": "danger"}


class ToldFilter(admin.SimpleListFilter):
    """Events that everybody was told of, that wait for it, or that could not be told so far."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("waiting", _("Not told yet")), ("failing", _("Failing")), ("told", _("Told"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        match self.value():
            case "waiting":
                return queryset.filter(expanded_at=None)
            case "failing":
                return queryset.filter(expanded_at=None, attempts__gt=0)
            case "told":
                return queryset.filter(expanded_at__isnull=False)
        return queryset


@admin.register(Event)
class EventAdmin(LargeTableAdmin):
    """Causes of messages, kept for 30 days. Search by a whole cause, or by an id (event, merchant, influencer)."""

    list_display = (
        moment_column(Event, "created_at"),
        "kind",
        "cause",
        "shown_state",
        moment_column(Event, "due_at"),
        moment_column(Event, "expanded_at"),
        "attempts",
        "short_error",
    )
    list_filter = (ToldFilter, "kind")
    search_fields = ("cause__exact",)
    search_help_text = _("A whole cause, or an id (event, merchant, influencer).")
    exact_search_fields = ("pk", "merchant_id", "influencer_id")
    readonly_fields = ("shown_data",)
    fields = (
        *("kind", "cause", "merchant_id", "influencer_id", "shown_data", "created_at", "due_at"),
        *("expanded_at", "attempts", "error"),
    )

    @display(description=_("state"), label=STATE_LABELS)
    def shown_state(self, event: Event) -> tuple[str, str]:
        if event.expanded_at:
            return "told", _("Told")
        return ("failing", _("Failing")) if event.attempts else ("waiting", _("Not told yet"))

    @display(description=_("error"))
    def short_error(self, event: Event) -> str:
        return event.error[:80] or "—"

    @display(description=_("data"))
    def shown_data(self, event: Event) -> SafeString:
        return format_html(
            '<pre class="whitespace-pre-wrap" dir="ltr">{}</pre>', json.dumps(event.data, ensure_ascii=False, indent=2)
        )


@admin.register(DepositAlert)
class DepositAlertAdmin(LargeTableAdmin):
    """The level of each deposit that its merchant was told last; a recharge lowers it in silence."""

    list_display = (
        "deposit",
        "shown_level",
        "announcements",
        moment_column(DepositAlert, "announced_at"),
    )
    list_filter = ("level",)
    list_select_related = ("deposit__merchant",)
    ordering = ("-deposit_id",)
    search_fields = ("pk",)
    search_help_text = _("The id of a deposit or merchant.")
    exact_search_fields = ("pk", "deposit__merchant_id")
    fields = ("deposit", "level", "announcements", "announced_at")

    @display(description=_("alert level"), label=LEVEL_LABELS)
    def shown_level(self, alert: DepositAlert) -> tuple[str, str]:
        return alert.level, alert.get_level_display()
