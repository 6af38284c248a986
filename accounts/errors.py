"""What accounts can refuse."""

from django.utils.translation import gettext_lazy as _

from leadsmarket.lib.errors import InvalidInput, NotAllowed, NotFound, Refusal, register_refusal


class EmailTaken(InvalidInput):
    """The address belongs to an account already. Never shown to a stranger, who could find out who is a customer."""

    message = _("This e-mail address belongs to an account already.")


class OnlyTheOwner(NotAllowed):
    """A member of the team tried what only an owner of the company's account may do."""

    message = _("Only the owner of the company's account can change this.")


class RecordFixed(Refusal):
    """The record is append-only, or what it says may never change."""

    message = _("This record can't be changed.")


class NotTheActors(NotAllowed):
    """This is another side's, or the platform's, to do."""


class SessionNotFound(NotFound):
    """The session ended before, or is another person's."""

    message = _("This browser is logged out already.")


class LinkNotValid(Refusal):
    """A link of an e-mail is too old, was used, or belongs to a change that was given up."""

    message = _("The link has expired or was used before.")


register_refusal("LM001", RecordFixed)
register_refusal("LM021", NotTheActors)
