"""Environment variables as settings; one that can't be read stops the start with its name, never with its value."""

import logging
import warnings
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured


class Environment(environ.Env):
    """django-environ's reader, whose complaints name the variable also when its value has the wrong form."""

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        """Return the value of a variable. Raises ImproperlyConfigured where it is missing or can't be read."""
        try:
            return super().get_value(var, *args, **kwargs)
        except (ValueError, ArithmeticError) as error:
            raise ImproperlyConfigured(f"{var} can't be read: {type(error).__name__}") from error

    def db_url(self, var: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the settings of a PostgreSQL database. Raises ImproperlyConfigured for the address of anything else."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it would print the address with its password
            try:
                database = super().db_url(var, *args, **kwargs)
            except ValueError as error:
                raise ImproperlyConfigured(f"{var} is no address of a database") from error
        if database.get("ENGINE") != "django.db.backends.postgresql":
            raise ImproperlyConfigured(f"{var} must be the address of a PostgreSQL database: postgres://user@host/name")
        return database

    def email_url(self, var: str, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the settings of outgoing e-mail. Raises ImproperlyConfigured for an address of a kind unknown."""
        try:
            return super().email_url(var, *args, **kwargs)
        except (ValueError, ImproperlyConfigured) as error:
            raise ImproperlyConfigured(f"{var} can't be read; docs/emails.md has examples") from error


def log_level(name: str) -> str:
    """Return the name of a level of logging as it is; raises ValueError for another word."""
    if name not in logging.getLevelNamesMapping():
        raise ValueError(name)
    return name
