"""`manage.py migrate`: Django's own, as the owner of the tables."""

from django.core.management.base import CommandParser
from django.core.management.commands import migrate


class Command(migrate.Command):
    """Migrate the database as its owner unless told otherwise.

    Without system checks: django-unfold's read the table of permissions, which an empty database doesn't have yet.
    """

    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")
