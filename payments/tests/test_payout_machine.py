"""An influencer's money through any history: validations, maturity, returns and payouts against a model in Python."""

import os
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from conftest import empty_tables
from deposits.reconciliation import deposit_differences
from leads.errors import EarningNotPossible, LeadReturnDecided
from leads.models import InfluencerBalance
from leads.reconciliation import earning_differences, lead_differences
from leads.services import accept_return, ask_return, make_earning_payable, make_earnings_payable, refuse_return
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import Refusal
from payments.errors import PayoutOpen, PayoutStepNotPossible, PayoutTooLarge
from payments.models import Payout
from payments.reconciliation import payout_differences
from payments.services import approve_payouts, mark_payout_failed, mark_payout_paid, request_payout
from tests.books import broken_invariants
from tests.earning import RIB, SHARE, earn, make_leads_rich
from tests.personas import Personas, make_personas

PROFILES = {
    "default": {"max_examples": 25, "stateful_step_count": 30},
    "quick": {"max_examples": 5, "stateful_step_count": 30},
    "thorough": {"max_examples": 300, "stateful_step_count": 100},
}
pick = st.integers(0, 999)


@dataclass
class ModelLead:
    """A lead's share: earned or payable, and the return that was asked for it."""

    is_payable: bool = False
    return_id: UUID | None = None
    return_status: str = ""


@dataclass
class Model:
    """The four buckets, counted by hand."""

    earned: Decimal = Decimal(0)
    payable: Decimal = Decimal(0)
    in_payout: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    leads: dict[UUID, ModelLead] = field(default_factory=dict)
    payouts: dict[UUID, tuple[str, Decimal]] = field(default_factory=dict)

    @property
    def open_payout(self) -> UUID | None:
        return next((pk for pk, (status, _amount) in self.payouts.items() if status in ("requested", "approved")), None)

    def mature(self, lead: ModelLead) -> bool:
        if lead.is_payable or lead.return_status in ("asked", "accepted"):
            return False
        lead.is_payable = True
        self.earned -= SHARE
        self.payable += SHARE
        return True


class Money(RuleBasedStateMachine):
    """Each rule does one thing to both; the invariant compares."""

    personas: Personas

    @initialize()
    def begin(self) -> None:
        self.history = transaction.atomic()
        self.history.__enter__()
        self.model = Model()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.history.__exit__(None, None, None)

    def expect(self, refusal: type[Refusal] | None, function, actor, **arguments):
        with acting_as(actor):
            if refusal is None:
                return function(**arguments)
            with pytest.raises(Refusal) as caught, transaction.atomic():
                function(**arguments)
            assert caught.type is refusal
        return None

    def a_lead(self, number: int) -> UUID | None:
        ids = list(self.model.leads)
        return ids[number % len(ids)] if ids else None

    def a_payout(self, number: int) -> UUID | None:
        ids = list(self.model.payouts)
        return ids[number % len(ids)] if ids else None

    @rule()
    def validate(self):
        self.model.leads[earn(self.personas).pk] = ModelLead()
        self.model.earned += SHARE

    @rule()
    def the_window_ends(self):
        matured = sum(self.model.mature(lead) for lead in self.model.leads.values())
        assert make_earnings_payable(now=timezone.now() + timedelta(days=8)) == matured

    @rule(number=pick)
    def staff_approves_an_earning(self, number):
        if lead_id := self.a_lead(number):
            refusal = None if self.model.mature(self.model.leads[lead_id]) else EarningNotPossible
            self.expect(refusal, make_earning_payable, self.personas.as_staff, lead_id=lead_id)

    @rule(number=pick)
    def ask_for_a_return(self, number):
        if lead_id := self.a_lead(number):
            lead = self.model.leads[lead_id]
            found = self.expect(None, ask_return, self.personas.as_owner, lead_id=lead_id, reason="fraud")
            assert lead.return_id in (None, found.pk)
            lead.return_id, lead.return_status = found.pk, lead.return_status or "asked"

    @rule(number=pick, accepts=st.booleans())
    def decide_a_return(self, number, accepts):
        asked = [lead for lead in self.model.leads.values() if lead.return_id]
        if not asked:
            return
        lead = asked[number % len(asked)]
        wanted = "accepted" if accepts else "refused"
        refusal = None if lead.return_status in ("asked", wanted) else LeadReturnDecided
        function = accept_return if accepts else refuse_return
        self.expect(refusal, function, self.personas.as_staff, return_id=lead.return_id, note="Vu")
        if lead.return_status == "asked":
            lead.return_status = wanted
            if accepts and lead.is_payable:
                self.model.payable -= SHARE
            elif accepts:
                self.model.earned -= SHARE

    @rule(share=st.sampled_from(["0.34", "0.5", "1", "1.01"]))
    def ask_for_a_payout(self, share):
        amount = max(Decimal(200), (self.model.payable * Decimal(share)).quantize(Decimal("0.01")))
        refusal = PayoutOpen if self.model.open_payout else PayoutTooLarge if amount > self.model.payable else None
        payout = self.expect(
            refusal,
            request_payout,
            self.personas.as_influencer,
            influencer_id=self.personas.influencer.pk,
            amount=amount,
            holder_name="Salma",
            rib=RIB,
        )
        if payout:
            self.model.payouts[payout.pk] = ("requested", amount)
            self.model.payable -= amount
            self.model.in_payout += amount

    @rule(number=pick)
    def approve(self, number):
        if payout_id := self.a_payout(number):
            status, amount = self.model.payouts[payout_id]
            refusal = None if status == "requested" else PayoutStepNotPossible
            self.expect(refusal, approve_payouts, self.personas.as_staff, payout_ids=[payout_id])
            if refusal is None:
                self.model.payouts[payout_id] = ("approved", amount)

    @rule(number=pick)
    def pay(self, number):
        if payout_id := self.a_payout(number):
            status, amount = self.model.payouts[payout_id]
            refusal = None if status in ("approved", "paid") else PayoutStepNotPossible
            self.expect(refusal, mark_payout_paid, self.personas.as_staff, payout_id=payout_id)
            if status == "approved":
                self.model.payouts[payout_id] = ("paid", amount)
                self.model.in_payout -= amount
                self.model.paid += amount

    @rule(number=pick)
    def fail(self, number):
        if payout_id := self.a_payout(number):
            status, amount = self.model.payouts[payout_id]
            refusal = PayoutStepNotPossible if status == "paid" else None
            self.expect(refusal, mark_payout_failed, self.personas.as_staff, payout_id=payout_id, reason="Fermé")
            if status in ("requested", "approved"):
                self.model.payouts[payout_id] = ("failed", amount)
                self.model.in_payout -= amount
                self.model.payable += amount

    @invariant()
    def books_are_right_and_equal_the_model(self):
        with acting_as(SYSTEM):
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
            assert broken_invariants("default") == {}
            differences = [*deposit_differences(), *lead_differences(), *earning_differences(), *payout_differences()]
            assert differences == []
            row = InfluencerBalance.objects.filter(influencer=self.personas.influencer).first()
            amounts = (
                (row.earned_amount, row.payable_amount, row.in_payout_amount, row.paid_amount) if row else (0,) * 4
            )
            model = self.model
            assert amounts == (model.earned, model.payable, model.in_payout, model.paid)
            assert dict(Payout.objects.values_list("pk", "status")) == {
                pk: status for pk, (status, _amount) in model.payouts.items()
            }
            self.personas.deposit.refresh_from_db()
            returned = sum(lead.return_status == "accepted" for lead in model.leads.values())
            spent = 1000 * (len(model.leads) - returned)
            assert self.personas.deposit.current_balance == Decimal(105000 - spent)


@pytest.fixture
def world(django_db_setup, django_db_blocker):
    """The personas with rich leads; committed, so that each history starts here."""
    with django_db_blocker.unblock():
        Money.personas = make_personas()
        make_leads_rich(Money.personas)
        yield
        for alias in connections:
            connections[alias].close()
        empty_tables()


def test_money_of_an_influencer_follows_the_model_through_any_history(world):
    profile = PROFILES[os.environ.get("HYPOTHESIS_PROFILE", "default")]
    run_state_machine_as_test(
        Money, settings=settings(**profile, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    )


def test_the_model_reaches_less_than_nothing(world):
    """One history by hand, so that the invariant is known to have seen a negative balance."""
    money = Money()
    money.begin()
    money.validate()
    money.the_window_ends()
    money.ask_for_a_payout("1")
    money.approve(0)
    money.pay(0)
    money.ask_for_a_return(0)
    money.decide_a_return(0, accepts=True)
    assert money.model.payable == -SHARE
    money.books_are_right_and_equal_the_model()
    money.validate()
    money.the_window_ends()
    assert money.model.payable == 0
    money.books_are_right_and_equal_the_model()
    money.teardown()
