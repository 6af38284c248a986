"""The demonstration data: right books, working log-ins, every state on show, the same each time."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections
from django.db.models import Count, Sum
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Influencer, Merchant, User
from alerts.models import AddressProblem, Delivery, DepositAlert, Event, Notification, NotificationProfile
from alerts.services import check_deposit_levels
from conftest import empty_tables
from deposits.models import Deposit
from deposits.reconciliation import deposit_differences
from leads.models import EarningEntry, InfluencerAgreement, InfluencerBalance, Lead, LeadReturn, RejectionReason
from leads.reconciliation import earning_differences, lead_differences
from leads.services import expire_leads
from leads.terms import lead_terms
from leadsmarket.demo import DemoExists, load_demo
from leadsmarket.demo.catalogue import INFLUENCER_EMAIL, OWNER_EMAIL, STAFF_EMAIL
from leadsmarket.demo.chance import Ids
from leadsmarket.demo.history import tell_stories
from leadsmarket.demo.rows import make_lead_rows
from leadsmarket.demo.world import PASSWORD, build_world, invented_ice
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import (
    AutoRecharge,
    Payment,
    PaymentReversal,
    Payout,
    PayoutSeries,
    PayoutStatement,
    Receipt,
    ReceiptSeries,
    ReviewItem,
)
from payments.reconciliation import payment_differences, payout_differences
from payments.rib import has_right_key
from payments.services import mark_payout_paid, render_receipt, render_statement, request_payout
from payments.services.transfers import confirm_transfer
from tests.books import broken_invariants


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker):
    """The demonstration, loaded once by the command and committed; what it printed."""
    output = StringIO()
    with django_db_blocker.unblock():
        # Rows that other tests rolled back still fill the tables, and reading a year lead by lead passes all of them.
        empty_tables()
        call_command("demo", stdout=output)
        yield output.getvalue()
        for alias in connections:
            connections[alias].close()
        empty_tables()


BOTH = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def as_system(demo, db):
    """Read as the platform."""
    with acting_as(SYSTEM):
        yield


def lead_rows(now):
    world = build_world(now, Ids("test"))
    return make_lead_rows(world, tell_stories(world, "test"), "test")


def summary(rows):
    statuses = Counter(lead.status for lead, _decider in rows.leads)
    commissions = sum(lead.commission_amount for lead, _decider in rows.leads)
    balances = [(book.deposit.current_balance, book.deposit.reserved_amount) for book in rows.books]
    payments = [(payment.reference, payment.status, payment.settled_at) for payment in rows.till.payments]
    return statuses, commissions, balances, payments


def test_the_command_says_what_it_made(demo):
    assert demo.startswith("Demonstration data loaded in ")
    assert "8 merchants, 12 influencers, 20 campaigns" in demo


@BOTH
def test_the_books_are_right(as_system):
    assert [*deposit_differences(), *lead_differences(), *earning_differences()] == []
    assert [*payment_differences(), *payout_differences()] == []
    assert broken_invariants() == {}


@BOTH
def test_a_second_run_changes_nothing(demo, as_system):
    def count():
        return Lead.objects.count(), User.objects.count(), EarningEntry.objects.count(), Payment.objects.count()

    before = count()
    output = StringIO()

    call_command("demo", stdout=output)

    assert output.getvalue() == "The demonstration data are there already; nothing was changed.\n"
    assert count() == before
    with pytest.raises(DemoExists):
        load_demo()


def test_production_refuses(monkeypatch):
    monkeypatch.setattr(settings, "DEMO_DATA_ALLOWED", False)

    with pytest.raises(CommandError, match="production"):
        call_command("demo")


@pytest.mark.parametrize(
    ("email", "page"), [(OWNER_EMAIL, "dashboard"), (INFLUENCER_EMAIL, "dashboard"), (STAFF_EMAIL, "admin:index")]
)
def test_the_log_ins_work(demo, db, email, page):
    client = Client()

    answer = client.post(reverse("account_login"), {"login": email, "password": PASSWORD})

    assert (answer.status_code, answer["Location"]) == (302, reverse(page))


def test_every_state_is_on_show(as_system):
    assert set(Lead.objects.values_list("status", flat=True)) == set(Lead.Status.values)
    assert set(Lead.objects.exclude(rejection_reason="").values_list("rejection_reason", flat=True)) == set(
        RejectionReason.values
    )
    assert set(InfluencerAgreement.objects.values_list("status", flat=True)) == set(InfluencerAgreement.Status.values)
    assert InfluencerAgreement.objects.filter(status="pending", is_invitation=True).exists()
    statuses = set(Deposit.objects.values_list("status", flat=True))
    assert statuses == {"active", "depleted", "suspended", "awaiting_payment"}
    levels = set(Deposit.objects.exclude(status="awaiting_payment").values_list("alert_level", flat=True))
    assert levels == {"healthy", "attention", "warning", "critical", "depleted"}
    assert [deposit.merchant.name for deposit in Deposit.objects.select_related("merchant") if deposit.is_full] == [
        "Fès Numérique Academy"
    ]


def test_the_demo_merchant_looks_alive(as_system):
    merchant = Merchant.objects.get(memberships__user__email=OWNER_EMAIL)
    pending = Lead.objects.filter(merchant=merchant, status="pending")
    deposit = Deposit.objects.get(merchant=merchant, campaign_id=None)
    near = pending.filter(expires_at__lte=timezone.now() + timedelta(hours=12))

    assert (pending.count(), deposit.alert_level, deposit.status) == (14, "attention", "active")
    assert 2 <= near.count() <= 4
    assert pending.filter(expires_at__lte=timezone.now()).count() == 0
    assert Lead.objects.filter(merchant=merchant).values("influencer").distinct().count() >= 5
    assert Lead.objects.filter(merchant=merchant).dates("created_at", "month").count() >= 12


def test_the_demo_influencer_has_campaigns_that_take_leads_and_one_that_cannot(as_system):
    influencer = Influencer.objects.get(user__email=INFLUENCER_EMAIL)
    agreements = InfluencerAgreement.objects.filter(influencer=influencer, status="active")
    takes_leads = [
        lead_terms(
            campaign_id=row.campaign_id, influencer_id=influencer.pk, estimated_value=Decimal("600")
        ).accepts_leads
        for row in agreements
    ]
    balance = InfluencerBalance.objects.get(influencer=influencer)
    by_status = dict(Lead.objects.filter(influencer=influencer).values_list("status").annotate(Count("pk")))

    assert sorted(takes_leads) == [False, True, True, True]
    assert min(balance.earned_amount, balance.payable_amount, balance.in_payout_amount, balance.paid_amount) > 0
    assert set(by_status) == set(Lead.Status.values)


def test_every_payment_is_on_show_with_its_receipt(as_system):
    assert set(Payment.objects.values_list("status", flat=True)) == {
        "pending",
        "settled",
        "failed",
        "cancelled",
        "expired",
    }
    assert set(Payment.objects.filter(status="settled").values_list("method", flat=True)) == {
        "stripe",
        "cmi",
        "bank_transfer",
        "crypto",
    }
    assert set(Payment.objects.values_list("purpose", flat=True)) == set(Payment.Purpose.values)
    for merchant in Merchant.objects.exclude(deposits__status="awaiting_payment"):
        assert Receipt.objects.filter(merchant=merchant).exists(), merchant.name
    for year in ReceiptSeries.objects.all():
        issued = list(Receipt.objects.filter(year=year.year).order_by("serial").values_list("created_at", flat=True))
        assert (len(issued), issued) == (year.last_serial, sorted(issued))
    assert PaymentReversal.objects.count() == 1
    assert ReviewItem.objects.filter(resolved_at=None).count() == 1
    assert not AutoRecharge.objects.filter(enabled=True).exists()


def test_payouts_and_returns_are_on_show_in_every_state(as_system):
    assert set(Payout.objects.values_list("status", flat=True)) == set(Payout.Status.values)
    assert set(LeadReturn.objects.values_list("status", flat=True)) == set(LeadReturn.Status.values)
    assert all(has_right_key(rib) for rib in Payout.objects.values_list("rib", flat=True))
    for series in PayoutSeries.objects.filter(name__startswith="RV-"):
        assert PayoutStatement.objects.filter(number__startswith=series.name).count() == series.last_serial
    for statement in PayoutStatement.objects.all():
        changes = sum(Decimal(entry["change"]) for entry in statement.data["entries"])
        data = {name: Decimal(statement.data[name]) for name in ("opening", "closing", "amount")}
        assert data["opening"] + changes - data["amount"] == data["closing"]
    assert set(Delivery.objects.values_list("status", flat=True)) == {"sent", "given_up", "not_sent"}


def test_the_year_was_told_as_it_would_have_been(as_system):
    told = Notification.objects.filter(user__email=OWNER_EMAIL)
    kinds = set(told.values_list("kind", flat=True))
    assert kinds >= {"new_lead", "lead_expired", "deposit_level", "payment_succeeded", "return_decided"}
    kinds = set(Notification.objects.filter(user__email=INFLUENCER_EMAIL).values_list("kind", flat=True))
    assert kinds >= {"lead_validated", "lead_rejected", "campaign_paused", "campaign_resumed", "payout_paid"}
    levels = set(Notification.objects.filter(kind="deposit_level").values_list("level", flat=True))
    assert levels == {"attention", "warning", "critical", "depleted"}
    assert Delivery.objects.filter(kind="new_lead", channel="email").exists()
    assert AddressProblem.objects.get().address == "chantier@atlas-confort.test"
    profile = NotificationProfile.objects.get(user__email=OWNER_EMAIL)
    assert profile.phone_verified_at
    assert profile.whatsapp_agreed_at


def test_every_level_of_today_was_announced_and_none_is_again(as_system):
    deposits = Deposit.objects.exclude(status="awaiting_payment")
    remembered = dict(DepositAlert.objects.values_list("deposit_id", "level"))

    assert {deposit.pk: remembered.get(deposit.pk, "healthy") for deposit in deposits} == {
        deposit.pk: deposit.alert_level for deposit in deposits
    }
    for alert in DepositAlert.objects.all():
        told = Notification.objects.filter(kind="deposit_level", deposit_id=alert.pk)
        assert told.values("created_at").distinct().count() == alert.announcements
    assert check_deposit_levels() == 0
    assert not Event.objects.exists()


def test_both_demo_log_ins_find_something_under_their_bell(as_system):
    for email in ("marchand@demo.test", "influenceur@demo.test"):
        told = Notification.objects.filter(user__email=email)
        assert told.count() >= 8
        assert 1 <= told.filter(read_at=None).count() <= 3


def test_documents_can_be_made(as_system, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path

    for document in (
        render_receipt(Receipt.objects.latest("id").pk),
        render_statement(PayoutStatement.objects.latest("id").pk),
    ):
        assert document.file.read(5) == b"%PDF-"


@BOTH
def test_money_goes_on_after_the_demo(as_system):
    transfer = Payment.objects.get(status="pending", purpose="opening")
    last_number = ReceiptSeries.objects.get(year=timezone.localdate().year).last_serial

    confirm_transfer(
        payment_id=transfer.pk,
        received_amount=transfer.amount,
        bank_reference="VIR 1",
        received_on=timezone.localdate(),
    )
    mark_payout_paid(payout_id=Payout.objects.get(status="approved").pk)
    influencer = Influencer.objects.get(user__email=INFLUENCER_EMAIL)
    last = Payout.objects.filter(influencer=influencer).latest("created_at")
    request_payout(influencer_id=influencer.pk, amount=Decimal("200"), holder_name=last.holder_name, rib=last.rib)

    assert Receipt.objects.get(payment=transfer).serial == last_number + 1
    assert [*deposit_differences(), *earning_differences(), *payment_differences(), *payout_differences()] == []


@BOTH
def test_a_years_leads_stay_unique_and_in_the_past(as_system):
    leads = Lead.objects.all()

    assert leads.count() > 2500
    assert leads.values("customer_phone").distinct().count() == leads.count()
    assert leads.values("customer_email").distinct().count() == leads.count()
    assert not leads.filter(created_at__gt=timezone.now()).exists()
    assert not leads.filter(status="pending", expires_at__lte=timezone.now()).exists()
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT tgenabled FROM pg_trigger WHERE tgname = 'lead_duplicate'")
        assert cursor.fetchone() == ("O",)


def test_life_goes_on_after_the_demo(as_system):
    pending = Lead.objects.filter(status="pending")
    before = pending.count()
    latest = pending.order_by("-expires_at").first()

    assert expire_leads(now=latest.expires_at) == before

    assert Deposit.objects.aggregate(total=Sum("reserved_amount"))["total"] == 0
    assert [*deposit_differences(), *lead_differences()] == []


def test_the_same_minute_gives_the_same_rows():
    now = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    first, second = lead_rows(now), lead_rows(now)

    def everything(rows):
        return [
            (lead.pk, lead.status, lead.commission_amount, lead.customer_email, lead.decided_at)
            for lead, _decider in rows.leads
        ]

    assert everything(first) == everything(second)


@pytest.mark.parametrize("day", [datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 3, 22, tzinfo=UTC)])
def test_the_same_day_gives_the_same_business(day):
    assert summary(lead_rows(day + timedelta(hours=2))) == summary(lead_rows(day + timedelta(hours=20, minutes=59)))


def test_invented_ices_pass_the_check():
    numbers = [invented_ice(number) for number in range(1, 9)]

    assert all(len(number) == 15 and int(number) % 97 == 0 for number in numbers)
    assert len(set(numbers)) == 8
