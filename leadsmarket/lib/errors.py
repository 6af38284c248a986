"""What the platform can refuse.

A service raises a subclass of `Refusal`; a page shows its message beside the field or as a toast, the API sends its code and
status. SQL functions raise with SQLSTATEs of class `LM`, constraints have names; each app registers which error class belongs
to which.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
from django.db import DatabaseError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class Refusal(Exception):
    """A business action was refused and nothing was changed.

    code: the stable name of api.md. status: the HTTP status. message: for people, translated when shown.
    fields: messages by name of the input they belong to.
    """

    code = "conflict"
    status = 409
    message: Text = _("This can't be done now.")

    def __init__(self, message: Text | None = None, *, fields: Mapping[str, Text] | None = None) -> None:
        self.message = message or type(self).message
        self.fields = dict(fields or {})
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message)


class InvalidInput(Refusal):
    """One or more values don't fit; `fields` says which."""

    code = "validation_error"
    status = 400
    message = _("Please correct the marked fields.")


class NotFound(Refusal):
    """It doesn't exist, or it isn't this actor's: no difference is shown."""

    code = "not_found"
    status = 404
    message = _("Not found.")


class NotAllowed(Refusal):
    """The actor can see it but may not do this."""

    code = "permission_denied"
    status = 403
    message = _("You don't have the right to do this.")


_by_database_name: dict[str, type[Refusal]] = {}


def register_refusal(name: str, error: type[Refusal]) -> None:
    """Let `raising_refusals` turn a SQLSTATE of our SQL functions, or a broken constraint of that name, into `error`."""
    _by_database_name[name] = error


@contextmanager
def raising_refusals() -> Iterator[None]:
    """Turn a refusal of our SQL into its error class; other database errors pass unchanged.

    Where the SQL names a column, the message belongs to the input of that name.
    """
    try:
        yield
    except DatabaseError as error:
        cause = error.__cause__
        if not isinstance(cause, psycopg.Error):
            raise
        names = (cause.sqlstate or "", cause.diag.constraint_name or "")
        refusal = next((_by_database_name[name] for name in names if name in _by_database_name), None)
        if refusal is None:
            raise
        column = cause.diag.column_name
        raise refusal(fields={column: refusal.message} if column else None) from error
