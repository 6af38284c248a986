"""Auto-recharge: a saved card is charged when a deposit runs low, as its owner agreed (product.md, "Payments")."""

import logging
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record_audit
from accounts.models import User
from deposits.models import Deposit, PaymentMethod
from deposits.services import MINIMUM_RECHARGE_AMOUNT, check_amount, get_deposit
from leadsmarket.lib.actor import SYSTEM, Actor, acting_as
from leadsmarket.lib.errors import InvalidInput
from leadsmarket.lib.money import ZERO, format_mad
from payments.errors import CardNotFound, DepositCannotBePaid, GatewayUnavailable, MethodNotAvailable
from payments.gateways.stripe.gateway import StripeGateway
from payments.models import AutoRecharge, Payment, SavedCard
from payments.services.auto_recharge_failures import month_start, note_ceiling_reached
from payments.services.cards import check_owner
from payments.services.settlement import apply_notice

logger = logging.getLogger(__name__)

THRESHOLDS = range(1, 91)
"""In percent of the gauge: higher ones would charge again right after a recharge."""
CHARGEABLE = (Deposit.Status.ACTIVE, Deposit.Status.DEPLETED)


@dataclass(frozen=True, slots=True)
class AutoRechargeTerms:
    """What an owner agrees to. Amounts in MAD; consent_text as it was shown."""

    threshold_percentage: int
    amount: Decimal
    monthly_limit: Decimal
    card_id: UUID
    consent_text: str


def configure_auto_recharge(*, actor: Actor, deposit_id: UUID, terms: AutoRechargeTerms) -> AutoRecharge:
    """Switch the auto-recharge of the owner's deposit on, with these terms; a pause after a failure stays unless the card
    is another one.

    amount: 500.00 to PAYMENT_MAXIMUM_AMOUNT. Raises InvalidInput (threshold, amount, ceiling), DepositNotFound, CardNotFound,
    OnlyTheOwner, DepositCannotBePaid (closed), MethodNotAvailable (no Stripe).
    """
    if not StripeGateway().is_configured():
        raise MethodNotAvailable
    with acting_as(actor):
        deposit = get_deposit(deposit_id)
        check_owner(actor)
        _check_terms(terms)
        if deposit.status == Deposit.Status.CLOSED:
            raise DepositCannotBePaid
        if not SavedCard.objects.filter(
            pk=terms.card_id, merchant_id=deposit.merchant_id, status=SavedCard.Status.ACTIVE
        ).exists():
            raise CardNotFound(fields={"card": CardNotFound.message})
    with acting_as(Actor("system", actor.user_id)):
        values = {
            "enabled": True,
            "threshold_percentage": terms.threshold_percentage,
            "amount": terms.amount,
            "monthly_limit": terms.monthly_limit,
            "card_id": terms.card_id,
            "consent_text": terms.consent_text,
            "consented_at": timezone.now(),
            "consented_by_id": actor.user_id,
        }
        before = AutoRecharge.objects.select_for_update(no_key=True).filter(deposit_id=deposit_id).first()
        if before is None or before.card_id != terms.card_id:
            values |= {"paused_until": None, "last_error": "", "last_error_at": None}
        auto, _created = AutoRecharge.objects.update_or_create(
            deposit_id=deposit_id, defaults=values, create_defaults=values | {"merchant_id": deposit.merchant_id}
        )
        record_audit(
            "payments.auto_recharge.configured",
            auto,
            merchant_id=auto.merchant_id,
            data={
                "threshold_percentage": auto.threshold_percentage,
                "amount": str(auto.amount),
                "monthly_limit": str(auto.monthly_limit),
                "card": str(auto.card_id),
            },
        )
    return auto


def disable_auto_recharge(*, actor: Actor, deposit_id: UUID) -> None:
    """Switch the auto-recharge of the owner's deposit off. Repeating is harmless. Raises DepositNotFound, OnlyTheOwner."""
    with acting_as(actor):
        get_deposit(deposit_id)
        check_owner(actor)
    with acting_as(Actor("system", actor.user_id)):
        auto = AutoRecharge.objects.select_for_update(no_key=True).filter(deposit_id=deposit_id, enabled=True).first()
        if auto is not None:
            auto.enabled = False
            auto.save(update_fields=["enabled"])
            record_audit("payments.auto_recharge.disabled", auto, merchant_id=auto.merchant_id)


def is_auto_recharge_due(deposit_id: UUID) -> bool:
    """Whether a charge may be due now; a cheap look before a worker is asked. run_auto_recharge decides."""
    with acting_as(SYSTEM):
        auto = AutoRecharge.objects.select_related("deposit").filter(deposit_id=deposit_id, enabled=True).first()
    return auto is not None and not auto.is_paused and auto.deposit.gauge_percentage <= auto.threshold_percentage


def run_auto_recharge(deposit_id: UUID) -> str:
    """Charge the saved card of a deposit that is at its threshold or under it; returns what was done, in a few words.

    One charge at a time per deposit, none while paused or above the monthly ceiling. The payment's row comes first, then
    Stripe outside any transaction. No answer leaves the payment open: the poll repeats it with the same key.
    """
    if not StripeGateway().is_configured():
        return "Stripe is not configured"
    with acting_as(SYSTEM):
        auto = (
            AutoRecharge.objects.select_for_update(no_key=True, of=("self",))
            .select_related("deposit", "card")
            .filter(deposit_id=deposit_id)
            .first()
        )
        if auto is None:
            return "no auto-recharge"
        refusal = _why_not(auto)
        if refusal:
            return refusal
        payment = _create_payment(auto)
    return charge_auto_recharge(payment.pk)


def charge_auto_recharge(payment_id: UUID) -> str:
    """Ask Stripe for the money of an auto-recharge's payment and book the answer; safe to repeat."""
    with acting_as(SYSTEM):
        payment = Payment.objects.select_related("card").get(pk=payment_id)
    try:
        notice = StripeGateway().charge(payment)
    except GatewayUnavailable as error:
        logger.warning("auto-recharge %s: no answer, the poll will ask", payment.reference, exc_info=error)
        return "no answer: will be asked for"
    with acting_as(SYSTEM):
        if notice.provider_id:
            Payment.objects.filter(pk=payment_id, provider_id="").update(provider_id=notice.provider_id)
        return apply_notice(method=PaymentMethod.STRIPE, notice=notice)


def run_due_auto_recharges() -> dict[str, int]:
    """Try every deposit whose auto-recharge may be due; returns how often what was done."""
    now = timezone.now()
    with acting_as(SYSTEM):
        candidates = AutoRecharge.objects.filter(enabled=True, deposit__status__in=CHARGEABLE).exclude(
            paused_until__gt=now
        )
        due = [
            auto.deposit_id
            for auto in candidates.select_related("deposit").order_by("id")
            if auto.deposit.gauge_percentage <= auto.threshold_percentage
        ]
    outcomes: dict[str, int] = {}
    for deposit_id in due:
        outcome = run_auto_recharge(deposit_id)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    return outcomes


def _why_not(auto: AutoRecharge) -> str:
    """Return why nothing is to be charged now, empty where a charge is due. auto: locked."""
    # The deposit as it is now, not as it was when we waited for the lock.
    deposit = get_deposit(auto.deposit_id)
    if not auto.enabled:
        return "switched off"
    if not auto.card.is_active:
        return "no card on file"
    if auto.is_paused:
        return "paused"
    if deposit.status not in CHARGEABLE:
        return f"deposit {deposit.status}"
    if deposit.gauge_percentage > auto.threshold_percentage:
        return "above the threshold"
    charges = Payment.objects.filter(deposit_id=auto.deposit_id, purpose=Payment.Purpose.AUTO_RECHARGE)
    if charges.filter(status__in=Payment.OPEN_STATUSES).exists():
        return "one is in flight"
    spent = charges.filter(status=Payment.Status.SETTLED, created_at__gte=month_start()).aggregate(
        total=Sum("credited_amount")
    )["total"]
    if (spent or ZERO) + auto.amount > auto.monthly_limit:
        note_ceiling_reached(auto)
        return "monthly ceiling reached"
    return ""


def _create_payment(auto: AutoRecharge) -> Payment:
    payment = Payment.objects.create(
        merchant_id=auto.merchant_id,
        deposit_id=auto.deposit_id,
        purpose=Payment.Purpose.AUTO_RECHARGE,
        method=PaymentMethod.STRIPE,
        amount=auto.amount,
        card=auto.card,
        language=User.objects.values_list("language", flat=True).get(pk=auto.consented_by_id),
    )
    record_audit(
        "payments.payment.started",
        payment,
        merchant_id=auto.merchant_id,
        data={"amount": str(auto.amount), "method": payment.method, "purpose": payment.purpose},
    )
    return payment


def _check_terms(terms: AutoRechargeTerms) -> None:
    if terms.threshold_percentage not in THRESHOLDS:
        most = _("Between %(least)s and %(most)s percent.") % {"least": THRESHOLDS[0], "most": THRESHOLDS[-1]}
        raise InvalidInput(fields={"threshold_percentage": most})
    check_amount("amount", terms.amount, MINIMUM_RECHARGE_AMOUNT)
    if terms.amount > settings.PAYMENT_MAXIMUM_AMOUNT:
        most = _("At most %(maximum)s.") % {"maximum": format_mad(settings.PAYMENT_MAXIMUM_AMOUNT)}
        raise InvalidInput(fields={"amount": most})
    check_amount("monthly_limit", terms.monthly_limit, MINIMUM_RECHARGE_AMOUNT)
    if terms.monthly_limit < terms.amount:
        raise InvalidInput(fields={"monthly_limit": _("The ceiling must allow at least one recharge.")})
    if not terms.consent_text:
        raise InvalidInput(fields={"consent": _("Please agree to the charges.")})
