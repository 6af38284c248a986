"""What webhooks say about things: what the API says of them to the same side, at the moment of the event."""

from typing import Any

from deposits.models import Deposit
from payments.models import Payment, Payout


def level_data(deposit: Deposit, *, level_before: str, level_after: str) -> dict[str, Any]:
    """Return a deposit with its level before, named as the API names what it says of deposits."""
    return {
        "id": deposit.pk,
        "merchant_id": deposit.merchant_id,
        "campaign_id": deposit.campaign_id,
        "status": deposit.status,
        "alert_level": level_after,
        "previous_alert_level": level_before,
        "currency": "MAD",
        "current_balance": deposit.current_balance,
        "reserved_amount": deposit.reserved_amount,
        "available_balance": deposit.available_balance,
        "initial_amount": deposit.initial_amount,
        "percentage_remaining": deposit.gauge_percentage,
    }


def payment_data(payment: Payment) -> dict[str, Any]:
    """Return a payment as `GET /api/payments/{id}` shows it."""
    return {
        "id": payment.pk,
        "deposit_id": payment.deposit_id,
        "purpose": payment.purpose,
        "method": payment.method,
        "status": payment.status,
        "currency": "MAD",
        "amount": payment.amount,
        "credited_amount": payment.credited_amount,
        "reference": payment.reference,
        "created_at": payment.created_at,
        "settled_at": payment.settled_at,
    }


def payout_data(payout: Payout) -> dict[str, Any]:
    """Return a payout as the API shows it to its influencer; the account is masked."""
    return {
        "id": payout.pk,
        "status": payout.status,
        "currency": "MAD",
        "amount": payout.amount,
        "reference": payout.reference,
        "rib": payout.masked_rib,
        "created_at": payout.created_at,
        "ended_at": payout.ended_at,
    }
