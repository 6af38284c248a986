"""The whole market, for staff. Amounts in MAD."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum

from analytics.periods import Period
from analytics.selectors.money import money_figures
from deposits.levels import AlertLevel
from deposits.models import Deposit
from leads.models import LeadReturn
from leadsmarket.lib.money import ZERO
from payments.models import PaymentReversal, Payout, ReviewItem, WebhookEvent
from payments.selectors.transfers import transfers_to_confirm

ReversalKind = PaymentReversal.Kind
GIVEN_BACK = (ReversalKind.REFUND, ReversalKind.CHARGEBACK)


@dataclass(frozen=True, slots=True)
class LevelFigures:
    """The deposits in use (active, depleted, suspended) of one alert level: how many, and what is on them."""

    level: AlertLevel
    deposit_count: int = 0
    current_balance: Decimal = ZERO
    available_balance: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class CashFigures:
    """Money that crossed the platform's border in a period, by the moment of booking.

    deposited_amount: in, openings and recharges. paid_out_amount: out to influencers, payouts marked paid.
    given_back_amount: out to payers, refunds and chargebacks less those won back or failed.
    """

    deposited_amount: Decimal
    paid_out_amount: Decimal
    given_back_amount: Decimal

    @property
    def out_amount(self) -> Decimal:
        """Money out."""
        return self.paid_out_amount + self.given_back_amount


@dataclass(frozen=True, slots=True)
class ThingsToDo:
    """What waits for staff now. Failed deliveries belong to alerts, which the caller adds."""

    transfers_to_confirm: int
    payouts_to_approve: int
    payouts_to_pay: int
    returns_to_decide: int
    reviews_to_resolve: int
    provider_events_failed: int


def deposits_by_level() -> list[LevelFigures]:
    """Return the deposits in use by alert level, the best level first; levels without any too. One query."""
    in_use = Deposit.objects.exclude(status__in=[Deposit.Status.AWAITING_PAYMENT, Deposit.Status.CLOSED])
    found = {
        row["alert_level"]: LevelFigures(
            AlertLevel(row["alert_level"]), row["number"], row["current"], row["available"]
        )
        for row in in_use.values("alert_level").annotate(
            number=Count("pk"), current=Sum("current_balance"), available=Sum("available_balance")
        )
    }
    return [found.get(level, LevelFigures(level)) for level in AlertLevel]


def cash_figures(period: Period) -> CashFigures:
    """Return money in and out of a period. Three queries."""
    within = (period.starts_at, period.ends_at)
    paid = Payout.objects.filter(status=Payout.Status.PAID, ended_at__gte=within[0], ended_at__lt=within[1])
    reversals = PaymentReversal.objects.filter(created_at__gte=within[0], created_at__lt=within[1]).aggregate(
        back=Sum("amount", filter=Q(kind__in=GIVEN_BACK)), regained=Sum("amount", filter=~Q(kind__in=GIVEN_BACK))
    )
    return CashFigures(
        deposited_amount=money_figures(period=period).deposited_amount,
        paid_out_amount=paid.aggregate(amount=Sum("amount"))["amount"] or ZERO,
        given_back_amount=(reversals["back"] or ZERO) - (reversals["regained"] or ZERO),
    )


def things_to_do() -> ThingsToDo:
    """Return how much of each waits for staff. Five queries."""
    payouts = Payout.objects.filter(status__in=Payout.OPEN_STATUSES).aggregate(
        asked=Count("pk", filter=Q(status=Payout.Status.REQUESTED)),
        approved=Count("pk", filter=Q(status=Payout.Status.APPROVED)),
    )
    events = WebhookEvent.objects.filter(status__in=[WebhookEvent.Status.FAILED, WebhookEvent.Status.GIVEN_UP])
    return ThingsToDo(
        transfers_to_confirm=transfers_to_confirm().count(),
        payouts_to_approve=payouts["asked"],
        payouts_to_pay=payouts["approved"],
        returns_to_decide=LeadReturn.objects.filter(status=LeadReturn.Status.ASKED).count(),
        reviews_to_resolve=ReviewItem.objects.filter(resolved_at__isnull=True).count(),
        provider_events_failed=events.count(),
    )
