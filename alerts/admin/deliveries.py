"""Messages on the staff site: what was sent to whom, what failed and why, and addresses that are not reached."""

import json

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display

from alerts.admin.channels import ChannelPage
from alerts.admin.previews import PreviewPages
from alerts.kinds import ChannelName
from alerts.models import AddressProblem, Delivery
from alerts.services import resend_delivery, solve_address_problem
from leadsmarket.lib.admin import (
    ActionPage,
    LargeTableAdmin,
    act_on_each,
    answer_action_page,
    change_page,
    moment_column,
)

STATUS_LABELS = {
    "queued": "info",
    "sent": "success",
    "delivered": "success",
    "retrying": "warning",
    "given_up": "danger",
    "bounced": "danger",
    "not_sent": "warning",
}


@admin.register(Delivery)
class DeliveryAdmin(ChannelPage, PreviewPages):
    """Every message. Search by a whole address, or by the id of a message or person."""

    list_display = (
        moment_column(Delivery, "created_at"),
        "kind",
        "channel",
        "shown_address",
        "language",
        "shown_status",
        "attempts",
        moment_column(Delivery, "sent_at"),
        "short_error",
    )
    list_filter = ("status", "kind", "channel", "language")
    search_fields = ("address__exact", "provider_id__exact")
    search_help_text = _("A whole address, a provider's id, or the id of a message or person.")
    exact_search_fields = ("pk", "user_id")
    readonly_fields = ("shown_address", "shown_attachments", "shown_text", "shown_html", "shown_payload")
    actions_detail = ("send_again",)
    fieldsets = (
        (None, {"fields": ("kind", "channel", "user", "shown_address", "language", "status", "created_at")}),
        (_("Sending"), {"fields": ("attempts", "next_attempt_at", "sent_at", "delivered_at", "provider_id", "error")}),
        (_("Message"), {"fields": ("subject", "shown_attachments", "shown_html", "shown_text", "shown_payload")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Leave the bodies of messages out of lists."""
        found = super().get_queryset(request).select_related("user")
        is_list = request.resolver_match is not None and request.resolver_match.url_name.endswith("_changelist")
        return found.defer("text", "html") if is_list else found

    @display(description=_("address"))
    def shown_address(self, delivery: Delivery) -> SafeString:
        # An id of a browser is nothing to read; a phone number stays in its order in Arabic.
        if delivery.channel == ChannelName.WEB_PUSH:
            return format_html('<span title="{}">{}</span>', delivery.address, _now("Browser"))
        return format_html("<bdi>{}</bdi>", delivery.address)

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

    @display(description=_("for the channel"))
    def shown_payload(self, delivery: Delivery) -> SafeString | str:
        """What the channel gets beside the text, such as a WhatsApp template with its values."""
        if not delivery.payload:
            return "—"
        written = json.dumps(delivery.payload, ensure_ascii=False, indent=2)
        return format_html('<pre class="whitespace-pre-wrap" dir="ltr">{}</pre>', written)

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


@admin.register(AddressProblem)
class AddressProblemAdmin(LargeTableAdmin):
    """Addresses where nothing arrives, as their provider said; their people are told and can try again, and so can staff."""

    list_display = (
        moment_column(AddressProblem, "created_at"),
        "user",
        "channel",
        "address",
        "reason",
        moment_column(AddressProblem, "solved_at"),
    )
    list_filter = ("channel",)
    list_select_related = ("user",)
    search_fields = ("address__exact",)
    search_help_text = _("A whole address, or the id of a person.")
    exact_search_fields = ("pk", "user_id")
    fields = ("user", "channel", "address", "reason", "created_at", "solved_at")
    actions = ("try_again",)
    actions_detail = ("try_this_again",)

    @admin.action(description=_("Try again"), permissions=["try_again"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[AddressProblem]) -> None:
        """Send messages to the chosen addresses again."""
        act_on_each(
            request,
            queryset.order_by("pk").values_list("pk", flat=True),
            lambda problem_id: solve_address_problem(problem_id=problem_id),
            lambda count: (
                ngettext("%(count)s address is tried again.", "%(count)s addresses are tried again.", count)
                % {"count": count}
            ),
        )

    def has_try_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("alerts.change_addressproblem")

    @action(
        description=_("Try again"),
        url_path="try-again",
        icon="refresh",
        permissions=["alerts.change_addressproblem"],
    )
    def try_this_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send messages to this address again, after asking whether that is meant."""
        problem = self.found(request, object_id)
        page = ActionPage(
            title=_("Try again"),
            subtitle=f"{problem.address} – {problem.reason}",
            submit=_("Try again"),
            form=forms.Form(request.POST if request.method == "POST" else None),
            act=lambda: solve_address_problem(problem_id=problem.pk),
            done=lambda _problem: _now("Messages are sent to this address again."),
            back=change_page(problem),
        )
        return answer_action_page(self, request, page)
