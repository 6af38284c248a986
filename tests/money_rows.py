"""Rows of payments, payouts, returns, messages and jobs for tests of what the database refuses and hides."""

from datetime import timedelta
from decimal import Decimal

import time_machine
from django.utils import timezone

from accounts.models import EmailChange, LoginSession
from analytics.rollup import roll_up
from leads.models import ProspectRequest
from leads.services import accept_return, ask_about_data, ask_return, block_contact, record_request
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.days import Month
from leadsmarket.models import JobRun
from payments.models import (
    AutoRecharge,
    CardOrder,
    Payment,
    PaymentReversal,
    Receivable,
    ReceivableSettlement,
    SavedCard,
    StripeCustomer,
)
from payments.services import (
    approve_payouts,
    ask_report,
    ask_statement,
    mark_payout_failed,
    mark_payout_paid,
    open_review,
    request_payout,
    start_recharge,
)
from payments.tests.conftest import tell
from tests.earning import RIB, earn, earn_payable, make_leads_rich
from tests.message_rows import make_message_rows
from tests.partner_rows import make_partner_rows
from tests.personas import Personas


def make_money_rows(personas: Personas) -> None:
    """Give Atlas payments with all that hangs on them and a return, Salma payouts in each state, staff jobs and rollups."""
    settled, waiting = (_recharge(personas) for _ in range(2))
    tell(settled)
    _make_debt(personas, settled)
    _make_cards(personas, settled, waiting)
    with acting_as(SYSTEM):
        open_review("other", "Looks odd", payment=settled)
    _make_payouts(personas)
    _make_returns(personas)
    _make_job_runs(personas)
    roll_up(until=timezone.now(), clock_difference=timedelta(0))
    make_documents(personas)
    make_partner_rows(personas)
    make_message_rows(personas)
    _make_data_requests()
    _make_log_ins(personas)


def _recharge(personas: Personas) -> Payment:
    return start_recharge(
        actor=personas.as_owner, deposit_id=personas.deposit.pk, amount=Decimal("5000.00"), method="sandbox"
    ).payment


def _make_debt(personas: Personas, payment: Payment) -> None:
    with acting_as(SYSTEM):
        reversal = PaymentReversal.objects.create(
            payment=payment,
            kind="refund",
            ledger_key="sandbox:refund",
            amount=Decimal("10.00"),
            taken_amount=Decimal("4.00"),
        )
        receivable = Receivable.objects.create(
            merchant=personas.merchant,
            deposit=personas.deposit,
            reversal=reversal,
            amount=Decimal("6.00"),
            settled_amount=Decimal("6.00"),
        )
        ReceivableSettlement.objects.create(receivable=receivable, payment=payment, amount=Decimal("6.00"))


def _make_cards(personas: Personas, settled: Payment, waiting: Payment) -> None:
    with acting_as(SYSTEM):
        StripeCustomer.objects.create(merchant=personas.merchant, is_live=False, customer_id="cus_1")
        card = SavedCard.objects.create(
            merchant=personas.merchant,
            payment=settled,
            status="active",
            customer_id="cus_1",
            payment_method_id="pm_1",
            expiry_month=12,
            expiry_year=2030,
        )
        AutoRecharge.objects.create(
            merchant=personas.merchant,
            deposit=personas.deposit,
            enabled=True,
            threshold_percentage=20,
            amount=Decimal("1000.00"),
            monthly_limit=Decimal("3000.00"),
            card=card,
            consent_text="Oui",
            consented_by=personas.owner,
        )
        Payment.objects.create(
            merchant=personas.merchant,
            deposit=personas.deposit,
            purpose="auto_recharge",
            method="stripe",
            amount=Decimal("1000.00"),
            provider_id="pi_1",
            card=card,
        )
        CardOrder.objects.create(payment=waiting, oid="ORDER1", fields={"amount": "5000.00"})


def make_documents(personas: Personas) -> None:
    """A statement and a report of each side."""
    # The month is not over yet; what the rows are guarded by doesn't mind.
    month = Month.of(timezone.localdate())
    with acting_as(SYSTEM), time_machine.travel(month.next().ends_at, tick=False):
        ask_statement(month=month, language="fr", merchant_id=personas.merchant.pk)
        ask_statement(month=month, language="fr", influencer_id=personas.influencer.pk)
    for actor in (personas.as_owner, personas.as_influencer):
        ask_report(actor=actor, first=month.first, last=month.last, language="fr", data={})


def _make_payouts(personas: Personas) -> None:
    """Paid, failed and asked for, out of two leads that brought a lot."""
    make_leads_rich(personas)
    for _lead in range(2):
        earn_payable(personas)
    for end in ("paid", "failed", ""):
        with acting_as(personas.as_influencer):
            payout = request_payout(
                influencer_id=personas.influencer.pk, amount=Decimal("200.00"), holder_name="Salma Bennani", rib=RIB
            )
        if end:
            with acting_as(personas.as_staff):
                approve_payouts(payout_ids=[payout.pk])
                if end == "paid":
                    mark_payout_paid(payout_id=payout.pk)
                else:
                    mark_payout_failed(payout_id=payout.pk, reason="Compte clos")


def _make_data_requests() -> None:
    """One to answer, one answered, one not confirmed; an erased and an objecting contact."""
    with acting_as(SYSTEM):
        record_request(kind="access", language="fr", email="amina@exemple.ma")
        answered = record_request(kind="erasure", language="fr", email="karim@exemple.ma")
        ProspectRequest.objects.filter(pk=answered.pk).update(status="done", handled_at=timezone.now(), answer="Fait")
        block_contact(email="karim@exemple.ma", reason="erasure")
        block_contact(phone="+212661234567", reason="objection")
    ask_about_data(kind="objection", email="nadia@exemple.ma")


def _make_returns(personas: Personas) -> None:
    """One that was accepted, one that waits."""
    for accepted in (True, False):
        lead = earn(personas)
        with acting_as(personas.as_owner):
            asked = ask_return(lead_id=lead.pk, reason="other", details="Déjà client")
        if accepted:
            with acting_as(personas.as_staff):
                accept_return(return_id=asked.pk, note="Vérifié")


def _make_job_runs(personas: Personas) -> None:
    """One by the schedule that is over, one by hand that goes on."""
    now = timezone.now()
    process = {"job": "reconcile", "host": "worker-1", "pid": 1, "lease_until": now + timedelta(minutes=1)}
    with acting_as(SYSTEM):
        JobRun.objects.create(source="beat", status="succeeded", due_at=now, finished_at=now, **process)
        JobRun.objects.create(source="hand", started_by=personas.staff, **process)


def _make_log_ins(personas: Personas) -> None:
    with acting_as(SYSTEM):
        LoginSession.objects.create(user=personas.influencer_user, session_key="salmas-phone", ip_address="192.0.2.1")
        EmailChange.objects.create(user=personas.influencer_user, new_email="salma.nouveau@exemple.ma")
