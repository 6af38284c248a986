"""Connects the messages to the signals of payouts and returned leads; rows only, in the transaction of the change."""

from uuid import UUID

from django.dispatch import receiver

from alerts.attachments import statement_attachment
from alerts.kinds import Kind
from alerts.pages import page
from alerts.recipients import influencer_user, merchant_team, staff
from alerts.services import notify
from leads.models import Lead, LeadReturn
from leads.signals import lead_return_asked, lead_return_decided
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import Payout, PayoutStatement
from payments.signals import payout_approved, payout_failed, payout_paid, payout_requested


@receiver(payout_requested, sender=Payout, dispatch_uid="alerts.payout_asked")
def tell_payout_asked(*, payout: Payout, **_signal: object) -> None:
    """Tell staff that a payout waits for their approval."""
    with acting_as(SYSTEM):
        payout = Payout.objects.select_related("influencer").get(pk=payout.pk)
    notify(
        Kind.PAYOUT_ASKED,
        staff(),
        cause=f"payout:{payout.pk}",
        context={
            "payout": payout,
            "influencer_name": payout.influencer.display_name,
            "url": page("admin:payments_payout_change", payout.pk),
        },
    )


@receiver(payout_approved, sender=Payout, dispatch_uid="alerts.payout_approved")
def tell_payout_approved(*, payout: Payout, **_signal: object) -> None:
    """Tell the influencer that their money is on its way."""
    _tell_payout(Kind.PAYOUT_APPROVED, payout)


@receiver(payout_paid, sender=Payout, dispatch_uid="alerts.payout_paid")
def tell_payout_paid(*, payout: Payout, statement: PayoutStatement, **_signal: object) -> None:
    """Tell the influencer that they were paid, with the statement."""
    _tell_payout(Kind.PAYOUT_PAID, payout, statement)


@receiver(payout_failed, sender=Payout, dispatch_uid="alerts.payout_failed")
def tell_payout_failed(*, payout: Payout, **_signal: object) -> None:
    """Tell the influencer why they were not paid, and that the amount is payable again."""
    _tell_payout(Kind.PAYOUT_FAILED, payout)


@receiver(lead_return_asked, sender=LeadReturn, dispatch_uid="alerts.return_asked")
def tell_return_asked(*, lead_return: LeadReturn, **_signal: object) -> None:
    """Tell staff that a return waits for them."""
    lead = _lead_of(lead_return)
    notify(
        Kind.RETURN_ASKED,
        staff(),
        cause=f"return:{lead_return.pk}",
        context={
            "lead_return": lead_return,
            "lead": lead,
            "merchant_name": lead.merchant.name,
            "campaign_name": lead.campaign.name,
            "url": page("admin:index"),
        },
        about=_about_lead(lead),
    )


@receiver(lead_return_decided, sender=LeadReturn, dispatch_uid="alerts.return_decided")
def tell_return_decided(*, lead_return: LeadReturn, **_signal: object) -> None:
    """Tell both sides what was decided; each reads their own amount."""
    lead = _lead_of(lead_return)
    for people, to_influencer, amount in (
        (merchant_team(lead.merchant_id), False, lead.commission_amount),
        (influencer_user(lead.influencer_id), True, lead.influencer_commission_amount),
    ):
        notify(
            Kind.RETURN_DECIDED,
            people,
            cause=f"return:{lead_return.pk}",
            context={
                "lead_return": lead_return,
                "accepted": lead_return.status == LeadReturn.Status.ACCEPTED,
                "to_influencer": to_influencer,
                "amount": amount,
                "campaign_name": lead.campaign.name,
                "url": page("leads:detail", lead.pk),
            },
            about=_about_lead(lead),
        )


def _tell_payout(kind: Kind, payout: Payout, statement: PayoutStatement | None = None) -> None:
    notify(
        kind,
        influencer_user(payout.influencer_id),
        cause=f"payout:{payout.pk}",
        context={"payout": payout, "statement": statement, "url": page("payments:payouts")},
        attachments=[statement_attachment(statement.pk)] if statement else [],
    )


def _lead_of(lead_return: LeadReturn) -> Lead:
    with acting_as(SYSTEM):
        return Lead.objects.select_related("merchant", "campaign").get(pk=lead_return.lead_id)


def _about_lead(lead: Lead) -> dict[str, UUID | None]:
    return {"lead_id": lead.pk, "campaign_id": lead.campaign_id}
