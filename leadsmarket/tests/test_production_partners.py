"""Production refuses to start where partners could reach its network, or with keys that are easily guessed."""

import pytest

from leadsmarket.tests.test_production_payments import start


@pytest.mark.parametrize("keys", ["", "x7" * 20, "x7" * 20 + "," + "y8" * 30])
def test_starts_with_good_sealing_keys(keys):
    assert start(SEALING_KEYS=keys) == ""


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"WEBHOOKS_ALLOW_PRIVATE": "1"}, "WEBHOOKS_ALLOW_PRIVATE"),
        ({"SEALING_KEYS": "short"}, "SEALING_KEYS"),
        ({"SEALING_KEYS": "x7" * 20 + ",short"}, "SEALING_KEYS"),
    ],
)
def test_refuses_to_start(change, complaint):
    line = start(**change)
    assert complaint in line
    assert "short" not in line
