"""Leads, the decisions on them and the consents: to read. Nobody on the staff site changes a lead's state."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from leads.models import EarningEntry, Lead, LeadConsent, LeadValidation
from leads.services import record_viewed
from leadsmarket.lib.admin import LargeTableAdmin, moment_column, money_column

STATUS_LABELS = {
    "pending": "info",
    "validated": "success",
    "converted": "success",
    "rejected": "danger",
    "lost": "default",
}


class ReadOnlyInline(TabularInline):
    """Rows beside a lead, to read."""

    extra = 0
    max_num = 0
    can_delete = False
    show_change_link = True
    hide_title = True

    def has_change_permission(self, request: HttpRequest, obj: Lead | None = None) -> bool:
        return False


class DecisionInline(ReadOnlyInline):
    """Who decided what, when and why."""

    model = LeadValidation
    readonly_fields = ("created_at", money_column(LeadValidation, "commission_amount"))
    fields = (
        *readonly_fields,
        "decision",
        "quality_score",
        "feedback",
        "rejection_reason",
        "rejection_details",
        "user",
    )
    ordering = ("id",)


class EarningInline(ReadOnlyInline):
    """What the influencer got for the lead."""

    model = EarningEntry
    readonly_fields = ("created_at", money_column(EarningEntry, "amount"))
    fields = (*readonly_fields, "kind", "payable_from", "user")
    ordering = ("sequence",)


@admin.register(Lead)
class LeadAdmin(LargeTableAdmin):
    """Every lead. Search by the id of a lead, merchant, campaign or influencer, or by the contact's whole phone or e-mail."""

    list_display = (
        moment_column(Lead, "created_at"),
        "customer_name",
        "merchant",
        "campaign",
        "influencer",
        "source",
        "shown_status",
        money_column(Lead, "estimated_value"),
        money_column(Lead, "commission_amount"),
    )
    list_filter = (
        "status",
        "source",
        ("merchant", AutocompleteSelectFilter),
        ("campaign", AutocompleteSelectFilter),
        ("influencer", AutocompleteSelectFilter),
    )
    list_select_related = ("merchant", "campaign", "influencer")
    search_fields = ("customer_phone__exact", "customer_email__iexact")
    search_help_text = _("An id, or the contact's whole phone number (+212…) or e-mail address.")
    exact_search_fields = ("pk", "merchant_id", "campaign_id", "influencer_id", "deposit_id")
    readonly_fields = tuple(
        money_column(Lead, name)
        for name in (
            "estimated_value",
            "commission_amount",
            "influencer_commission_amount",
            "platform_commission_amount",
            "fixed_commission_amount",
            "commission_threshold",
            "actual_value",
        )
    )
    inlines = (DecisionInline, EarningInline)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show a lead, and note who looked at a prospect's data."""
        response = super().change_view(request, object_id, *args, **kwargs)
        if response.status_code == 200:
            record_viewed(lead_id=UUID(unquote(object_id)))
        return response

    def get_fieldsets(self, request: HttpRequest, obj: Lead | None = None) -> list:
        value, *amounts, actual_value = self.readonly_fields
        contact = ("customer_name", "customer_email", "customer_phone", "customer_company", "customer_notes", "source")
        return [
            (None, {"fields": ("status", "merchant", "campaign", "influencer", "agreement", "deposit")}),
            (_("Contact"), {"fields": contact}),
            (
                _("Terms at creation"),
                {
                    "fields": (
                        value,
                        "commission_type",
                        *amounts,
                        "percentage_commission_rate",
                        "influencer_percentage",
                        "auto_payment",
                    )
                },
            ),
            (
                _("Decision"),
                {"fields": ("quality_score", "rejection_reason", actual_value, "decided_at", "outcome_at")},
            ),
            (_("Dates"), {"fields": ("created_at", "expires_at", "updated_at", "erased_at")}),
        ]

    @display(description=_("status"), label=STATUS_LABELS)
    def shown_status(self, lead: Lead) -> tuple[str, str]:
        return lead.status, lead.get_status_display()


@admin.register(LeadValidation)
class LeadValidationAdmin(LargeTableAdmin):
    """Every decision on a lead. Search by the id of a decision, lead or user."""

    list_display = (
        moment_column(LeadValidation, "created_at"),
        "lead",
        "decision",
        "quality_score",
        "rejection_reason",
        money_column(LeadValidation, "commission_amount"),
        "user",
    )
    list_filter = ("decision", "rejection_reason")
    list_select_related = ("lead", "user")
    search_fields = ("pk",)
    search_help_text = _("The id of a decision or lead.")
    exact_search_fields = ("pk", "lead_id")
    readonly_fields = (
        money_column(LeadValidation, "commission_amount"),
        money_column(LeadValidation, "actual_value"),
    )
    fields = (
        "lead",
        "decision",
        "quality_score",
        "feedback",
        "rejection_reason",
        "rejection_details",
        *readonly_fields,
        "user",
        "created_at",
    )


@admin.register(LeadConsent)
class LeadConsentAdmin(LargeTableAdmin):
    """That each contact agreed to their data going to the merchant (law 09-08). Search by a lead's id."""

    list_display = (moment_column(LeadConsent, "given_at"), "lead", "version", "language", "channel", "typed_by")
    list_filter = ("language", "channel")
    list_select_related = ("lead", "typed_by")
    ordering = ("-lead_id",)
    search_fields = ("pk",)
    search_help_text = _("The id of a lead.")
    fields = ("lead", "text", "version", "language", "channel", "ip_address", "typed_by", "given_at")
