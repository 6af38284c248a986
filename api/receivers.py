"""What partners are told by webhooks: rows, in the transaction of what happened."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.conf import settings
from django.dispatch import receiver
from django.urls import reverse

from accounts.models import Membership, User
from alerts.kinds import Kind
from alerts.services import notify
from api.idempotency import erase_answers_about
from api.leads.answers import lead_row
from api.models import WebhookEndpoint, WebhookEvent
from api.payments.answers import payment_answer
from api.services.webhooks import Happening, erase_messages_about, is_wanted, tell_partners
from api.services.webhooks.payloads import level_data, payout_data
from api.signals import endpoint_switched_off
from deposits.models import Deposit
from deposits.signals import level_changed
from leads.models import Lead, LeadValidation
from leads.signals import lead_created, lead_decided, leads_expired, prospect_erased
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.identifiers import new_id
from payments.models import Payment, Payout, Receipt
from payments.signals import payment_settled, payout_paid

EVENTS_OF_DECISIONS = {
    LeadValidation.Decision.VALIDATED: WebhookEvent.LEAD_VALIDATED,
    LeadValidation.Decision.REJECTED: WebhookEvent.LEAD_REJECTED,
}


@receiver(lead_created, sender=Lead, dispatch_uid="api.tell_lead_created")
def tell_lead_created(*, lead: Lead, **_signal: object) -> None:
    """Tell both sides of a new lead."""
    _tell_of_lead(WebhookEvent.LEAD_CREATED, lead)


@receiver(lead_decided, sender=Lead, dispatch_uid="api.tell_lead_decided")
def tell_lead_decided(*, lead: Lead, decision: str, **_signal: object) -> None:
    """Tell both sides of a validation or a rejection; what became of a validated lead is nobody's event."""
    if event := EVENTS_OF_DECISIONS.get(LeadValidation.Decision(decision)):
        _tell_of_lead(event, lead)


@receiver(leads_expired, sender=Lead, dispatch_uid="api.tell_leads_expired")
def tell_leads_expired(*, lead_ids: list[UUID], **_signal: object) -> None:
    """Tell both sides of the leads that a batch of the nightly job rejected: read only where somebody wants to know."""
    wanted = WebhookEndpoint.objects.filter(off_at=None, events__contains=[WebhookEvent.LEAD_REJECTED])
    with acting_as(SYSTEM):
        merchants = set(wanted.exclude(merchant=None).values_list("merchant_id", flat=True))
        influencers = set(wanted.exclude(influencer=None).values_list("influencer_id", flat=True))
        if not merchants and not influencers:
            return
        leads = Lead.objects.filter(pk__in=lead_ids)
        told = [
            _of_lead(WebhookEvent.LEAD_REJECTED, lead)
            for lead in leads
            if lead.merchant_id in merchants or lead.influencer_id in influencers
        ]
        tell_partners(told)


@receiver(prospect_erased, sender=Lead, dispatch_uid="api.prospect_erased")
def erase_what_was_told(*, lead_ids: Collection[UUID], **_signal: object) -> None:
    """Empty what partners were told of a person who is erased. (Retention needs nothing: messages are kept a month.)"""
    erase_messages_about(lead_ids)
    with acting_as(SYSTEM):
        erase_answers_about(lead_ids)


@receiver(level_changed, sender=Deposit, dispatch_uid="api.tell_level_changed")
def tell_level_changed(
    *, deposit_id: UUID, merchant_id: UUID, level_before: str, level_after: str, **_signal: object
) -> None:
    """Tell a merchant that its deposit is at another alert level; of a mere change of status nothing."""
    event = WebhookEvent.DEPOSIT_LEVEL_CHANGED
    if level_before == level_after or not is_wanted(event, merchant_id=merchant_id, influencer_id=None):
        return
    with acting_as(SYSTEM):
        deposit = Deposit.objects.get(pk=deposit_id)
    data = level_data(deposit, level_before=level_before, level_after=level_after)
    # Levels come back: each change is an event of its own.
    tell_partners([Happening(event, deposit_id, f"{event}:{new_id()}", lambda: data, merchant_id=merchant_id)])


@receiver(payment_settled, sender=Payment, dispatch_uid="api.tell_payment_succeeded")
def tell_payment_succeeded(*, payment: Payment, receipt: Receipt, **_signal: object) -> None:
    """Tell a merchant that money was credited."""
    event = WebhookEvent.PAYMENT_SUCCEEDED
    if is_wanted(event, merchant_id=payment.merchant_id, influencer_id=None):
        happening = Happening(
            event,
            payment.pk,
            f"{event}:{payment.pk}",
            lambda: payment_answer(payment, receipt),
            merchant_id=payment.merchant_id,
        )
        tell_partners([happening])


@receiver(payout_paid, sender=Payout, dispatch_uid="api.tell_payout_paid")
def tell_payout_paid(*, payout: Payout, **_signal: object) -> None:
    """Tell an influencer that a payout was paid."""
    event = WebhookEvent.PAYOUT_PAID
    if is_wanted(event, merchant_id=None, influencer_id=payout.influencer_id):
        happening = Happening(
            event,
            payout.pk,
            f"{event}:{payout.pk}",
            lambda: payout_data(payout),
            influencer_id=payout.influencer_id,
        )
        tell_partners([happening])


@receiver(endpoint_switched_off, sender=WebhookEndpoint, dispatch_uid="api.tell_endpoint_off")
def tell_endpoint_off(*, endpoint: WebhookEndpoint, **_signal: object) -> None:
    """Tell whoever decides for the side that nothing is sent to a webhook any more."""
    url = settings.SITE_URL + reverse("partner:webhook", args=[endpoint.pk])
    with acting_as(SYSTEM):
        notify(
            Kind.WEBHOOK_OFF,
            _deciders(endpoint),
            cause=f"webhook:{endpoint.pk}:{endpoint.off_at:%Y%m%d%H%M%S}",
            context={"url": url, "endpoint": endpoint},
        )


def _tell_of_lead(event: WebhookEvent, lead: Lead) -> None:
    if is_wanted(event, merchant_id=lead.merchant_id, influencer_id=lead.influencer_id):
        tell_partners([_of_lead(event, lead)])


def _of_lead(event: WebhookEvent, lead: Lead) -> Happening:
    return Happening(
        event,
        lead.pk,
        f"{event}:{lead.pk}",
        lambda: lead_row(lead),
        merchant_id=lead.merchant_id,
        influencer_id=lead.influencer_id,
    )


def _deciders(endpoint: WebhookEndpoint) -> Iterable[User]:
    if endpoint.influencer_id:
        return User.objects.filter(influencer=endpoint.influencer_id, is_active=True)
    return User.objects.filter(
        membership__merchant=endpoint.merchant_id, membership__role=Membership.Role.OWNER, is_active=True
    )
