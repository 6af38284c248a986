"""What happens at the same moment: real threads, real connections, one starting shot (quality.md, "Reliability" 2).

RACE_REPEATS sets how often each race is run (200 unless told). Each race ends with right books, and no error but the clear one.
"""

import os
from collections import Counter
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection, connections
from django.utils import timezone

from deposits.errors import DepositAlreadyOpen
from deposits.models import Deposit, DepositTransaction
from deposits.services import adjust_deposit, open_deposit, recharge_deposit
from leads.errors import CampaignCannotTakeLeads, DuplicateLead, LeadAlreadyDecided
from leads.models import Campaign, InfluencerBalance, Lead, LeadConsent, LeadValidation
from leads.services import (
    accept_agreement,
    activate_campaign,
    apply_to_campaign,
    create_campaign,
    create_lead,
    expire_leads,
    make_earnings_payable,
    pause_campaign,
    reject_lead,
    resume_agreement,
    suspend_agreement,
    validate_lead,
)
from leads.services.campaigns import CampaignTerms
from leadsmarket.lib.actor import SYSTEM, Actor, acting_as
from leadsmarket.lib.identifiers import new_id
from tests.books import broken_invariants
from tests.crowd import crowd
from tests.personas import Personas, make_merchant, submission

REPEATS = int(os.environ.get("RACE_REPEATS", "200"))
FEWER_REPEATS = max(REPEATS // 5, 1)


def as_actor(actor: Actor, function, **arguments):
    """An action for the crowd: one service call as `actor`, in a transaction of its own."""

    def act():
        with acting_as(actor):
            return function(**arguments)

    return act


def lead_of(personas: Personas, value: str = "600.00", **changes):
    """The arguments of create_lead for a lead of Salma's with a fresh contact."""
    return {
        "influencer_id": personas.influencer.pk,
        "campaign_id": personas.campaign.pk,
        "submission": submission(value, **changes),
    }


def set_balance(deposit: Deposit, balance: str) -> None:
    """Adjust a deposit to `balance` (MAD)."""
    with acting_as(SYSTEM):
        difference = Decimal(balance) - Deposit.objects.get(pk=deposit.pk).current_balance
        if difference:
            adjust_deposit(deposit_id=deposit.pk, amount=difference, reason="Test")


def amounts_of(deposit: Deposit) -> tuple[Decimal, Decimal, Decimal]:
    with acting_as(SYSTEM):
        row = Deposit.objects.get(pk=deposit.pk)
    return row.current_balance, row.reserved_amount, row.available_balance


def kinds(outcomes: list) -> Counter:
    return Counter(type(outcome) for outcome in outcomes)


def test_forty_leads_of_80_on_2000_give_25_leads_and_15_clear_refusals(committed_personas):
    personas = committed_personas
    set_balance(personas.deposit, "2000.00")

    with crowd(40) as threads:
        outcomes = threads.at_once(
            *(as_actor(personas.as_influencer, create_lead, **lead_of(personas, "1500.00")) for _ in range(40))
        )

    assert kinds(outcomes) == {Lead: 25, CampaignCannotTakeLeads: 15}
    assert "2000" not in "".join(str(outcome) for outcome in outcomes if isinstance(outcome, CampaignCannotTakeLeads))
    assert amounts_of(personas.deposit) == (Decimal("2000.00"), Decimal("2000.00"), Decimal("0.00"))
    with acting_as(SYSTEM):
        assert Lead.objects.count() == LeadConsent.objects.count() == 25
        assert DepositTransaction.objects.filter(kind="reservation").count() == 25
    assert broken_invariants() == {}


@pytest.mark.parametrize("size", [2, 20])
def test_many_leads_on_one_deposit_are_all_reserved_then_all_deducted(committed_personas, size):
    personas = committed_personas

    with crowd(size) as threads:
        leads = threads.at_once(
            *(as_actor(personas.as_influencer, create_lead, **lead_of(personas)) for _ in range(size))
        )
        assert kinds(leads) == {Lead: size}
        assert amounts_of(personas.deposit)[1] == 60 * size
        # The influencer's first earnings: the balance row is made by one of them.
        decided = threads.at_once(
            *(as_actor(personas.as_owner, validate_lead, lead_id=lead.pk, quality_score=8) for lead in leads)
        )

    assert kinds(decided) == {Lead: size}
    left = Decimal("5000.00") - 60 * size
    assert amounts_of(personas.deposit) == (left, Decimal("0.00"), left)
    with acting_as(SYSTEM):
        assert InfluencerBalance.objects.get().earned_amount == 18 * size
    assert broken_invariants() == {}


@pytest.mark.parametrize("size", [2, 20])
def test_many_people_deciding_one_lead_make_one_decision(committed_personas, size):
    personas = committed_personas
    lead = personas.submit()
    decisions = [
        (personas.as_owner, partial(validate_lead, quality_score=8)),
        (personas.as_member, partial(reject_lead, rejection_reason="fraud")),
        (personas.as_staff, partial(validate_lead, quality_score=3)),
        (personas.as_member, partial(validate_lead, quality_score=9)),
    ]
    calls = [decisions[number % len(decisions)] for number in range(size)]

    with crowd(size) as threads:
        outcomes = threads.at_once(*(as_actor(actor, decide, lead_id=lead.pk) for actor, decide in calls))

    with acting_as(SYSTEM):
        decision = LeadValidation.objects.get()
    winners = [call for call, outcome in zip(calls, outcomes, strict=True) if isinstance(outcome, Lead)]
    # Several calls succeed only where they are the same decision by the same person.
    assert {actor.user_id for actor, _decide in winners} == {decision.user_id}
    assert len({id(decide) for _actor, decide in winners}) == 1
    assert kinds(outcomes) == {Lead: len(winners), LeadAlreadyDecided: size - len(winners)}
    assert broken_invariants() == {}


def test_validate_reject_and_expire_one_lead_have_one_winner(committed_personas):
    personas = committed_personas
    set_balance(personas.deposit, "1000000.00")
    won = Counter()
    with crowd(3) as threads:
        for _ in range(REPEATS):
            lead = personas.submit()
            expire = partial(expire_leads, now=lead.expires_at)
            outcomes = threads.at_once(
                as_actor(personas.as_owner, validate_lead, lead_id=lead.pk, quality_score=8),
                as_actor(personas.as_member, reject_lead, lead_id=lead.pk, rejection_reason="fraud"),
                expire,
            )
            winners = [
                name
                for name, outcome in zip(("validate", "reject", "expire"), outcomes, strict=True)
                if isinstance(outcome, Lead) or outcome == 1
            ]
            assert len(winners) == 1, outcomes
            losers = [outcome for outcome in outcomes if not isinstance(outcome, Lead) and outcome != 1]
            assert all(loser == 0 or isinstance(loser, LeadAlreadyDecided) for loser in losers), outcomes
            won[winners[0]] += 1

    assert won.total() == REPEATS
    assert broken_invariants() == {}


def test_the_last_dirhams_go_to_one_lead(committed_personas):
    personas = committed_personas
    with crowd(4) as threads:
        for _ in range(FEWER_REPEATS):
            set_balance(personas.deposit, "60.00")
            outcomes = threads.at_once(
                *(as_actor(personas.as_influencer, create_lead, **lead_of(personas)) for _ in range(4))
            )
            assert kinds(outcomes) == {Lead: 1, CampaignCannotTakeLeads: 3}
            lead = next(outcome for outcome in outcomes if isinstance(outcome, Lead))
            with acting_as(personas.as_owner):
                reject_lead(lead_id=lead.pk, rejection_reason="fraud")

    assert broken_invariants() == {}


def test_one_contact_submitted_by_two_influencers_at_once_is_one_lead(committed_personas):
    personas = committed_personas
    set_balance(personas.deposit, "1000000.00")
    with acting_as(personas.as_other_influencer):
        agreement = apply_to_campaign(influencer_id=personas.other_influencer.pk, campaign_id=personas.campaign.pk)
    with acting_as(personas.as_owner):
        accept_agreement(agreement_id=agreement.pk)

    with crowd(2) as threads:
        for number in range(FEWER_REPEATS):
            first = lead_of(personas)
            contact = first["submission"]
            # Same phone, same address, or both, written in another way.
            same = [
                {"customer_phone": contact.customer_phone},
                {"customer_email": contact.customer_email.upper()},
                {"customer_phone": contact.customer_phone, "customer_email": contact.customer_email},
            ][number % 3]
            second = lead_of(personas, **same) | {"influencer_id": personas.other_influencer.pk}
            outcomes = threads.at_once(
                as_actor(personas.as_influencer, create_lead, **first),
                as_actor(personas.as_other_influencer, create_lead, **second),
            )
            assert kinds(outcomes) == {Lead: 1, DuplicateLead: 1}, outcomes

    assert broken_invariants() == {}


def test_a_double_click_is_one_lead(committed_personas):
    personas = committed_personas
    set_balance(personas.deposit, "1000000.00")
    with crowd(2) as threads:
        for _ in range(FEWER_REPEATS):
            form = lead_of(personas, submission_key=new_id())
            first, second = threads.at_once(*[as_actor(personas.as_influencer, create_lead, **form)] * 2)
            assert isinstance(first, Lead), first
            assert first == second

    with acting_as(SYSTEM):
        assert Lead.objects.count() == FEWER_REPEATS
    assert broken_invariants() == {}


def test_recharge_depletion_and_pause_at_once_end_in_order(committed_personas):
    personas = committed_personas
    for_deposit = {"deposit_id": personas.deposit.pk}
    with crowd(3) as threads:
        for number in range(FEWER_REPEATS):
            set_balance(personas.deposit, "60.00")
            with acting_as(personas.as_owner):
                activate_campaign(campaign_id=personas.campaign.pk)
            lead = personas.submit()
            recharge = {"amount": Decimal("500.00"), "payment_reference": f"VIR-{number}"}
            outcomes = threads.at_once(
                as_actor(SYSTEM, recharge_deposit, **for_deposit, **recharge),
                as_actor(personas.as_owner, validate_lead, lead_id=lead.pk, quality_score=8),
                as_actor(personas.as_owner, pause_campaign, campaign_id=personas.campaign.pk),
            )
            assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
            assert amounts_of(personas.deposit) == (Decimal("500.00"), Decimal("0.00"), Decimal("500.00"))
            with acting_as(SYSTEM):
                campaign = Campaign.objects.get(pk=personas.campaign.pk)
            assert (campaign.status, campaign.pause_reason) == ("paused", "manual")

    assert broken_invariants() == {}


def test_recharge_and_depletion_at_once_leave_the_campaign_active(committed_personas):
    personas = committed_personas
    with crowd(2) as threads:
        for number in range(FEWER_REPEATS):
            set_balance(personas.deposit, "60.00")
            lead = personas.submit()
            recharge = {"amount": Decimal("500.00"), "payment_reference": f"VIR-{number}"}
            outcomes = threads.at_once(
                as_actor(SYSTEM, recharge_deposit, deposit_id=personas.deposit.pk, **recharge),
                as_actor(personas.as_owner, validate_lead, lead_id=lead.pk, quality_score=8),
            )
            assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes
            with acting_as(SYSTEM):
                assert Campaign.objects.get(pk=personas.campaign.pk).status == "active"

    assert broken_invariants() == {}


def test_a_deposit_opened_twice_at_once_is_opened_once(committed_personas):
    opening = {"initial_amount": Decimal("2000.00"), "payment_reference": "VIR-1"}
    with crowd(2) as threads:
        for number in range(FEWER_REPEATS):
            with acting_as(SYSTEM):
                _user, merchant = make_merchant(f"m{number}@exemple.ma", "M")
            outcomes = threads.at_once(*[as_actor(SYSTEM, open_deposit, merchant_id=merchant.pk, **opening)] * 2)
            assert kinds(outcomes) == {Deposit: 1, DepositAlreadyOpen: 1}, outcomes

    assert broken_invariants() == {}


def test_opening_a_campaigns_own_deposit_and_recharging_the_general_one_do_not_wait_in_a_circle(committed_personas):
    """Both resume campaigns that a depletion paused: whoever comes first locks the merchant's deposits first."""
    personas = committed_personas
    with crowd(2) as threads:
        for number in range(FEWER_REPEATS):
            with acting_as(SYSTEM):
                # Cheaper than the others, so that the general deposit's smallest commission changes when it leaves.
                campaign = create_campaign(
                    merchant_id=personas.merchant.pk,
                    name=f"C{number}",
                    service="S",
                    terms=CampaignTerms(percentage_commission_rate=Decimal("5.00")),
                )
            set_balance(personas.deposit, "0.00")
            opened, recharged = threads.at_once(
                as_actor(
                    SYSTEM,
                    open_deposit,
                    merchant_id=personas.merchant.pk,
                    campaign_id=campaign.pk,
                    initial_amount=Decimal("2000.00"),
                    payment_reference="VIR-1",
                ),
                as_actor(
                    SYSTEM,
                    recharge_deposit,
                    deposit_id=personas.deposit.pk,
                    amount=Decimal("500.00"),
                    payment_reference="VIR-2",
                ),
            )
            assert isinstance(opened, Deposit), opened
            assert not isinstance(recharged, Exception), recharged
            with acting_as(SYSTEM):
                assert not Campaign.objects.filter(merchant=personas.merchant).exclude(status="active").exists()

    assert broken_invariants() == {}


def test_an_application_accepted_twice_or_suspended_and_resumed_at_once_stays_in_order(committed_personas):
    personas = committed_personas
    with acting_as(personas.as_other_influencer):
        agreement = apply_to_campaign(influencer_id=personas.other_influencer.pk, campaign_id=personas.campaign.pk)
    one = {"agreement_id": agreement.pk}
    with crowd(4) as threads:
        outcomes = threads.at_once(*[as_actor(personas.as_owner, accept_agreement, **one)] * 4)
        assert {outcome.status for outcome in outcomes} == {"active"}
        for _ in range(FEWER_REPEATS):
            outcomes = threads.at_once(
                *[as_actor(personas.as_owner, suspend_agreement, **one)] * 2,
                *[as_actor(personas.as_member, resume_agreement, **one)] * 2,
            )
            assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)], outcomes

    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_auditentry WHERE action = 'leads.agreement.accepted'")
        # Salma's, and this one once.
        assert cursor.fetchone() == (2,)


def test_jobs_run_twice_at_once_do_the_work_once(committed_personas):
    personas = committed_personas
    for _ in range(15):
        personas.submit()
    later = timezone.now() + timezone.timedelta(days=4)
    with crowd(4) as threads:
        expired = threads.at_once(*[partial(expire_leads, now=later)] * 4)
        assert sum(expired) == 15
        assert amounts_of(personas.deposit)[1] == 0

        for _ in range(15):
            lead = personas.submit()
            with acting_as(personas.as_owner):
                validate_lead(lead_id=lead.pk, quality_score=8)
        with connections["owner"].cursor() as cursor:
            cursor.execute("ALTER TABLE leads_earningentry DISABLE TRIGGER USER")
            cursor.execute("UPDATE leads_earningentry SET payable_from = now()")
            cursor.execute("ALTER TABLE leads_earningentry ENABLE TRIGGER USER")
        paid = threads.at_once(*[make_earnings_payable] * 4)
        assert sum(paid) == 15, paid

    with acting_as(SYSTEM):
        balance = InfluencerBalance.objects.get()
    assert (balance.earned_amount, balance.payable_amount) == (Decimal("0.00"), Decimal("270.00"))
    assert broken_invariants() == {}


def test_control_reading_then_writing_in_python_loses_money_where_the_sql_function_loses_none(committed_personas):
    """The same crowd on the same row: shows that these tests do race, and what the guarded UPDATE is for."""
    deposit = committed_personas.deposit

    def add_ten_by_hand() -> None:
        with connections["owner"].cursor() as cursor:
            for _ in range(10):
                cursor.execute("SELECT current_balance FROM company_deposits WHERE id = %s", [deposit.pk])
                balance = cursor.fetchone()[0] + 1
                cursor.execute("UPDATE company_deposits SET current_balance = %s WHERE id = %s", [balance, deposit.pk])

    def add_ten_by_service() -> None:
        for _ in range(10):
            with acting_as(SYSTEM):
                adjust_deposit(deposit_id=deposit.pk, amount=Decimal("1.00"), reason="Test")

    with crowd(8) as threads:
        start = amounts_of(deposit)[0]
        assert not any(threads.at_once(*[add_ten_by_service] * 8))
        assert amounts_of(deposit)[0] == start + 80
        assert broken_invariants() == {}

        start = amounts_of(deposit)[0]
        assert not any(threads.at_once(*[add_ten_by_hand] * 8))
        assert amounts_of(deposit)[0] < start + 80
    assert set(broken_invariants()) == {"current and reserved are the sums of the movements"}


def test_connections_are_real_and_different(committed_personas):
    def backend() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            return cursor.fetchone()[0]

    with crowd(5) as threads:
        assert len(set(threads.at_once(*[backend] * 5))) == 5
