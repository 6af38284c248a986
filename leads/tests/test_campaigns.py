"""Campaigns through the services: texts and terms, states, and what their deposit must be able to pay."""

from dataclasses import replace
from decimal import Decimal

import pytest

from accounts.models import AuditEntry
from deposits.services import adjust_deposit, recharge_deposit
from leads.errors import CampaignNotFound, StepNotPossible
from leads.models import Campaign, CampaignSettings, Lead
from leads.services import activate_campaign, change_campaign, create_campaign, end_campaign, pause_campaign
from leads.services.campaigns import DEFAULT_TERMS, CampaignTerms
from leads.signals import campaign_status_changed
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import InvalidInput

LONG_LEADS = CampaignTerms(minimum_estimated_value=Decimal("200.00"))


def change(personas, terms=DEFAULT_TERMS, **texts):
    arguments = {"name": "Cuisine sur mesure", "service": "Rénovation de cuisine", "description": ""} | texts
    return change_campaign(campaign_id=personas.campaign.pk, terms=terms, **arguments)


def smallest_commission(personas):
    with acting_as(personas.as_owner):
        personas.deposit.refresh_from_db()
    return personas.deposit.smallest_commission_amount


def state(campaign):
    with acting_as(SYSTEM):
        campaign.refresh_from_db()
    return campaign.status, campaign.pause_reason


@pytest.fixture
def announced():
    """The status changes that apps above are told."""
    received = []

    def receive(sender, campaign, status_before, reason, **_signal):
        received.append((campaign.name, status_before, campaign.status, reason))

    campaign_status_changed.connect(receive)
    yield received
    campaign_status_changed.disconnect(receive)


def test_new_campaign_has_the_default_terms(personas, announced):
    with acting_as(personas.as_member):
        campaign = create_campaign(merchant_id=personas.merchant.pk, name="  Toits ", service=" Toiture ")
        terms = CampaignSettings.objects.get(campaign=campaign)

    assert (campaign.name, campaign.service, campaign.status) == ("Toits", "Toiture", "active")
    assert (terms.percentage_commission_rate, terms.fixed_commission_amount) == (Decimal("10.00"), Decimal("80.00"))
    assert (terms.commission_threshold, terms.minimum_estimated_value) == (Decimal("800.00"), Decimal("50.00"))
    assert (terms.auto_stop_on_depletion, terms.lead_expiry_hours) == (True, 72)
    assert announced == [("Toits", "draft", "active", "")]


def test_draft_is_announced_to_nobody_and_unseen_by_influencers(personas, announced):
    with acting_as(personas.as_owner):
        campaign = create_campaign(merchant_id=personas.merchant.pk, name="Toits", service="Toiture", activate=False)

    assert announced == []
    with acting_as(personas.as_other_influencer):
        assert not Campaign.objects.filter(pk=campaign.pk).exists()


@pytest.mark.parametrize(
    ("field", "texts", "terms"),
    [
        ("name", {"name": "   "}, {}),
        ("name", {"name": "n" * 121}, {}),
        ("service", {"service": ""}, {}),
        ("service", {"service": "s" * 121}, {}),
        ("description", {"description": "d" * 2001}, {}),
        ("percentage_commission_rate", {}, {"percentage_commission_rate": Decimal("1000")}),
        ("percentage_commission_rate", {}, {"percentage_commission_rate": Decimal("1.001")}),
        ("fixed_commission_amount", {}, {"fixed_commission_amount": Decimal("1.001")}),
        ("lead_expiry_hours", {}, {"lead_expiry_hours": "abc"}),
    ],
)
def test_what_does_not_fit_is_refused_by_name_of_field(personas, field, texts, terms):
    with acting_as(personas.as_owner):
        with pytest.raises(InvalidInput) as refused:
            create_campaign(
                **({"merchant_id": personas.merchant.pk, "name": "Toits", "service": "Toiture"} | texts),
                terms=replace(DEFAULT_TERMS, **terms),
            )
        count = Campaign.objects.count()

    assert list(refused.value.fields) == [field]
    assert count == 1


@pytest.mark.parametrize(
    "terms",
    [
        {"percentage_commission_rate": Decimal("0")},
        {"percentage_commission_rate": Decimal("101")},
        {"fixed_commission_amount": Decimal("0")},
        {"fixed_commission_amount": Decimal("-1")},
        {"commission_threshold": Decimal("-1")},
        {"minimum_estimated_value": Decimal("49.99")},
        {"lead_expiry_hours": 0},
        {"lead_expiry_hours": 721},
    ],
)
def test_terms_outside_their_limits_are_refused(personas, terms):
    with acting_as(personas.as_owner), pytest.raises(InvalidInput):
        change(personas, replace(DEFAULT_TERMS, **terms))

    with acting_as(personas.as_owner):
        assert CampaignSettings.objects.get().percentage_commission_rate == Decimal("10.00")


def test_change_is_audited_with_the_terms_before_and_after(personas):
    with acting_as(personas.as_owner):
        change(personas, replace(DEFAULT_TERMS, percentage_commission_rate=Decimal("12.50")), name="Cuisines")

    with acting_as(SYSTEM):
        entry = AuditEntry.objects.get(action="leads.campaign.changed")
    assert entry.actor_user_id == personas.owner.pk
    assert entry.data["before"]["percentage_commission_rate"] == "10.00"
    assert entry.data["after"]["percentage_commission_rate"] == "12.50"


def test_changed_terms_leave_past_leads_alone(personas):
    lead = personas.submit("600.00")

    with acting_as(personas.as_owner):
        change(personas, replace(DEFAULT_TERMS, percentage_commission_rate=Decimal("20.00"), lead_expiry_hours=1))
        past = Lead.objects.get(pk=lead.pk)
    new = personas.submit("600.00")

    assert (past.commission_amount, past.percentage_commission_rate) == (Decimal("60.00"), Decimal("10.00"))
    assert past.expires_at == lead.expires_at
    assert (new.commission_amount, new.percentage_commission_rate) == (Decimal("120.00"), Decimal("20.00"))


def test_steps_lead_where_they_say_and_repeating_changes_nothing(personas, announced):
    campaign = personas.campaign
    with acting_as(personas.as_member):
        for step, expected in (
            (pause_campaign, ("paused", "manual")),
            (pause_campaign, ("paused", "manual")),
            (activate_campaign, ("active", "")),
            (activate_campaign, ("active", "")),
            (end_campaign, ("ended", "")),
            (end_campaign, ("ended", "")),
        ):
            changed = step(campaign_id=campaign.pk)
            assert (changed.status, changed.pause_reason) == expected

    assert [(before, after) for _name, before, after, _reason in announced] == [
        ("active", "paused"),
        ("paused", "active"),
        ("active", "ended"),
    ]
    with acting_as(SYSTEM):
        assert AuditEntry.objects.filter(action="leads.campaign.status_changed").count() == 3


@pytest.mark.parametrize("step", [activate_campaign, pause_campaign])
def test_ended_campaign_stays_ended(personas, step):
    with acting_as(personas.as_owner):
        end_campaign(campaign_id=personas.campaign.pk)
        with pytest.raises(StepNotPossible):
            step(campaign_id=personas.campaign.pk)
        with pytest.raises(StepNotPossible):
            change(personas)

    assert state(personas.campaign) == ("ended", "")


def test_draft_cannot_be_paused(personas):
    with acting_as(personas.as_owner):
        draft = create_campaign(merchant_id=personas.merchant.pk, name="Toits", service="Toiture", activate=False)
        with pytest.raises(StepNotPossible):
            pause_campaign(campaign_id=draft.pk)


@pytest.mark.parametrize("stranger", ["as_other_owner", "as_influencer", "as_other_influencer"])
@pytest.mark.parametrize("step", [activate_campaign, pause_campaign, end_campaign])
def test_nobody_steers_another_merchants_campaign(personas, stranger, step):
    with acting_as(getattr(personas, stranger)), pytest.raises(Exception) as refused:  # noqa: PT011
        step(campaign_id=personas.campaign.pk)

    assert refused.value.status in (403, 404)
    assert state(personas.campaign) == ("active", "")


def test_another_merchants_campaign_does_not_exist_for_a_change(personas):
    with acting_as(personas.as_other_owner), pytest.raises(CampaignNotFound):
        change(personas, name="Volée")

    with acting_as(personas.as_owner):
        assert Campaign.objects.get().name == "Cuisine sur mesure"


# --- What the deposit must be able to pay --------------------------------------------------------------------------


def test_smallest_commission_follows_the_terms(personas):
    assert smallest_commission(personas) == Decimal("5.00")

    with acting_as(personas.as_owner):
        change(personas, LONG_LEADS)

    assert smallest_commission(personas) == Decimal("20.00")


def test_smallest_commission_is_the_least_of_active_and_paused_campaigns(personas):
    with acting_as(personas.as_owner):
        change(personas, LONG_LEADS)
        cheap = create_campaign(merchant_id=personas.merchant.pk, name="Toits", service="Toiture", activate=False)
    assert smallest_commission(personas) == Decimal("20.00")  # a draft asks for nothing

    with acting_as(personas.as_owner):
        activate_campaign(campaign_id=cheap.pk)
    assert smallest_commission(personas) == Decimal("5.00")

    with acting_as(personas.as_owner):
        pause_campaign(campaign_id=cheap.pk)
    assert smallest_commission(personas) == Decimal("5.00")  # it can resume

    with acting_as(personas.as_owner):
        end_campaign(campaign_id=cheap.pk)
    assert smallest_commission(personas) == Decimal("20.00")


def test_deposit_without_campaign_has_the_default_smallest_commission(personas):
    with acting_as(personas.as_owner):
        change(personas, LONG_LEADS)
        end_campaign(campaign_id=personas.campaign.pk)

    assert smallest_commission(personas) == Decimal("5.00")


def test_terms_beyond_what_is_left_pause_the_campaign_and_a_recharge_resumes_it(personas):
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-4990.00"), reason="Essai")

    with acting_as(personas.as_owner):
        changed = change(personas, LONG_LEADS)

    assert (changed.status, changed.pause_reason) == ("paused", "depleted")
    with acting_as(SYSTEM):
        recharge_deposit(deposit_id=personas.deposit.pk, amount=Decimal("500.00"), payment_reference="VIR-1")
    assert state(personas.campaign) == ("active", "")


def test_recharge_leaves_what_a_person_paused(personas):
    with acting_as(personas.as_owner):
        pause_campaign(campaign_id=personas.campaign.pk)
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-5000.00"), reason="Essai")
        recharge_deposit(deposit_id=personas.deposit.pk, amount=Decimal("500.00"), payment_reference="VIR-1")

    assert state(personas.campaign) == ("paused", "manual")


def test_depletion_pauses_only_campaigns_that_want_to_stop(personas):
    with acting_as(personas.as_owner):
        stubborn = create_campaign(
            merchant_id=personas.merchant.pk,
            name="Toits",
            service="Toiture",
            terms=replace(DEFAULT_TERMS, auto_stop_on_depletion=False),
        )
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-5000.00"), reason="Essai")

    assert state(personas.campaign) == ("paused", "depleted")
    assert state(stubborn) == ("active", "")
    assert state(personas.other_campaign) == ("active", "")


def test_campaign_paused_by_depletion_can_be_kept_paused_by_hand(personas):
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-5000.00"), reason="Essai")
    with acting_as(personas.as_owner):
        pause_campaign(campaign_id=personas.campaign.pk)

    with acting_as(SYSTEM):
        recharge_deposit(deposit_id=personas.deposit.pk, amount=Decimal("500.00"), payment_reference="VIR-1")

    assert state(personas.campaign) == ("paused", "manual")


def deplete(deposit):
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=deposit.pk, amount=Decimal("-5000.00"), reason="Essai")


def recharge(deposit):
    with acting_as(SYSTEM):
        recharge_deposit(deposit_id=deposit.pk, amount=Decimal("500.00"), payment_reference="VIR-1")


def test_activated_on_a_depleted_deposit_a_campaign_waits_for_the_recharge(personas, announced):
    with acting_as(personas.as_owner):
        pause_campaign(campaign_id=personas.campaign.pk)
    deplete(personas.deposit)
    announced.clear()

    with acting_as(personas.as_owner):
        for _repeat in range(2):
            changed = activate_campaign(campaign_id=personas.campaign.pk)
            assert (changed.status, changed.pause_reason) == ("paused", "depleted")

    assert announced == [("Cuisine sur mesure", "paused", "paused", "depleted")]
    recharge(personas.deposit)
    assert state(personas.campaign) == ("active", "")


@pytest.mark.parametrize("activate", [True, False])
def test_new_campaign_on_a_depleted_deposit_waits_for_the_recharge(personas, activate):
    deplete(personas.deposit)

    with acting_as(personas.as_owner):
        new = create_campaign(merchant_id=personas.merchant.pk, name="Toits", service="Toiture", activate=activate)
        if not activate:
            assert state(new) == ("draft", "")
            activate_campaign(campaign_id=new.pk)

    assert state(new) == ("paused", "depleted")
    recharge(personas.deposit)
    assert state(new) == ("active", "")


def test_campaign_that_does_not_stop_by_itself_can_be_activated_on_a_depleted_deposit(personas):
    deplete(personas.deposit)
    with acting_as(personas.as_owner):
        change(personas, replace(DEFAULT_TERMS, auto_stop_on_depletion=False))
        activate_campaign(campaign_id=personas.campaign.pk)

    assert state(personas.campaign) == ("active", "")


def test_activating_what_asks_for_less_revives_a_deposit_and_the_campaign_with_it(personas):
    with acting_as(personas.as_owner):
        change(personas, LONG_LEADS)
        cheap = create_campaign(merchant_id=personas.merchant.pk, name="Toits", service="Toiture", activate=False)
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-4990.00"), reason="Essai")
    assert state(personas.campaign) == ("paused", "depleted")

    with acting_as(personas.as_owner):
        changed = activate_campaign(campaign_id=cheap.pk)

    assert (changed.status, changed.pause_reason) == ("active", "")
    assert state(personas.campaign) == ("active", "")
