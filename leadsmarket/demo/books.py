"""The deposits of the demonstration with their movements, as unsaved rows.

The same rules as in deposits/migrations/sql, replayed in order of time; a lead whose commission is not available is refused, as
it would have been.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.models import User
from deposits.models import Deposit, DepositTransaction, PaymentMethod
from deposits.services import DEFAULT_SMALLEST_COMMISSION, MINIMUM_RECHARGE_AMOUNT
from leads.models import Lead, LeadReturn
from leadsmarket.demo.catalogue import DepositPlan
from leadsmarket.demo.payments import Till
from leadsmarket.demo.world import World
from leadsmarket.lib.money import ZERO
from payments.models import Payment

Kind = DepositTransaction.Kind
VALIDATED = (Lead.Status.VALIDATED, Lead.Status.CONVERTED, Lead.Status.LOST)
OWN_AMOUNT_STEP = Decimal(50)
PAYMENT_LEAD_TIME = timedelta(minutes=10)
OPENING_TAKES = timedelta(hours=3)


@dataclass(slots=True)
class DepositBook:
    """One deposit and its movements, kept as the SQL functions would have kept them."""

    world: World
    till: Till
    plan: DepositPlan
    deposit: Deposit
    leads: list[tuple[Lead, User | None]] = field(default_factory=list)
    movements: list[DepositTransaction] = field(default_factory=list)
    refused: set[UUID] = field(default_factory=set)

    def keep(self, returns: Mapping[UUID, LeadReturn]) -> None:
        """Write every movement of the year, from the opening to now. returns: of leads, by their ids."""
        if self.plan.announced:
            purpose = Payment.Purpose.OPENING if self.plan.awaiting_payment else Payment.Purpose.RECHARGE
            self.till.announce(self.deposit, purpose, Decimal(self.plan.announced), self.world.days_ago(1))
        if self.plan.awaiting_payment:
            return
        self._credit(Kind.INITIAL, Decimal(self.plan.opening), self.deposit.created_at + OPENING_TAKES)
        accepted = {key: row for key, row in returns.items() if row.status == LeadReturn.Status.ACCEPTED}
        recharges = self._planned_recharges(accepted)
        waiting = ZERO
        for moment, _order, kind, lead, user in sorted(self._events(accepted), key=lambda event: event[:2]):
            if lead is None:
                self._give_back(Decimal(self.plan.refunded), moment)
                continue
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

    def _planned_recharges(self, accepted: Mapping[UUID, LeadReturn]) -> list[Decimal]:
        """The recharges that take the balance of today near the plan's target, each of the usual size but the last."""
        if not self.plan.recharge:
            return []
        paid_for = (lead for lead, _user in self.leads if lead.status in VALIDATED and lead.pk not in accepted)
        spent = sum((lead.commission_amount for lead in paid_for), ZERO) + self.plan.refunded
        missing = (self.plan.target + spent - self.plan.opening) // OWN_AMOUNT_STEP * OWN_AMOUNT_STEP
        usual = Decimal(self.plan.recharge)
        count = max(int(missing // usual), 0)
        recharges, rest = [usual] * count, missing - usual * count
        if rest >= MINIMUM_RECHARGE_AMOUNT:
            recharges.append(rest)
        elif rest > 0 and recharges:
            recharges[-1] += rest
        return recharges

    def _events(
        self, accepted: Mapping[UUID, LeadReturn]
    ) -> Iterator[tuple[datetime, int, str, Lead | None, User | None]]:
        if self.plan.refunded:
            yield self.world.days_ago(self.plan.refunded_days_ago), -1, Kind.ADJUSTMENT, None, None
        for number, (lead, decider) in enumerate(self.leads):
            yield lead.created_at, 2 * number, Kind.RESERVATION, lead, lead.influencer.user
            if lead.decided_at:
                kind = Kind.RELEASE if lead.status == Lead.Status.REJECTED else Kind.DEDUCTION
                yield lead.decided_at, 2 * number + 1, kind, lead, decider
            if lead.pk in accepted:
                yield accepted[lead.pk].decided_at, 2 * number + 1, Kind.REFUND, lead, self.world.staff

    def _credit(self, kind: str, amount: Decimal, moment: datetime) -> None:
        moment = max(moment, self.movements[-1].created_at) if self.movements else moment
        payment = self.till.settle(self.deposit, self.plan, amount, moment)
        # Webhooks credit as the platform itself; transfers are credited by staff.
        user = self.world.staff if payment.method == PaymentMethod.BANK_TRANSFER else None
        self._move(
            kind,
            amount,
            moment,
            user,
            payment_id=payment.pk,
            payment_method=payment.method,
            payment_reference=payment.reference,
        )
        self.deposit.initial_amount = max(self.deposit.initial_amount, self.deposit.current_balance)
        action = "opened" if kind == Kind.INITIAL else "recharged"
        self.world.record(
            f"deposits.deposit.{action}",
            self.deposit,
            user,
            moment,
            amount=str(amount),
            payment_reference=payment.reference,
        )

    def _give_back(self, amount: Decimal, moment: datetime) -> None:
        reversal = self.till.refund(self.deposit, amount, moment)
        reason = f"{reversal.get_kind_display()} {reversal.payment.reference}"
        self._move(Kind.ADJUSTMENT, -amount, moment, None, reason=reason)

    def _move(self, kind: str, amount: Decimal, moment: datetime, user: User | None, **details: object) -> None:
        deposit = self.deposit
        balance_before, reserved_before = deposit.current_balance, deposit.reserved_amount
        if kind in (Kind.INITIAL, Kind.RECHARGE, Kind.REFUND, Kind.ADJUSTMENT):
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


def open_book(till: Till, merchant: str, plan: DepositPlan, opened_at: datetime, campaign: str = "") -> DepositBook:
    """Return the empty book of a merchant's deposit; campaign: for that campaign alone."""
    world = till.world
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
    return DepositBook(world=world, till=till, plan=plan, deposit=deposit)


def _status(plan: DepositPlan) -> str:
    if plan.awaiting_payment:
        return Deposit.Status.AWAITING_PAYMENT
    return Deposit.Status.SUSPENDED if plan.suspended else Deposit.Status.ACTIVE
