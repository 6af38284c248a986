"""Which views open their own transactions."""

from collections.abc import Callable

from django.db import transaction
from django.http import HttpResponse

View = Callable[..., HttpResponse]


def manages_transactions(view: View) -> View:
    """Mark a view that opens its own short transactions with `acting_as(request.actor)`; put it outermost.

    For views that move money (the deposit's lock must not be held while a page is rendered) or call a provider.
    """
    view.manages_transactions = True  # type: ignore[attr-defined]
    return transaction.non_atomic_requests(view)
