"""Releasing many commissions at once: all or none, and only by the platform."""

from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.utils import timezone

from deposits.errors import (
    DepositNotActorsOwn,
    DepositNotFound,
    DepositSuspended,
    InsufficientDeposit,
    MovementDoesNotFitLead,
    MovementRepeated,
)
from deposits.models import Deposit, DepositTransaction
from deposits.services import Release, release_commissions
from deposits.signals import level_changed
from leads.models import Lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import raising_refusals
from leadsmarket.lib.identifiers import new_id


@pytest.fixture(autouse=True)
def _in_the_middle(db):
    """The tests stand in the middle of a job: what the commit would ask for is not written yet, so nothing is committed."""
    yield
    transaction.set_rollback(True)


def release_of(lead):
    return Release(lead.pk, lead.deposit_id, lead.commission_amount)


def rejected(personas, *values):
    """Leads that were just rejected and are not released yet, as within the expiry job."""
    leads = [personas.submit(value) for value in values]
    with acting_as(SYSTEM):
        Lead.objects.filter(pk__in=[lead.pk for lead in leads]).update(
            status=Lead.Status.REJECTED, rejection_reason="expired", decided_at=timezone.now()
        )
    return leads


def reserved(personas):
    with acting_as(SYSTEM):
        return Deposit.objects.get(pk=personas.deposit.pk).reserved_amount


def test_every_lead_gets_its_movement_in_one_chain(personas):
    leads = rejected(personas, "600.00", "123.45", "900.00")

    with acting_as(SYSTEM):
        (movement,) = release_commissions(releases=[release_of(lead) for lead in leads])
        movements = list(DepositTransaction.objects.filter(kind="release").order_by("sequence"))

    assert (movement.deposit_id, movement.reserved_amount) == (personas.deposit.pk, Decimal("0.00"))
    assert (movement.current_balance, movement.available_balance) == (Decimal("5000.00"), Decimal("5000.00"))
    assert [row.sequence for row in movements] == [5, 6, 7]
    assert [row.amount for row in movements] == [Decimal("60.00"), Decimal("12.35"), Decimal("80.00")]
    assert [row.reserved_before for row in movements] == [Decimal("152.35"), Decimal("92.35"), Decimal("80.00")]
    assert movements[-1].reserved_after == Decimal("0.00")


def test_nothing_to_release_moves_nothing(personas):
    with acting_as(SYSTEM):
        assert release_commissions(releases=[]) == []


def test_a_repeated_release_is_refused_and_takes_the_others_with_it(personas):
    first, second, _third = rejected(personas, "600.00", "600.00", "600.00")
    with acting_as(SYSTEM):
        release_commissions(releases=[release_of(first)])

        with pytest.raises(MovementRepeated):
            release_commissions(releases=[release_of(second), release_of(first)])

    assert reserved(personas) == Decimal("120.00")


def test_more_than_is_reserved_is_refused(personas):
    (lead,) = rejected(personas, "600.00")
    with acting_as(SYSTEM):
        release_commissions(releases=[release_of(lead)])

        with pytest.raises(InsufficientDeposit):
            release_commissions(releases=[release_of(lead)])

    assert reserved(personas) == Decimal("0.00")


def test_another_amount_than_the_leads_is_refused(personas):
    (lead,) = rejected(personas, "600.00")
    with acting_as(SYSTEM), pytest.raises(MovementDoesNotFitLead):
        release_commissions(releases=[Release(lead.pk, lead.deposit_id, Decimal("59.99"))])

    assert reserved(personas) == Decimal("60.00")


def test_a_pending_lead_keeps_its_reservation(personas):
    lead = personas.submit("600.00")
    with acting_as(SYSTEM), pytest.raises(MovementDoesNotFitLead):
        release_commissions(releases=[release_of(lead)])

    assert reserved(personas) == Decimal("60.00")


def test_an_unknown_deposit_is_refused(personas):
    (lead,) = rejected(personas, "600.00")
    with acting_as(SYSTEM), pytest.raises(DepositNotFound):
        release_commissions(releases=[release_of(lead), Release(new_id(), new_id(), Decimal("60.00"))])

    assert reserved(personas) == Decimal("60.00")


def test_an_unpaid_deposit_is_refused(personas):
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT create_deposit(%s, %s, 2000, 5)", [personas.merchant.pk, personas.campaign.pk])
        unpaid = cursor.fetchone()[0]

        with pytest.raises(DepositSuspended):
            release_commissions(releases=[Release(new_id(), unpaid, Decimal("60.00"))])


@pytest.mark.parametrize("actor", ["as_owner", "as_influencer"])
def test_only_the_platform_releases_in_bulk(personas, actor):
    lead = personas.submit("600.00")
    with acting_as(getattr(personas, actor)), pytest.raises(DepositNotActorsOwn):
        release_commissions(releases=[release_of(lead)])

    assert reserved(personas) == Decimal("60.00")


@pytest.mark.parametrize(
    "call", ["expire_due_leads(now() + interval '9 days', 10)", "make_due_earnings_payable(now(), 1)"]
)
@pytest.mark.parametrize("actor", ["as_owner", "as_influencer"])
def test_only_the_platform_runs_the_jobs_functions(personas, actor, call):
    personas.submit("600.00")
    with (
        acting_as(getattr(personas, actor)),
        pytest.raises(DepositNotActorsOwn),
        raising_refusals(),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"SELECT {call}")


def test_dust_left_behind_is_told_as_depleted(personas):
    told = []

    def listen(*, deposit_id, status_before, status_after, level_after, **_signal):
        told.append((deposit_id, status_before, status_after, level_after))

    (lead,) = rejected(personas, "600.00")
    with acting_as(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT adjust_deposit(%s, -4938, 'Test')", [personas.deposit.pk])
        cursor.execute("SELECT set_deposit_smallest_commission(%s, 70)", [personas.deposit.pk])
        level_changed.connect(listen)
        try:
            release_commissions(releases=[release_of(lead)])
        finally:
            level_changed.disconnect(listen)

    assert told == [(personas.deposit.pk, "active", "depleted", "depleted")]
