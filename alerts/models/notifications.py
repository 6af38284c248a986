"""What people find under their bell."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from alerts.kinds import LEVEL_ICONS, Kind, Level
from leadsmarket.lib.identifiers import new_id


class Notification(models.Model):
    """One thing that a person is told on their dashboard, in their language; written by alerts.services.notify.

    A trigger lets nothing change but `read_at`, once. level: how it looks; of a deposit level the level itself. url: a path of
    this site. The ids say what it is about; they are no foreign keys, so that a row never stands in the way of what it tells.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    # The lists' index starts with it.
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="notifications", verbose_name=_("to"), db_index=False
    )
    kind = models.CharField(_("kind"), max_length=24, choices=Kind.choices)
    level = models.CharField(_("level"), max_length=9, choices=Level.choices)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"))
    url = models.CharField(_("address"), max_length=300)
    deposit_id = models.UUIDField(_("deposit"), null=True)
    campaign_id = models.UUIDField(_("campaign"), null=True)
    lead_id = models.UUIDField(_("lead"), null=True)
    payment_id = models.UUIDField(_("payment"), null=True)
    read_at = models.DateTimeField(_("read"), null=True)
    deduplication_key = models.CharField(_("deduplication key"), max_length=200, unique=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(level__in=Level.values), name="notification_level_known"),
            models.CheckConstraint(
                condition=Q(url__startswith="/") & ~Q(url__startswith="//"), name="notification_url_is_path"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "-created_at", "-id"], name="notification_of_user"),
            models.Index(fields=["user"], condition=Q(read_at=None), name="notification_unread"),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def icon(self) -> str:
        """The name of its level's icon in the sprite."""
        return LEVEL_ICONS[self.level]
