"""What happened and is still to be told."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alerts.kinds import Kind
from leadsmarket.lib.identifiers import new_id


class Event(models.Model):
    """One cause, committed with the change itself as one small row; a worker makes notifications and deliveries of it.

    Written by the SQL function announce_events alone, unique by kind and cause. data: what must be told as it was then (ids,
    amounts as text). due_at: not told before. expanded_at: when everybody concerned was told.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    kind = models.CharField(_("kind"), max_length=24, choices=Kind.choices)
    cause = models.CharField(_("cause"), max_length=160)
    merchant_id = models.UUIDField(_("merchant"), null=True)
    influencer_id = models.UUIDField(_("influencer"), null=True)
    data = models.JSONField(_("data"), default=dict)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)
    expanded_at = models.DateTimeField(_("told"), null=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "cause"], name="event_once_per_cause")]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], condition=Q(expanded_at=None), name="event_due"),
            models.Index(fields=["expanded_at"], name="event_told"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.cause})"
