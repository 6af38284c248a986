"""Leads and earnings as files: what each side gets. An influencer's file has no amount of the merchant's.

EARNINGS needs `signed`: the amount, negative where it was taken back.
"""

from django.utils.translation import gettext_lazy as _

from leads.models import CommissionType, EarningEntry, Lead, LeadSource, RejectionReason
from leadsmarket.lib.exports import Column, labels_of

_DATES = (
    Column(_("Created"), "created_at", "moment"),
    Column(_("Status"), "status", "code", labels_of(Lead.Status.choices)),
)
_CLIENT = (
    Column(_("Customer name"), "customer_name", width=24),
    Column(_("Company"), "customer_company", width=24),
    Column(_("E-mail"), "customer_email", width=28),
    Column(_("Phone"), "customer_phone"),
    Column(_("Notes"), "customer_notes", width=40),
)
_WHAT = (
    Column(_("Source"), "source", "code", labels_of(LeadSource.choices)),
    Column(_("Estimated value (MAD)"), "estimated_value", "amount"),
)
_OUTCOME = (
    Column(_("Decided"), "decided_at", "moment"),
    Column(_("Quality score"), "quality_score", "number", width=10),
    Column(_("Reason of the rejection"), "rejection_reason", "code", labels_of(RejectionReason.choices), width=22),
)
_NUMBER = Column(_("Number of the lead"), "id", "id", width=38)

MERCHANT_LEADS = (
    *_DATES,
    *_CLIENT,
    Column(_("Campaign"), "campaign__name", width=24),
    Column(_("Service"), "campaign__service", width=24),
    Column(_("Influencer"), "influencer__display_name", width=20),
    *_WHAT,
    Column(_("Commission (MAD)"), "commission_amount", "amount"),
    Column(_("Type of commission"), "commission_type", "code", labels_of(CommissionType.choices)),
    *_OUTCOME,
    Column(_("Outcome known"), "outcome_at", "moment"),
    Column(_("Real value of the sale (MAD)"), "actual_value", "amount"),
    Column(_("Expires"), "expires_at", "moment"),
    _NUMBER,
)
INFLUENCER_LEADS = (
    *_DATES,
    *_CLIENT,
    Column(_("Campaign"), "campaign__name", width=24),
    Column(_("Company that pays"), "merchant__name", width=24),
    *_WHAT,
    Column(_("Your share (MAD)"), "influencer_commission_amount", "amount"),
    *_OUTCOME,
    _NUMBER,
)
EARNINGS = (
    Column(_("Date"), "created_at", "moment"),
    Column(_("What happened"), "kind", "code", labels_of(EarningEntry.Kind.choices), width=20),
    Column(_("Amount (MAD)"), "signed", "amount"),
    Column(_("Customer name"), "lead__customer_name", width=24),
    Column(_("Campaign"), "lead__campaign__name", width=24),
    Column(_("Payable from"), "payable_from", "moment"),
    Column(_("Earned, not payable yet (MAD)"), "earned_after", "amount"),
    Column(_("Payable (MAD)"), "payable_after", "amount"),
    Column(_("In payout (MAD)"), "in_payout_after", "amount"),
    Column(_("Paid (MAD)"), "paid_after", "amount"),
    Column(_("Number of the lead"), "lead_id", "id", width=38),
)
