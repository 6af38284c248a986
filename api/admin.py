"""The staff site's pages of partner access: read only. Secrets are not shown, bodies of messages neither."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from api.models import ApiKey, WebhookAttempt, WebhookEndpoint, WebhookMessage
from leadsmarket.lib.admin import LargeTableAdmin, moment_column

STATUS_LABELS = {"queued": "info", "delivered": "success", "retrying": "warning", "given_up": "danger"}


@admin.register(ApiKey)
class ApiKeyAdmin(LargeTableAdmin):
    """Keys of merchants and influencers. Search by the start of a key or by an id."""

    list_display = (
        moment_column(ApiKey, "created_at"),
        "name",
        "start",
        "merchant",
        "influencer",
        "scope",
        "created_by",
        moment_column(ApiKey, "last_used_at"),
        moment_column(ApiKey, "revoked_at"),
    )
    list_filter = ("scope", "is_live")
    list_select_related = ("merchant", "influencer", "created_by")
    search_fields = ("public_id__exact",)
    search_help_text = _("The twelve characters after the key's prefix; or an id (key, merchant, influencer).")
    exact_search_fields = ("pk", "merchant_id", "influencer_id")
    fields = (
        *("name", "start", "merchant", "influencer", "scope", "is_live", "created_by", "created_at", "last_used_at"),
        *("revoked_at", "revoked_by"),
    )

    @display(description=_("key"))
    def start(self, key: ApiKey) -> str:
        return f"{key.start}…"


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(LargeTableAdmin):
    """Webhooks of merchants and influencers. Search by a whole address or by an id."""

    list_display = (
        moment_column(WebhookEndpoint, "created_at"),
        "url",
        "merchant",
        "influencer",
        moment_column(WebhookEndpoint, "failing_since"),
        "off_reason",
        moment_column(WebhookEndpoint, "deleted_at"),
    )
    list_filter = ("off_reason",)
    list_select_related = ("merchant", "influencer")
    search_fields = ("url__exact",)
    search_help_text = _("A whole address; or an id (webhook, merchant, influencer).")
    exact_search_fields = ("pk", "merchant_id", "influencer_id")
    fields = (
        *("url", "description", "merchant", "influencer", "events", "created_by", "created_at", "failing_since"),
        *("off_at", "off_reason", "deleted_at", "previous_secret_until"),
    )


class WebhookAttemptInline(TabularInline):
    """The attempts of a message."""

    model = WebhookAttempt
    fields = ("number", "created_at", "status_code", "error", "duration", "answer")
    readonly_fields = fields
    ordering = ("-number",)
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: WebhookMessage | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: WebhookMessage | None = None) -> bool:
        return False


@admin.register(WebhookMessage)
class WebhookMessageAdmin(LargeTableAdmin):
    """What was sent to webhooks in the last month. Search by an id."""

    list_display = (
        moment_column(WebhookMessage, "created_at"),
        "event",
        "endpoint",
        "shown_status",
        "attempt_count",
        "last_status_code",
        moment_column(WebhookMessage, "next_attempt_at"),
    )
    list_filter = ("status", "event")
    list_select_related = ("endpoint",)
    search_fields = ("pk",)
    search_help_text = _("An id (message, webhook, lead, deposit, payment, payout, merchant, influencer).")
    exact_search_fields = ("pk", "endpoint_id", "object_id", "merchant_id", "influencer_id")
    fields = (
        *("event", "endpoint", "merchant", "influencer", "object_id", "status", "created_at", "attempt_count"),
        *("next_attempt_at", "delivered_at", "last_status_code"),
    )
    inlines = (WebhookAttemptInline,)

    @display(description=_("status"), label=STATUS_LABELS)
    def shown_status(self, message: WebhookMessage) -> tuple[str, str]:
        return message.status, message.get_status_display()
