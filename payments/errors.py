"""What payments can refuse."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from leadsmarket.lib.errors import InvalidInput, NotFound, Refusal


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


class GatewayUnavailable(Refusal):
    """The provider didn't answer, or refused our request; nothing was charged and the payment can be tried again.

    payment_id: the payment to try again, where its row was written already.
    """

    payment_id: UUID | None = None
    code = "gateway_error"
    status = 502
    message = _("The payment provider doesn't answer. Nothing was charged; please try again in a moment.")


class InvalidSignature(Exception):
    """A webhook that the provider did not sign: answered with 400 and stored nowhere but in the log."""


class ReceiptDamaged(Exception):
    """A stored receipt is not what was made: never sent out, to be restored from the backup."""
