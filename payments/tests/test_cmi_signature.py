"""The hash of the CMI protocol: the vectors of the protocol, the order of names, the readings of a callback."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.gateways.cmi.signature import _natural_order, _plain_text, signature, trimmed, verified
from tests.fakes.cmi import their_hash

VECTORS = json.loads((Path(__file__).parent / "cmi_vectors.json").read_text(encoding="utf-8"))
REQUESTS = {name: vector for name, vector in VECTORS.items() if vector["kind"] == "request"}
D3 = VECTORS["D3"]

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
names = st.text(st.sampled_from("abcXYZ_.0123456789é"), min_size=1, max_size=8).filter(
    lambda name: name.lower() not in ("hash", "encoding")
)
forms = st.dictionaries(names, texts, min_size=1, max_size=12)


def unambiguous(form: dict[str, str]) -> bool:
    """No two names that differ by case or by leading zeros alone: their order is nobody's."""
    return len({tuple(_natural_order(name)) for name in form}) == len(form)


@pytest.mark.parametrize("name", REQUESTS)
def test_vectors_of_requests(name):
    vector = REQUESTS[name]

    assert _plain_text(vector["fields"], vector["key"]) == vector["plain"]
    assert signature(vector["fields"], vector["key"]) == vector["hash"]


@pytest.mark.parametrize("name", REQUESTS)
def test_the_acquirers_own_computation_agrees_on_the_vectors(name):
    vector = REQUESTS[name]

    assert their_hash(trimmed(vector["fields"]), vector["key"]) == vector["hash"]


def test_vector_of_a_callback_with_entities_and_a_newline():
    values = verified(D3["fields"], D3["hash"], D3["key"])

    assert values is not None
    assert _plain_text(values, D3["key"], lambda value: value) == D3["plain"]
    assert values["BillToName"] == "Salma Bénani & Fils 'SARL'"
    assert values["okUrl"] == "https://pay.example.ma/cmi/ok?a=1&b=2"


@pytest.mark.parametrize("name", VECTORS)
def test_another_key_value_or_no_key_is_refused(name):
    vector = VECTORS[name]
    fields = vector["fields"]

    assert verified(fields, vector["hash"], vector["key"] + "x") is None
    assert verified(fields, vector["hash"], "") is None
    assert verified(fields, "", vector["key"]) is None
    assert verified(fields | {"oid": "other"}, vector["hash"], vector["key"]) is None
    assert verified(fields, vector["hash"][:-1], vector["key"]) is None
    assert verified(fields, "é" + vector["hash"], vector["key"]) is None


@given(form=forms.filter(unambiguous), key=texts, data=st.data())
def test_the_order_of_fields_does_not_matter(form, key, data):
    shuffled = dict(data.draw(st.permutations(list(form.items()))))

    assert signature(shuffled, key) == signature(form, key)


@given(form=forms.filter(unambiguous), key=texts)
def test_both_computations_agree(form, key):
    assert signature(form, key) == their_hash(trimmed(form), key)


@given(form=forms.filter(unambiguous), key=st.text(min_size=1, max_size=9).filter(lambda key: key.isprintable()))
def test_what_was_signed_is_verified_and_the_values_returned(form, key):
    assert verified(form, their_hash(form, key), key) == form


@pytest.mark.parametrize(
    ("received", "meant"),
    [
        ("Fès", "Fès"),
        ("Fès\n", "Fès"),
        ("R&amp;D", "R&D"),
        ("l&#39;Atlas", "l'Atlas"),
        ("l&#x27;Atlas", "l'Atlas"),
        ("&eacute;t&eacute;", "été"),
        ("?a=1&copy=1", "?a=1&copy=1"),
        ("l&apos;Atlas", "l&apos;Atlas"),
        ("&nosuch;", "&nosuch;"),
        ("&#0;", "&#0;"),
        (" Salma ", "Salma"),
        ("mon document?pdf", "mon document.pdf"),
    ],
)
def test_readings_of_a_value(received, meant):
    meant_hash = their_hash({"oid": "A1", "BillToName": meant}, "k")

    values = verified({"oid": "A1", "BillToName": received}, meant_hash, "k")

    assert values == {"oid": "A1", "BillToName": meant}
