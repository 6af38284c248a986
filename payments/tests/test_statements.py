"""Monthly statements: the books to the centime, months of Casablanca, frozen for ever, each side its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Merchant
from analytics.periods import Period
from analytics.selectors.leads import lead_figures
from analytics.selectors.money import balance_by_day, money_figures
from analytics.selectors.sums import LeadScope
from deposits.models import Deposit
from deposits.services import adjust_deposit
from leads.models import InfluencerBalance
from leads.services import accept_return, ask_return, reject_lead, validate_lead
from leadsmarket.lib.actor import AUTHENTICATION, SYSTEM, acting_as
from leadsmarket.lib.days import Month
from payments.errors import MonthNotOver
from payments.models import PeriodDocument
from payments.selectors.receipts import stored_pdf
from payments.selectors.statements import influencer_statement, merchant_statement
from payments.services import (
    ask_report,
    ask_statement,
    forget_old_reports,
    render_document,
    render_due_documents,
    statement_months,
)
from tests.personas import make_personas

LAST = Month.of(timezone.localdate()).before()
"""The last month that is over; movements have PostgreSQL's time, which no test can turn, so they are moved afterwards."""
EARLIER = LAST.before()
TIMES = {
    "deposit_transactions": ("created_at",),
    "leads_earningentry": ("created_at",),
    "lead_validation": ("created_at",),
    "leads": ("created_at", "decided_at"),
}


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@contextmanager
def happening_at(moment: datetime) -> Iterator[None]:
    """Let what is done in the block have happened at a moment."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (since,) = cursor.fetchone()
        yield
        for table, columns in TIMES.items():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for column in columns:
                cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {column} >= %s", [moment, since])
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.fixture
def world(committed_db):
    """The personas, whose deposits were opened at the beginning of EARLIER."""
    with happening_at(EARLIER.starts_at):
        personas = make_personas()
    yield personas
    connections["owner"].close()


def log_in(user) -> Client:
    client = Client()
    with acting_as(AUTHENTICATION):
        client.force_login(user)
    return client


def validated(personas, value: str = "600.00"):
    lead = personas.submit(value)
    with acting_as(personas.as_owner):
        return validate_lead(lead_id=lead.pk, quality_score=8)


def of_merchant(personas, month: Month = EARLIER) -> dict:
    with acting_as(SYSTEM):
        return merchant_statement(personas.merchant.pk, month)


def a_months_work(world) -> None:
    """Two leads validated, one rejected, one pending, a correction."""
    validated(world)
    validated(world, "900.00")
    rejected = world.submit("700.00")
    with acting_as(world.as_owner):
        reject_lead(lead_id=rejected.pk, rejection_reason="unreachable")
    world.submit("500.00")
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=world.deposit.pk, amount=Decimal("-12.50"), reason="Correction")


def test_a_merchants_month_is_added_up(world):
    with happening_at(EARLIER.starts_at + timedelta(days=3)):
        a_months_work(world)

    found = of_merchant(world)

    sums = {line["kind"]: (line["count"], line["amount"]) for line in found["movements"]}
    assert sums["initial"] == (1, "5000.00")
    assert sums["deduction"] == (2, "-140.00")
    assert sums["adjustment"] == (1, "-12.50")
    assert (sums["reservation"][0], sums["release"]) == (4, (1, "70.00"))
    assert (found["opening_amount"], found["closing_amount"], found["reserved_amount"]) == ("0.00", "4847.50", "50.00")
    (campaign,) = found["campaigns"]
    assert (campaign["name"], campaign["validated"], campaign["commission_amount"]) == (
        "Cuisine sur mesure",
        2,
        "140.00",
    )
    assert [(line["reference"], line["amount"]) for line in found["payments"]] == [("VIR-ATLAS", "5000.00")]
    assert [line["reason"] for line in found["adjustments"]] == ["Correction"]


def test_a_month_opens_with_what_the_one_before_closed_with(world):
    edge = LAST.starts_at
    for moment in (edge - timedelta(days=2), edge - timedelta(microseconds=1), edge):
        with happening_at(moment):
            validated(world)

    before, after = of_merchant(world), of_merchant(world, LAST)

    assert before["closing_amount"] == after["opening_amount"] == "4880.00"
    assert after["closing_amount"] == "4820.00"
    assert [line["count"] for line in after["movements"] if line["kind"] == "deduction"] == [1]


@pytest.mark.parametrize(
    ("month", "first_moment", "hours"),
    [
        # Ramadan 2026 takes the clock back in February and on again in March; since 2026-09-20 there is no change.
        ("2026-02", "2026-01-31T23:00:00+00:00", 28 * 24 + 1),
        ("2026-03", "2026-03-01T00:00:00+00:00", 31 * 24 - 1),
        ("2026-09", "2026-08-31T23:00:00+00:00", 30 * 24 + 1),
        ("2026-10", "2026-10-01T00:00:00+00:00", 31 * 24),
    ],
)
def test_months_are_those_of_casablanca(month, first_moment, hours):
    found = Month.parse(month)
    assert found.starts_at.astimezone(UTC).isoformat() == first_moment
    assert found.ends_at.astimezone(UTC) - found.starts_at.astimezone(UTC) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["2026-13", "2026-00", "1999-01", "2026-1", "x", "2026-10-01", ""])
def test_what_is_no_month_is_none(text):
    assert Month.parse(text) is None


def test_an_influencers_month_is_added_up(world):
    with happening_at(EARLIER.starts_at + timedelta(days=3)):
        validated(world)
        return_lead(world, validated(world, "900.00"))

    with acting_as(SYSTEM):
        found = influencer_statement(world.influencer.pk, EARLIER)

    assert (found["validated"], found["returned"]) == (2, 1)
    assert (found["earned_amount"], found["returned_amount"]) == ("42.00", "24.00")
    assert (found["closing"]["earned_amount"], found["closing"]["open_amount"]) == ("18.00", "18.00")
    (campaign,) = found["campaigns"]
    assert campaign["net_amount"] == "18.00"
    assert "5000" not in str(found)
    assert "60.00" not in str(found)


@pytest.fixture
def clock() -> dict[str, datetime]:
    """The examples share one world, whose movements follow each other in time as they do."""
    return {"at": EARLIER.starts_at}


def return_lead(world, lead) -> None:
    with acting_as(world.as_owner):
        asked = ask_return(lead_id=lead.pk, reason="fraud", details="")
    with acting_as(world.as_staff):
        accept_return(return_id=asked.pk)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["submit", "submit", "validate", "validate", "reject", "return", "adjust"]),
        st.integers(min_value=50, max_value=1500),
    ),
    max_size=6,
)
VISITS = st.lists(st.tuples(st.integers(min_value=0, max_value=40), STEPS), min_size=1, max_size=3)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(visits=VISITS)
def test_statements_agree_with_the_books_and_the_figures(world, clock, visits):
    pending = []
    for hours, steps in visits:
        clock["at"] += timedelta(hours=hours)
        with happening_at(min(clock["at"], LAST.ends_at - timedelta(seconds=1))):
            visit(world, steps, pending)

    opening, owed = None, None
    for month in (EARLIER, LAST):
        period = Period(month.first, month.last)
        with acting_as(SYSTEM):
            found = merchant_statement(world.merchant.pk, month)
            own = influencer_statement(world.influencer.pk, month)
            money = money_figures(merchant_id=world.merchant.pk, period=period)
            end = balance_by_day(merchant_id=world.merchant.pk, period=period)[-1]
            leads = lead_figures(LeadScope(merchant_id=world.merchant.pk), period)
        closing = (Decimal(found["closing_amount"]), Decimal(found["reserved_amount"]))
        assert closing == (end.current_balance, end.reserved_amount)
        assert sum(Decimal(line["net_amount"]) for line in found["campaigns"]) == money.spent_amount
        assert sum(line["validated"] for line in found["campaigns"]) == leads.validated_count == own["validated"]
        assert opening in (None, found["opening_amount"])
        assert owed in (None, own["opening"]["open_amount"])
        opening, owed = found["closing_amount"], own["closing"]["open_amount"]
    with acting_as(SYSTEM):
        deposit = Deposit.objects.get(pk=world.deposit.pk)
        balance = InfluencerBalance.objects.filter(pk=world.influencer.pk).first()
    assert opening == str(deposit.current_balance)
    assert Decimal(owed) == (balance.earned_amount + balance.payable_amount if balance else 0)


def visit(world, steps, pending) -> None:
    """Do what a day brings; only leads validated today are returned."""
    accepted = []
    for step, number in steps:
        if step == "submit":
            pending.append(world.submit(f"{number}.00"))
        elif step == "adjust":
            with acting_as(SYSTEM):
                adjust_deposit(deposit_id=world.deposit.pk, amount=Decimal(number), reason="Correction")
        elif step == "return" and accepted:
            return_lead(world, accepted.pop())
        elif step in ("validate", "reject") and pending:
            lead = pending.pop(0)
            with acting_as(world.as_owner):
                if step == "validate":
                    accepted.append(validate_lead(lead_id=lead.pk, quality_score=8))
                else:
                    reject_lead(lead_id=lead.pk, rejection_reason="unreachable")


def test_a_statement_is_frozen_when_it_is_issued_and_the_same_in_each_language(world):
    with happening_at(EARLIER.starts_at + timedelta(days=3)):
        validated(world)
    first = ask_statement(month=EARLIER, language="fr", merchant_id=world.merchant.pk)
    with acting_as(SYSTEM):
        Merchant.objects.filter(pk=world.merchant.pk).update(name="Nouveau nom")

    again = ask_statement(month=EARLIER, language="fr", merchant_id=world.merchant.pk)
    arabic = ask_statement(month=EARLIER, language="ar", merchant_id=world.merchant.pk)

    assert again.pk == first.pk
    assert arabic.pk != first.pk
    assert arabic.data == first.data
    assert arabic.data_sha256 == first.data_sha256
    assert arabic.data["merchant"]["name"] == "Atlas Rénovation"


def test_only_months_that_are_over_and_began_after_the_first_movement_have_one(world):
    side = {"merchant_id": world.merchant.pk}
    with acting_as(world.as_owner):
        assert statement_months(**side, now=LAST.starts_at + timedelta(minutes=59)) == []
        assert statement_months(**side, now=LAST.starts_at + timedelta(minutes=61)) == [EARLIER]
        assert statement_months(**side, now=LAST.ends_at + timedelta(minutes=61)) == [LAST, EARLIER]
    with acting_as(world.as_influencer):
        assert statement_months(influencer_id=world.influencer.pk) == []
    for month in (LAST.next(), EARLIER.before()):
        with pytest.raises(MonthNotOver):
            ask_statement(month=month, language="fr", **side)
    with acting_as(SYSTEM):
        assert not PeriodDocument.objects.exists()


@pytest.mark.parametrize("language", ["fr", "en", "ar"])
def test_the_pdf_is_made_once_and_kept(world, language):
    with happening_at(EARLIER.starts_at + timedelta(days=3)):
        validated(world)
    for side in ({"merchant_id": world.merchant.pk}, {"influencer_id": world.influencer.pk}):
        issued = ask_statement(month=EARLIER, language=language, **side)
        made = render_document(issued.pk)
        assert stored_pdf(made).startswith(b"%PDF")
        assert render_document(issued.pk).file_sha256 == made.file_sha256
    assert render_due_documents() == 0


def test_the_page_waits_for_the_worker_and_then_sends_the_file(world):
    with happening_at(EARLIER.starts_at + timedelta(days=3)):
        validated(world)
    client = log_in(world.owner)
    assert f"{EARLIER}.pdf" in client.get(reverse("payments:statements")).content.decode()

    waiting = client.get(reverse("payments:statement", args=[str(EARLIER)]), follow=True)
    assert 'id="document-waiting"' in waiting.content.decode()
    assert render_due_documents() == 1
    sent = client.get(waiting.redirect_chain[-1][0])

    assert sent.headers["Content-Type"] == "application/pdf"
    assert sent.content.startswith(b"%PDF")
    address = waiting.redirect_chain[-1][0]
    for stranger in (world.other_owner, world.influencer_user):
        assert log_in(stranger).get(address).status_code == 404
    assert client.get(reverse("payments:statement", args=[str(LAST)])).status_code == 302
    assert client.get(reverse("payments:statement", args=[str(LAST.next())])).status_code == 404


def test_old_reports_go_with_their_files_and_statements_stay(world):
    with happening_at(EARLIER.starts_at + timedelta(days=3)):
        validated(world)
    statement = ask_statement(month=EARLIER, language="fr", merchant_id=world.merchant.pk)
    report = ask_report(actor=world.as_owner, first=EARLIER.first, last=EARLIER.last, language="fr", data={})
    assert forget_old_reports() == 0
    assert forget_old_reports(now=timezone.now() + timedelta(days=31)) == 1
    with acting_as(SYSTEM):
        assert [document.pk for document in PeriodDocument.objects.all()] == [statement.pk]
    assert report.number.startswith(f"RA-{EARLIER}-")
