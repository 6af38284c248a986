"""Returns of leads: what merchants ask, for staff to accept or refuse."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from leads.models import LeadReturn
from leads.services import accept_return, refuse_return
from leadsmarket.lib.admin import ActionPage, LargeTableAdmin, answer_action_page, change_page, moment_column
from leadsmarket.lib.money import format_mad

STATUS_LABELS = {"asked": "warning", "accepted": "success", "refused": "danger"}
DECIDES = ["leads.change_leadreturn"]


class NoteForm(forms.Form):
    """Words that both sides read."""

    note = forms.CharField(
        label=_("Note"),
        max_length=LeadReturn._meta.get_field("decision_note").max_length,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("The merchant and the influencer read it."),
    )

    def __init__(self, *args: Any, is_required: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].required = is_required


@admin.register(LeadReturn)
class LeadReturnAdmin(LargeTableAdmin):
    """Requests to return a lead. Search by the id of a return or lead."""

    list_display = (
        moment_column(LeadReturn, "created_at"),
        "merchant",
        "lead",
        "influencer",
        "reason",
        "commission",
        "shown_status",
    )
    list_filter = (
        "status",
        "reason",
        ("lead__merchant", AutocompleteSelectFilter),
        ("lead__influencer", AutocompleteSelectFilter),
    )
    list_select_related = ("lead__merchant", "lead__influencer")
    search_fields = ("pk",)
    search_help_text = _("The id of a return or lead.")
    exact_search_fields = ("pk", "lead_id")
    readonly_fields = ("merchant", "influencer", "commission", "share", "proof_link")
    fieldsets = (
        (None, {"fields": ("status", "lead", "merchant", "influencer", "commission", "share")}),
        (_("Request"), {"fields": ("reason", "details", "proof_link", "asked_by", "created_at")}),
        (_("Decision"), {"fields": ("decided_by", "decided_at", "decision_note")}),
    )
    actions_detail = ("accept", "refuse")

    @display(description=_("status"), label=STATUS_LABELS)
    def shown_status(self, asked: LeadReturn) -> tuple[str, str]:
        return asked.status, asked.get_status_display()

    @display(description=_("merchant"))
    def merchant(self, asked: LeadReturn) -> str:
        return asked.lead.merchant.name

    @display(description=_("influencer"))
    def influencer(self, asked: LeadReturn) -> str:
        return asked.lead.influencer.display_name

    @display(description=_("commission"))
    def commission(self, asked: LeadReturn) -> str:
        return format_mad(asked.lead.commission_amount)

    @display(description=_("influencer's share"))
    def share(self, asked: LeadReturn) -> str:
        return format_mad(asked.lead.influencer_commission_amount)

    @display(description=_("proof"))
    def proof_link(self, asked: LeadReturn) -> str:
        if not asked.proof:
            return "—"
        url = reverse("leads:return_proof", args=[asked.lead_id])
        return format_html('<a class="text-primary-600" href="{}">{}</a>', url, _now("Download"))

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list:
        """Offer nothing once it is decided."""
        found = self.get_object(request, unquote(object_id))
        is_open = found is not None and found.status == LeadReturn.Status.ASKED
        return super().get_actions_detail(request, object_id) if is_open else []

    @action(description=_("Accept"), url_path="accept", icon="check", permissions=DECIDES)
    def accept(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Refund the commission and take the share back."""
        asked = self.found(request, object_id)
        lead = asked.lead
        page = ActionPage(
            title=_("Accept the return"),
            subtitle=_now(
                "%(commission)s go back to %(merchant)s's deposit, %(share)s are taken back from %(influencer)s."
            )
            % {
                "commission": format_mad(lead.commission_amount),
                "merchant": lead.merchant.name,
                "share": format_mad(lead.influencer_commission_amount),
                "influencer": lead.influencer.display_name,
            },
            submit=_("Accept the return"),
            form=NoteForm(request.POST if request.method == "POST" else None, is_required=False),
            act=lambda note: accept_return(return_id=asked.pk, note=note),
            done=lambda _asked: _now("Return accepted: refunded and taken back."),
            back=change_page(asked),
        )
        return answer_action_page(self, request, page)

    @action(description=_("Refuse"), url_path="refuse", icon="close", permissions=DECIDES)
    def refuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Leave the money where it is, and say why."""
        asked = self.found(request, object_id)
        page = ActionPage(
            title=_("Refuse the return"),
            subtitle=_now("The commission stays deducted and the influencer's share stays theirs."),
            submit=_("Refuse the return"),
            form=NoteForm(request.POST if request.method == "POST" else None, is_required=True),
            act=lambda note: refuse_return(return_id=asked.pk, note=note),
            done=lambda _asked: _now("Return refused."),
            back=change_page(asked),
        )
        return answer_action_page(self, request, page)
