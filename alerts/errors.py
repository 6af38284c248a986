"""What can go wrong while sending, and what is refused about phones."""

from django.utils.translation import gettext_lazy as _

from leadsmarket.lib.errors import InvalidInput, Refusal


class DeliveryError(Exception):
    """A message was not sent.

    permanent: never try this message again. bad_address: nothing will ever reach this address; permanent as well.
    """

    def __init__(self, message: str, *, permanent: bool = False, bad_address: bool = False) -> None:
        self.permanent = permanent or bad_address
        self.bad_address = bad_address
        super().__init__(message)


class NotAMobile(InvalidInput):
    """The number is no Moroccan mobile: neither SMS nor WhatsApp is sent there (morocco.md, 1)."""

    message = _("Enter a Moroccan mobile number: 06… or 07….")


class PhonesNotAvailable(Refusal):
    """SMS is not configured, so no number can be verified."""

    code = "phones_not_available"
    message = _("Phone numbers can't be verified at the moment.")


class TooManyCodes(Refusal):
    """A person or a number asked for too many codes, or for the next one too soon."""

    code = "rate_limited"
    status = 429
    message = _("Too many codes were asked for. Please try again in an hour.")


class CodeTooSoon(TooManyCodes):
    """The code before was sent a moment ago."""

    message = _("A code was sent a moment ago. Please wait a minute before you ask for another.")


class CodeExpired(Refusal):
    """No code waits: none was asked for, its ten minutes are over, or it was tried too often."""

    code = "code_expired"
    message = _("This code is no longer valid. Please ask for a new one.")


class PhoneNotVerified(Refusal):
    """WhatsApp needs a number that was verified before."""

    code = "phone_not_verified"
    message = _("Please verify your phone number first.")
