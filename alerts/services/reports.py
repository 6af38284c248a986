"""The daily and monthly reports: whose day or month is worth one."""

from datetime import date
from uuid import UUID

from django.utils import timezone

from accounts.models import Membership
from alerts.kinds import Kind
from alerts.models import NotificationProfile
from alerts.services.events import Announcement, announce_all
from analytics.periods import Period
from analytics.selectors.leads import lead_figures_by
from analytics.selectors.sums import PLATFORM
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.days import Month
from payments.models import Payment, Payout

BATCH_SIZE = 1000


def send_daily_reports(*, today: date | None = None) -> int:
    """Announce yesterday's report to staff and to each merchant with activity, or with somebody who wants it every day.

    Activity: a lead that came or was decided, or a payment credited, on the local day before `today` (Casablanca). Returns how
    many reports are new: again on the same day, or twice at once, none is. Rule: product.md, "Scheduled jobs".
    """
    period = Period.yesterday(today=today)
    with acting_as(SYSTEM):
        merchants = sorted(_with_activity(period) | _who_asked())
    announcements = [_report(period.first, None), *(_report(period.first, merchant_id) for merchant_id in merchants)]
    written = 0
    for start in range(0, len(announcements), BATCH_SIZE):
        with acting_as(SYSTEM):
            written += announce_all(announcements[start : start + BATCH_SIZE])
    return written


def send_monthly_reports(*, today: date | None = None) -> int:
    """Announce the report of the month before to each merchant and influencer with activity in it.

    Activity as of a day; an influencer's also a payout. Returns how many reports are new: once for each month and side.
    """
    month = Month.of(today or timezone.localdate()).before()
    period = Period(month.first, month.last)
    with acting_as(SYSTEM):
        merchants, influencers = _with_activity(period), _active_influencers(period)
    announcements = [
        Announcement(
            Kind.MONTHLY_REPORT,
            cause=f"month:{month}:{side_id}",
            merchant_id=side_id if is_merchant else None,
            influencer_id=None if is_merchant else side_id,
            data={"month": str(month)},
        )
        for is_merchant, sides in ((True, merchants), (False, influencers))
        for side_id in sorted(sides)
    ]
    written = 0
    for start in range(0, len(announcements), BATCH_SIZE):
        with acting_as(SYSTEM):
            written += announce_all(announcements[start : start + BATCH_SIZE])
    return written


def _active_influencers(period: Period) -> set[UUID]:
    figures = lead_figures_by("influencer", PLATFORM, period)
    of_leads = {influencer_id for influencer_id, found in figures.items() if found.created_count or found.decided_count}
    paid = Payout.objects.filter(status=Payout.Status.PAID, ended_at__gte=period.starts_at, ended_at__lt=period.ends_at)
    return of_leads | set(paid.values_list("influencer_id", flat=True))


def _report(day: date, merchant_id: UUID | None) -> Announcement:
    return Announcement(
        Kind.DAILY_REPORT,
        cause=f"day:{day.isoformat()}:{merchant_id or 'platform'}",
        merchant_id=merchant_id,
        data={"day": day},
    )


def _with_activity(period: Period) -> set[UUID]:
    figures = lead_figures_by("merchant", PLATFORM, period)
    of_leads = {merchant_id for merchant_id, found in figures.items() if found.created_count or found.decided_count}
    paid = Payment.objects.filter(settled_at__gte=period.starts_at, settled_at__lt=period.ends_at)
    return of_leads | set(paid.values_list("merchant_id", flat=True))


def _who_asked() -> set[UUID]:
    asking = NotificationProfile.objects.filter(reports_without_activity=True)
    return set(Membership.objects.filter(user__in=asking.values("user")).values_list("merchant_id", flat=True))
