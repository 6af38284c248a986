"""What an influencer has earned. Amounts in MAD."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Sum

from leads.models import EarningEntry, InfluencerBalance, LeadReturn
from leadsmarket.lib.money import ZERO

Kind = EarningEntry.Kind


@dataclass(frozen=True, slots=True)
class Earnings:
    """An influencer's balance. MAD.

    payable_amount: can be paid out; below zero where a returned lead's share was paid out before. in_payout_amount: asked
    for, not paid yet. paid_amount: all that was paid out. earned_amount: not payable yet; of it held_amount waits for the
    decision on a return, awaiting_approval_amount becomes payable when staff approves it, the rest (in_return_window_amount)
    by itself, the first part at next_payable_at (None: there is none).
    """

    payable_amount: Decimal
    earned_amount: Decimal
    awaiting_approval_amount: Decimal
    next_payable_at: datetime | None
    held_amount: Decimal = ZERO
    in_payout_amount: Decimal = ZERO
    paid_amount: Decimal = ZERO

    @property
    def in_return_window_amount(self) -> Decimal:
        """The part of earned_amount that waits for the end of the return window."""
        return self.earned_amount - self.awaiting_approval_amount - self.held_amount

    @property
    def total_amount(self) -> Decimal:
        """Everything that was earned and not taken back."""
        return self.earned_amount + self.payable_amount + self.in_payout_amount + self.paid_amount

    @property
    def owed_amount(self) -> Decimal:
        """What later earnings make up for before anything is payable again."""
        return max(-self.payable_amount, ZERO)


NO_EARNINGS = Earnings(ZERO, ZERO, ZERO, None)


def earnings_of(influencer_id: UUID) -> Earnings:
    """Return an influencer's balance and what its earned part waits for. Two queries."""
    balance = InfluencerBalance.objects.filter(pk=influencer_id).first()
    if balance is None:
        return NO_EARNINGS
    gone = EarningEntry.objects.filter(lead_id=OuterRef("lead_id"), kind__in=[Kind.PAYABLE, Kind.REVERSED])
    is_asked = Exists(LeadReturn.objects.filter(lead_id=OuterRef("lead_id"), status=LeadReturn.Status.ASKED))
    waiting = (
        EarningEntry.objects.filter(~Exists(gone), influencer_id=influencer_id, kind=Kind.EARNED)
        .annotate(is_held=is_asked)
        .aggregate(
            held=Sum("amount", filter=Q(is_held=True)),
            awaiting_approval=Sum("amount", filter=Q(payable_from=None, is_held=False)),
            next_payable_at=Min("payable_from", filter=Q(is_held=False)),
        )
    )
    return Earnings(
        payable_amount=balance.payable_amount,
        earned_amount=balance.earned_amount,
        awaiting_approval_amount=waiting["awaiting_approval"] or ZERO,
        next_payable_at=waiting["next_payable_at"],
        held_amount=waiting["held"] or ZERO,
        in_payout_amount=balance.in_payout_amount,
        paid_amount=balance.paid_amount,
    )


def earning_entries(influencer_id: UUID) -> QuerySet[EarningEntry]:
    """Return the changes of an influencer's balance with their leads and campaigns; order them by `-sequence`, an index."""
    return EarningEntry.objects.filter(influencer_id=influencer_id).select_related("lead", "lead__campaign")
