"""Reading leads: whose, which, in which order, page by page, and the file."""

import csv
import io
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.utils import timezone

from accounts.models import AuditEntry
from api.tests.conftest import caller_of
from leads.services import reject_lead, validate_lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.identifiers import new_id


def ids(answer) -> list[str]:
    assert answer.status == 200, answer.text
    return [lead["id"] for lead in answer.body["results"]]


def test_each_side_lists_its_own_leads_the_latest_first(personas, influencer, merchant, staff):
    leads = [personas.submit() for _ in range(3)]
    expected = [str(lead.pk) for lead in reversed(leads)]

    for caller in (influencer, merchant, caller_of(personas.as_member), staff):
        answer = caller.get("leads")
        assert ids(answer) == expected
        assert (answer.body["next"], answer.body["previous"]) == (None, None)
    for caller in (caller_of(personas.as_other_owner), caller_of(personas.as_other_influencer)):
        assert ids(caller.get("leads")) == []


def test_pages_lead_forward_and_back(personas, merchant):
    leads = [str(personas.submit().pk) for _ in range(5)]
    newest = leads[::-1]

    first = merchant.get("leads?page_size=2&source=instagram")
    second = merchant.get(first.body["next"].partition("/api/")[2])
    third = merchant.get(second.body["next"].partition("/api/")[2])

    assert [ids(first), ids(second), ids(third)] == [newest[:2], newest[2:4], newest[4:]]
    assert first.body["previous"] is None
    assert third.body["next"] is None
    assert ids(merchant.get(second.body["previous"].partition("/api/")[2])) == newest[:2]
    parameters = parse_qs(urlsplit(first.body["next"]).query)
    assert first.body["next"].startswith("http://testserver/api/leads?")
    assert (parameters["source"], parameters["page_size"]) == (["instagram"], ["2"])


@pytest.mark.parametrize("query", ["cursor=x", "cursor=bm9uZQ", "page_size=0", "page_size=201", "page_size=x"])
def test_pages_that_do_not_exist_are_refused(personas, merchant, query):
    answer = merchant.get(f"leads?{query}")
    assert answer.error == (400, "validation_error")
    assert answer.fields == {query.partition("=")[0]}


def test_filters_narrow_the_list(personas, influencer, merchant):
    with time_machine.travel(timezone.now() - timedelta(days=2), tick=True):
        old = personas.submit(source="tiktok")
    pending, validated = personas.submit(customer_name="Karima Alaoui", customer_company="Zellige"), personas.submit()
    with acting_as(personas.as_owner):
        validate_lead(lead_id=validated.pk, quality_score=7)
    yesterday = (timezone.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    expected = {
        "status=pending": {pending, old},
        "status=validated": {validated},
        "status=lost": set(),
        "source=tiktok": {old},
        f"campaign={personas.campaign.pk}": {old, pending, validated},
        f"campaign={new_id()}": set(),
        f"created_after={yesterday}": {pending, validated},
        f"created_before={yesterday}": {old},
        "created_after=2020-01-01&created_before=2020-02-01": set(),
        "q=karima": {pending},
        "q=zell": {pending},
        f"q={pending.customer_email}": {pending},
        f"q=%2B{str(pending.customer_phone)[1:]}": {pending},
        "q=nobody": set(),
        "status=pending&q=karima": {pending},
    }
    for caller in (merchant, influencer, caller_of(personas.as_staff)):
        for query, leads in expected.items():
            assert set(ids(caller.get(f"leads?{query}"))) == {str(lead.pk) for lead in leads}, query


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=open", "status"),
        ("source=radio", "source"),
        ("campaign=x", "campaign"),
        ("created_after=yesterday", "created_after"),
        ("created_after=2026-02-30", "created_after"),
        ("created_before=0001-01-01", "created_before"),
        ("created_before=9999-12-31T23:59:59Z", "created_before"),
        ("q=%00", "q"),
        (f"q={'x' * 121}", "q"),
        ("ordering=customer_name", "ordering"),
        ("ordering=estimated_value", "ordering"),
    ],
)
def test_filters_that_make_no_sense_are_refused(personas, merchant, query, field):
    for path in (f"leads?{query}", f"leads/export.csv?{query}"):
        answer = merchant.get(path)
        assert answer.error == (400, "validation_error")
        assert answer.fields == {field}


def test_orders_are_those_with_an_index(personas, merchant, influencer, staff):
    values = ["700.00", "300.00", "500.00"]
    leads = {value: str(personas.submit(value).pk) for value in values}
    by_age = [leads[value] for value in values]

    for caller in (merchant, influencer, staff):
        assert ids(caller.get("leads?ordering=created_at")) == by_age
        assert ids(caller.get("leads?ordering=-created_at&page_size=2")) == by_age[:0:-1]
    by_value = [leads[value] for value in sorted(values)]
    assert ids(merchant.get("leads?status=pending&ordering=estimated_value")) == by_value
    assert ids(merchant.get("leads?status=pending&ordering=-estimated_value")) == by_value[::-1]
    assert influencer.get("leads?status=pending&ordering=estimated_value").error == (400, "validation_error")


def test_a_list_costs_the_same_however_long_it_is(personas, merchant, django_assert_num_queries):
    personas.submit()
    with django_assert_num_queries(5):  # savepoint, actor, list, actor, release: one more savepoint than outside tests
        merchant.get("leads")
    for _ in range(4):
        personas.submit()
    with django_assert_num_queries(5):
        assert len(ids(merchant.get("leads"))) == 5


def test_one_lead_with_what_was_decided(personas, influencer, merchant):
    lead = personas.submit()
    with acting_as(personas.as_owner):
        reject_lead(lead_id=lead.pk, rejection_reason="other", rejection_details="Trop loin")

    for caller in (influencer, merchant, caller_of(personas.as_staff)):
        body = caller.get(f"leads/{lead.pk}").body
        assert (body["status"], body["rejection_reason"]) == ("rejected", "other")
        (decision,) = body["decisions"]
        assert decision["rejection_details"] == "Trop loin"
        assert decision["commission_amount"] == Decimal("60.00")


def test_anothers_lead_and_a_missing_one_are_told_alike(personas):
    lead = personas.submit()
    for actor in (personas.as_other_owner, personas.as_other_influencer):
        caller = caller_of(actor)
        foreign, missing = caller.get(f"leads/{lead.pk}"), caller.get(f"leads/{new_id()}")
        assert foreign.error == missing.error == (404, "not_found")
        assert foreign.text == missing.text


def test_the_file_has_the_lists_leads_in_its_order(personas, merchant):
    for number in range(5):
        personas.submit(customer_name=f"Client {number}", customer_notes="=1+1" if number == 3 else "")
    personas.submit(source="tiktok")

    answer = merchant.get("leads/export.csv?source=instagram")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    table = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["customer_name"] for row in table] == [f"Client {number}" for number in range(4, -1, -1)]
    assert table[1]["customer_notes"] == "'=1+1"
    assert table[0]["customer_phone"].startswith("'+212")
    assert (table[0]["commission_amount"], table[0]["status"]) == ("60.00", "pending")
    assert "deposit_id" not in table[0]


def test_a_file_is_its_askers_own_and_recorded(personas, influencer):
    personas.submit()
    assert len(influencer.get("leads/export.csv").text.splitlines()) == 2
    assert len(caller_of(personas.as_other_influencer).get("leads/export.csv").text.splitlines()) == 1
    with acting_as(SYSTEM):
        entries = AuditEntry.objects.filter(action="leads.lead.exported").order_by("id")
        assert [entry.actor_user_id for entry in entries] == [
            personas.influencer_user.pk,
            personas.other_influencer_user.pk,
        ]


def test_a_file_is_recorded_with_its_filters_but_not_with_whom_it_looks_for(personas, merchant):
    merchant.get("leads/export.csv?status=pending&q=amina@exemple.ma")
    with acting_as(SYSTEM):
        (entry,) = AuditEntry.objects.filter(action="leads.lead.exported")
        assert entry.data == {"status": "pending", "ordering": "-created_at", "q": "yes"}
