"""The audit trail: each change of money, rights or terms leaves one row."""

from uuid import UUID

from django.db import models

from accounts.models import AuditEntry
from leadsmarket.lib.actor import current_actor


def record_audit(
    action: str, changed: models.Model, *, merchant_id: UUID | None = None, data: dict | None = None
) -> None:
    """Record that the current actor changed an object, in the transaction of the change.

    action: dotted name such as `deposits.deposit.opened`. data: what a reader needs to understand the change; amounts as text.
    """
    actor = current_actor()
    AuditEntry.objects.create(
        action=action,
        actor_user_id=actor.user_id,
        actor_role=actor.role,
        object_type=changed._meta.label_lower,
        object_id=changed.pk,
        merchant_id=merchant_id,
        data=data or {},
    )
