"""Earnings and payouts by the API."""

from decimal import Decimal

import pytest

from api.services.keys import create_api_key
from api.tests.conftest import Caller, caller_of
from api.tests.test_deposits import stored
from leadsmarket.lib.actor import acting_as
from payments.models import Payout
from payments.services import approve_payouts, mark_payout_paid
from tests.earning import RIB, earn, earn_payable, make_leads_rich


@pytest.fixture
def payable(personas):
    """Salma has 300.00 payable and 300.00 earned."""
    make_leads_rich(personas)
    earn_payable(personas)
    return earn(personas)


@pytest.fixture
def body():
    return {"amount": 200.00, "holder_name": "Salma Idrissi", "rib": " ".join([RIB[:3], RIB[3:6], RIB[6:22], RIB[22:]])}


def test_earnings_say_what_is_where(personas, payable, influencer):
    answer = influencer.get("earnings")

    assert answer.status == 200, answer.text
    newest = answer.body["results"][0]
    assert answer.body == {
        "earned": Decimal("300.00"),
        "awaiting_approval": Decimal("0.00"),
        "held": Decimal("0.00"),
        "next_payable_at": newest["payable_from"],
        "payable": Decimal("300.00"),
        "in_payout": Decimal("0.00"),
        "paid": Decimal("0.00"),
        "total": Decimal("600.00"),
        "next": None,
        "previous": None,
        "results": answer.body["results"],
    }
    assert [row["kind"] for row in answer.body["results"]] == ["earned", "payable", "earned"]
    assert (newest["amount"], newest["lead_id"], newest["payout_id"]) == (Decimal(300), str(payable.pk), None)
    assert len(influencer.get("earnings?kind=payable").body["results"]) == 1


def test_somebody_without_earnings_has_zero(personas):
    body = caller_of(personas.as_other_influencer).get("earnings").body
    assert (body["total"], body["results"]) == (Decimal("0.00"), [])


def test_an_influencer_asks_to_be_paid(personas, payable, influencer, body):
    answer = influencer.post("payouts", body, idempotency_key="v-1")

    assert answer.status == 201, answer.text
    [payout] = stored(Payout)
    assert answer.body["payout"] == {
        "id": str(payout.pk),
        "status": "requested",
        "amount": Decimal("200.00"),
        "reference": payout.reference,
        "holder_name": "Salma Idrissi",
        "rib": payout.masked_rib,
        "created_at": answer.body["payout"]["created_at"],
    }
    assert payout.rib == RIB
    assert RIB not in answer.text
    assert influencer.post("payouts", body, idempotency_key="v-1").text == answer.text
    assert influencer.post("payouts", body).error == (409, "conflict")
    shown = influencer.get("earnings").body
    assert (shown["payable"], shown["in_payout"]) == (Decimal(100), Decimal(200))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": 199.99}, "amount"),
        ({"amount": 300.01}, "amount"),
        ({"holder_name": " "}, "holder_name"),
        ({"rib": "123"}, "rib"),
        ({"rib": RIB[:-1] + "2"}, "rib"),
        ({"rib": None}, "rib"),
    ],
)
def test_a_payout_that_does_not_fit_is_refused(personas, payable, influencer, body, changes, field):
    answer = influencer.post("payouts", body | changes)
    assert (answer.error, answer.fields) == ((400, "validation_error"), {field})
    assert stored(Payout) == []
    assert influencer.get("earnings").body["payable"] == Decimal(300)


def test_a_key_names_no_new_account(personas, payable, influencer, body):
    with acting_as(personas.as_influencer):
        key = create_api_key(name="CRM", scope="write")[1]
    program = Caller({"authorization": f"Bearer {key}", "accept-language": "en"})

    assert program.post("payouts", body).error == (403, "permission_denied")
    assert program.post("payouts", body | {"rib": "123"}).error == (400, "validation_error")
    assert stored(Payout) == []
    assert influencer.post("payouts", body).status == 201
    [payout] = stored(Payout)
    with acting_as(personas.as_staff):
        approve_payouts(payout_ids=[payout.pk])
        mark_payout_paid(payout_id=payout.pk)
    earn_payable(personas)
    assert program.post("payouts", body).status == 201


def test_earnings_and_payouts_are_for_influencers(personas, merchant, staff, stranger, body):
    for caller in (merchant, staff):
        assert caller.get("earnings").error == caller.post("payouts", body).error == (403, "permission_denied")
    assert stranger.get("earnings").error == stranger.post("payouts", body).error == (401, "not_authenticated")


def test_lists_of_earnings_ask_the_same_number_of_questions(personas, payable, influencer, django_assert_num_queries):
    for count in (3, 5):
        with django_assert_num_queries(7):
            assert len(influencer.get("earnings").body["results"]) == count
        earn_payable(personas)
