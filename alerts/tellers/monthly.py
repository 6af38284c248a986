"""The report of a month: to a merchant's team or an influencer, with the statement in each one's language."""

from itertools import groupby
from typing import Any

from accounts.models import Influencer, Merchant
from alerts.attachments import document_attachment
from alerts.kinds import ChannelName, Kind
from alerts.models import Event
from alerts.pages import page
from alerts.recipients import influencer_user, merchant_team
from alerts.services.notifying import notify
from alerts.tellers.registry import tells
from analytics.periods import Period
from analytics.selectors.leads import lead_figures
from analytics.selectors.money import money_figures
from analytics.selectors.sums import LeadScope
from leadsmarket.lib.days import Month
from payments.errors import MonthNotOver
from payments.services import ask_statement


@tells(Kind.MONTHLY_REPORT)
def tell_monthly_report(event: Event) -> None:
    """Send a month's figures; who had leads but no money moved gets them without a statement."""
    month = Month.parse(event.data["month"])
    if month is None:
        raise ValueError(event.data["month"])
    side = {"merchant_id": event.merchant_id, "influencer_id": event.influencer_id}
    people = merchant_team(event.merchant_id) if event.merchant_id else influencer_user(event.influencer_id)
    context = monthly_report(month, **side)
    for language, readers in groupby(sorted(people, key=lambda user: user.language), key=lambda user: user.language):
        try:
            attachments = [document_attachment(ask_statement(month=month, language=language, **side).pk)]
        except MonthNotOver:
            attachments = []
        notify(
            Kind.MONTHLY_REPORT,
            readers,
            cause=event.cause,
            context=context | {"has_statement": bool(attachments)},
            attachments=attachments,
            channels=(ChannelName.EMAIL,),
        )


def monthly_report(month: Month, *, merchant_id: Any = None, influencer_id: Any = None) -> dict[str, Any]:
    """Return what a report says of a month: analytics' own figures. Influencers read nothing of a merchant's money."""
    period = Period(month.first, month.last)
    scope = LeadScope(merchant_id=merchant_id, influencer_id=influencer_id)
    context: dict[str, Any] = {
        "month": month.first,
        "figures": lead_figures(scope, period),
        "before": lead_figures(scope, period.previous()),
        "url": page("payments:statements"),
    }
    if merchant_id:
        name = Merchant.objects.get(pk=merchant_id).name
        return context | {"name": name, "money": money_figures(merchant_id=merchant_id, period=period)}
    return context | {"name": Influencer.objects.get(pk=influencer_id).display_name, "money": None}
