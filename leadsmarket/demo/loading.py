"""Stores the demonstration: all of it or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.db import connections, models, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from accounts.models import AuditEntry, Influencer, Membership, Merchant, User
from alerts.models import AddressProblem, Delivery, DepositAlert, Notification, NotificationProfile
from analytics.reconciliation import rollup_differences
from analytics.rollup import rebuild
from deposits.models import Deposit, DepositTransaction
from deposits.reconciliation import deposit_differences
from leads.models import (
    Campaign,
    CampaignSettings,
    EarningEntry,
    InfluencerAgreement,
    InfluencerBalance,
    Lead,
    LeadConsent,
    LeadReturn,
    LeadValidation,
)
from leads.reconciliation import earning_differences, lead_differences
from leadsmarket.demo.catalogue import OWNER_EMAIL
from leadsmarket.demo.chance import Ids
from leadsmarket.demo.earnings import keep_earnings
from leadsmarket.demo.history import tell_stories
from leadsmarket.demo.levels import find_worsenings
from leadsmarket.demo.messages import sent_messages
from leadsmarket.demo.rows import LeadRows, make_lead_rows
from leadsmarket.demo.world import World, build_world
from payments.models import (
    AutoRecharge,
    Payment,
    PaymentReversal,
    Payout,
    PayoutBatch,
    PayoutSeries,
    PayoutStatement,
    Receipt,
    ReceiptSeries,
    ReviewItem,
    SavedCard,
    WebhookEvent,
)
from payments.reconciliation import payment_differences, payout_differences

OWNER = "owner"
"""The tables' owner: the web role may not write movements and earnings, and row security would hide the rest."""
LOCK = 20261120


class DemoExists(Exception):
    """The demonstration was loaded before; nothing was changed."""


@dataclass(frozen=True, slots=True)
class DemoSummary:
    """How much was stored."""

    merchants: int
    influencers: int
    campaigns: int
    leads: int
    movements: int
    entries: int
    payments: int
    payouts: int


def load_demo(*, now: datetime | None = None) -> DemoSummary:
    """Store the demonstration up to `now` (the present minute). Raises DemoExists, also for the second of two at once."""
    moment = (now or timezone.now()).replace(second=0, microsecond=0)
    seed = f"leadsmarket/{timezone.localdate(moment):%Y-%m-%d}"
    with transaction.atomic(using=OWNER), connections[OWNER].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s), set_config('app.role', 'system', true)", [LOCK])
        if User.objects.using(OWNER).filter(email=OWNER_EMAIL).exists():
            raise DemoExists
        world = build_world(moment, Ids(seed))
        rows = make_lead_rows(world, tell_stories(world, seed), seed)
        cursor.execute("ALTER TABLE leads DISABLE TRIGGER lead_duplicate")
        summary = _store(world, rows, seed, cursor)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE leads ENABLE TRIGGER lead_duplicate")
        # Tables that were empty a moment ago: without their sizes the checks below would be planned for hours.
        cursor.execute("ANALYZE")
        # Days of the past: those already added up know nothing of them.
        rebuild(using=OWNER)
        differences = [
            *deposit_differences(using=OWNER),
            *lead_differences(using=OWNER),
            *earning_differences(using=OWNER),
            *payment_differences(using=OWNER),
            *payout_differences(using=OWNER),
            *rollup_differences(using=OWNER),
        ]
        if differences:
            raise RuntimeError(f"the demonstration's books are wrong: {differences[:5]}")
    return summary


def _store(world: World, rows: LeadRows, seed: str, cursor: CursorWrapper) -> DemoSummary:
    accounts, desk = keep_earnings(world, rows.leads, rows.returns, seed)
    entries = [entry for account in accounts for entry in account.entries]
    till = rows.till
    receipts, receipt_series = till.receipts()
    movements = [movement for book in rows.books for movement in book.movements]
    _insert(User, world.users)
    _insert(EmailAddress, world.addresses)
    _insert(Merchant, list(world.merchants.values()))
    _insert(Membership, world.memberships)
    _insert(Influencer, list(world.influencers.values()))
    _insert(Campaign, list(world.campaigns.values()))
    _insert(CampaignSettings, world.settings)
    _insert(InfluencerAgreement, [agreement for _plan, agreement in world.agreements])
    _insert(Deposit, [book.deposit for book in rows.books])
    _insert(Lead, [lead for lead, _decider in rows.leads])
    _insert(LeadConsent, rows.consents)
    _insert(LeadValidation, rows.decisions)
    _insert(LeadReturn, list(rows.returns.values()))
    # A kept card knows its payment, a charged one is known by its payments.
    _insert(Payment, [payment for payment in till.payments if payment.card is None])
    _insert(SavedCard, list(till.cards.values()))
    _insert(Payment, [payment for payment in till.payments if payment.card])
    _insert(AutoRecharge, till.auto_recharges)
    _insert(WebhookEvent, till.events)
    _insert(PaymentReversal, till.reversals)
    _insert(ReviewItem, till.reviews)
    _insert(Receipt, receipts)
    _insert(ReceiptSeries, receipt_series)
    _insert(DepositTransaction, movements)
    _insert(InfluencerBalance, [account.balance for account in accounts])
    _insert(PayoutBatch, desk.batches)
    _insert(Payout, desk.payouts)
    _insert(EarningEntry, entries)
    _insert(PayoutStatement, desk.statements)
    _insert(PayoutSeries, desk.series_rows())
    _tell_smallest_commissions(cursor)
    worsenings, alerts = find_worsenings(cursor, rows.books)
    _insert(DepositAlert, alerts)
    _insert(NotificationProfile, world.phones)
    deliveries, notifications, problems = sent_messages(
        world, rows, receipts, desk.payouts, desk.statements, worsenings
    )
    _insert(Delivery, deliveries)
    _insert(Notification, notifications)
    _insert(AddressProblem, problems)
    _insert(AuditEntry, world.audit)
    return DemoSummary(
        merchants=len(world.merchants),
        influencers=len(world.influencers),
        campaigns=len(world.campaigns),
        leads=len(rows.leads),
        movements=len(movements),
        entries=len(entries),
        payments=len(till.payments),
        payouts=len(desk.payouts),
    )


def _insert(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    model._default_manager.using(OWNER).bulk_create(rows, batch_size=1000)


def _tell_smallest_commissions(cursor: CursorWrapper) -> None:
    """Each deposit learns the least that its campaigns can ask, and is depleted where it cannot pay that."""
    cursor.execute(
        "UPDATE company_deposits AS d SET smallest_commission_amount = coalesce(s.amount, d.smallest_commission_amount),"
        " status = deposit_status_for(d.status, d.current_balance, d.reserved_amount,"
        " coalesce(s.amount, d.smallest_commission_amount))"
        " FROM accounts_merchant AS m, LATERAL deposit_smallest_commissions(m.id) AS s WHERE s.deposit_id = d.id"
    )
