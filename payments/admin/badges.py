"""How much waits for staff, beside the entries of the sidebar."""

from django.db.models import QuerySet
from django.http import HttpRequest

from payments.models import Payment, ReviewItem
from payments.selectors.transfers import transfers_to_confirm

MOST_COUNTED = 99


def open_reviews(request: HttpRequest) -> str:
    """How many items staff must look at."""
    return _counted(request, ReviewItem.objects.filter(resolved_at=None))


def waiting_transfers(request: HttpRequest) -> str:
    """How many transfers wait for their money."""
    return _counted(request, transfers_to_confirm())


def _counted(request: HttpRequest, rows: QuerySet[ReviewItem] | QuerySet[Payment]) -> str:
    options = rows.model._meta
    if not request.user.has_perm(f"{options.app_label}.view_{options.model_name}"):
        return ""
    count = rows.order_by()[: MOST_COUNTED + 1].count()
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)
