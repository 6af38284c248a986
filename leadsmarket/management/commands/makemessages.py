"""Django's makemessages, which also collects what is marked with `_now`."""

from typing import ClassVar

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """Modules with both kinds of texts call the lazy one `_`, and the one translated at once `_now`."""

    xgettext_options: ClassVar = [*makemessages.Command.xgettext_options, "--keyword=_now"]
