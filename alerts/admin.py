"""The staff site's page of messages: what was sent to whom, what failed and why. Nothing is changed by hand."""

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from alerts.models import Delivery, Notification
from alerts.services import resend_delivery
from leadsmarket.lib.admin import ActionPage, LargeTableAdmin, answer_action_page, change_page, moment_column

STATUS_LABELS = {"queued": "info", "sent": "success", "retrying": "warning", "given_up": "danger"}


@admin.register(Delivery)
class DeliveryAdmin(LargeTableAdmin):
    """Every message. Search by a whole address, or by the id of a message or person."""

    list_display = (
        moment_column(Delivery, "created_at"),
        "kind",
        "address",
        "language",
        "shown_status",
        "attempts",
        moment_column(Delivery, "sent_at"),
        "short_error",
    )
    list_filter = ("status", "kind", "channel", "language")
    search_fields = ("address__exact",)
    search_help_text = _("A whole address, or the id of a message or person.")
    exact_search_fields = ("pk", "user_id")
    readonly_fields = ("shown_attachments", "shown_text", "shown_html")
    actions_detail = ("send_again",)
    fieldsets = (
        (None, {"fields": ("kind", "channel", "user", "address", "language", "status", "created_at")}),
        (_("Sending"), {"fields": ("attempts", "next_attempt_at", "sent_at", "provider_id", "error")}),
        (_("Message"), {"fields": ("subject", "shown_attachments", "shown_html", "shown_text")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Leave the bodies of messages out of lists."""
        found = super().get_queryset(request).select_related("user")
        is_list = request.resolver_match is not None and request.resolver_match.url_name.endswith("_changelist")
        return found.defer("text", "html") if is_list else found

    @display(description=_("status"), label=STATUS_LABELS)
    def shown_status(self, delivery: Delivery) -> tuple[str, str]:
        return delivery.status, delivery.get_status_display()

    @display(description=_("error"))
    def short_error(self, delivery: Delivery) -> str:
        return delivery.error[:80] or "—"

    @display(description=_("attachments"))
    def shown_attachments(self, delivery: Delivery) -> str:
        return format_html_join(", ", "{} {}", ((one["kind"], one["id"]) for one in delivery.attachments)) or "—"

    @display(description=_("text"))
    def shown_text(self, delivery: Delivery) -> SafeString:
        return format_html('<pre class="whitespace-pre-wrap" dir="auto">{}</pre>', delivery.text)

    @display(description=_("HTML"))
    def shown_html(self, delivery: Delivery) -> SafeString | str:
        """The message as it looks, in a frame that may do nothing: no scripts, no forms, no way out."""
        if not delivery.html:
            return "—"
        return format_html(
            '<iframe sandbox="" title="{}" width="100%" height="720" srcdoc="{}"></iframe>',
            delivery.subject,
            delivery.html,
        )

    @action(
        description=_("Send again"),
        url_path="send-again",
        icon="forward_to_inbox",
        permissions=["alerts.change_delivery"],
    )
    def send_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Queue a message once more, after asking whether that is meant."""
        delivery = self.found(request, object_id)
        page = ActionPage(
            title=_("Send again"),
            subtitle=_now("%(subject)s, to %(address)s.") % {"subject": delivery.subject, "address": delivery.address},
            submit=_("Send again"),
            form=forms.Form(request.POST if request.method == "POST" else None),
            act=lambda: resend_delivery(delivery_id=delivery.pk),
            done=lambda _delivery: _now("The message is queued once more."),
            back=change_page(delivery),
        )
        return answer_action_page(self, request, page)


@admin.register(Notification)
class NotificationAdmin(LargeTableAdmin):
    """What people were told on their dashboard. Search by the id of a notification, person, deposit, lead or payment."""

    list_display = (
        moment_column(Notification, "created_at"),
        "kind",
        "user",
        "title",
        "level",
        moment_column(Notification, "read_at"),
    )
    list_filter = ("kind", "level")
    list_select_related = ("user",)
    search_fields = ("pk",)
    search_help_text = _("The id of a notification, person, deposit, lead or payment.")
    exact_search_fields = ("pk", "user_id", "deposit_id", "lead_id", "payment_id")
    fields = (
        *("kind", "level", "user", "title", "body", "url", "created_at", "read_at"),
        *("deposit_id", "campaign_id", "lead_id", "payment_id"),
    )
