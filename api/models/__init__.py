"""What the API remembers: answers to repeated requests, log-ins by token."""

from api.models.idempotency import IdempotentRequest
from api.models.sessions import TokenSession

__all__ = ["IdempotentRequest", "TokenSession"]
