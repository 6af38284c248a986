"""The alert levels of the year: when each deposit got worse, as the movements say, and what its merchant was told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from alerts.kinds import Kind
from alerts.models import DepositAlert
from alerts.tellers.deposits import level_context
from deposits.levels import AlertLevel
from deposits.models import Deposit, DepositTransaction
from deposits.selectors import DAYS_LEFT_PERIOD, LEADS_LEFT_PERIOD, days_left, leads_left
from leadsmarket.demo.books import DepositBook
from leadsmarket.demo.post import Post
from leadsmarket.lib.money import ZERO, round_to_centime

Movement = DepositTransaction.Kind
RANKS = {level.value: rank for rank, level in enumerate(AlertLevel)}
LEVELS = """
    SELECT t.id, deposit_alert_level(t.balance_after, t.reserved_after, t.initial_amount, t.smallest_commission_amount),
        t.initial_amount
    FROM (
        SELECT t.*, d.smallest_commission_amount,
            max(t.balance_after) FILTER (WHERE t.kind IN ('initial', 'recharge'))
                OVER (PARTITION BY t.deposit_id ORDER BY t.sequence) AS initial_amount
        FROM deposit_transactions AS t JOIN company_deposits AS d ON d.id = t.deposit_id
    ) AS t
"""


@dataclass(frozen=True, slots=True)
class Worsening:
    """A movement that took a deposit to a worse level than its merchant knew of. number: of the announcement, from 1."""

    deposit: Deposit
    movement: DepositTransaction
    level: str
    number: int
    gauge_percentage: Decimal
    forecast: tuple[int | None, int | None]


def find_worsenings(cursor: CursorWrapper, books: Sequence[DepositBook]) -> tuple[list[Worsening], list[DepositAlert]]:
    """Return what the movements would have announced, and the levels that are remembered today; the movements are stored."""
    cursor.execute(LEVELS)
    reached = {movement_id: (level, initial) for movement_id, level, initial in cursor.fetchall()}
    found: list[Worsening] = []
    alerts = []
    for book in books:
        known, ours = AlertLevel.HEALTHY.value, []
        for movement in book.movements:
            level, initial = reached[movement.pk]
            if RANKS[level] > RANKS[known]:
                percentage = min(round_to_centime(movement.balance_after / initial * 100), Decimal(100))
                forecast = _forecast(book.movements, movement)
                ours.append(Worsening(book.deposit, movement, level, len(ours) + 1, percentage, forecast))
            known = level
        if ours:
            announced_at = ours[-1].movement.created_at
            alerts.append(
                DepositAlert(deposit=book.deposit, level=known, announcements=len(ours), announced_at=announced_at)
            )
        found += ours
    return found, alerts


def tell_levels(post: Post, worsenings: Sequence[Worsening]) -> None:
    """Tell each merchant's team of each worsening."""
    for one in worsenings:
        deposit, movement = one.deposit, one.movement
        context = level_context(
            deposit,
            one.level,
            current_balance=movement.balance_after,
            available_balance=movement.balance_after - movement.reserved_after,
            gauge_percentage=one.gauge_percentage,
            forecast=one.forecast,
        )
        post.tell(
            Kind.DEPOSIT_LEVEL,
            post.teams[deposit.merchant_id],
            movement.created_at,
            f"deposit:{deposit.pk}:{one.number}",
            context | {"deposit_name": post.deposit_name(deposit)},
            level=one.level,
            deposit_id=deposit.pk,
            campaign_id=deposit.campaign_id,
        )


def _forecast(movements: Sequence[DepositTransaction], at: DepositTransaction) -> tuple[int | None, int | None]:
    """Leads and days left as deposits.selectors would have said then."""
    available = at.balance_after - at.reserved_after
    reserved = [one.amount for one in _last(movements, at, LEADS_LEFT_PERIOD) if one.kind == Movement.RESERVATION]
    spent = ZERO
    for one in _last(movements, at, DAYS_LEFT_PERIOD):
        if one.kind in (Movement.DEDUCTION, Movement.REFUND):
            spent += one.amount if one.kind == Movement.DEDUCTION else -one.amount
    mean = round_to_centime(sum(reserved, ZERO) / len(reserved)) if reserved else None
    return leads_left(available, mean), days_left(available, spent)


def _last(
    movements: Sequence[DepositTransaction], at: DepositTransaction, period: timedelta
) -> Iterator[DepositTransaction]:
    since: datetime = at.created_at - period
    return (one for one in movements[: at.sequence] if one.created_at >= since)


def depletions(worsenings: Sequence[Worsening]) -> dict[UUID, Worsening]:
    """Return when each deposit that is depleted today became so, by its id."""
    return {one.deposit.pk: one for one in worsenings if one.level == AlertLevel.DEPLETED}
