"""What tests of pages of leads share."""

import pytest

from accounts.models import User
from leadsmarket.lib.actor import AUTHENTICATION, acting_as


@pytest.fixture
def open_as(personas, client_of):
    """A client that reads the pages in English, so that texts can be compared with the code."""

    def log_in(user):
        with acting_as(AUTHENTICATION):
            User.objects.filter(pk=user.pk).update(language="en")
        return client_of(user)

    return log_in
