"""What webhooks say about deposits and payouts: what the API says of them, at the moment of the event."""

from typing import Any

from api.deposits.serializers import DepositAnswer
from api.operations import shown
from api.payouts.serializers import PayoutAnswer
from deposits.models import Deposit
from payments.models import Payout


def level_data(deposit: Deposit, *, level_before: str, level_after: str) -> dict[str, Any]:
    """Return a deposit as the API shows it, with its level before."""
    return shown(DepositAnswer, deposit) | {"alert_level": level_after, "previous_alert_level": level_before}


def payout_data(payout: Payout) -> dict[str, Any]:
    """Return a payout as the API shows it to its influencer; the account is masked."""
    return shown(PayoutAnswer, payout)
