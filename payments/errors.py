"""What payments can refuse."""

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from leadsmarket.lib.errors import InvalidInput, NotFound, Refusal, Text, register_refusal


class PaymentNotFound(NotFound):
    message = _("This payment doesn't exist.")


class CardNotFound(NotFound):
    message = _("This card is not on file.")


class MethodNotAvailable(InvalidInput):
    message = _("This payment method is not available.")


class DepositCannotBePaid(Refusal):
    """The deposit is closed, or suspended by staff."""

    code = "deposit_suspended"
    message = _("This deposit can't be recharged now. Please contact us.")


class PaymentEnded(Refusal):
    """The payment was settled, cancelled or has expired."""

    message = _("This payment has ended already.")


class ChargeRunning(PaymentEnded):
    """An auto-recharge is with the bank: only the bank's answer ends it."""

    message = _("The card is being charged at this moment; this can't be cancelled.")


class GatewayUnavailable(Refusal):
    """The provider didn't answer, or refused our request; nothing was charged and the payment can be tried again.

    payment_id: the payment to try again, where its row was written already.
    """

    payment_id: UUID | None = None
    code = "gateway_error"
    status = 502
    message = _("The payment provider doesn't answer. Nothing was charged; please try again in a moment.")


class PayoutNotFound(NotFound):
    message = _("This payout doesn't exist.")


class PayoutOpen(Refusal):
    """One payout at a time: the open one is paid or fails first."""

    message = _("You have asked for a payout already. You can ask for another one when it is paid.")


class PayoutTooLarge(InvalidInput):
    """More than what is payable now."""

    message = _("This is more than what is payable now.")

    def __init__(self, message: Text | None = None, *, fields: Mapping[str, Text] | None = None) -> None:
        super().__init__(message, fields=fields or {"amount": self.message})


class PayoutStepNotPossible(Refusal):
    """The payout was approved, paid or failed meanwhile."""

    message = _("This step is not possible in the payout's present state. Nothing was changed.")


class ReceiptNotReady(Refusal):
    """A worker makes the PDF, a few seconds after the payment."""

    message = _("The receipt is being made. Please ask again in a few seconds.")


class MonthNotOver(NotFound):
    """A statement is of a month that is over and began after the first movement."""

    message = _("There is no statement of this month.")


class InvalidSignature(Exception):
    """A webhook that the provider did not sign: answered with 400 and stored nowhere but in the log."""


class ReceiptDamaged(Exception):
    """A stored receipt is not what was made: never sent out, to be restored from the backup."""


register_refusal("LM031", CardNotFound)
register_refusal("LM040", PayoutTooLarge)
register_refusal("LM041", PayoutNotFound)
register_refusal("LM042", PayoutStepNotPossible)
register_refusal("payout_one_open_per_influencer", PayoutOpen)
