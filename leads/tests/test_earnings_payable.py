"""When what an influencer earned becomes payable: product.md, "Lead / Validate"."""

from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from leads.errors import EarningNotPossible
from leads.models import EarningEntry, InfluencerBalance
from leads.services import change_agreement_terms, make_earning_payable, make_earnings_payable, validate_lead
from leads.services.agreements import AgreementTerms
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.books import broken_invariants
from tests.crowd import crowd

DAYS_7 = timedelta(days=7)


def validated(personas, value="600.00"):
    lead = personas.submit(value)
    with acting_as(personas.as_owner):
        return validate_lead(lead_id=lead.pk, quality_score=8)


def balance(personas):
    with acting_as(SYSTEM):
        row = InfluencerBalance.objects.get(influencer=personas.influencer)
    return row.earned_amount, row.payable_amount, row.entry_count


def test_an_earning_waits_for_the_whole_return_window(personas):
    lead = validated(personas)

    assert make_earnings_payable(now=lead.decided_at + DAYS_7 - timedelta(seconds=1)) == 0

    assert balance(personas) == (Decimal("18.00"), Decimal("0.00"), 1)


def test_an_earning_becomes_payable_after_seven_days(personas):
    lead = validated(personas)

    assert make_earnings_payable(now=lead.decided_at + DAYS_7) == 1

    assert balance(personas) == (Decimal("0.00"), Decimal("18.00"), 2)
    with acting_as(SYSTEM):
        entry = EarningEntry.objects.get(lead=lead, kind="payable")
    assert (entry.amount, entry.sequence, entry.user_id, entry.payable_from) == (Decimal("18.00"), 2, None, None)


def test_only_what_is_due_becomes_payable(personas):
    first, second = validated(personas, "600.00"), validated(personas, "900.00")
    assert first.decided_at < second.decided_at

    assert make_earnings_payable(now=first.decided_at + DAYS_7) == 1

    assert balance(personas) == (Decimal("24.00"), Decimal("18.00"), 3)


def test_a_second_run_does_nothing(personas):
    lead = validated(personas)
    make_earnings_payable(now=lead.decided_at + DAYS_7)

    assert make_earnings_payable(now=lead.decided_at + DAYS_7) == 0

    assert balance(personas) == (Decimal("0.00"), Decimal("18.00"), 2)


def test_small_batches_do_all_of_it_and_keep_the_chain(personas):
    leads = [validated(personas, value) for value in ("600.00", "900.00", "123.45", "50.00", "700.00")]

    assert make_earnings_payable(now=leads[-1].decided_at + DAYS_7, batch_size=2) == 5

    assert balance(personas) == (Decimal("0.00"), Decimal("68.21"), 10)
    with acting_as(SYSTEM):
        entries = list(EarningEntry.objects.filter(kind="payable").order_by("sequence"))
    assert [entry.sequence for entry in entries] == [6, 7, 8, 9, 10]
    assert [entry.payable_before for entry in entries[1:]] == [entry.payable_after for entry in entries[:-1]]


def test_without_auto_payment_staff_must_approve(personas):
    with acting_as(personas.as_owner):
        change_agreement_terms(agreement_id=personas.agreement.pk, terms=AgreementTerms(auto_payment=False))
    lead = validated(personas)

    assert make_earnings_payable(now=lead.decided_at + timedelta(days=365)) == 0
    assert balance(personas) == (Decimal("18.00"), Decimal("0.00"), 1)

    with acting_as(personas.as_staff):
        make_earning_payable(lead_id=lead.pk)
    assert balance(personas) == (Decimal("0.00"), Decimal("18.00"), 2)


def test_staff_cannot_approve_twice_and_the_job_does_not_repeat_it(personas):
    lead = validated(personas)
    with acting_as(personas.as_staff):
        make_earning_payable(lead_id=lead.pk)
        with pytest.raises(EarningNotPossible):
            make_earning_payable(lead_id=lead.pk)

    assert make_earnings_payable(now=lead.decided_at + DAYS_7) == 0

    assert balance(personas) == (Decimal("0.00"), Decimal("18.00"), 2)


def test_a_changed_agreement_does_not_change_a_past_lead(personas):
    lead = validated(personas)
    with acting_as(personas.as_owner):
        change_agreement_terms(
            agreement_id=personas.agreement.pk,
            terms=AgreementTerms(commission_percentage=Decimal("50.00"), auto_payment=False),
        )

    assert make_earnings_payable(now=lead.decided_at + DAYS_7) == 1

    assert balance(personas) == (Decimal("0.00"), Decimal("18.00"), 2)


def test_two_runs_at_once_make_each_earning_payable_once(committed_personas):
    personas = committed_personas
    leads = [validated(personas) for _ in range(12)]
    with crowd(3) as threads:
        counts = threads.at_once(*[partial(make_earnings_payable, now=leads[-1].decided_at + DAYS_7, batch_size=2)] * 3)

    assert sum(counts) >= 1
    make_earnings_payable(now=leads[-1].decided_at + DAYS_7)
    assert balance(personas) == (Decimal("0.00"), Decimal("216.00"), 24)
    assert broken_invariants() == {}
