"""Expiry: product.md, "Lead / Expire"."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import connections

from deposits.models import DepositTransaction
from deposits.services import open_deposit, suspend_deposit
from leads.errors import LeadAlreadyDecided
from leads.models import Lead, LeadValidation, RejectionReason
from leads.services import create_campaign, create_lead, expire_leads, invite_influencer, validate_lead
from leads.services.agreements import accept_agreement
from leads.services.campaigns import CampaignTerms
from leads.signals import leads_expired
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.books import broken_invariants
from tests.crowd import crowd
from tests.personas import submission


def reread(row):
    with acting_as(SYSTEM):
        return type(row).objects.get(pk=row.pk)


def amounts(deposit):
    deposit = reread(deposit)
    return deposit.current_balance, deposit.reserved_amount, deposit.status


def lead_of_another_campaign(personas, *, hours: int = 72):
    """A lead of 900.00 on a second campaign of Atlas, and that campaign's own deposit of 2,000.00."""
    with acting_as(SYSTEM):
        campaign = create_campaign(
            merchant_id=personas.merchant.pk, name="Bain", service="Bain", terms=CampaignTerms(lead_expiry_hours=hours)
        )
        own = open_deposit(
            merchant_id=personas.merchant.pk,
            campaign_id=campaign.pk,
            initial_amount=Decimal("2000.00"),
            payment_reference="VIR-2",
        )
        agreement = invite_influencer(
            merchant_id=personas.merchant.pk, email=personas.influencer_user.email, campaign_id=campaign.pk
        )
    with acting_as(personas.as_influencer):
        accept_agreement(agreement_id=agreement.pk)
        lead = create_lead(
            influencer_id=personas.influencer.pk, campaign_id=campaign.pk, submission=submission("900.00")
        )
    return lead, own


def test_a_lead_one_second_before_its_time_stays(personas):
    lead = personas.submit("600.00")

    assert expire_leads(now=lead.created_at + timedelta(hours=71, minutes=59, seconds=59)) == 0

    assert reread(lead).status == Lead.Status.PENDING
    assert amounts(personas.deposit) == (Decimal("5000.00"), Decimal("60.00"), "active")


def test_a_lead_expires_after_72_hours_and_its_reservation_is_released(personas):
    lead = personas.submit("600.00")

    assert expire_leads(now=lead.created_at + timedelta(hours=72)) == 1

    lead = reread(lead)
    assert (lead.status, lead.rejection_reason) == (Lead.Status.REJECTED, RejectionReason.EXPIRED)
    assert lead.decided_at is not None
    assert amounts(personas.deposit) == (Decimal("5000.00"), Decimal("0.00"), "active")
    with acting_as(SYSTEM):
        decision = LeadValidation.objects.get(lead=lead)
        movement = DepositTransaction.objects.get(lead_id=lead.pk, kind="release")
    assert (decision.decision, decision.rejection_reason) == ("rejected", "expired")
    assert (decision.commission_amount, decision.user_id) == (Decimal("60.00"), None)
    assert (movement.amount, movement.sequence, movement.user_id) == (Decimal("60.00"), 3, None)


def test_a_campaign_can_set_other_hours(personas):
    lead, own = lead_of_another_campaign(personas, hours=24)

    assert expire_leads(now=lead.created_at + timedelta(hours=23, minutes=59, seconds=59)) == 0
    assert expire_leads(now=lead.created_at + timedelta(hours=24)) == 1

    assert amounts(own) == (Decimal("2000.00"), Decimal("0.00"), "active")


def test_leads_of_several_deposits_expire_together_each_on_its_own(personas):
    leads = [personas.submit("600.00"), personas.submit("700.00")]
    other, own = lead_of_another_campaign(personas)
    leads.append(other)

    assert expire_leads(now=other.expires_at) == 3

    assert amounts(personas.deposit) == (Decimal("5000.00"), Decimal("0.00"), "active")
    assert amounts(own) == (Decimal("2000.00"), Decimal("0.00"), "active")
    with acting_as(SYSTEM):
        releases = DepositTransaction.objects.filter(kind="release").order_by("deposit_id", "sequence")
        chain = list(releases.filter(deposit=personas.deposit).values_list("reserved_before", "reserved_after"))
    assert chain == [(Decimal("130.00"), Decimal("70.00")), (Decimal("70.00"), Decimal("0.00"))]


def test_small_batches_do_all_of_it(personas):
    leads = [personas.submit("600.00") for _ in range(5)]

    assert expire_leads(now=leads[-1].expires_at, batch_size=2) == 5

    assert amounts(personas.deposit) == (Decimal("5000.00"), Decimal("0.00"), "active")


def test_a_second_run_does_nothing(personas):
    lead = personas.submit("600.00")
    assert expire_leads(now=lead.expires_at) == 1

    assert expire_leads(now=lead.expires_at) == 0

    with acting_as(SYSTEM):
        assert DepositTransaction.objects.filter(lead_id=lead.pk).count() == 2


def test_a_decided_lead_does_not_expire(personas):
    lead = personas.submit("600.00")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8)

    assert expire_leads(now=lead.expires_at) == 0

    assert reread(lead).status == Lead.Status.VALIDATED


def test_an_expired_lead_can_no_longer_be_validated(personas):
    lead = personas.submit("600.00")
    expire_leads(now=lead.expires_at)

    with acting_as(personas.as_owner), pytest.raises(LeadAlreadyDecided):
        validate_lead(lead_id=lead.pk, quality_score=8)


def test_leads_on_a_suspended_deposit_expire_too(personas):
    lead = personas.submit("600.00")
    with acting_as(SYSTEM):
        suspend_deposit(deposit_id=personas.deposit.pk, reason="Contrôle")

    assert expire_leads(now=lead.expires_at) == 1

    assert amounts(personas.deposit) == (Decimal("5000.00"), Decimal("0.00"), "suspended")


def test_a_batch_is_announced_once(personas):
    told = []

    def listen(*, lead_ids, **_signal):
        told.append(lead_ids)

    lead = personas.submit("600.00")
    leads_expired.connect(listen)
    try:
        expire_leads(now=lead.expires_at)
        expire_leads(now=lead.expires_at)
    finally:
        leads_expired.disconnect(listen)

    assert told == [[lead.pk]]


def test_two_runs_at_once_expire_each_lead_once(committed_personas):
    personas = committed_personas
    leads = [personas.submit("600.00") for _ in range(24)]
    with crowd(2) as threads:
        counts = threads.at_once(*[partial(expire_leads, now=leads[-1].expires_at, batch_size=3)] * 2)

    assert sum(counts) == 24
    assert amounts(personas.deposit) == (Decimal("5000.00"), Decimal("0.00"), "active")
    assert broken_invariants() == {}


def test_a_lead_that_somebody_is_validating_is_left_alone(committed_personas):
    personas = committed_personas
    lead, other = personas.submit("600.00"), personas.submit("600.00")

    def expire():
        try:
            return expire_leads(now=other.expires_at)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with acting_as(personas.as_owner):
            validate_lead(lead_id=lead.pk, quality_score=8)
            running = pool.submit(expire)
            wait_until_someone_waits_for_a_lock()
        assert running.result(timeout=30) == 1

    assert reread(lead).status == Lead.Status.VALIDATED
    assert reread(other).status == Lead.Status.REJECTED
    assert amounts(personas.deposit) == (Decimal("4940.00"), Decimal("0.00"), "active")
    assert broken_invariants() == {}


def wait_until_someone_waits_for_a_lock() -> None:
    for _ in range(100):
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.datname = current_database()"
                " JOIN pg_stat_activity AS a ON a.pid = l.pid AND a.datid = d.oid WHERE NOT l.granted"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("the job did not reach the deposit")
