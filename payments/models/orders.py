"""Orders sent to a card acquirer's page: one for each visit to it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import TimeStampedModel
from payments.models.payments import Payment


class CardOrder(TimeStampedModel):
    """What one visit to the acquirer's page was sent, written before the browser goes there; never changed.

    oid: the order number, used once. fields: all that was posted but the hash; every callback is compared with it.
    heard_at: the first signed callback. missed_at: staff was told that none came.
    """

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="card_orders", verbose_name=_("payment")
    )
    oid = models.CharField(_("order number"), max_length=64, unique=True)
    fields = models.JSONField(_("sent"))
    heard_at = models.DateTimeField(_("answered"), null=True)
    missed_at = models.DateTimeField(_("reported missing"), null=True)

    class Meta:
        verbose_name = _("card order")
        verbose_name_plural = _("card orders")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(oid__regex="^[A-Za-z0-9]{1,64}$"), name="card_order_oid_plain")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["created_at"],
                condition=Q(heard_at__isnull=True, missed_at__isnull=True),
                name="card_order_unanswered",
            )
        ]

    def __str__(self) -> str:
        return self.oid
