"""What the operations on leads read and answer."""

from datetime import date, datetime, time
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from api.fields import AmountField, PercentageField
from api.pagination import PageQuery
from api.schema import ErrorDetail
from leads.models import CommissionType, Lead, LeadReturn, LeadSource, LeadValidation, RejectionReason, ReturnReason
from leads.selectors.leads import LeadFilters
from leads.selectors.own import ORDERS
from leadsmarket.lib.money import ZERO


class LeadBody(serializers.Serializer):
    """consent: the person agreed that their data go to this merchant (law 09-08); sending the lead confirms it."""

    campaign_id = serializers.UUIDField()
    customer_name = serializers.CharField(max_length=120)
    customer_email = serializers.EmailField(max_length=254)
    customer_phone = serializers.CharField(max_length=40, help_text="Without a country code it is Moroccan.")
    customer_company = serializers.CharField(max_length=120, required=False, allow_blank=True, allow_null=True)
    estimated_value = AmountField(help_text="In MAD; at least 50.00, or the campaign's own minimum.")
    source = serializers.ChoiceField(choices=LeadSource.choices)
    customer_notes = serializers.CharField(max_length=2000, required=False, allow_blank=True, allow_null=True)
    consent = serializers.BooleanField(required=False, default=True)


class _Unread(serializers.Field):
    """Anything: each lead of several is read on its own."""

    def to_internal_value(self, data: Any) -> Any:
        return data


class BulkBody(serializers.Serializer):
    leads = serializers.ListField(child=_Unread(allow_null=True), min_length=1, max_length=100)


class BulkBodySchema(serializers.Serializer):
    """Up to 100 leads."""

    leads = serializers.ListField(child=LeadBody(), min_length=1, max_length=100)


class DecisionAnswer(serializers.Serializer):
    """One step of a lead: what was decided and why. commission_amount: deducted (validated) or released (rejected)."""

    decision = serializers.ChoiceField(choices=LeadValidation.Decision.choices)
    quality_score = serializers.IntegerField(allow_null=True)
    feedback = serializers.CharField(allow_blank=True)
    rejection_reason = serializers.ChoiceField(choices=RejectionReason.choices, allow_blank=True)
    rejection_details = serializers.CharField(allow_blank=True)
    actual_value = AmountField(allow_null=True)
    commission_amount = AmountField()
    created_at = serializers.DateTimeField()


class ReturnAnswer(serializers.Serializer):
    id = serializers.UUIDField()
    lead_id = serializers.UUIDField()
    reason = serializers.ChoiceField(choices=ReturnReason.choices)
    details = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=LeadReturn.Status.choices)
    decision_note = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)


class LeadRowAnswer(serializers.Serializer):
    """A lead as lists show it. Its terms are those of the moment when it was created."""

    id = serializers.UUIDField()
    campaign_id = serializers.UUIDField()
    merchant_id = serializers.UUIDField()
    influencer_id = serializers.UUIDField()
    agreement_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=Lead.Status.choices)
    customer_name = serializers.CharField()
    customer_email = serializers.EmailField()
    customer_phone = serializers.CharField(help_text="E.164")
    customer_company = serializers.CharField(allow_blank=True)
    customer_notes = serializers.CharField(allow_blank=True)
    source = serializers.ChoiceField(choices=LeadSource.choices)
    estimated_value = AmountField()
    commission_amount = AmountField()
    commission_type = serializers.ChoiceField(choices=CommissionType.choices)
    influencer_percentage = PercentageField()
    influencer_commission = AmountField(source="influencer_commission_amount")
    quality_score = serializers.IntegerField(allow_null=True)
    rejection_reason = serializers.ChoiceField(choices=RejectionReason.choices, allow_blank=True)
    actual_value = AmountField(allow_null=True)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    outcome_at = serializers.DateTimeField(allow_null=True)


class LeadAnswer(LeadRowAnswer):
    """A lead with its decisions, first one first, and its return where one was asked for."""

    decisions = DecisionAnswer(many=True)
    return_request = ReturnAnswer(allow_null=True)


class LeadPage(serializers.Serializer):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = LeadRowAnswer(many=True)


class CreatedLead(serializers.Serializer):
    success = serializers.BooleanField()
    lead = LeadAnswer()


class BulkResult(serializers.Serializer):
    """`lead` where success is true, else `error`."""

    index = serializers.IntegerField()
    success = serializers.BooleanField()
    lead = LeadAnswer(required=False)
    error = ErrorDetail(required=False)


class BulkAnswer(serializers.Serializer):
    success = serializers.BooleanField()
    results = BulkResult(many=True)


class ValidateBody(serializers.Serializer):
    quality_score = serializers.IntegerField(min_value=1, max_value=10)
    feedback = serializers.CharField(
        max_length=1000, required=False, default="", allow_blank=True, help_text="The influencer reads it."
    )


class ValidatedLead(CreatedLead):
    commission_deducted = AmountField()


class RejectBody(serializers.Serializer):
    rejection_reason = serializers.CharField(
        max_length=500,
        help_text="`incomplete`, `unreachable`, `not_interested`, `out_of_area`, `budget_too_low`, `duplicate`, `fraud`,"
        " `other`, or free text, which is kept as `other`.",
    )
    rejection_details = serializers.CharField(max_length=500, required=False, default="", allow_blank=True)


class RejectedLead(CreatedLead):
    commission_released = AmountField()


class OutcomeBody(serializers.Serializer):
    """actual_value: what the sale really brought, only where it became one."""

    outcome = serializers.ChoiceField(choices=[(Lead.Status.CONVERTED, "converted"), (Lead.Status.LOST, "lost")])
    actual_value = AmountField(least=ZERO, required=False, allow_null=True, default=None)


class PreviewBody(serializers.Serializer):
    campaign_id = serializers.UUIDField(required=False, allow_null=True, default=None)
    estimated_value = AmountField()


class PreviewAnswer(serializers.Serializer):
    success = serializers.BooleanField()
    commission_amount = AmountField()
    commission_type = serializers.ChoiceField(choices=CommissionType.choices)
    influencer_commission = AmountField()
    influencer_percentage = PercentageField()
    accepting_leads = serializers.BooleanField()


class ReturnBody(serializers.Serializer):
    reason = serializers.ChoiceField(choices=ReturnReason.choices)
    details = serializers.CharField(
        max_length=1000, required=False, default="", allow_blank=True, help_text="Needed for `other`."
    )


class AskedReturn(serializers.Serializer):
    success = serializers.BooleanField()
    return_request = ReturnAnswer()


@extend_schema_field({"type": "string", "format": "date-time", "example": "2026-11-01T00:00:00Z"})
class MomentField(serializers.DateTimeField):
    """A time with its offset (without one: Casablanca's), or a day, which means its start there."""

    YEARS = range(2000, 2200)

    def to_internal_value(self, value: Any) -> datetime:
        try:
            day = date.fromisoformat(value) if len(value) == len("2026-11-01") else None
        except (ValueError, TypeError):
            day = None
        moment = (
            datetime.combine(day, time.min, tzinfo=timezone.get_current_timezone())
            if day
            else super().to_internal_value(value)
        )
        if moment.year not in self.YEARS:
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ss+hh:mm")
        return moment


class LeadFilterQuery(serializers.Serializer):
    """Which leads."""

    campaign = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(choices=Lead.Status.choices, required=False)
    source = serializers.ChoiceField(choices=LeadSource.choices, required=False)
    created_after = MomentField(required=False, help_text="Included.")
    created_before = MomentField(required=False, help_text="Not included.")
    q = serializers.CharField(
        max_length=120,
        required=False,
        help_text="A whole e-mail address or phone number, or a part of a name, company, address or number.",
    )
    ordering = serializers.ChoiceField(
        choices=[(order, order) for order in ORDERS],
        required=False,
        default=ORDERS[0],
        help_text="By value only a merchant with `status=pending`.",
    )


class LeadListQuery(PageQuery, LeadFilterQuery):
    """Filters and page."""


def lead_filters(query: dict[str, Any]) -> LeadFilters:
    """Return what a checked query narrows a list to."""
    return LeadFilters(
        campaign_id=query.get("campaign"),
        status=query.get("status", ""),
        source=query.get("source", ""),
        text=query.get("q", ""),
        created_after=query.get("created_after"),
        created_before=query.get("created_before"),
    )
