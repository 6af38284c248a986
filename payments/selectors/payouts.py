"""Reads about payouts. Row security leaves each influencer its own; amounts in MAD."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from leads.models import InfluencerBalance
from leadsmarket.lib.money import ZERO
from payments.models import Payout, PayoutStatement
from payments.services.payouts import MINIMUM_PAYOUT
from payments.thresholds import WARNING_SHARE, client_threshold


@dataclass(frozen=True, slots=True)
class PayoutState:
    """What an influencer can ask for now, and how near the year's payouts are to the tax threshold of one client.

    year_amount: paid in this year (Casablanca) or on the way now.
    """

    payable_amount: Decimal
    in_payout_amount: Decimal
    paid_amount: Decimal
    open_payout: Payout | None
    year: int
    year_amount: Decimal
    threshold_amount: Decimal
    minimum_amount: Decimal = MINIMUM_PAYOUT

    @property
    def can_request(self) -> bool:
        """Whether a payout of the minimum can be asked for now."""
        return self.open_payout is None and self.payable_amount >= self.minimum_amount

    @property
    def owed_amount(self) -> Decimal:
        """What later earnings must make up for first."""
        return max(-self.payable_amount, ZERO)

    @property
    def missing_amount(self) -> Decimal:
        """What is missing to the smallest payout."""
        return max(self.minimum_amount - self.payable_amount, ZERO)

    @property
    def is_near_threshold(self) -> bool:
        """Whether the year's payouts passed WARNING_SHARE of the threshold."""
        return self.year_amount >= self.threshold_amount * WARNING_SHARE


def payout_state(influencer_id: UUID, *, now: datetime | None = None) -> PayoutState:
    """Return what an influencer can ask for now. Three queries."""
    today = timezone.localtime(now).date()
    balance = InfluencerBalance.objects.filter(pk=influencer_id).first()
    of_year = payouts_of(influencer_id).filter(_counts_in(today.year)).aggregate(total=Sum("amount"))
    return PayoutState(
        payable_amount=balance.payable_amount if balance else ZERO,
        in_payout_amount=balance.in_payout_amount if balance else ZERO,
        paid_amount=balance.paid_amount if balance else ZERO,
        open_payout=payouts_of(influencer_id).filter(status__in=Payout.OPEN_STATUSES).first(),
        year=today.year,
        year_amount=of_year["total"] or ZERO,
        threshold_amount=client_threshold(today),
    )


def payouts_of(influencer_id: UUID) -> QuerySet[Payout]:
    """Return an influencer's payouts with their statements; order them by `-created_at, -id`, an index."""
    return Payout.objects.filter(influencer_id=influencer_id).select_related("statement")


def last_account(influencer_id: UUID) -> dict[str, str]:
    """Return holder and RIB of the influencer's last payout, to be offered again; empty where there is none.

    A RIB whose key only staff accepted is not offered.
    """
    last = payouts_of(influencer_id).filter(has_other_key=False).order_by("-created_at", "-id").first()
    return {"holder_name": last.holder_name, "rib": last.rib} if last else {}


def statement_of(payout_id: UUID) -> PayoutStatement | None:
    """Return the statement of a payout that the actor may see, or None."""
    return PayoutStatement.objects.filter(payout_id=payout_id).first()


def with_year_amounts(payouts: QuerySet[Payout], *, now: datetime | None = None) -> QuerySet[Payout]:
    """Add `year_amount`, what each payout's influencer was paid this year or is on the way, and `warning_amount`."""
    today = timezone.localtime(now).date()
    of_year = (
        Payout.objects.filter(_counts_in(today.year), influencer_id=OuterRef("influencer_id"))
        .order_by()
        .values("influencer_id")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    return payouts.annotate(
        year_amount=Coalesce(Subquery(of_year), _money(ZERO)),
        warning_amount=_money(client_threshold(today) * WARNING_SHARE),
    )


def near_threshold(payouts: QuerySet[Any]) -> QuerySet[Payout]:
    """Narrow payouts that `with_year_amounts` has annotated to influencers who passed WARNING_SHARE of the threshold."""
    return payouts.filter(year_amount__gte=F("warning_amount"))


def _money(amount: Decimal) -> Value:
    return Value(amount, output_field=DecimalField(max_digits=12, decimal_places=2))


def _counts_in(year: int) -> Q:
    zone = timezone.get_default_timezone()
    begin, end = datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
    return Q(status__in=Payout.OPEN_STATUSES) | Q(status=Payout.Status.PAID, ended_at__gte=begin, ended_at__lt=end)
