"""Answers kept for clients that repeat a request with the same Idempotency-Key."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from leadsmarket.lib.identifiers import new_id


class IdempotentRequest(models.Model):
    """One request with an Idempotency-Key, and its answer; written by api.idempotency, forgotten after `expires_at`.

    principal_id: the user, or the API key, whose key it is. user_id: the person behind it, for row security.
    body_hash: SHA-256 over method, path and body. status and answer: empty while the request runs; a request that calls a
    provider is taken for dead at `claimed_until`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    principal_id = models.UUIDField()
    user_id = models.UUIDField()
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True)
    claimed_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["principal_id", "key"], name="idempotent_request_once_per_principal"),
            models.CheckConstraint(condition=~Q(key=""), name="idempotent_request_key_not_empty"),
            models.CheckConstraint(
                condition=Q(status__isnull=True, answer="") | Q(status__isnull=False, status__gte=200, status__lt=500),
                name="idempotent_request_answer_agrees_with_status",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="idempotent_request_expired")]

    def __str__(self) -> str:
        return self.key
