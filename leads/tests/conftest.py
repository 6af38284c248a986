"""What tests of pages of leads share."""

from functools import partial

import pytest

from tests.pages import in_english


@pytest.fixture
def open_as(personas, client_of):
    """A function that logs somebody in who reads the pages in English, so that texts can be compared with the code."""
    return partial(in_english, client_of=client_of)
