"""A merchant starts to pay: the row first, then the provider outside any transaction, then where the browser goes."""

from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.audit import record_audit
from deposits.models import Deposit
from deposits.services import (
    MINIMUM_OPENING_AMOUNT,
    MINIMUM_RECHARGE_AMOUNT,
    check_amount,
    get_deposit,
    request_deposit,
)
from leads.services import require_open_campaign
from leadsmarket.lib.actor import SYSTEM, Actor, acting_as
from leadsmarket.lib.errors import InvalidInput
from leadsmarket.lib.money import format_mad
from payments.errors import (
    ChargeRunning,
    DepositCannotBePaid,
    GatewayUnavailable,
    MethodNotAvailable,
    PaymentEnded,
    PaymentNotFound,
)
from payments.gateways import gateway_for
from payments.gateways.base import Started
from payments.models import CardOrder, Payment, Receivable


@dataclass(frozen=True, slots=True)
class StartedPayment:
    """A payment and where its payer goes now; form_fields where the browser must post a form there."""

    payment: Payment
    payment_url: str
    form_fields: dict[str, str]


def start_recharge(
    *, actor: Actor, deposit_id: UUID, amount: Decimal, method: str, save_card: bool = False
) -> StartedPayment:
    """Start a recharge of the actor's deposit; credits nothing.

    amount: 500.00 to PAYMENT_MAXIMUM_AMOUNT. A deposit that waits for its first payment is opened by it (from 2,000.00).
    Must not run inside a transaction. Raises InvalidInput (amount, method), DepositNotFound, DepositCannotBePaid,
    GatewayUnavailable. Rule: product.md, "Payments".
    """
    with acting_as(actor):
        deposit = get_deposit(deposit_id)
        opens = deposit.status == Deposit.Status.AWAITING_PAYMENT
        _check(amount, MINIMUM_OPENING_AMOUNT if opens else MINIMUM_RECHARGE_AMOUNT, method)
        _check_deposit(deposit)
        purpose = Payment.Purpose.OPENING if opens else Payment.Purpose.RECHARGE
        payment = _create(actor, deposit, amount, method, purpose, save_card)
    return _send_to_provider(payment)


def start_opening(
    *, actor: Actor, amount: Decimal, method: str, campaign_id: UUID | None = None, save_card: bool = False
) -> StartedPayment:
    """Start to open a deposit of the actor's merchant, for all campaigns (None) or for one; credits nothing.

    amount: 2,000.00 to PAYMENT_MAXIMUM_AMOUNT. A deposit that is waiting for its first payment already is used again.
    Must not run inside a transaction. Raises InvalidInput (amount, method), CampaignNotFound (also an ended one),
    DepositAlreadyOpen, GatewayUnavailable.
    """
    if actor.merchant_id is None:
        raise DepositCannotBePaid
    with acting_as(actor):
        _check(amount, MINIMUM_OPENING_AMOUNT, method)
        if campaign_id is not None:
            require_open_campaign(merchant_id=actor.merchant_id, campaign_id=campaign_id)
        deposit = request_deposit(merchant_id=actor.merchant_id, campaign_id=campaign_id, initial_amount=amount)
        payment = _create(actor, deposit, amount, method, Payment.Purpose.OPENING, save_card)
    return _send_to_provider(payment)


def continue_payment(*, actor: Actor, payment_id: UUID) -> StartedPayment:
    """Send the payer of an open payment to its page, again or after the provider had not answered; the same payment.

    Must not run inside a transaction. Raises PaymentNotFound, PaymentEnded, GatewayUnavailable.
    """
    with acting_as(actor):
        payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None:
        raise PaymentNotFound
    if payment.status not in (Payment.Status.CREATED, Payment.Status.PENDING):
        raise PaymentEnded
    if payment.expires_at is not None and payment.expires_at <= timezone.now():
        raise PaymentEnded
    if payment.payment_url and not gateway_for(payment.method).pays_by_form:
        return StartedPayment(payment, payment.payment_url, {})
    return _send_to_provider(payment)


def cancel_payment(*, actor: Actor, payment_id: UUID) -> Payment:
    """Give up an open payment and close its page. Money that arrives all the same is still credited. Repeating is harmless.

    Must not run inside a transaction. Raises PaymentNotFound, PaymentEnded (settled), ChargeRunning.
    """
    with acting_as(actor):
        if not Payment.objects.filter(pk=payment_id).exists():
            raise PaymentNotFound
    with acting_as(SYSTEM):
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
        if payment.status == Payment.Status.SETTLED:
            raise PaymentEnded
        if payment.purpose == Payment.Purpose.AUTO_RECHARGE and payment.is_open:
            raise ChargeRunning
        if payment.is_open:
            payment.status = Payment.Status.CANCELLED
            payment.save(update_fields=["status"])
    # Without an answer the page closes at its own end; what is paid on it until then is credited, and staff told.
    with suppress(GatewayUnavailable):
        gateway_for(payment.method).close(payment)
    return payment


def _check(amount: Decimal, minimum: Decimal, method: str) -> None:
    check_amount("amount", amount, minimum)
    if amount > settings.PAYMENT_MAXIMUM_AMOUNT:
        most = format_mad(settings.PAYMENT_MAXIMUM_AMOUNT)
        raise InvalidInput(fields={"amount": _("At most %(maximum)s.") % {"maximum": most}})
    if not gateway_for(method).is_configured():
        raise MethodNotAvailable(fields={"payment_method": MethodNotAvailable.message})


def _check_deposit(deposit: Deposit) -> None:
    if deposit.status == Deposit.Status.CLOSED:
        raise DepositCannotBePaid
    owes = Receivable.objects.owed().filter(deposit=deposit)
    if deposit.status == Deposit.Status.SUSPENDED and not owes.exists():
        raise DepositCannotBePaid


def _create(actor: Actor, deposit: Deposit, amount: Decimal, method: str, purpose: str, save_card: bool) -> Payment:
    payment = Payment.objects.create(
        merchant_id=deposit.merchant_id,
        deposit=deposit,
        purpose=purpose,
        method=method,
        amount=amount,
        save_card=save_card,
        language=(get_language() or "fr")[:2],
        user_id=actor.user_id,
    )
    record_audit(
        "payments.payment.started",
        payment,
        merchant_id=deposit.merchant_id,
        data={"amount": str(amount), "method": method, "purpose": purpose},
    )
    return payment


def _send_to_provider(payment: Payment) -> StartedPayment:
    try:
        started = gateway_for(payment.method).start(payment)
    except GatewayUnavailable as error:
        _note_failure(payment, error)
        error.payment_id = payment.pk
        raise
    with acting_as(SYSTEM):
        current = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        _note_start(current, started)
        if started.form_fields:
            # Every callback is compared with what was sent, also one for an earlier visit to the page.
            sent = {name: value for name, value in started.form_fields.items() if name != "HASH"}
            CardOrder.objects.create(payment=current, oid=started.provider_id, fields=sent)
    return StartedPayment(current, started.payment_url, started.form_fields)


def _note_start(payment: Payment, started: Started) -> None:
    payment.provider_id = started.provider_id
    payment.payment_url = started.payment_url
    payment.expires_at = started.expires_at
    payment.failure_code = payment.failure_message = ""
    if payment.status == Payment.Status.CREATED:
        payment.status = Payment.Status.PENDING
    payment.save(
        update_fields=["provider_id", "payment_url", "expires_at", "failure_code", "failure_message", "status"]
    )


def _note_failure(payment: Payment, error: GatewayUnavailable) -> None:
    # "No answer" may hide a page that was made; the row stays open for a repeat with the same key, or for the poll.
    with acting_as(SYSTEM):
        Payment.objects.filter(pk=payment.pk, status=Payment.Status.CREATED).update(
            failure_code="gateway_unavailable",
            failure_message=str(error.__cause__ or error)[:300],
            updated_at=timezone.now(),
        )
