"""The money of the demonstration: deposits with their movements and influencers with their earnings, as unsaved rows.

The same rules as in deposits/migrations/sql and leads/migrations/sql, replayed in order of time; a lead whose commission is not
available is refused, as it would have been.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from accounts.models import Influencer, User
from deposits.models import Deposit, DepositTransaction, PaymentMethod
from deposits.services import DEFAULT_SMALLEST_COMMISSION, MINIMUM_RECHARGE_AMOUNT
from leads.models import EarningEntry, InfluencerBalance, Lead
from leads.services.earnings import RETURN_WINDOW
from leadsmarket.demo.catalogue import DepositPlan
from leadsmarket.demo.world import World
from leadsmarket.lib.money import ZERO

Kind = DepositTransaction.Kind
VALIDATED = (Lead.Status.VALIDATED, Lead.Status.CONVERTED, Lead.Status.LOST)
OWN_AMOUNT_STEP = Decimal(50)
PAYMENT_LEAD_TIME = timedelta(minutes=10)


@dataclass(slots=True)
class DepositBook:
    """One deposit and its movements, kept as the SQL functions would have kept them."""

    world: World
    plan: DepositPlan
    deposit: Deposit
    leads: list[tuple[Lead, User | None]] = field(default_factory=list)
    movements: list[DepositTransaction] = field(default_factory=list)
    refused: set[UUID] = field(default_factory=set)

    def keep(self) -> None:
        """Write every movement of the year, from the opening to now."""
        opened_at = self.deposit.created_at
        if self.plan.awaiting_payment:
            return
        self._credit(Kind.INITIAL, Decimal(self.plan.opening), opened_at)
        recharges = self._planned_recharges()
        waiting = ZERO
        for moment, _order, kind, lead, user in sorted(self._lead_events(), key=lambda event: event[:2]):
            if lead.pk in self.refused:
                continue
            if kind == Kind.RESERVATION:
                # Waiting leads don't count: whether a recharge came must not depend on the minute of today.
                if lead.decided_at is None:
                    waiting += lead.commission_amount
                elif recharges and self._available() + waiting - lead.commission_amount < self.plan.floor:
                    self._credit(Kind.RECHARGE, recharges.pop(0), moment - PAYMENT_LEAD_TIME)
                if self._available() < lead.commission_amount:
                    self.refused.add(lead.pk)
                    continue
            self._move(kind, lead.commission_amount, moment, user, lead_id=lead.pk)

    def _available(self) -> Decimal:
        return self.deposit.current_balance - self.deposit.reserved_amount

    def _planned_recharges(self) -> list[Decimal]:
        """The recharges that take the balance of today near the plan's target, each of the usual size but the last."""
        if not self.plan.recharge:
            return []
        spent = sum((lead.commission_amount for lead, _user in self.leads if lead.status in VALIDATED), ZERO)
        missing = (self.plan.target + spent - self.plan.opening) // OWN_AMOUNT_STEP * OWN_AMOUNT_STEP
        usual = Decimal(self.plan.recharge)
        count = max(int(missing // usual), 0)
        recharges, rest = [usual] * count, missing - usual * count
        if rest >= MINIMUM_RECHARGE_AMOUNT:
            recharges.append(rest)
        elif rest > 0 and recharges:
            recharges[-1] += rest
        return recharges

    def _lead_events(self) -> Iterator[tuple[datetime, int, str, Lead, User | None]]:
        for number, (lead, decider) in enumerate(self.leads):
            yield lead.created_at, 2 * number, Kind.RESERVATION, lead, lead.influencer.user
            if lead.decided_at:
                kind = Kind.RELEASE if lead.status == Lead.Status.REJECTED else Kind.DEDUCTION
                yield lead.decided_at, 2 * number + 1, kind, lead, decider

    def _credit(self, kind: str, amount: Decimal, moment: datetime) -> None:
        moment = max(moment, self.movements[-1].created_at) if self.movements else moment
        reference = f"VIR-{timezone.localdate(moment):%Y%m%d}-{self.deposit.pk.hex[-5:].upper()}"
        method = PaymentMethod.BANK_TRANSFER
        self._move(kind, amount, moment, self.world.staff, payment_method=method, payment_reference=reference)
        self.deposit.initial_amount = max(self.deposit.initial_amount, self.deposit.current_balance)
        action = "opened" if kind == Kind.INITIAL else "recharged"
        self.world.record(
            f"deposits.deposit.{action}",
            self.deposit,
            self.world.staff,
            moment,
            amount=str(amount),
            payment_reference=reference,
        )

    def _move(self, kind: str, amount: Decimal, moment: datetime, user: User | None, **details: object) -> None:
        deposit = self.deposit
        balance_before, reserved_before = deposit.current_balance, deposit.reserved_amount
        if kind in (Kind.INITIAL, Kind.RECHARGE):
            deposit.current_balance += amount
        elif kind == Kind.RESERVATION:
            deposit.reserved_amount += amount
        else:
            deposit.reserved_amount -= amount
            deposit.current_balance -= amount if kind == Kind.DEDUCTION else ZERO
        deposit.movement_count += 1
        deposit.updated_at = moment
        self.movements.append(
            DepositTransaction(
                id=self.world.ids.at(moment),
                deposit=deposit,
                merchant=deposit.merchant,
                sequence=deposit.movement_count,
                kind=kind,
                amount=amount,
                balance_before=balance_before,
                balance_after=deposit.current_balance,
                reserved_before=reserved_before,
                reserved_after=deposit.reserved_amount,
                user=user,
                created_at=moment,
                **details,
            )
        )


def open_book(world: World, merchant: str, plan: DepositPlan, opened_at: datetime, campaign: str = "") -> DepositBook:
    """Return the empty book of a merchant's deposit; campaign: for that campaign alone."""
    deposit = Deposit(
        id=world.ids.at(opened_at),
        merchant=world.merchants[merchant],
        campaign_id=world.campaigns[merchant, campaign].pk if campaign else None,
        status=_status(plan),
        current_balance=ZERO,
        reserved_amount=ZERO,
        initial_amount=Decimal(plan.opening),
        smallest_commission_amount=DEFAULT_SMALLEST_COMMISSION,
        movement_count=0,
        created_at=opened_at,
        updated_at=opened_at,
    )
    return DepositBook(world=world, plan=plan, deposit=deposit)


def keep_earnings(
    world: World, leads: Iterable[tuple[Lead, User | None]]
) -> tuple[list[InfluencerBalance], list[EarningEntry]]:
    """Return the influencers' balances and their entries: earned at validation, payable after the return window."""
    events: dict[Influencer, list[tuple[datetime, str, Lead, User | None]]] = defaultdict(list)
    for lead, decider in leads:
        if lead.status not in VALIDATED or not lead.influencer_commission_amount:
            continue
        events[lead.influencer].append((lead.decided_at, EarningEntry.Kind.EARNED, lead, decider))
        payable_at = _payable_at(lead)
        if payable_at < world.midnight:
            approver = None if lead.auto_payment else world.staff
            events[lead.influencer].append((payable_at, EarningEntry.Kind.PAYABLE, lead, approver))
    balances, entries = [], []
    for influencer, of_influencer in events.items():
        balance = InfluencerBalance(influencer=influencer, entry_count=0, updated_at=world.now)
        for moment, kind, lead, user in sorted(of_influencer, key=lambda event: (event[0], event[2].pk)):
            entries.append(_enter(world, balance, moment, kind, lead, user))
        balances.append(balance)
    return balances, entries


def _enter(
    world: World, balance: InfluencerBalance, moment: datetime, kind: str, lead: Lead, user: User | None
) -> EarningEntry:
    amount = lead.influencer_commission_amount
    is_earned = kind == EarningEntry.Kind.EARNED
    earned_before, payable_before = balance.earned_amount, balance.payable_amount
    balance.earned_amount += amount if is_earned else -amount
    balance.payable_amount += ZERO if is_earned else amount
    balance.entry_count += 1
    balance.updated_at = moment
    return EarningEntry(
        id=world.ids.at(moment),
        influencer=balance.influencer,
        sequence=balance.entry_count,
        kind=kind,
        amount=amount,
        lead=lead,
        earned_before=earned_before,
        earned_after=balance.earned_amount,
        payable_before=payable_before,
        payable_after=balance.payable_amount,
        payable_from=lead.decided_at + RETURN_WINDOW if is_earned and lead.auto_payment else None,
        user=user,
        created_at=moment,
    )


def _payable_at(lead: Lead) -> datetime:
    """The hourly job's run after the return window; where staff must approve, the Friday after it at 11:00."""
    free_at = timezone.localtime(lead.decided_at + RETURN_WINDOW)
    if not lead.auto_payment:
        friday = free_at.date() + timedelta(days=(4 - free_at.weekday()) % 7 or 7)
        return timezone.make_aware(datetime.combine(friday, time(11)))
    run = free_at.replace(minute=5, second=0, microsecond=0)
    return run if run >= free_at else run + timedelta(hours=1)


def _status(plan: DepositPlan) -> str:
    if plan.awaiting_payment:
        return Deposit.Status.AWAITING_PAYMENT
    return Deposit.Status.SUSPENDED if plan.suspended else Deposit.Status.ACTIVE
