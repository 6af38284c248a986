"""Numbers of receipts: one series per year of Casablanca, without a gap or a double, whoever is in the way."""

import random
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import Payment, Receipt, ReceiptSeries
from payments.services import issue_receipt, settle_payment
from tests.crowd import crowd

THREADS = 20


class RolledBack(Exception):
    """Something after the receipt went wrong, in the same transaction."""


@pytest.fixture
def new_payment(committed_personas):
    """A function that makes a payment to be given a receipt, as settlement would have it in hand."""

    def make() -> Payment:
        with acting_as(SYSTEM):
            return Payment.objects.create(
                merchant=committed_personas.merchant,
                deposit=committed_personas.deposit,
                purpose="recharge",
                method="sandbox",
                amount=Decimal("500.00"),
            )

    return make


def issue(payment: Payment, *, fails: bool = False) -> Receipt:
    with acting_as(SYSTEM):
        payment.credited_amount = payment.amount
        payment.settled_at = timezone.now()
        receipt = issue_receipt(payment)
        if fails:
            raise RolledBack
        return receipt


def serials() -> dict[int, list[int]]:
    with acting_as(SYSTEM):
        found: dict[int, list[int]] = {}
        for year, serial in Receipt.objects.order_by("year", "serial").values_list("year", "serial"):
            found.setdefault(year, []).append(serial)
        return found


@pytest.mark.parametrize("seed", range(3))
def test_no_gap_and_no_double_with_20_threads_and_random_rollbacks_over_a_new_year(new_payment, seed):
    chance = random.Random(seed)
    kept = 0
    with crowd(THREADS) as people:
        # Three rounds on the last evening, one over midnight, two in the new year.
        for moment in (
            "2026-12-31T20:00:00Z",
            "2026-12-31T22:00:00Z",
            "2026-12-31T23:59:59Z",
            "2026-12-31T23:59:59.950Z",
            "2027-01-01T00:00:00Z",
            "2027-01-01T09:00:00Z",
        ):
            work = [(new_payment(), chance.random() < 0.4) for _thread in range(THREADS)]
            with time_machine.travel(datetime.fromisoformat(moment), tick=moment.endswith(".950Z")):
                results = people.at_once(*[lambda one=one, fails=fails: issue(one, fails=fails) for one, fails in work])
            assert [isinstance(result, RolledBack) for result in results] == [fails for _one, fails in work]
            kept += sum(not fails for _one, fails in work)

    by_year = serials()
    assert set(by_year) == {2026, 2027}
    for year, numbers in by_year.items():
        assert numbers == list(range(1, len(numbers) + 1))
        with acting_as(SYSTEM):
            assert ReceiptSeries.objects.get(year=year).last_serial == len(numbers)
    assert sum(map(len, by_year.values())) == kept


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        (datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "R-2026-000001"),
        (datetime(2027, 1, 1, tzinfo=UTC), "R-2027-000001"),
        # Casablanca was an hour ahead of UTC then.
        (datetime(2025, 12, 31, 22, 59, 59, tzinfo=UTC), "R-2025-000001"),
        (datetime(2025, 12, 31, 23, 0, tzinfo=UTC), "R-2026-000001"),
    ],
)
def test_the_year_is_that_of_casablanca(new_payment, moment, number):
    with time_machine.travel(moment, tick=False):
        assert issue(new_payment()).number == number


def test_a_repeat_returns_the_first(new_payment):
    payment = new_payment()

    first, second, other = issue(payment), issue(payment), issue(new_payment())

    assert (first.number, second.number) == (first.number, first.number)
    assert other.serial == first.serial + 1


def test_one_payment_by_20_threads_at_once_has_one_receipt(new_payment):
    payment = new_payment()

    def settle() -> str:
        with acting_as(SYSTEM):
            locked = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
            if locked.status != Payment.Status.SETTLED:
                settle_payment(locked, credited_amount=locked.amount, ledger_key="sandbox:one")
            return Receipt.objects.get(payment=locked).number

    with crowd(THREADS) as people:
        numbers = people.at_once(*[settle] * THREADS)

    assert len(set(numbers)) == 1
    assert sum(map(len, serials().values())) == 1
