"""What deposits can refuse, and which SQLSTATE of deposits/migrations/sql belongs to which."""

from django.utils.translation import gettext_lazy as _

from leadsmarket.lib.errors import InvalidInput, NotAllowed, NotFound, Refusal, register_refusal


class DepositNotFound(NotFound):
    message = _("This deposit doesn't exist.")


class InsufficientDeposit(Refusal):
    """The available balance is smaller than the amount asked."""

    code = "insufficient_deposit"
    status = 402
    message = _("The available balance of the deposit is too small.")


class DepositSuspended(Refusal):
    """The deposit is suspended, closed or not paid yet, so the movement is not possible."""

    code = "deposit_suspended"
    status = 409
    message = _("The deposit can't be used now: it is suspended, closed or not paid yet.")


class DepositNotActorsOwn(NotAllowed):
    """The actor's role may not make this kind of movement on this deposit."""


class MovementRepeated(Refusal):
    """This lead or payment already made this movement."""

    message = _("This movement was already made.")


class DepositAlreadyOpen(Refusal):
    """There is an open deposit for this merchant and campaign already."""

    message = _("There is an open deposit for this merchant and campaign already.")


class MovementDoesNotFitLead(Refusal):
    """The lead draws on another deposit, for another amount, or is in another state."""

    message = _("This movement doesn't belong to this lead.")


class CampaignOfAnotherMerchant(InvalidInput):
    """A deposit for one campaign belongs to that campaign's merchant."""

    message = _("This campaign is not one of this merchant's.")


class AmountTooLarge(InvalidInput):
    """The deposit would hold more than an amount can be."""

    message = _("The amount is too large.")


class AmountTooSmall(InvalidInput):
    """Not positive, or below the minimum of product.md, "Deposit"."""

    message = _("The amount is too small.")


register_refusal("LM010", DepositNotFound)
register_refusal("LM011", DepositSuspended)
register_refusal("LM012", InsufficientDeposit)
register_refusal("deposit_reserved_between_zero_and_balance", InsufficientDeposit)
register_refusal("LM013", DepositNotActorsOwn)
register_refusal("LM014", MovementDoesNotFitLead)
register_refusal("LM015", AmountTooSmall)
register_refusal("22003", AmountTooLarge)
register_refusal("transaction_one_reservation_per_lead", MovementRepeated)
register_refusal("transaction_one_end_per_reservation", MovementRepeated)
register_refusal("transaction_one_refund_per_lead", MovementRepeated)
register_refusal("transaction_one_credit_per_payment", MovementRepeated)
register_refusal("transaction_one_initial_per_deposit", MovementRepeated)
register_refusal("deposit_one_open_per_merchant_and_campaign", DepositAlreadyOpen)
register_refusal("deposit_campaign_fk", CampaignOfAnotherMerchant)
