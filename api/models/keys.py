"""Keys by which programs of a merchant or an influencer use the API."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import TimeStampedModel, User
from api.models.owners import OwnedByASide


class ApiKey(OwnedByASide, TimeStampedModel):
    """One key; written by api.services.keys. A key is `lm_live_<public_id>_<secret>` (`lm_test_` unless PAYMENTS_LIVE).

    key_hash: SHA-256 of the whole key, which is kept nowhere. scope: `write` may read, too. The key acts for its side as
    created_by, and only as long as that person could. last_used_at: to the minute. A trigger lets nothing change but that and
    the revocation, once.
    """

    class Scope(models.TextChoices):
        READ = "read", pgettext_lazy("API key", "Read")
        WRITE = "write", _("Read and write")

    name = models.CharField(_("name"), max_length=60)
    public_id = models.CharField(_("key"), max_length=12, unique=True)
    key_hash = models.CharField(_("hash"), max_length=64)
    scope = models.CharField(_("scope"), max_length=5, choices=Scope.choices)
    is_live = models.BooleanField(_("live"))
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name=_("created by"), db_index=False
    )
    last_used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)
    revoked_by = models.ForeignKey(
        User, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("revoked by"), db_index=False
    )

    class Meta(OwnedByASide.Meta):
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints: ClassVar = [
            *OwnedByASide.Meta.constraints,
            models.CheckConstraint(condition=~Q(name=""), name="api_key_name_given"),
            models.CheckConstraint(condition=Q(public_id__regex=r"^[0-9a-z]{12}$"), name="api_key_public_id_plain"),
            models.CheckConstraint(condition=Q(key_hash__regex=r"^[0-9a-f]{64}$"), name="api_key_is_hashed"),
            models.CheckConstraint(condition=Q(scope__in=["read", "write"]), name="api_key_scope_known"),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="api_key_revocation_says_by_whom",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["merchant", "-created_at", "-id"], name="api_key_by_merchant"),
            models.Index(fields=["influencer", "-created_at", "-id"], name="api_key_by_influencer"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def start(self) -> str:
        """The part of the key that is no secret, by which people know it again."""
        return f"{'lm_live_' if self.is_live else 'lm_test_'}{self.public_id}"
