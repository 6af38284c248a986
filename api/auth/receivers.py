"""What ends log-ins by token from outside."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import sessions_ended
from api.auth.services import end_sessions_of


@receiver(sessions_ended)
def end_tokens_too(user: User, **_signal: Any) -> None:
    """Whoever logs out everywhere, or has a new password, means the programs too."""
    end_sessions_of(user)
