"""Cards that merchants leave at Stripe: kept after a payment that agreed to it, followed, removed."""

from uuid import UUID

from django.utils import timezone

from accounts.audit import record_audit
from accounts.errors import OnlyTheOwner
from accounts.models import Membership
from leadsmarket.lib.actor import SYSTEM, Actor, acting_as
from payments.errors import CardNotFound, GatewayUnavailable
from payments.gateways.base import CardDetails, Said
from payments.gateways.stripe.gateway import StripeGateway
from payments.models import AutoRecharge, Payment, SavedCard

Status = SavedCard.Status


def want_card(payment: Payment) -> SavedCard:
    """Note, with a payment that is being settled, that its card is to be kept; what it is, Stripe is asked later."""
    card, _created = SavedCard.objects.get_or_create(payment=payment, defaults={"merchant_id": payment.merchant_id})
    return card


def keep_card(card_id: UUID) -> SavedCard:
    """Ask Stripe which card a payment used and keep what identifies it; once, safe to repeat.

    A card of another customer than this merchant's is refused. Calls out: never inside a transaction. Raises
    GatewayUnavailable.
    """
    with acting_as(SYSTEM):
        card = SavedCard.objects.select_related("payment").get(pk=card_id)
    if card.status != Status.WANTED:
        return card
    details = StripeGateway().card_of(card.payment)
    with acting_as(SYSTEM):
        card = SavedCard.objects.select_for_update(no_key=True).get(pk=card_id)
        if card.status != Status.WANTED:
            return card
        known = details is not None and SavedCard.objects.filter(payment_method_id=details.payment_method_id).exists()
        if details is None or known:
            card.status = Status.REFUSED
            card.save(update_fields=["status"])
            return card
        card.status = Status.ACTIVE
        card.customer_id = details.customer_id
        card.payment_method_id = details.payment_method_id
        _describe(card, details)
        card.save()
        record_audit("payments.card.saved", card, merchant_id=card.merchant_id, data={"last4": card.last4})
    return card


def remove_card(*, actor: Actor, card_id: UUID) -> SavedCard:
    """Let a merchant's owner take a card off the file: never charged again from now on, then forgotten by Stripe too.

    Switches off the auto-recharges that use it. If Stripe doesn't answer, `finish_cards` repeats that part. Repeating is
    harmless. Must not run inside a transaction. Raises CardNotFound, OnlyTheOwner.
    """
    with acting_as(actor):
        if not SavedCard.objects.filter(pk=card_id).exists():
            raise CardNotFound
        check_owner(actor)
    with acting_as(Actor("system", actor.user_id)):
        card = SavedCard.objects.select_for_update(no_key=True).get(pk=card_id)
        _take_off_file(card)
    _detach_quietly(card)
    return card


def note_card(said: Said, details: CardDetails) -> str:
    """Follow what Stripe says about a saved card, in the caller's transaction: renewed by its bank, or gone."""
    card = SavedCard.objects.select_for_update(no_key=True).filter(payment_method_id=details.payment_method_id).first()
    if card is None:
        return "ignored: unknown card"
    if said == Said.CARD_GONE:
        card.detached_at = card.detached_at or timezone.now()
        card.save(update_fields=["detached_at"])
        _take_off_file(card)
        return "card removed"
    _describe(card, details)
    card.save(update_fields=["brand", "last4", "expiry_month", "expiry_year"])
    return "card refreshed"


def finish_cards(*, limit: int = 100) -> int:
    """Keep the cards still wanted and detach those removed, where Stripe could not be asked before; returns how many."""
    with acting_as(SYSTEM):
        wanted = list(SavedCard.objects.filter(status=Status.WANTED).order_by("created_at")[:limit])
        removed = list(SavedCard.objects.filter(status=Status.REMOVED, detached_at=None).order_by("created_at")[:limit])
    done = 0
    for card in wanted:
        try:
            keep_card(card.pk)
        except GatewayUnavailable:
            return done
        done += 1
    return done + sum(_detach_quietly(card) for card in removed)


def check_owner(actor: Actor) -> None:
    """Raise OnlyTheOwner unless the actor is the owner of a company; call as this actor."""
    if (
        actor.user_id is None
        or not Membership.objects.filter(user_id=actor.user_id, role=Membership.Role.OWNER).exists()
    ):
        raise OnlyTheOwner


def _describe(card: SavedCard, details: CardDetails) -> None:
    card.brand = details.brand[:30]
    card.last4 = details.last4[:4]
    card.expiry_month = details.expiry_month
    card.expiry_year = details.expiry_year


def _take_off_file(card: SavedCard) -> None:
    if card.status == Status.REMOVED:
        return
    card.status = Status.REMOVED
    card.save(update_fields=["status"])
    switched_off = AutoRecharge.objects.filter(card=card, enabled=True).update(enabled=False)
    record_audit(
        "payments.card.removed",
        card,
        merchant_id=card.merchant_id,
        data={"last4": card.last4, "auto_recharges_switched_off": switched_off},
    )


def _detach_quietly(card: SavedCard) -> bool:
    if not card.payment_method_id or card.detached_at:
        return False
    try:
        StripeGateway().forget_card(card.payment_method_id)
    except GatewayUnavailable:
        return False
    with acting_as(SYSTEM):
        SavedCard.objects.filter(pk=card.pk, detached_at=None).update(detached_at=timezone.now())
    return True
