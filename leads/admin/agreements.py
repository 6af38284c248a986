"""Agreements: staff see all, suspend and resume them."""

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display

from deposits.admin_forms import ReasonForm
from leads.models import InfluencerAgreement
from leads.services import resume_agreement, suspend_agreement
from leadsmarket.lib.admin import (
    ActionPage,
    ReadOnlyAdmin,
    answer_action_page,
    change_page,
    moment_column,
    money_column,
)

STATUS_LABELS = {"pending": "info", "active": "success", "suspended": "warning", "terminated": "default"}
STEERS = ["leads.change_influenceragreement"]


@admin.register(InfluencerAgreement)
class AgreementAdmin(ReadOnlyAdmin):
    """Who may submit leads to whom, and on which terms."""

    list_display = (
        "influencer",
        "merchant",
        "shown_campaign",
        "shown_status",
        "commission_percentage",
        moment_column(InfluencerAgreement, "created_at"),
    )
    list_filter = (
        "status",
        "is_invitation",
        "auto_payment",
        ("merchant", AutocompleteSelectFilter),
        ("influencer", AutocompleteSelectFilter),
    )
    list_select_related = ("influencer", "merchant", "campaign")
    search_fields = ("influencer__display_name", "merchant__name", "campaign__name")
    exact_search_fields = ("pk", "influencer_id", "merchant_id", "campaign_id")
    ordering = ("-id",)
    sortable_by = ()
    readonly_fields = (
        "shown_campaign",
        money_column(InfluencerAgreement, "minimum_deposit"),
    )
    actions_detail = ("suspend", "resume")

    def get_fieldsets(self, request: HttpRequest, obj: InfluencerAgreement | None = None) -> list:
        sides = (
            "influencer",
            "merchant",
            "shown_campaign",
            "status",
            "status_reason",
            "is_invitation",
            "message",
        )
        terms = (
            "commission_percentage",
            self.readonly_fields[1],
            "quality_threshold",
            "requires_validation",
            "auto_payment",
        )
        return [
            (None, {"fields": sides}),
            (_("Terms"), {"fields": terms}),
            (_("Dates"), {"fields": ("created_at", "updated_at")}),
        ]

    @display(description=_("campaign"))
    def shown_campaign(self, agreement: InfluencerAgreement) -> str:
        return agreement.campaign.name if agreement.campaign else _now("All campaigns")

    @display(description=_("status"), label=STATUS_LABELS)
    def shown_status(self, agreement: InfluencerAgreement) -> tuple[str, str]:
        return agreement.status, agreement.get_status_display()

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list:
        """Leave out the step that the agreement's status makes impossible."""
        found = self.get_object(request, unquote(object_id))
        status = found.status if found else None
        possible = {"active": "suspend", "suspended": "resume"}.get(status)
        return [
            one
            for one in super().get_actions_detail(request, object_id)
            if one.method.original_function_name == possible
        ]

    @action(description=_("Suspend"), url_path="suspend", icon="block", permissions=STEERS)
    def suspend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop new leads under this agreement."""
        agreement = self.found(request, object_id)
        page = ActionPage(
            title=_("Suspend the agreement"),
            subtitle=_now("%(influencer)s can submit no new leads to %(merchant)s; pending ones are still decided.")
            % {"influencer": agreement.influencer.display_name, "merchant": agreement.merchant.name},
            submit=_("Suspend the agreement"),
            form=ReasonForm(request.POST or None),
            act=lambda reason: suspend_agreement(agreement_id=agreement.pk, reason=reason),
            done=lambda _agreement: _now("Agreement suspended."),
            back=change_page(agreement),
        )
        return answer_action_page(self, request, page)

    @action(description=_("Resume"), url_path="resume", icon="play_arrow", permissions=STEERS)
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Make a suspended agreement active again."""
        agreement = self.found(request, object_id)
        page = ActionPage(
            title=_("Resume the agreement"),
            subtitle=_now("%(influencer)s can submit leads to %(merchant)s again.")
            % {"influencer": agreement.influencer.display_name, "merchant": agreement.merchant.name},
            submit=_("Resume the agreement"),
            form=forms.Form(request.POST if request.method == "POST" else None),
            act=lambda: resume_agreement(agreement_id=agreement.pk),
            done=lambda _agreement: _now("Agreement resumed."),
            back=change_page(agreement),
        )
        return answer_action_page(self, request, page)
