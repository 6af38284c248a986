"""The hourly check of 100,000 deposits beside the same in the ORM's bulk (goal: quality.md, "Speed").

An hour with nothing new, and one in which 100 deposits got worse: found, remembered and announced as events. Telling people
is the worker's part and the same for both.
"""

import sys
from collections.abc import Callable
from time import perf_counter

from django.db import connections, transaction
from django.utils import timezone

from alerts.kinds import Kind
from alerts.models import DepositAlert, Event
from alerts.services.events import Announcement, announce_all
from alerts.services.levels import check_deposit_levels
from alerts.signals import events_announced
from bench.measure import Comparison, compare
from bench.world import bench_database
from deposits.levels import AlertLevel
from deposits.models import Deposit
from leadsmarket.lib.actor import SYSTEM, acting_as

DEPOSITS = 100_000
CHANGED = 100
"""Deposits whose level got worse within an hour."""
CHUNK = 2000
GOAL = 15.0
RANKS = {level: rank for rank, level in enumerate(AlertLevel)}


def run(*, rounds: int, seconds: int) -> list[Comparison]:
    """Compare the check with nothing new and with CHANGED worse levels; each measurement is one check."""
    # The queue's worker serves another database.
    events_announced.disconnect(sender=Event, dispatch_uid="alerts.expand_events")
    with bench_database(merchants=DEPOSITS, leads=0):
        spread_levels()
        with acting_as(SYSTEM):
            check_deposit_levels()
        print("measuring ...", file=sys.stderr)
        return [
            compare(
                f"hourly check, {DEPOSITS} deposits, {label}",
                candidate=lambda changed=changed: checks_per_second(check_deposit_levels, changed),
                floor=lambda changed=changed: checks_per_second(check_in_bulk, changed),
                goal=GOAL,
                rounds=rounds,
            )
            for label, changed in (("nothing new", 0), (f"{CHANGED} worse", CHANGED))
        ]


def spread_levels() -> None:
    """Half of the deposits healthy, the rest spread over attention, warning, critical and depleted."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('app.role', 'system', false)")
        cursor.execute(
            "UPDATE company_deposits AS d SET initial_amount = 10000,"
            " current_balance = (ARRAY[9000, 8000, 7000, 6000, 4000, 3000, 1500, 500])[w.n %% 8 + 1]"
            " FROM bench_world AS w WHERE w.deposit_id = d.id",
            [],
        )
        cursor.execute("VACUUM ANALYZE company_deposits")


def checks_per_second(check: Callable[[], int], changed: int) -> float:
    """Return the rate of one check after `changed` remembered levels were made better than the deposits are."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('app.role', 'system', false)")
        cursor.execute(
            "UPDATE alerts_depositalert SET level = 'healthy' WHERE deposit_id IN (SELECT deposit_id FROM alerts_depositalert"
            " WHERE level <> 'healthy' ORDER BY deposit_id LIMIT %s)",
            [changed],
        )
    started = perf_counter()
    found = check()
    elapsed = perf_counter() - started
    if found != changed:
        raise RuntimeError(f"{check.__name__} found {found} worse levels of {changed}")
    return 1 / elapsed


def check_in_bulk() -> int:
    """The check as one would write it with the ORM: chunks of deposits, `in_bulk`, `bulk_create` and `bulk_update`."""
    worse = 0
    last = None
    while True:
        with acting_as(SYSTEM), transaction.atomic():
            deposits = Deposit.objects.filter(status__in=["active", "depleted", "suspended"]).order_by("pk")
            chunk = list((deposits.filter(pk__gt=last) if last else deposits)[:CHUNK])
            if not chunk:
                return worse
            last = chunk[-1].pk
            worse += _remember(chunk)


def _remember(chunk: list[Deposit]) -> int:
    remembered = {
        alert.deposit_id: alert
        for alert in DepositAlert.objects.select_for_update(no_key=True).filter(deposit_id__in=[d.pk for d in chunk])
    }
    new, changed, announcements = [], [], []
    for deposit in chunk:
        alert = remembered.get(deposit.pk)
        if alert is None:
            alert = DepositAlert(deposit_id=deposit.pk, level=AlertLevel.HEALTHY, announcements=0)
            if deposit.alert_level != AlertLevel.HEALTHY:
                new.append(alert)
        elif alert.level != deposit.alert_level:
            changed.append(alert)
        if RANKS[deposit.alert_level] > RANKS[alert.level]:
            alert.announcements += 1
            alert.announced_at = timezone.now()
            announcements.append(
                Announcement(
                    Kind.DEPOSIT_LEVEL,
                    cause=f"deposit:{deposit.pk}:{alert.announcements}",
                    merchant_id=deposit.merchant_id,
                    data={"deposit_id": deposit.pk, "level": deposit.alert_level},
                )
            )
        alert.level = deposit.alert_level
    DepositAlert.objects.bulk_create(new)
    DepositAlert.objects.bulk_update(changed, ["level", "announcements", "announced_at"])
    announce_all(announcements, urgent=True)
    return len(announcements)
