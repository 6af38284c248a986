"""The influencers' money: earned at validation, payable after the return window, paid out every second month.

The same rules as in leads/migrations/sql and payments/migrations/sql, replayed in order of time.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID

from django.utils import timezone

from accounts.models import Influencer, User
from leads.models import EarningEntry, InfluencerBalance, Lead, LeadReturn
from leads.models.earnings import BUCKETS
from leads.services.earnings import RETURN_WINDOW
from leadsmarket.demo.payouts import PayoutDesk, PlannedPayout, planned_payouts
from leadsmarket.demo.world import World
from payments.models import Payout

Kind = EarningEntry.Kind
VALIDATED = (Lead.Status.VALIDATED, Lead.Status.CONVERTED, Lead.Status.LOST)

MOVES: dict[str, dict[str, int]] = {
    Kind.EARNED: {"earned": 1},
    Kind.PAYABLE: {"earned": -1, "payable": 1},
    # Nothing becomes payable while a return is undecided, so that the share is still there.
    Kind.REVERSED: {"earned": -1},
    Kind.PAYOUT_REQUESTED: {"payable": -1, "in_payout": 1},
    Kind.PAYOUT_PAID: {"in_payout": -1, "paid": 1},
    Kind.PAYOUT_FAILED: {"in_payout": -1, "payable": 1},
}


@dataclass(slots=True)
class Account:
    """One influencer's balance and its entries, kept as the SQL functions would have kept them."""

    world: World
    balance: InfluencerBalance
    entries: list[EarningEntry] = field(default_factory=list)

    def enter(self, kind: str, moment: datetime, user: User | None, *, lead: Lead | None = None, **of: object) -> None:
        """Add an entry. of: `payout` or, of what a lead earned, `payable_from`."""
        payout = of.pop("payout", None)
        amount = payout.amount if isinstance(payout, Payout) else lead.influencer_commission_amount
        balance = self.balance
        moved = {}
        for bucket in BUCKETS:
            before = getattr(balance, f"{bucket}_amount")
            after = before + MOVES[kind].get(bucket, 0) * amount
            moved |= {f"{bucket}_before": before, f"{bucket}_after": after}
            setattr(balance, f"{bucket}_amount", after)
        balance.entry_count += 1
        balance.updated_at = moment
        self.entries.append(
            EarningEntry(
                id=self.world.ids.at(moment),
                influencer=balance.influencer,
                sequence=balance.entry_count,
                kind=kind,
                amount=amount,
                lead=lead,
                payout_id=payout.pk if isinstance(payout, Payout) else None,
                user=user,
                created_at=moment,
                **moved,
                **of,
            )
        )


Event = tuple[datetime, str, Callable[[], None]]


def keep_earnings(
    world: World, leads: Iterable[tuple[Lead, User | None]], returns: dict[UUID, LeadReturn], seed: str
) -> tuple[list[Account], PayoutDesk]:
    """Return the influencers' accounts, and the payouts out of them."""
    of_influencers: dict[Influencer, list[tuple[Lead, User | None]]] = defaultdict(list)
    for lead, decider in leads:
        if lead.status in VALIDATED and lead.influencer_commission_amount:
            of_influencers[lead.influencer].append((lead, decider))
    desk = PayoutDesk(world)
    accounts = []
    for influencer, of_influencer in of_influencers.items():
        account = Account(world, InfluencerBalance(influencer=influencer, entry_count=0, updated_at=world.now))
        events = [
            event for lead, user in of_influencer for event in _of_lead(account, lead, user, returns.get(lead.pk))
        ]
        for plan in planned_payouts(world, influencer, seed):
            events += _of_payout(account, desk, plan)
        for _moment, _order, happen in sorted(events, key=lambda event: event[:2]):
            happen()
        accounts.append(account)
    desk.close({account.balance.influencer_id: account.entries for account in accounts})
    return accounts, desk


def _of_lead(account: Account, lead: Lead, decider: User | None, asked: LeadReturn | None) -> Iterator[Event]:
    world, order = account.world, lead.pk.hex
    payable_from = lead.decided_at + RETURN_WINDOW if lead.auto_payment else None
    yield (
        lead.decided_at,
        order,
        lambda: account.enter(Kind.EARNED, lead.decided_at, decider, lead=lead, payable_from=payable_from),
    )
    if asked and asked.status == LeadReturn.Status.ACCEPTED:
        reversed_at = asked.decided_at
        yield reversed_at, order, lambda: account.enter(Kind.REVERSED, reversed_at, world.staff, lead=lead)
        return
    if asked and asked.status == LeadReturn.Status.ASKED:
        return
    payable_at = _payable_at(lead, asked)
    if payable_at < world.midnight:
        approver = None if lead.auto_payment else world.staff
        yield payable_at, order, lambda: account.enter(Kind.PAYABLE, payable_at, approver, lead=lead)


def _of_payout(account: Account, desk: PayoutDesk, plan: PlannedPayout) -> Iterator[Event]:
    payouts: list[Payout] = []

    def request() -> None:
        if payout := desk.request(account.balance, plan):
            payouts.append(payout)
            account.enter(Kind.PAYOUT_REQUESTED, plan.requested_at, payout.requested_by, payout=payout)

    def end() -> None:
        for payout in payouts:
            kind = Kind.PAYOUT_PAID if payout.status == Payout.Status.PAID else Kind.PAYOUT_FAILED
            account.enter(kind, plan.ended_at, account.world.staff, payout=payout)

    # After what became payable in the same moment.
    yield plan.requested_at, "~", request
    if plan.ended_at:
        yield plan.ended_at, "~", end


def _payable_at(lead: Lead, asked: LeadReturn | None) -> datetime:
    """The hourly job's run after the return window and the refused return; where staff must approve, Friday after at 11:00."""
    free_at = timezone.localtime(max(lead.decided_at + RETURN_WINDOW, asked.decided_at if asked else lead.decided_at))
    if not lead.auto_payment:
        friday = free_at.date() + timedelta(days=(4 - free_at.weekday()) % 7 or 7)
        return timezone.make_aware(datetime.combine(friday, time(11)))
    run = free_at.replace(minute=5, second=0, microsecond=0)
    return run if run >= free_at else run + timedelta(hours=1)
