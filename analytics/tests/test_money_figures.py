"""Figures of movements against a count movement by movement, and against the plain selectors of deposits."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connections, transaction
from django.utils import timezone

from analytics.periods import Period
from analytics.reconciliation import rollup_differences
from analytics.rollup import roll_up
from analytics.selectors.forecasts import deposit_forecast
from analytics.selectors.money import balance_by_day, balances, money_by_day, money_figures, recent_means
from analytics.selectors.platform import cash_figures, deposits_by_level, things_to_do
from analytics.tests.worlds import CASABLANCA, Place, Story, store
from deposits.models import Deposit, DepositTransaction
from deposits.selectors import gauge_of, with_names
from leads.models import Lead
from leads.services import ask_return
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.earning import earn
from tests.personas import make_books

CHANGES = {
    "recharge": (1, 0),
    "adjustment": (1, 0),
    "refund": (1, 0),
    "reservation": (0, 1),
    "release": (0, -1),
    "deduction": (-1, -1),
}


@pytest.fixture
def books(committed_personas):
    """A deposit with movements of two months around now, at the rims of the windows too; committed as the owner."""
    personas = committed_personas
    chance, now = random.Random(7), datetime.now(UTC)
    rims = [now - timedelta(days=days, seconds=seconds) for days in (14, 30) for seconds in (-60, 60)]
    moments = rims + [now - timedelta(minutes=chance.randint(5, 60 * 24 * 60)) for _number in range(120)]
    lead_ids = iter(_leads(personas, len(moments)))
    movements, balance, reserved = [], Decimal("5000.00"), Decimal("0.00")
    for number, moment in enumerate(sorted(moments), start=2):
        possible = [kind for kind, (_money, held) in CHANGES.items() if held >= 0 or reserved >= 60]
        kind, amount = chance.choice(possible), Decimal(60)
        money, held = CHANGES[kind]
        movements.append(
            DepositTransaction(
                deposit=personas.deposit,
                merchant=personas.merchant,
                sequence=number,
                kind=kind,
                amount=amount,
                balance_before=balance,
                balance_after=balance + money * amount,
                reserved_before=reserved,
                reserved_after=reserved + held * amount,
                lead_id=next(lead_ids) if kind in ("reservation", "release", "deduction", "refund") else None,
                payment_reference="VIR" if kind == "recharge" else "",
                reason="Correction",
                created_at=moment,
            )
        )
        balance, reserved = balance + money * amount, reserved + held * amount
    DepositTransaction.objects.using("owner").bulk_create(movements)
    with connections["owner"].cursor() as cursor:
        # The opening was the first, before all of them.
        cursor.execute("ALTER TABLE deposit_transactions DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE deposit_transactions SET created_at = now() - interval '61 days' WHERE kind = 'initial'"
            " AND deposit_id = %s",
            [personas.deposit.pk],
        )
        cursor.execute("ALTER TABLE deposit_transactions ENABLE TRIGGER USER")
        cursor.execute(
            "UPDATE company_deposits SET current_balance = %s, reserved_amount = %s, movement_count = %s,"
            " created_at = now() - interval '61 days' WHERE id = %s",
            [balance, reserved, len(movements) + 1, personas.deposit.pk],
        )
    return personas, movements


def _leads(personas, number: int) -> list[UUID]:
    """Insert leads for the movements to name, one each; they wait, and only their ids matter."""
    place = Place(
        personas.merchant.pk, personas.campaign.pk, personas.deposit.pk, (personas.agreement.pk, personas.agreement.pk)
    )
    pending = Story(
        campaign=0,
        influencer=0,
        source="direct",
        value=Decimal("600.00"),
        created_at=datetime.now(UTC),
        decided_after=None,
        reason="",
        score=None,
        by_person=True,
        outcome_after=None,
        converted=False,
        actual_value=None,
        returned_after=None,
    )
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        # A lead must have its reservation; here only some have one.
        cursor.execute("ALTER TABLE leads DISABLE TRIGGER USER")
        store([pending] * number, [place], [personas.influencer.pk], personas.owner.pk, using="owner")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE leads ENABLE TRIGGER USER")
    return list(Lead.objects.using("owner").values_list("pk", flat=True))


def total(movements, kind: str, period: Period) -> Decimal:
    return sum(
        (
            row.amount
            for row in movements
            if row.kind == kind and period.first <= row.created_at.astimezone(CASABLANCA).date() <= period.last
        ),
        Decimal(0),
    )


@pytest.mark.parametrize("folded", ["never", "in part", "wholly"])
def test_movements_by_day_and_the_balance_of_each_evening(books, folded):
    personas, movements = books
    if folded != "never":
        until = timezone.now() - timedelta(days=20 if folded == "in part" else 0)
        roll_up(until=until, clock_difference=timedelta(0))
    period = Period.last_days(40)
    with acting_as(SYSTEM):
        assert rollup_differences() == []
    with acting_as(personas.as_owner):
        by_day = money_by_day(merchant_id=personas.merchant.pk, period=period)
        whole = money_figures(deposit_id=personas.deposit.pk, period=period)
        evenings = balance_by_day(deposit_id=personas.deposit.pk, period=period)
        deposit = Deposit.objects.get(pk=personas.deposit.pk)

    for day, money in by_day.items():
        one = Period(day, day)
        assert money.deposited_amount == total(movements, "recharge", one)
        assert money.adjusted_amount == total(movements, "adjustment", one)
        assert money.spent_amount == total(movements, "deduction", one) - total(movements, "refund", one)
        assert money.reserved_count * 60 == money.reserved_amount == total(movements, "reservation", one)
        assert money.released_amount == total(movements, "release", one)
    assert whole.spent_amount == sum(money.spent_amount for money in by_day.values())
    for evening in evenings:
        before = [row for row in movements if row.created_at.astimezone(CASABLANCA).date() <= evening.day]
        assert evening.current_balance == (before[-1].balance_after if before else Decimal(5000))
        assert evening.reserved_amount == (before[-1].reserved_after if before else Decimal(0))
    assert (evenings[-1].current_balance, evenings[-1].reserved_amount) == (
        deposit.current_balance,
        deposit.reserved_amount,
    )


@pytest.mark.parametrize("folded", [False, True])
def test_leads_and_days_left_are_those_of_the_gauge(books, folded):
    personas, _movements = books
    if folded:
        roll_up(until=timezone.now(), clock_difference=timedelta(0))
    with acting_as(personas.as_owner):
        deposit = Deposit.objects.get(pk=personas.deposit.pk)
        gauge = gauge_of(with_names([deposit])[0])
        means = recent_means(deposit_id=deposit.pk)
        together = balances(personas.merchant.pk)
        forecast = deposit_forecast(deposit)

    assert means.mean_commission == Decimal("60.00")
    assert (together.leads_left, together.days_left) == (gauge.leads_left, gauge.days_left)
    assert (forecast.leads_left, forecast.days_left) == (gauge.leads_left, gauge.days_left)
    assert (together.current_balance, together.available_balance) == (
        deposit.current_balance,
        deposit.available_balance,
    )
    assert forecast.forecast.low_days <= forecast.forecast.expected_days <= forecast.forecast.high_days


def test_money_of_nobody_and_of_others(books):
    personas, _movements = books
    roll_up(until=timezone.now(), clock_difference=timedelta(0))
    with acting_as(personas.as_other_owner):
        assert money_figures(merchant_id=personas.merchant.pk, period=None).spent_amount == 0
        assert balances(personas.other_merchant.pk).days_left is None
    with acting_as(personas.as_influencer):
        assert money_figures(deposit_id=personas.deposit.pk, period=None).deposited_amount == 0
        assert balances(personas.merchant.pk).alert_level is None


def test_staff_see_cash_levels_and_what_to_do(personas):
    make_books(personas)
    lead = earn(personas)
    with acting_as(personas.as_owner):
        ask_return(lead_id=lead.pk, reason="fraud")
    with acting_as(personas.as_staff):
        cash, levels, to_do = cash_figures(Period.last_days(1)), deposits_by_level(), things_to_do()
        before = cash_figures(Period.last_days(1).previous())

    assert (cash.deposited_amount, cash.out_amount, before.deposited_amount) == (Decimal("8500.00"), 0, 0)
    assert [(row.level.value, row.deposit_count) for row in levels] == [
        ("healthy", 2),
        ("attention", 0),
        ("warning", 0),
        ("critical", 0),
        ("depleted", 0),
    ]
    assert (to_do.returns_to_decide, to_do.payouts_to_approve, to_do.transfers_to_confirm) == (1, 0, 0)


def test_yesterday_is_a_day_of_casablanca():
    # 23:30 UTC is past midnight while Morocco was on UTC+1.
    today = datetime(2026, 1, 31, 23, 30, tzinfo=UTC).astimezone(CASABLANCA).date()

    assert Period.yesterday(today=today) == Period(date(2026, 1, 31), date(2026, 1, 31))
