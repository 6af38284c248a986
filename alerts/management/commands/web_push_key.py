"""`manage.py web_push_key`: make the key by which browsers know this platform."""

from django.core.management.base import BaseCommand

from alerts.channels.web_push.client import new_private_key


class Command(BaseCommand):
    """Prints a new key as a line for the environment; browsers that subscribed with another one must do so again."""

    help = "Print a new WEB_PUSH_PRIVATE_KEY."
    requires_system_checks: list[str] = []

    def handle(self, **_options: object) -> None:
        """Print the line."""
        self.stdout.write(f"WEB_PUSH_PRIVATE_KEY={new_private_key()}")
