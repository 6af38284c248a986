"""The queue of staff: money matters that no rule may decide."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record_audit
from leadsmarket.lib.actor import acting_user_id
from leadsmarket.lib.errors import InvalidInput, NotFound
from payments.models import Payment, ReviewItem, WebhookEvent
from payments.signals import review_opened


def open_review(
    kind: str, details: str, *, payment: Payment | None = None, event: WebhookEvent | None = None
) -> ReviewItem:
    """Put something in front of staff, in the transaction of its cause; the same again returns the first item."""
    item, created = ReviewItem.objects.get_or_create(
        kind=kind, payment=payment, event=event, defaults={"details": details}
    )
    if created:
        review_opened.send(ReviewItem, item=item)
    return item


def resolve_review(*, item_id: UUID, resolution: str) -> ReviewItem:
    """Close an item with a sentence that says what was done. Raises NotFound, InvalidInput (no sentence)."""
    resolution = resolution.strip()
    if not resolution:
        raise InvalidInput(fields={"resolution": _("Please say what was done.")})
    with transaction.atomic():
        item = ReviewItem.objects.select_for_update(no_key=True).filter(pk=item_id).first()
        if item is None:
            raise NotFound
        if item.resolved_at is None:
            item.resolved_at = timezone.now()
            item.resolved_by_id = acting_user_id()
            item.resolution = resolution[:300]
            item.save(update_fields=["resolved_at", "resolved_by", "resolution"])
            record_audit("payments.review.resolved", item, data={"kind": item.kind, "resolution": item.resolution})
    return item
