"""Influencers with money: leads of 300.00 share each, so that a payout of 200.00 is one lead away."""

from decimal import Decimal

from deposits.services import recharge_deposit
from leads.models import Lead
from leads.services import change_campaign, make_earning_payable, validate_lead
from leads.services.campaigns import CampaignTerms
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.personas import Personas

SHARE = Decimal("300.00")
RIB = "011519000001205000534921"


def make_leads_rich(personas: Personas) -> None:
    """Let each lead of the campaign cost 1,000.00, of which the influencer gets SHARE, and fill the deposit up."""
    campaign = personas.campaign
    with acting_as(SYSTEM):
        recharge_deposit(deposit_id=personas.deposit.pk, amount=Decimal("100000.00"), payment_reference="VIR-RICH")
        change_campaign(
            campaign_id=campaign.pk,
            name=campaign.name,
            service=campaign.service,
            description="",
            terms=CampaignTerms(fixed_commission_amount=Decimal("1000.00")),
        )


def earn(personas: Personas) -> Lead:
    """Bring a rich lead and validate it: SHARE is earned."""
    lead = personas.submit("1500.00")
    with acting_as(personas.as_owner):
        return validate_lead(lead_id=lead.pk, quality_score=8)


def earn_payable(personas: Personas) -> Lead:
    """Bring a rich lead, validate it and let staff approve its earning: SHARE is payable."""
    lead = earn(personas)
    with acting_as(personas.as_staff):
        make_earning_payable(lead_id=lead.pk)
    return lead
