"""Fixtures of the whole suite: the two database log-ins, the personas, and committed data for races and browsers.

Tests run as the web role under row level security, as the site does. `personas` has one of everybody.
"""

import os
import time

os.environ["LEADSMARKET_ENV"] = "test"

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test import Client

from leadsmarket.lib.actor import AUTHENTICATION, acting_as
from tests.pages import in_english
from tests.personas import Personas, make_personas


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker,
    django_db_keepdb: bool,
    django_db_createdb: bool,
    django_db_modify_db_settings,
) -> Iterator[None]:
    """Create the test database as its owner, then let the web role use it."""
    owner = connections["owner"]
    if suffix := os.environ.get("TEST_DB_SUFFIX"):
        # Lets two people (or two branches) test on one server at once.
        test_settings = owner.settings_dict["TEST"]
        test_settings["NAME"] = f"{test_settings['NAME'] or 'test_' + owner.settings_dict['NAME']}_{suffix}"
    with django_db_blocker.unblock():
        # First: signals of the migrations' libraries use `default`, whose real database may have no tables yet.
        name = owner.creation._get_test_db_name()
        connections["default"].close()
        connections["default"].settings_dict["NAME"] = name
        settings.DATABASES["default"]["NAME"] = name
        owner.creation.create_test_db(
            verbosity=0, autoclobber=True, keepdb=django_db_keepdb and not django_db_createdb, serialize=False
        )
        connections["default"].close()
        empty_tables()
    yield
    with django_db_blocker.unblock():
        connections["default"].close()
        if not django_db_keepdb:
            owner.creation.destroy_test_db(settings.DATABASES["owner"]["NAME"], verbosity=0)


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Each test starts without throttle counts and the like; each process has its own keys in Redis."""
    empty_cache()


def empty_cache() -> None:
    """Forget throttle counts and the like of this process."""
    redis = cache._cache.get_client(None, write=True)
    if keys := list(redis.scan_iter(f"{settings.CACHES['default']['KEY_PREFIX']}:*")):
        redis.delete(*keys)


def empty_tables() -> None:
    """Empty every table but the migrations and what migrations fill, as the owner."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename NOT IN ('django_migrations', 'django_content_type', 'auth_permission')"
        )
        cursor.execute(f"TRUNCATE {cursor.fetchone()[0]} RESTART IDENTITY CASCADE")
    connections["owner"].close()


@pytest.fixture
def committed_db(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """A database where commits are real, for threads, processes and browsers; emptied afterwards."""
    with django_db_blocker.unblock():
        yield
        connections["default"].close()
        empty_tables()


@pytest.fixture
def personas(db: None) -> Personas:
    """A merchant with owner and member, another merchant, two influencers, staff; see tests/personas.py."""
    return make_personas()


@pytest.fixture
def committed_personas(committed_db: None) -> Personas:
    """The same personas, committed."""
    return make_personas()


@pytest.fixture
def client_of(personas: Personas):
    """A function that returns a browser-like client logged in as a user, who typed the password a moment ago.

    is_fresh=False: it is a while ago, so dangerous acts ask for it again.
    """

    def log_in(user, *, is_fresh: bool = True) -> Client:
        client = Client()
        with acting_as(AUTHENTICATION):
            client.force_login(user)
        if is_fresh:
            make_fresh(client, user)
        return client

    return log_in


def make_fresh(client: Client, user) -> None:
    """Let a logged-in browser be one where the password has just been typed again."""
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


@pytest.fixture
def staff(personas: Personas, client_of) -> Client:
    """The browser of somebody of staff who reads English."""
    return in_english(personas.staff, client_of)
