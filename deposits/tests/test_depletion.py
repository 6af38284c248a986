"""A depleted deposit pauses its campaigns, a recharge resumes exactly those: product.md, "Campaign"."""

from decimal import Decimal

import pytest

from accounts.models import AuditEntry
from deposits.models import Deposit
from deposits.services import adjust_deposit, open_deposit, recharge_deposit, resume_deposit, suspend_deposit
from leads.models import Campaign
from leads.services import create_campaign, pause_campaign, validate_lead
from leads.services.campaigns import CampaignTerms
from leadsmarket.lib.actor import SYSTEM, acting_as


def make_campaign(personas, name, **terms):
    with acting_as(personas.as_owner):
        return create_campaign(merchant_id=personas.merchant.pk, name=name, service=name, terms=CampaignTerms(**terms))


def adjust(personas, amount, deposit=None):
    with acting_as(personas.as_staff):
        adjust_deposit(deposit_id=(deposit or personas.deposit).pk, amount=Decimal(amount), reason="Test")


def recharge(personas, deposit=None):
    with acting_as(personas.as_staff):
        recharge_deposit(
            deposit_id=(deposit or personas.deposit).pk, amount=Decimal("500.00"), payment_reference="VIR-R"
        )


def state(campaign):
    with acting_as(SYSTEM):
        campaign = Campaign.objects.get(pk=campaign.pk)
    return campaign.status, campaign.pause_reason


def status_of(deposit):
    with acting_as(SYSTEM):
        return Deposit.objects.get(pk=deposit.pk).status


@pytest.fixture
def others(personas):
    """Beside the first campaign: one paused by hand, one that does not stop by itself, a draft, one with its own deposit."""
    by_hand = make_campaign(personas, "Toiture")
    with acting_as(personas.as_owner):
        pause_campaign(campaign_id=by_hand.pk)
    going_on = make_campaign(personas, "Jardin", auto_stop_on_depletion=False)
    with acting_as(personas.as_owner):
        draft = create_campaign(merchant_id=personas.merchant.pk, name="Projet", service="Projet", activate=False)
    own = make_campaign(personas, "Piscine")
    with acting_as(personas.as_staff):
        own_deposit = open_deposit(
            merchant_id=personas.merchant.pk,
            campaign_id=own.pk,
            initial_amount=Decimal("2000.00"),
            payment_reference="VIR-P",
        )
    return {"by_hand": by_hand, "going_on": going_on, "draft": draft, "own": own, "own_deposit": own_deposit}


def test_depletion_pauses_and_recharge_resumes_exactly_those(personas, others):
    adjust(personas, "-4996.00")

    assert status_of(personas.deposit) == "depleted"
    assert state(personas.campaign) == ("paused", "depleted")
    assert state(others["by_hand"]) == ("paused", "manual")
    assert state(others["going_on"]) == ("active", "")
    assert state(others["draft"]) == ("draft", "")
    assert state(others["own"]) == ("active", "")
    assert state(personas.other_campaign) == ("active", "")

    recharge(personas)

    assert status_of(personas.deposit) == "active"
    assert state(personas.campaign) == ("active", "")
    assert state(others["by_hand"]) == ("paused", "manual")
    assert state(others["draft"]) == ("draft", "")


def test_depletion_of_a_campaigns_own_deposit_stops_that_campaign_alone(personas, others):
    adjust(personas, "-2000.00", others["own_deposit"])

    assert state(others["own"]) == ("paused", "depleted")
    assert state(personas.campaign) == ("active", "")

    recharge(personas)
    assert state(others["own"]) == ("paused", "depleted")

    recharge(personas, others["own_deposit"])
    assert state(others["own"]) == ("active", "")


def test_last_commission_depletes(personas):
    adjust(personas, "-4920.00")
    lead = personas.submit("800.00")
    assert state(personas.campaign) == ("active", "")

    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8)

    assert status_of(personas.deposit) == "depleted"
    assert state(personas.campaign) == ("paused", "depleted")
    with acting_as(SYSTEM):
        entry = AuditEntry.objects.filter(action="leads.campaign.status_changed").latest("id")
    assert entry.data["reason"] == "depleted"


def test_full_deposit_leaves_its_campaign_active(personas):
    adjust(personas, "-4920.00")

    personas.submit("800.00")

    assert status_of(personas.deposit) == "active"
    assert state(personas.campaign) == ("active", "")


def test_paused_by_hand_after_depletion_stays_paused(personas):
    adjust(personas, "-5000.00")
    with acting_as(personas.as_owner):
        pause_campaign(campaign_id=personas.campaign.pk)

    recharge(personas)

    assert state(personas.campaign) == ("paused", "manual")


def test_money_on_a_suspended_deposit_resumes_nothing_until_staff_do(personas):
    adjust(personas, "-5000.00")
    with acting_as(personas.as_staff):
        suspend_deposit(deposit_id=personas.deposit.pk, reason="Test")
    recharge(personas)

    assert state(personas.campaign) == ("paused", "depleted")

    with acting_as(personas.as_staff):
        resume_deposit(deposit_id=personas.deposit.pk, reason="Test")

    assert state(personas.campaign) == ("active", "")


def test_correction_upwards_revives_like_a_recharge(personas):
    adjust(personas, "-5000.00")

    adjust(personas, "5.00")

    assert status_of(personas.deposit) == "active"
    assert state(personas.campaign) == ("active", "")
