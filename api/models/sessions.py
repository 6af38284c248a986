"""Log-ins by token: which refresh token of each is the last one."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from leadsmarket.lib.identifiers import new_id


class TokenSession(models.Model):
    """One log-in by API and the chain of its refresh tokens; written by api.auth.services.

    Only the token whose id is `current_token_id` can be used; a used one ends the whole chain.
    password_mark: changes with the password, so that a new password ends the chain too.
    """

    class End(models.TextChoices):
        REVOKED = "revoked"
        REUSED = "reused"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    current_token_id = models.UUIDField()
    password_mark = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    refreshed_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=7, choices=End.choices, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="")
                | Q(ended_at__isnull=False, end__in=["revoked", "reused", "refused"]),
                name="token_session_end_agrees_with_ended_at",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="token_session_expired")]

    def __str__(self) -> str:
        return str(self.id)
