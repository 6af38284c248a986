"""What accounts can refuse."""

from django.utils.translation import gettext_lazy as _

from leadsmarket.lib.errors import InvalidInput, NotAllowed


class EmailTaken(InvalidInput):
    """The address belongs to an account already. Never shown to a stranger, who could find out who is a customer."""

    message = _("This e-mail address belongs to an account already.")


class OnlyTheOwner(NotAllowed):
    """A member of the team tried what only an owner of the company's account may do."""

    message = _("Only the owner of the company's account can change this.")
