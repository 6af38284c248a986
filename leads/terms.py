"""The terms under which an influencer can submit a lead now, read in one round trip (SQL function lead_terms)."""

from dataclasses import dataclass, fields
from decimal import Decimal
from uuid import UUID

from django.db import connection

from leads.blocked import digests_of
from leads.errors import CampaignNotFound
from leadsmarket.lib.errors import raising_refusals


@dataclass(frozen=True, slots=True)
class LeadTerms:
    """What applies to one campaign, influencer and estimated value. Amounts in MAD, shares in percent.

    accepts_leads: the campaign is active and its deposit can reserve this commission. is_own_contact: see product.md,
    "Not one's own". is_blocked: the person objected, or was erased lately. The fields stand in the order of the SQL function.
    """

    merchant_id: UUID
    merchant_name: str
    campaign_status: str
    agreement_id: UUID | None
    agreement_status: str | None
    requires_validation: bool | None
    auto_payment: bool | None
    influencer_percentage: Decimal | None
    percentage_commission_rate: Decimal
    fixed_commission_amount: Decimal
    commission_threshold: Decimal
    minimum_estimated_value: Decimal
    lead_expiry_hours: int
    commission_amount: Decimal
    commission_type: str
    influencer_commission_amount: Decimal
    deposit_id: UUID | None
    deposit_status: str | None
    accepts_leads: bool
    is_own_contact: bool
    is_blocked: bool


_COLUMNS = ", ".join(field.name for field in fields(LeadTerms) if field.name != "is_blocked")


def lead_terms(
    *, campaign_id: UUID, influencer_id: UUID, estimated_value: Decimal, email: str = "", phone: str = ""
) -> LeadTerms:
    """Return the terms for a lead of `estimated_value`; also the commission preview.

    email in lower case and phone in E.164 (both empty for a preview) are compared with the two sides' own contacts and with
    those that are blocked.
    Raises CampaignNotFound, also for a draft.
    """
    with raising_refusals(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS}, contact_is_blocked(%s) FROM lead_terms(%s, %s, %s, %s, %s)",
            [digests_of(email, phone), campaign_id, influencer_id, estimated_value, email, phone],
        )
        row = cursor.fetchone()
    if row is None:
        raise CampaignNotFound
    return LeadTerms(*row)
