"""What providers told us, and what no rule may decide: staff reads, lets an event run again, writes down what was done."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from deposits.models import PaymentMethod
from leadsmarket.lib.admin import ActionPage, LargeTableAdmin, answer_action_page, change_page, moment_column
from payments.admin.forms import ResolveReviewForm, SureForm
from payments.admin.masking import masked
from payments.models import ReviewItem, WebhookEvent
from payments.services import replay_event, resolve_review
from payments.tasks import queue_event

STATUS_LABELS = {"received": "info", "processed": "success", "failed": "warning", "given_up": "danger"}


class OpenFilter(admin.SimpleListFilter):
    """Items that wait for somebody, or that are done."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("open", _("Open")), ("done", _("Resolved"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ReviewItem]) -> QuerySet[ReviewItem]:
        if self.value() not in ("open", "done"):
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() == "open")


@admin.register(WebhookEvent)
class WebhookEventAdmin(LargeTableAdmin):
    """Signed events as they came. Search by event id, payment's reference, or an id (event, payment)."""

    list_display = (
        moment_column(WebhookEvent, "created_at"),
        "provider",
        "event_type",
        "payment",
        "shown_status",
        "outcome",
        "attempts",
    )
    list_filter = ("provider", "status")
    list_select_related = ("payment",)
    search_fields = ("event_id__exact", "payment__reference__exact")
    search_help_text = _("A whole event id, or a payment's whole reference; or an id (event, payment).")
    exact_search_fields = ("pk", "payment_id")
    readonly_fields = ("masked_body",)
    actions_detail = ("replay",)

    def get_fieldsets(self, request: HttpRequest, obj: WebhookEvent | None = None) -> list:
        processing = ("status", "outcome", "error", "attempts", "processed_at", "next_attempt_at")
        return [
            (None, {"fields": ("provider", "event_id", "event_type", "payment", "created_at")}),
            (_("Processing"), {"fields": processing}),
            (_("Body"), {"fields": ("masked_body",)}),
        ]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "payment__id__exact" or super().lookup_allowed(lookup, value, request)

    @display(description=_("status"), label=STATUS_LABELS)
    def shown_status(self, event: WebhookEvent) -> tuple[str, str]:
        return event.status, event.get_status_display()

    @display(description=_("body"))
    def masked_body(self, event: WebhookEvent) -> str:
        return format_html('<pre class="whitespace-pre-wrap break-all">{}</pre>', masked(event.body))

    @action(
        description=_("Process again"), url_path="replay", icon="replay", permissions=["payments.change_webhookevent"]
    )
    def replay(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the event run again from the start."""
        event = self.found(request, object_id)
        subtitle = _("What was credited already is not credited again.")
        if event.provider == PaymentMethod.CMI:
            subtitle = _(
                "Only after you have captured the payment in the acquirer's Merchant Center: this credits it. What was"
                " credited already is not credited again."
            )
        page = ActionPage(
            title=_("Process the event again"),
            subtitle=subtitle,
            submit=_("Process again"),
            form=SureForm(request.POST if request.method == "POST" else None),
            act=lambda: replay_event(event_id=event.pk, queue=queue_event),
            done=lambda _event: _now("The event is being processed; its outcome is shown here in a moment."),
            back=change_page(event),
        )
        return answer_action_page(self, request, page)


@admin.register(ReviewItem)
class ReviewItemAdmin(LargeTableAdmin):
    """The queue of staff."""

    list_display = (
        moment_column(ReviewItem, "created_at"),
        "kind",
        "payment",
        "details",
        "shown_state",
        "resolved_by",
    )
    list_filter = (OpenFilter, "kind")
    list_select_related = ("payment", "resolved_by")
    search_fields = ("payment__reference__exact",)
    search_help_text = _("A payment's whole reference, or an id (item, payment, event).")
    exact_search_fields = ("pk", "payment_id", "event_id")
    fields = ("kind", "payment", "event", "details", "created_at", "resolved_at", "resolved_by", "resolution")
    actions_detail = ("resolve",)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "payment__id__exact" or super().lookup_allowed(lookup, value, request)

    @display(description=_("state"), label={"open": "warning", "done": "success"})
    def shown_state(self, item: ReviewItem) -> tuple[str, Any]:
        return ("open", _("Open")) if item.resolved_at is None else ("done", _("Resolved"))

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list:
        """Leave out resolving where it is done."""
        found = self.get_object(request, unquote(object_id))
        if found is None or found.resolved_at is not None:
            return []
        return super().get_actions_detail(request, object_id)

    @action(description=_("Resolve"), url_path="resolve", icon="task_alt", permissions=["payments.change_reviewitem"])
    def resolve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Write down what was done."""
        item = self.found(request, object_id)
        page = ActionPage(
            title=_("Resolve the item"),
            subtitle=f"{item.get_kind_display()}: {item.details}",
            submit=_("Resolve"),
            form=ResolveReviewForm(request.POST or None),
            act=lambda **values: resolve_review(item_id=item.pk, **values),
            done=lambda _item: _now("Resolved."),
            back=change_page(item),
        )
        return answer_action_page(self, request, page)
