"""What Stripe's objects mean in our words. Nothing here calls out."""

from decimal import Decimal
from typing import Any

from deposits.models import PaymentMethod
from leadsmarket.lib.money import CENTIME
from payments.gateways.base import CardDetails, Notice, Said
from payments.models import Payment

AUTHENTICATION_REQUIRED = "authentication_required"


def to_centimes(amount: Decimal) -> int:
    """Return an amount in MAD as Stripe counts it: 200.00 is 20000. MAD has two decimals at Stripe."""
    return int(amount * 100)


def from_centimes(amount: int | None) -> Decimal | None:
    """Return an amount that Stripe counts in hundredths."""
    return None if amount is None else (Decimal(amount) * CENTIME).quantize(CENTIME)


def id_of(value: str | dict[str, Any] | None) -> str:
    """Return the id of a reference, which Stripe gives as text or, where expanded, as an object."""
    return (value["id"] if isinstance(value, dict) else value) or ""


def metadata_of(payment: Payment) -> dict[str, str]:
    """Return what lets events find our payment again; the same on sessions and intents."""
    return {
        "payment_id": str(payment.pk),
        "payment_reference": payment.reference,
        "deposit_id": str(payment.deposit_id),
        "purpose": payment.purpose,
    }


def reference_of(stripe_object: dict[str, Any]) -> str:
    """Return our payment's reference out of an object's metadata, empty where it isn't ours."""
    return (stripe_object.get("metadata") or {}).get("payment_reference", "")


def is_auto_recharge(intent: dict[str, Any]) -> bool:
    """Whether an intent charges a saved card without anybody there."""
    return (intent.get("metadata") or {}).get("purpose") == Payment.Purpose.AUTO_RECHARGE


def session_notice(session: dict[str, Any]) -> Notice:
    """Say how a Checkout Session stands. An expired session that is paid all the same is paid."""
    paid = session.get("payment_status") == "paid"
    if paid:
        said = Said.PAID
    elif session.get("status") == "expired":
        said = Said.EXPIRED
    elif session.get("status") == "complete":
        said = Said.PROCESSING
    else:
        said = Said.NOTHING
    unexpected = session.get("payment_status") == "no_payment_required"
    intent_id = id_of(session.get("payment_intent"))
    return Notice(
        said=said,
        reference=reference_of(session),
        provider_id=session["id"],
        ledger_key=f"{PaymentMethod.STRIPE}:{intent_id}" if paid and intent_id else "",
        amount=from_centimes(session.get("amount_total")),
        currency=_currency(session),
        is_live=session.get("livemode"),
        attention="Stripe says that no payment is required for this session" if unexpected else "",
    )


def intent_notice(intent: dict[str, Any]) -> Notice:
    """Say how a PaymentIntent stands: paid, being processed, or (of an auto-recharge) over without money."""
    status = intent.get("status")
    over = is_auto_recharge(intent) and status == "canceled"
    said = {"succeeded": Said.PAID, "processing": Said.PROCESSING}.get(
        str(status), Said.FAILED if over else Said.NOTHING
    )
    code, message = failure_of(intent) if over else ("", "")
    return Notice(
        said=said,
        reference=reference_of(intent),
        provider_id=intent["id"],
        ledger_key=f"{PaymentMethod.STRIPE}:{intent['id']}" if said == Said.PAID else "",
        amount=from_centimes(intent.get("amount_received")),
        currency=_currency(intent),
        is_live=intent.get("livemode"),
        failure_code=code,
        failure_message=message,
    )


def failure_of(intent: dict[str, Any]) -> tuple[str, str]:
    """Return code and message of an intent's last failure: the decline code where the bank gave one."""
    error = intent.get("last_payment_error") or {}
    if AUTHENTICATION_REQUIRED in (error.get("code"), error.get("decline_code")):
        return AUTHENTICATION_REQUIRED, error.get("message") or ""
    if intent.get("status") == "requires_action":
        return AUTHENTICATION_REQUIRED, ""
    return error.get("decline_code") or error.get("code") or "not_paid", error.get("message") or ""


def refund_notices(refund: dict[str, Any], intent: dict[str, Any], *, is_live: bool | None) -> list[Notice]:
    """Say what a refund did. One that failed or was cancelled is booked and given back, in whichever order events come."""
    key = f"{PaymentMethod.STRIPE}:{refund['id']}"
    status = refund.get("status")
    if status not in ("pending", "succeeded", "failed", "canceled"):
        return []
    out = _movement(Said.REFUNDED, refund, intent, key, is_live)
    if status in ("pending", "succeeded"):
        return [out]
    return [out, _movement(Said.REFUND_FAILED, refund, intent, f"{key}:failed", is_live, undoes=key)]


def dispute_notices(
    event_type: str, dispute: dict[str, Any], intent: dict[str, Any], *, is_live: bool | None
) -> list[Notice]:
    """Say what a dispute did: funds withdrawn, reinstated (both, in whichever order events come), or that staff must look."""
    withdrawn = f"{PaymentMethod.STRIPE}:{dispute['id']}:withdrawn"
    out = _movement(Said.CHARGED_BACK, dispute, intent, withdrawn, is_live)
    if event_type == "charge.dispute.funds_withdrawn":
        return [out]
    if event_type == "charge.dispute.funds_reinstated":
        reinstated = f"{PaymentMethod.STRIPE}:{dispute['id']}:reinstated"
        return [out, _movement(Said.CHARGEBACK_WON, dispute, intent, reinstated, is_live, undoes=withdrawn)]
    status = dispute.get("status", "")
    inquiry = ", an inquiry: no money moved" if str(status).startswith("warning") else ""
    told = f"{event_type}: dispute {dispute['id']} is {status}{inquiry}, reason {dispute.get('reason')}"
    quiet = event_type == "charge.dispute.updated"
    return [
        Notice(
            said=Said.NOTHING if quiet else Said.ATTENTION,
            reference=reference_of(intent),
            provider_id=id_of(dispute.get("payment_intent")),
            amount=from_centimes(dispute.get("amount")),
            currency=_currency(dispute),
            is_live=is_live,
            attention="" if quiet else told,
        )
    ]


def card_details(payment_method: dict[str, Any]) -> CardDetails | None:
    """Return what identifies a card to people; None for a payment method that is no card."""
    card = payment_method.get("card")
    if not card:
        return None
    return CardDetails(
        payment_method_id=payment_method["id"],
        customer_id=id_of(payment_method.get("customer")),
        brand=card.get("brand") or "",
        last4=card.get("last4") or "",
        expiry_month=card.get("exp_month"),
        expiry_year=card.get("exp_year"),
    )


def _movement(
    said: Said, moved: dict[str, Any], intent: dict[str, Any], key: str, is_live: bool | None, *, undoes: str = ""
) -> Notice:
    return Notice(
        said=said,
        reference=reference_of(intent),
        provider_id=id_of(moved.get("payment_intent")),
        ledger_key=key,
        amount=from_centimes(moved.get("amount")),
        currency=_currency(moved),
        is_live=is_live,
        undoes=undoes,
    )


def _currency(stripe_object: dict[str, Any]) -> str:
    return str(stripe_object.get("currency") or "").upper()
