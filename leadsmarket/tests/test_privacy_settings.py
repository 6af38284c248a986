"""RETENTION_MONTHS and SUPPLIERS_ABROAD: read whole, or the start ends with their names."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from leadsmarket.settings.environment import Environment
from leadsmarket.settings.privacy import retention_months, suppliers_abroad


@pytest.fixture
def env(monkeypatch) -> Environment:
    monkeypatch.delenv("RETENTION_MONTHS", raising=False)
    monkeypatch.delenv("SUPPLIERS_ABROAD", raising=False)
    return Environment()


def test_nothing_set_erases_nothing_and_names_nobody(env):
    assert (retention_months(env), suppliers_abroad(env)) == (0, [])


@pytest.mark.parametrize(("text", "months"), [("0", 0), ("4", 4), ("24", 24)])
def test_months_are_read(env, monkeypatch, text, months):
    monkeypatch.setenv("RETENTION_MONTHS", text)
    assert retention_months(env) == months


@pytest.mark.parametrize("text", ["1", "3", "-1", "two"])
def test_a_retention_too_short_ends_the_start(env, monkeypatch, text):
    monkeypatch.setenv("RETENTION_MONTHS", text)
    with pytest.raises(ImproperlyConfigured, match="RETENTION_MONTHS"):
        retention_months(env)


def test_suppliers_are_read(env, monkeypatch):
    monkeypatch.setenv("SUPPLIERS_ABROAD", "Postbox | E-mail | Ireland;Cloud|Hosting|Germany; ")
    assert suppliers_abroad(env) == [
        {"name": "Postbox", "purpose": "E-mail", "country": "Ireland"},
        {"name": "Cloud", "purpose": "Hosting", "country": "Germany"},
    ]


@pytest.mark.parametrize("text", ["Postbox", "Postbox | E-mail", "Postbox | | Ireland", "a | b | c | d"])
def test_a_supplier_without_its_three_parts_ends_the_start(env, monkeypatch, text):
    monkeypatch.setenv("SUPPLIERS_ABROAD", text)
    with pytest.raises(ImproperlyConfigured, match="SUPPLIERS_ABROAD"):
        suppliers_abroad(env)
