"""Which customer at Stripe is which merchant; the one thing that this gateway keeps in a table of ours."""

import hashlib
from uuid import UUID

from django.conf import settings

from accounts.models import Merchant
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.gateways.stripe import client
from payments.models import StripeCustomer


def known_customer_of(merchant_id: UUID) -> str:
    """Return the merchant's customer id in the mode that we are in, empty where there is none yet."""
    with acting_as(SYSTEM):
        customer = StripeCustomer.objects.filter(merchant_id=merchant_id, is_live=settings.PAYMENTS_LIVE).first()
    return customer.customer_id if customer else ""


def customer_of(merchant_id: UUID) -> str:
    """Return the merchant's customer id in the mode that we are in, after creating it where there is none.

    Calls Stripe: never inside a transaction. Raises GatewayUnavailable.
    """
    known = known_customer_of(merchant_id)
    if known:
        return known
    with acting_as(SYSTEM):
        name = Merchant.objects.values_list("name", flat=True).get(pk=merchant_id)
    # The name is part of the key: a company renamed between two tries asks for something else.
    key = f"customer:{merchant_id}:{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    created = client.create_customer({"name": name, "metadata": {"merchant_id": str(merchant_id)}}, key=key)
    with acting_as(SYSTEM):
        # Two payments started at once: both use the one that was stored first.
        customer, _created = StripeCustomer.objects.get_or_create(
            merchant_id=merchant_id, is_live=settings.PAYMENTS_LIVE, defaults={"customer_id": created["id"]}
        )
    return customer.customer_id
