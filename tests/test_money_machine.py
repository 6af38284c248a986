"""Random histories of deposits, leads and campaigns against a plain Python model; all invariants after each step.

HYPOTHESIS_PROFILE=thorough runs 512 histories of up to 200 steps. A history runs in one transaction that is rolled back, so
each starts from the same world; races are the business of test_races.py.
"""

import os
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from conftest import empty_tables
from deposits.errors import (
    AmountTooSmall,
    DepositAlreadyOpen,
    DepositNotActorsOwn,
    InsufficientDeposit,
    MovementDoesNotFitLead,
    MovementRepeated,
)
from deposits.models import Deposit
from deposits.services import (
    adjust_deposit,
    deduct_commission,
    open_deposit,
    recharge_deposit,
    release_commission,
    reserve_commission,
    resume_deposit,
    suspend_deposit,
)
from leads.errors import CampaignCannotTakeLeads, CampaignPaused, DepositNotUsable, LeadAlreadyDecided, LeadNotFound
from leads.models import Campaign, InfluencerBalance, Lead
from leads.services import (
    accept_agreement,
    activate_campaign,
    change_campaign,
    create_campaign,
    create_lead,
    expire_leads,
    invite_influencer,
    mark_converted,
    mark_lost,
    pause_campaign,
    reject_lead,
    terminate_agreement,
    validate_lead,
)
from leads.services.campaigns import CampaignTerms
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import Refusal
from payments.models import Payment
from tests.books import broken_invariants
from tests.books_model import ModelBooks, ModelCampaign, ModelDeposit, ModelLead
from tests.personas import Personas, make_personas, submission

PROFILES = {"default": {"max_examples": 100, "stateful_step_count": 50}}
PROFILES["quick"] = {"max_examples": 5, "stateful_step_count": 40}
PROFILES["thorough"] = {"max_examples": 512, "stateful_step_count": 200}

pick = st.integers(min_value=0, max_value=10_000)
values = st.one_of(
    st.sampled_from(["50.00", "799.99", "800.00", "600.00", "123.45", "50.05", "5000.00"]).map(Decimal),
    st.decimals(min_value=50, max_value=900, places=2),
)
# Small deposits and amounts around their limits, so that full, dusty and empty deposits are met often.
amounts = st.one_of(
    st.sampled_from(["500.00", "499.99", "2000.00", "0.01"]).map(Decimal),
    st.decimals(min_value=1, max_value=3000, places=2),
)


class Books(RuleBasedStateMachine):
    """A merchant with a general deposit and three campaigns, one of which may get a deposit of its own."""

    personas: ClassVar[Personas]
    campaign_ids: ClassVar[dict[str, UUID]]

    def __init__(self) -> None:
        super().__init__()
        self.history = transaction.atomic()
        self.history.__enter__()
        self.model = ModelBooks(
            deposits={"general": ModelDeposit(Decimal("5000.00"), Decimal("5000.00"))},
            campaigns={
                "kitchen": ModelCampaign("general"),
                "bath": ModelCampaign("general", percentage=Decimal("5.00"), fixed=Decimal("40.00")),
                "garden": ModelCampaign("general", auto_stop=False),
            },
        )
        self.model.refresh_smallest()
        self.deposit_ids = {"general": self.personas.deposit.pk}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.history.__exit__(None, None, None)

    def expect(self, refusal: type[Refusal] | None, function, actor=SYSTEM, **arguments):
        """Call a service; it must succeed (None) or refuse with exactly `refusal`."""
        with acting_as(actor):
            if refusal is None:
                return function(**arguments)
            with pytest.raises(Refusal) as caught, transaction.atomic():
                function(**arguments)
            assert caught.type is refusal
        return None

    def a_deposit(self, number: int) -> str:
        return sorted(self.model.deposits)[number % len(self.model.deposits)]

    def a_campaign(self, number: int) -> str:
        return sorted(self.model.campaigns)[number % len(self.model.campaigns)]

    def a_lead(self, number: int, *statuses: str) -> UUID | None:
        ids = [lead_id for lead_id, lead in self.model.leads.items() if not statuses or lead.status in statuses]
        return ids[number % len(ids)] if ids else None

    @rule(number=pick, several=st.lists(values, min_size=1, max_size=4))
    def submit_leads(self, number, several):
        for value in several:
            self.submit_lead(self.a_campaign(number), value)

    def submit_lead(self, name, value):
        campaign = self.model.campaigns[name]
        deposit = self.model.deposits[campaign.deposit]
        commission = campaign.commission(value)
        refusal = None
        if campaign.status != "active":
            refusal = CampaignPaused
        elif deposit.status == "suspended":
            refusal = DepositNotUsable
        elif deposit.status != "active" or deposit.available < commission:
            refusal = CampaignCannotTakeLeads
        lead = self.expect(
            refusal,
            create_lead,
            self.personas.as_influencer,
            influencer_id=self.personas.influencer.pk,
            campaign_id=self.campaign_ids[name],
            submission=submission(str(value)),
        )
        if lead:
            self.model.leads[lead.pk] = ModelLead(campaign.deposit, commission)
            self.model.move(campaign.deposit, reserved=commission)

    @rule(number=pick, score=st.integers(1, 10))
    def validate_pending_lead(self, number, score):
        if lead_id := self.a_lead(number, "pending"):
            self.expect(None, validate_lead, self.personas.as_owner, lead_id=lead_id, quality_score=score)
            lead = self.model.leads[lead_id]
            lead.status = "validated"
            self.model.move(lead.deposit, -lead.commission, -lead.commission)

    @rule(number=pick)
    def reject_pending_lead(self, number):
        if lead_id := self.a_lead(number, "pending"):
            self.expect(None, reject_lead, self.personas.as_member, lead_id=lead_id, rejection_reason="fraud")
            self.give_back(lead_id)

    @rule(number=pick, last=st.booleans())
    def expire_leads_up_to_one(self, number, last):
        # -1: the youngest, so that all of them expire in one batch.
        if lead_id := self.a_lead(-1 if last else number, "pending"):
            with acting_as(SYSTEM):
                moment = Lead.objects.get(pk=lead_id).expires_at
            earlier = list(self.model.leads)[: list(self.model.leads).index(lead_id) + 1]
            due = [due_id for due_id in earlier if self.model.leads[due_id].status == "pending"]
            assert expire_leads(now=moment) == len(due)
            for due_id in due:
                self.give_back(due_id)

    def give_back(self, lead_id: UUID) -> None:
        lead = self.model.leads[lead_id]
        lead.status = "rejected"
        self.model.move(lead.deposit, reserved=-lead.commission)

    @rule(number=pick, converted=st.booleans())
    def tell_outcome(self, number, converted):
        if lead_id := self.a_lead(number, "validated"):
            self.expect(None, mark_converted if converted else mark_lost, self.personas.as_owner, lead_id=lead_id)
            self.model.leads[lead_id].status = "converted" if converted else "lost"

    @rule(number=pick, amount=amounts, repeat=st.booleans())
    def recharge(self, number, amount, repeat):
        name = self.a_deposit(number)
        repeated = repeat and self.model.payments
        payment_id = sorted(self.model.payments)[0] if repeated else self.asked_payment(name, amount)
        # Of a payment whatever arrived is credited: its minimum was checked when it was asked.
        refusal = MovementRepeated if repeated else None
        arguments = {"deposit_id": self.deposit_ids[name], "amount": amount, "payment_id": payment_id}
        if self.expect(refusal, recharge_deposit, **arguments):
            self.model.payments.add(payment_id)
            deposit = self.model.deposits[name]
            deposit.initial = max(deposit.initial, deposit.current + amount)
            self.model.move(name, amount)

    def asked_payment(self, name: str, amount: Decimal) -> UUID:
        with acting_as(SYSTEM):
            return Payment.objects.create(
                merchant_id=self.personas.merchant.pk,
                deposit_id=self.deposit_ids[name],
                purpose=Payment.Purpose.RECHARGE,
                method="stripe",
                amount=amount,
            ).pk

    @rule(number=pick, amount=amounts, sign=st.sampled_from([1, -1, -1]), exactly=st.booleans())
    def adjust(self, number, amount, sign, exactly):
        name = self.a_deposit(number)
        deposit = self.model.deposits[name]
        change = -deposit.available if exactly and deposit.available else sign * amount
        refusal = InsufficientDeposit if deposit.available + change < 0 else None
        self.expect(refusal, adjust_deposit, deposit_id=self.deposit_ids[name], amount=change, reason="Correction")
        if refusal is None:
            self.model.move(name, change)

    @rule(number=pick)
    def suspend(self, number):
        name = self.a_deposit(number)
        self.expect(None, suspend_deposit, deposit_id=self.deposit_ids[name], reason="Contrôle")
        self.model.deposits[name].status = "suspended"

    @rule(number=pick)
    def resume(self, number):
        name = self.a_deposit(number)
        self.expect(None, resume_deposit, deposit_id=self.deposit_ids[name], reason="Contrôle fini")
        deposit = self.model.deposits[name]
        if deposit.status == "suspended":
            deposit.status = "depleted" if deposit.is_depleted else "active"
            self.model.tell_campaigns(name)

    @rule(number=pick)
    def pause(self, number):
        name = self.a_campaign(number)
        self.expect(None, pause_campaign, self.personas.as_owner, campaign_id=self.campaign_ids[name])
        self.model.campaigns[name].status, self.model.campaigns[name].pause_reason = "paused", "manual"

    @rule(number=pick)
    def activate(self, number):
        name = self.a_campaign(number)
        self.expect(None, activate_campaign, self.personas.as_owner, campaign_id=self.campaign_ids[name])
        self.model.activate(name)

    @rule(number=pick, percentage=st.sampled_from(["1.00", "5.00", "10.00", "33.33"]), fixed=st.sampled_from([4, 80]))
    def change_terms(self, number, percentage, fixed):
        name = self.a_campaign(number)
        campaign = self.model.campaigns[name]
        campaign.percentage, campaign.fixed = Decimal(percentage), Decimal(fixed)
        terms = CampaignTerms(
            percentage_commission_rate=campaign.percentage,
            fixed_commission_amount=campaign.fixed,
            auto_stop_on_depletion=campaign.auto_stop,
        )
        texts = {"name": name, "service": "Service", "description": ""}
        campaign_id = self.campaign_ids[name]
        self.expect(None, change_campaign, self.personas.as_owner, campaign_id=campaign_id, terms=terms, **texts)
        self.model.refresh_smallest()

    @rule(amount=st.sampled_from([Decimal("2000.00"), Decimal("1999.99"), Decimal("3500.50")]))
    def open_own_deposit_of_bath(self, amount):
        refusal = DepositAlreadyOpen if "bath" in self.model.deposits else None
        deposit = self.expect(
            AmountTooSmall if amount < 2000 else refusal,
            open_deposit,
            merchant_id=self.personas.merchant.pk,
            campaign_id=self.campaign_ids["bath"],
            initial_amount=amount,
            payment_reference="VIR",
        )
        if deposit:
            self.deposit_ids["bath"] = deposit.pk
            self.model.deposits["bath"] = ModelDeposit(amount, amount)
            self.model.campaigns["bath"].deposit = "bath"
            self.model.tell_campaigns("bath")
            self.model.refresh_smallest()

    @precondition(lambda self: self.model.leads)
    @rule(number=pick)
    def decide_again_or_for_another(self, number):
        lead_id = self.a_lead(number)
        as_other = self.personas.as_other_owner
        self.expect(LeadNotFound, validate_lead, as_other, lead_id=lead_id, quality_score=8)
        self.expect(LeadNotFound, reject_lead, as_other, lead_id=lead_id, rejection_reason="fraud")
        if self.model.leads[lead_id].status != "pending":
            staff = self.personas.as_staff
            self.expect(LeadAlreadyDecided, validate_lead, staff, lead_id=lead_id, quality_score=8)
            self.expect(LeadAlreadyDecided, reject_lead, staff, lead_id=lead_id, rejection_reason="fraud")

    @precondition(lambda self: self.model.leads)
    @rule(number=pick, cents=st.sampled_from([0, 1, -1]))
    def move_the_commission_past_the_services(self, number, cents):
        lead_id = self.a_lead(number)
        lead = self.model.leads[lead_id]
        amount = lead.commission + cents * Decimal("0.01")
        movement = {"deposit_id": self.deposit_ids[lead.deposit], "lead_id": lead_id, "amount": amount}
        allowed = {"pending": reserve_commission, "rejected": release_commission}.get(lead.status, deduct_commission)
        for function in (reserve_commission, deduct_commission, release_commission):
            self.expect(DepositNotActorsOwn, function, self.personas.as_other_owner, **movement)
            if function is allowed and not cents:
                continue
            self.expect(MovementDoesNotFitLead, function, **movement)

    @precondition(lambda self: self.model.leads)
    @rule(number=pick)
    def end_a_reservation_twice(self, number):
        lead_id = self.a_lead(number)
        lead = self.model.leads[lead_id]
        deposit = self.model.deposits[lead.deposit]
        movement = {"deposit_id": self.deposit_ids[lead.deposit], "lead_id": lead_id, "amount": lead.commission}
        if lead.status == "pending":
            # Out of money, it is told so; with money, that the reservation is there.
            repeated = deposit.status == "active" and deposit.available >= lead.commission
            if repeated:
                self.expect(MovementRepeated, reserve_commission, **movement)
        elif deposit.reserved >= lead.commission:
            again = release_commission if lead.status == "rejected" else deduct_commission
            self.expect(MovementRepeated, again, **movement)

    @invariant()
    def books_are_right_and_equal_the_model(self):
        with acting_as(SYSTEM):
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            assert broken_invariants("default") == {}
            for name, deposit in self.model.deposits.items():
                row = Deposit.objects.get(pk=self.deposit_ids[name])
                assert (row.current_balance, row.reserved_amount, row.available_balance, row.initial_amount) == (
                    deposit.current,
                    deposit.reserved,
                    deposit.available,
                    deposit.initial,
                ), name
                assert (row.status, row.alert_level, row.gauge_percentage, row.movement_count) == (
                    deposit.status,
                    deposit.level,
                    deposit.gauge,
                    deposit.movements,
                ), name
                assert row.smallest_commission_amount == deposit.smallest, name
            statuses = Campaign.objects.in_bulk(self.campaign_ids.values())
            for name, campaign in self.model.campaigns.items():
                row = statuses[self.campaign_ids[name]]
                assert (row.status, row.pause_reason) == (campaign.status, campaign.pause_reason), name
            leads = Lead.objects.values_list("pk", "status", "commission_amount", "influencer_commission_amount")
            assert {row[0]: row[1:] for row in leads} == {
                lead_id: (lead.status, lead.commission, lead.share) for lead_id, lead in self.model.leads.items()
            }
            balance = InfluencerBalance.objects.filter(influencer=self.personas.influencer).first()
            assert (balance.earned_amount if balance else 0) == self.model.earned


@pytest.fixture
def world(django_db_setup, django_db_blocker):
    """The personas, with Atlas' three campaigns under one agreement for all; committed, so that each history starts here."""
    with django_db_blocker.unblock():
        personas = make_personas()
        with acting_as(SYSTEM):
            terminate_agreement(agreement_id=personas.agreement.pk)
            agreement = invite_influencer(merchant_id=personas.merchant.pk, email=personas.influencer_user.email)
            cheap = CampaignTerms(percentage_commission_rate=Decimal("5.00"), fixed_commission_amount=Decimal("40.00"))
            endless = CampaignTerms(auto_stop_on_depletion=False)
            atlas = {"merchant_id": personas.merchant.pk, "service": "Service"}
            campaigns = {
                "kitchen": personas.campaign,
                "bath": create_campaign(name="bath", terms=cheap, **atlas),
                "garden": create_campaign(name="garden", terms=endless, **atlas),
            }
        with acting_as(personas.as_influencer):
            accept_agreement(agreement_id=agreement.pk)
        Books.personas = personas
        Books.campaign_ids = {name: campaign.pk for name, campaign in campaigns.items()}
        yield
        for alias in connections:
            connections[alias].close()
        empty_tables()


def test_books_follow_the_model_through_any_history(world):
    profile = PROFILES[os.environ.get("HYPOTHESIS_PROFILE", "default")]
    run_state_machine_as_test(
        Books, settings=settings(**profile, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    )
