"""Corrections by staff, suspending and resuming."""

from decimal import Decimal

import pytest
from django.db import connections

from accounts.models import AuditEntry
from deposits.errors import DepositNotActorsOwn, DepositNotFound, DepositSuspended, InsufficientDeposit
from deposits.models import Deposit
from deposits.services import adjust_deposit, resume_deposit, suspend_deposit
from leads.errors import DepositNotUsable
from leads.services import reject_lead, validate_lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import InvalidInput
from leadsmarket.lib.identifiers import new_id


def adjust(personas, amount, reason="Correction"):
    with acting_as(personas.as_staff):
        return adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal(amount), reason=reason)


def suspend(personas):
    with acting_as(personas.as_staff):
        return suspend_deposit(deposit_id=personas.deposit.pk, reason="Contrôle")


def resume(personas):
    with acting_as(personas.as_staff):
        return resume_deposit(deposit_id=personas.deposit.pk, reason="Contrôlé")


def fresh(personas):
    with acting_as(SYSTEM):
        return Deposit.objects.get(pk=personas.deposit.pk)


def actions():
    with acting_as(SYSTEM):
        return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


@pytest.mark.parametrize(("amount", "balance"), [("0.01", "5000.01"), ("-0.01", "4999.99"), ("-5000.00", "0.00")])
def test_adjustment_is_signed_and_has_its_reason(personas, amount, balance):
    movement = adjust(personas, amount, "  Erreur de saisie ")

    assert movement.current_balance == Decimal(balance)
    with acting_as(SYSTEM):
        row = personas.deposit.transactions.get(kind="adjustment")
    assert (row.amount, row.reason) == (Decimal(amount), "Erreur de saisie")
    assert fresh(personas).initial_amount == Decimal("5000.00")
    assert "deposits.deposit.adjusted" in actions()


def test_what_is_reserved_cannot_be_taken(personas):
    personas.submit("600.00")

    with pytest.raises(InsufficientDeposit):
        adjust(personas, "-4940.01")
    movement = adjust(personas, "-4940.00")

    assert (movement.current_balance, movement.available_balance) == (Decimal("60.00"), Decimal("0.00"))


@pytest.mark.parametrize("amount", ["0", "0.001", "NaN", "-Infinity", "-10000000000.00"])
def test_amount_that_is_none_is_refused(personas, amount):
    with pytest.raises(InvalidInput) as refused:
        adjust(personas, amount)

    assert set(refused.value.fields) == {"amount"}


def test_adjustment_needs_a_reason(personas):
    with pytest.raises(InvalidInput) as refused:
        adjust(personas, "-1.00", "  ")

    assert set(refused.value.fields) == {"reason"}
    assert fresh(personas).movement_count == 1


@pytest.mark.parametrize("actor", ["as_owner", "as_influencer"])
def test_only_staff_adjust_and_suspend(personas, actor):
    for service, values in (
        (adjust_deposit, {"amount": Decimal("1.00")}),
        (suspend_deposit, {}),
        (resume_deposit, {}),
    ):
        with pytest.raises((DepositNotActorsOwn, DepositNotFound)), acting_as(getattr(personas, actor)):
            service(deposit_id=personas.deposit.pk, reason="Test", **values)

    assert (fresh(personas).status, fresh(personas).movement_count) == ("active", 1)


def test_suspended_deposit_takes_no_lead_but_decisions_go_on(personas):
    first, second = personas.submit("600.00"), personas.submit("600.00")
    suspend(personas)

    with pytest.raises(DepositNotUsable):
        personas.submit("600.00")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=first.pk, quality_score=8)
        reject_lead(lead_id=second.pk, rejection_reason="unreachable")

    deposit = fresh(personas)
    assert (deposit.status, deposit.current_balance, deposit.reserved_amount) == (
        "suspended",
        Decimal("4940.00"),
        Decimal("0.00"),
    )


def test_suspending_and_resuming_twice_changes_nothing_more(personas):
    assert (suspend(personas).status, suspend(personas).status) == ("suspended", "suspended")
    assert (resume(personas).status, resume(personas).status) == ("active", "active")

    assert actions().count("deposits.deposit.suspended") == 1
    assert actions().count("deposits.deposit.resumed") == 1
    personas.submit("600.00")


def test_deposit_emptied_while_suspended_resumes_as_depleted(personas):
    suspend(personas)
    adjust(personas, "-5000.00")

    assert resume(personas).status == "depleted"


@pytest.mark.parametrize("service", [suspend_deposit, resume_deposit])
def test_reason_is_needed(personas, service):
    with pytest.raises(InvalidInput), acting_as(personas.as_staff):
        service(deposit_id=personas.deposit.pk, reason=" ")


@pytest.mark.parametrize("service", [suspend_deposit, resume_deposit])
def test_unknown_deposit(personas, service):
    with pytest.raises(DepositNotFound), acting_as(personas.as_staff):
        service(deposit_id=new_id(), reason="Test")


def test_unpaid_deposit_is_neither_suspended_nor_adjusted(personas):
    with acting_as(personas.as_staff):
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT create_deposit(%s, %s, 2000.00, 5.00)", [personas.merchant.pk, personas.campaign.pk])
            deposit_id = cursor.fetchone()[0]
        for service, values in ((suspend_deposit, {}), (adjust_deposit, {"amount": Decimal("1.00")})):
            with pytest.raises(DepositSuspended):
                service(deposit_id=deposit_id, reason="Test", **values)
