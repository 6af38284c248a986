"""POST /api/leads/bulk: each lead stands alone."""

from decimal import Decimal

import pytest

from api import idempotency
from api.tests.conftest import caller_of
from api.tests.test_create_lead import amounts, count_of_leads, lead_body
from deposits.services import adjust_deposit
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.crowd import crowd


def rows(personas, count: int, **changes) -> list[dict]:
    return [
        lead_body(personas, customer_email=f"c{n}@email.com", customer_phone=f"06123400{n:02d}", estimated_value=600.50)
        | changes
        for n in range(count)
    ]


def test_each_lead_has_its_own_answer(personas, influencer):
    leads = rows(personas, 5)
    leads[1] = leads[1] | {"estimated_value": 10}
    leads[2] = None
    leads[3] = leads[0]
    leads[4] = leads[4] | {"campaign_id": personas.other_campaign.pk}

    answer = influencer.post("leads/bulk", {"leads": leads})

    assert answer.status == 200, answer.text
    results = answer.body["results"]
    assert [result["index"] for result in results] == [0, 1, 2, 3, 4]
    assert [result["success"] for result in results] == [True, False, False, False, False]
    assert results[0]["lead"]["commission_amount"] == Decimal("60.05")
    codes = [result["error"]["code"] for result in results[1:]]
    assert codes == ["validation_error", "validation_error", "duplicate_lead", "agreement_inactive"]
    assert set(results[1]["error"]["fields"]) == {"estimated_value"}
    assert count_of_leads() == 1
    assert amounts(personas)[1] == Decimal("60.05")


def test_a_deposit_that_runs_out_refuses_the_rest(personas, influencer):
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-4850.00"), reason="Essai")

    results = influencer.post("leads/bulk", {"leads": rows(personas, 4)}).body["results"]

    assert [result["success"] for result in results] == [True, True, False, False]
    assert {result["error"]["code"] for result in results[2:]} == {"insufficient_deposit"}
    assert amounts(personas) == (Decimal(150), Decimal("120.10"), Decimal("29.90"))


def test_a_hundred_leads_are_taken_and_one_more_is_not(personas, influencer):
    answer = influencer.post("leads/bulk", {"leads": [{}] * 101})
    assert answer.error == (400, "validation_error")
    assert answer.fields == {"leads"}

    answer = influencer.post("leads/bulk", {"leads": [{}] * 100})
    assert (answer.status, len(answer.body["results"])) == (200, 100)
    assert count_of_leads() == 0


@pytest.mark.parametrize("body", [{}, {"leads": []}, {"leads": {}}, {"leads": None}, [], "[]", 5, None])
def test_what_is_no_list_of_leads_is_refused(personas, influencer, body):
    assert influencer("POST", "leads/bulk", body).error[0] in (400, 415)
    assert count_of_leads() == 0


def test_more_than_one_transaction_keeps_the_order(personas, influencer):
    results = influencer.post("leads/bulk", {"leads": rows(personas, 25)}).body["results"]

    assert [result["lead"]["customer_email"] for result in results] == [f"c{n}@email.com" for n in range(25)]
    assert amounts(personas)[1] == Decimal("1501.25")


def test_the_same_key_gives_the_same_leads(personas, influencer):
    body = {"leads": rows(personas, 3)}
    first = influencer.post("leads/bulk", body, idempotency_key="k")
    again = influencer.post("leads/bulk", body, idempotency_key="k")

    assert again.text == first.text
    assert again.headers["Idempotent-Replayed"] == "true"
    assert count_of_leads() == 3


def test_a_bulk_whose_answer_was_lost_finds_its_leads_again(personas, influencer, monkeypatch):
    """The worker dies after the leads, before their answer is kept."""
    body = {"leads": rows(personas, 3)}
    with monkeypatch.context() as dying:
        dying.setattr(idempotency, "_store", lambda *_arguments: None)
        lost = influencer.post("leads/bulk", body, idempotency_key="k")
    with acting_as(SYSTEM):
        idempotency.IdempotentRequest.objects.all().delete()

    again = influencer.post("leads/bulk", body, idempotency_key="k")

    assert [result["lead"]["id"] for result in again.body["results"]] == [
        result["lead"]["id"] for result in lost.body["results"]
    ]
    assert count_of_leads() == 3


def test_two_bulks_with_the_same_contacts_in_opposite_order_both_end(committed_personas):
    """In one transaction each they wait for one another's contacts: one of them falls back to lead by lead."""
    leads = rows(committed_personas, 10)

    def send(part: list[dict]):
        return caller_of(committed_personas.as_influencer).post("leads/bulk", {"leads": part})

    with crowd(2) as threads:
        answers = threads.at_once(lambda: send(leads), lambda: send(leads[::-1]))

    assert [answer.status for answer in answers] == [200, 200], [answer.text for answer in answers]
    created = [result for answer in answers for result in answer.body["results"] if result["success"]]
    refused = [result for answer in answers for result in answer.body["results"] if not result["success"]]
    assert len(created) == 10
    assert {result["error"]["code"] for result in refused} == {"duplicate_lead"}
    assert count_of_leads() == 10


def test_ten_leads_cost_about_as_many_queries_as_one_call_each_without_its_transaction(
    personas, influencer, django_assert_max_num_queries
):
    with django_assert_max_num_queries(10 * 9 + 6):
        influencer.post("leads/bulk", {"leads": rows(personas, 10)})
