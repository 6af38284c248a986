"""What accounts tells upwards; docs/signals.md says who listens."""

from django.dispatch import Signal

sessions_ended = Signal()
"""Somebody's other browsers were logged out, by them or after a new password: `user`. Whoever gave out tokens ends them too."""
