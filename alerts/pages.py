"""Addresses and names in messages."""

from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from deposits.models import Deposit
from deposits.selectors import with_names


def page(name: str, *arguments: UUID) -> str:
    """Return the whole address of a page."""
    return f"{settings.SITE_URL}{reverse(name, args=arguments)}"


def deposit_name(deposit: Deposit) -> str | Promise:
    """Return a deposit's name, in each reader's language where it is ours. Call as the platform."""
    return with_names([deposit])[0].name if deposit.campaign_id else _("General deposit")
