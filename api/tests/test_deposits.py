"""Opening, recharging and reading deposits by the API."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from api.tests.conftest import caller_of
from api.tests.test_create_lead import amounts, lead_body
from deposits.models import Deposit, DepositTransaction
from deposits.services import adjust_deposit, open_deposit, suspend_deposit
from leads.services import create_campaign, end_campaign
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.identifiers import new_id
from payments.models import Payment
from payments.services import settle_payment
from tests.personas import make_merchant


@pytest.fixture
def newcomer(personas):
    """The owner of a company without a deposit."""
    with acting_as(SYSTEM):
        owner, company = make_merchant("souss@exemple.ma", "Souss Énergie")
    return caller_of(type(personas.as_owner)("merchant", owner.pk, merchant_id=company.pk)), company


def opening(**changes):
    return {"initial_amount": 5000.00, "campaign_id": None, "payment_method": "sandbox"} | changes


def stored(model, **filters):
    with acting_as(SYSTEM):
        return list(model.objects.filter(**filters))


def pay(payment) -> None:
    """Credit a payment, as its webhook does."""
    with acting_as(SYSTEM):
        settle_payment(payment, credited_amount=payment.amount, ledger_key=f"sandbox:{payment.reference}")


def test_a_merchant_opens_a_deposit_by_paying(newcomer):
    caller, company = newcomer
    answer = caller.post("leads/deposits/create", opening(merchant_id=company.pk))

    assert answer.status == 201, answer.text
    [payment] = stored(Payment)
    [deposit] = stored(Deposit, merchant=company)
    assert answer.body["deposit"] == {
        "id": str(deposit.pk),
        "merchant_id": str(company.pk),
        "campaign_id": None,
        "status": "awaiting_payment",
        "currency": "MAD",
        "current_balance": Decimal("0.00"),
        "reserved_amount": Decimal("0.00"),
        "available_balance": Decimal("0.00"),
        "initial_amount": Decimal("5000.00"),
        "percentage_remaining": Decimal("0.00"),
        "alert_level": "depleted",
        "created_at": answer.body["deposit"]["created_at"],
    }
    assert answer.body["payment_id"] == str(payment.pk)
    assert answer.body["payment_url"] == payment.payment_url != ""
    assert answer.body["payment"]["purpose"] == "opening"

    pay(payment)
    balance = caller.get("leads/deposits/balance")
    assert (balance.body["status"], balance.body["current_balance"]) == ("active", Decimal(5000))


def test_a_merchant_cannot_open_a_deposit_without_paying(newcomer):
    caller, _company = newcomer
    answer = caller.post("leads/deposits/create", opening(payment_reference="VIR-1", status="active"))
    assert (answer.status, answer.body["deposit"]["status"]) == (201, "awaiting_payment")


def test_staff_open_a_deposit_that_is_active_at_once(newcomer, staff):
    _caller, company = newcomer
    body = opening(merchant_id=company.pk, payment_method="bank_transfer", payment_reference="VIR-77")
    answer = staff.post("leads/deposits/create", body)

    assert answer.status == 201, answer.text
    assert set(answer.body) == {"success", "deposit"}
    assert answer.body["deposit"]["status"] == "active"
    [movement] = stored(DepositTransaction, merchant=company)
    assert (movement.kind, movement.amount, movement.payment_reference) == ("initial", Decimal(5000), "VIR-77")
    assert staff.post("leads/deposits/create", body).error == (409, "conflict")


@pytest.mark.parametrize("missing", ["merchant_id", "payment_reference"])
def test_staff_say_for_whom_and_what_proves_the_payment(newcomer, staff, missing):
    _caller, company = newcomer
    body = opening(merchant_id=company.pk, payment_reference="VIR-77")
    del body[missing]
    answer = staff.post("leads/deposits/create", body)
    assert (answer.error, answer.fields) == ((400, "validation_error"), {missing})
    assert stored(Deposit, merchant=company) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"initial_amount": 1999.99}, "initial_amount"),
        ({"initial_amount": "5000.001"}, "initial_amount"),
        ({"initial_amount": -5000}, "initial_amount"),
        ({"initial_amount": True}, "initial_amount"),
        ({"initial_amount": None}, "initial_amount"),
        ({"payment_method": "cash"}, "payment_method"),
        ({"payment_method": "stripe"}, "payment_method"),
        ({"campaign_id": "x"}, "campaign_id"),
    ],
)
def test_a_deposit_that_does_not_fit_is_refused(newcomer, changes, field):
    caller, company = newcomer
    answer = caller.post("leads/deposits/create", opening(**changes))
    assert (answer.error, answer.fields) == ((400, "validation_error"), {field})
    assert stored(Deposit, merchant=company) == []
    assert stored(Payment) == []


def test_a_deposit_belongs_to_ones_own_company_and_campaign(personas, merchant, staff):
    other = caller_of(personas.as_other_owner)
    with acting_as(SYSTEM):
        ended = create_campaign(merchant_id=personas.merchant.pk, name="Bain", service="Salle de bain")
        end_campaign(campaign_id=ended.pk)
    for campaign_id in (personas.other_campaign.pk, ended.pk, new_id()):
        assert merchant.post("leads/deposits/create", opening(campaign_id=campaign_id)).error == (404, "not_found")
        body = opening(merchant_id=personas.merchant.pk, campaign_id=campaign_id, payment_reference="VIR-1")
        assert staff.post("leads/deposits/create", body).error == (404, "not_found")
    for merchant_id in (personas.merchant.pk, new_id()):
        assert other.post("leads/deposits/create", opening(merchant_id=merchant_id)).error == (403, "permission_denied")
    assert len(stored(Deposit)) == 2


def test_a_campaign_gets_a_deposit_of_its_own(personas, merchant):
    answer = merchant.post("leads/deposits/create", opening(campaign_id=personas.campaign.pk))
    assert answer.status == 201, answer.text
    assert answer.body["deposit"]["campaign_id"] == str(personas.campaign.pk)
    assert merchant.post("leads/deposits/create", opening()).error == (409, "conflict")


def test_a_recharge_is_credited_when_it_is_paid(personas, merchant):
    body = {"deposit_id": personas.deposit.pk, "amount": 3000.00, "payment_method": "sandbox"}
    answer = merchant.post("leads/deposits/recharge", body)

    assert answer.status == 200, answer.text
    [payment] = stored(Payment)
    assert answer.body["payment_url"] == payment.payment_url
    assert answer.body["payment_id"] == answer.body["payment"]["id"] == str(payment.pk)
    assert answer.body["payment"]["status"] == "pending"
    assert amounts(personas)[0] == Decimal(5000)
    pay(payment)
    assert amounts(personas)[0] == Decimal(8000)
    shown = merchant.get(f"payments/{payment.pk}").body
    assert (shown["status"], shown["credited_amount"], shown["payment_url"]) == ("settled", Decimal(3000), "")


def test_a_repeated_recharge_starts_one_payment(personas, merchant):
    body = {"deposit_id": personas.deposit.pk, "amount": "3000.00", "payment_method": "sandbox"}
    first = merchant.post("leads/deposits/recharge", body, idempotency_key="r-1")
    again = merchant.post("leads/deposits/recharge", body, idempotency_key="r-1")
    other = merchant.post("leads/deposits/recharge", body | {"amount": "4000.00"}, idempotency_key="r-1")

    assert (again.text, again.headers["Idempotent-Replayed"]) == (first.text, "true")
    assert other.error == (409, "idempotency_conflict")
    assert len(stored(Payment)) == 1


def test_recharges_that_are_refused(personas, merchant, influencer, staff):
    body = {"deposit_id": personas.deposit.pk, "amount": 3000.00, "payment_method": "sandbox"}
    other = caller_of(personas.as_other_owner)

    assert other.post("leads/deposits/recharge", body).error == (404, "not_found")
    missing = other.post("leads/deposits/recharge", body | {"deposit_id": new_id()})
    assert missing.text == other.post("leads/deposits/recharge", body).text
    for caller in (influencer, staff):
        assert caller.post("leads/deposits/recharge", body).error == (403, "permission_denied")
    for changes, field in (
        ({"amount": 499.99}, "amount"),
        ({"amount": 10**9}, "amount"),
        ({"payment_method": "stripe"}, "payment_method"),
    ):
        answer = merchant.post("leads/deposits/recharge", body | changes)
        assert (answer.error, answer.fields) == ((400, "validation_error"), {field})
    with acting_as(SYSTEM):
        suspend_deposit(deposit_id=personas.deposit.pk, reason="Contrôle")
    assert merchant.post("leads/deposits/recharge", body).error == (409, "deposit_suspended")
    assert stored(Payment) == []


def test_the_worked_example_of_a_deposit(personas, influencer, merchant):
    def balance() -> tuple[Decimal, ...]:
        body = merchant.get("leads/deposits/balance").body
        return body["current_balance"], body["reserved_amount"], body["available_balance"]

    assert balance() == (5000, 0, 5000)
    lead = influencer.post("leads/create", lead_body(personas, estimated_value=600.00)).body["lead"]
    assert balance() == (5000, 60, 4940)
    merchant.put(f"leads/{lead['id']}/validate", {"quality_score": 8})
    assert balance() == (4940, 0, 4940)
    other = lead_body(personas, estimated_value=600, customer_email="b@email.com", customer_phone="0612345679")
    lead = influencer.post("leads/create", other).body["lead"]
    merchant.put(f"leads/{lead['id']}/reject", {"rejection_reason": "unreachable"})
    assert balance() == (4940, 0, 4940)
    assert influencer.get("earnings").body["earned"] == Decimal(18)


def test_the_balance_of_the_contract(personas, merchant, staff):
    personas.submit("600.00")
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-2659.50"), reason="Essai")
    answer = merchant.get("leads/deposits/balance")

    assert answer.status == 200, answer.text
    assert answer.body == {
        "deposit_id": str(personas.deposit.pk),
        "campaign_id": None,
        "status": "active",
        "currency": "MAD",
        "current_balance": Decimal("2340.50"),
        "reserved_amount": Decimal("60.00"),
        "available_balance": Decimal("2280.50"),
        "initial_amount": Decimal("5000.00"),
        "percentage_remaining": Decimal("46.81"),
        "alert_level": "attention",
        "accepting_leads": True,
        "leads_remaining": 38,
        "days_remaining": None,
    }
    assert '"current_balance":2340.50,' in answer.text
    for query in (f"deposit_id={personas.deposit.pk}", f"merchant_id={personas.merchant.pk}"):
        assert staff.get(f"leads/deposits/balance?{query}").text == answer.text
        assert merchant.get(f"leads/deposits/balance?{query}").text == answer.text


def test_an_unchanged_balance_has_no_body(personas, merchant, django_assert_num_queries):
    etag = merchant.get("leads/deposits/balance").headers["ETag"]

    # Savepoint, actor, one question, actor before, release.
    with django_assert_num_queries(5):
        unchanged = merchant.get("leads/deposits/balance", if_none_match=etag)
    assert (unchanged.status, unchanged.text, unchanged.headers["ETag"]) == (304, "", etag)
    assert unchanged.headers["Cache-Control"] == "private, no-cache"
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert caller_of(personas.as_owner).get("leads/deposits/balance", if_none_match=etag).status == 200
    personas.submit("600.00")
    changed = merchant.get("leads/deposits/balance", if_none_match=etag)
    assert (changed.status, changed.body["reserved_amount"]) == (200, Decimal(60))
    assert changed.headers["ETag"] != etag


def test_a_balance_is_its_merchants_alone(personas, newcomer, influencer, staff):
    other, alone = caller_of(personas.as_other_owner), newcomer[0]
    missing = other.get(f"leads/deposits/balance?deposit_id={new_id()}")
    foreign = other.get(f"leads/deposits/balance?deposit_id={personas.deposit.pk}")

    assert missing.error == (404, "not_found")
    assert foreign.text == missing.text
    assert alone.get("leads/deposits/balance").error == (404, "not_found")
    assert influencer.get("leads/deposits/balance").error == (403, "permission_denied")
    for merchant_id in (personas.merchant.pk, new_id()):
        answer = other.get(f"leads/deposits/balance?merchant_id={merchant_id}")
        assert answer.error == (403, "permission_denied")
    assert staff.get("leads/deposits/balance").fields == {"deposit_id"}
    query = f"deposit_id={personas.deposit.pk}&merchant_id={personas.other_merchant.pk}"
    assert staff.get(f"leads/deposits/balance?{query}").error == (404, "not_found")


def test_movements_are_listed_the_latest_first(personas, merchant, staff):
    personas.submit("600.00")
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-1.50"), reason="Erreur de saisie")
    answer = merchant.get("leads/deposits/transactions")

    assert [row["kind"] for row in answer.body["results"]] == ["adjustment", "reservation", "initial"]
    newest = answer.body["results"][0]
    assert newest == {
        "id": newest["id"],
        "deposit_id": str(personas.deposit.pk),
        "sequence": 3,
        "kind": "adjustment",
        "amount": Decimal("-1.50"),
        "balance_before": Decimal("5000.00"),
        "balance_after": Decimal("4998.50"),
        "reserved_before": Decimal("60.00"),
        "reserved_after": Decimal("60.00"),
        "lead_id": None,
        "payment_id": None,
        "payment_method": "",
        "payment_reference": "",
        "reason": "Erreur de saisie",
        "user_id": None,
        "created_at": newest["created_at"],
    }
    query = f"leads/deposits/transactions?deposit_id={personas.deposit.pk}"
    assert staff.get(query).body["results"] == answer.body["results"]
    first = merchant.get(f"{query}&page_size=2")
    second = merchant.get(first.body["next"].partition("/api/")[2])
    assert first.body["results"] + second.body["results"] == answer.body["results"]


def test_movements_of_several_deposits_and_filters(personas, merchant, staff):
    with time_machine.travel(timezone.now() + timedelta(days=1)), acting_as(SYSTEM):
        own = open_deposit(
            merchant_id=personas.merchant.pk,
            campaign_id=personas.campaign.pk,
            initial_amount=Decimal(2000),
            payment_reference="VIR-2",
        )
    general, path = str(personas.deposit.pk), "leads/deposits/transactions"
    merchant = caller_of(personas.as_owner)

    def of(query: str, caller=merchant) -> list[str]:
        answer = caller.get(f"{path}?{query}")
        assert answer.status == 200, answer.text
        return [row["deposit_id"] for row in answer.body["results"]]

    assert of("") == [str(own.pk), general]
    assert of("page_size=1") == [str(own.pk)]
    assert of("kind=initial") == [str(own.pk), general]
    assert of("kind=refund") == []
    assert of("created_before=2020-01-01") == of("created_after=2100-01-01") == []
    assert of(f"merchant_id={personas.merchant.pk}", staff) == [str(own.pk), general]
    assert len(of("", staff)) == 3
    assert of("", caller_of(personas.as_other_owner)) == [str(personas.other_deposit.pk)]


def test_movements_of_another_are_not_found(personas, influencer):
    other, path = caller_of(personas.as_other_owner), "leads/deposits/transactions"
    for deposit_id in (personas.deposit.pk, new_id()):
        assert other.get(f"{path}?deposit_id={deposit_id}").error == (404, "not_found")
    assert other.get(f"{path}?merchant_id={personas.merchant.pk}").error == (403, "permission_denied")
    assert influencer.get(path).error == (403, "permission_denied")
    for query in ("kind=gift", "cursor=x", "created_after=soon", "deposit_id=1"):
        answer = other.get(f"{path}?{query}")
        assert (answer.error, answer.fields) == ((400, "validation_error"), {query.partition("=")[0]})


def test_lists_of_movements_ask_the_same_number_of_questions(personas, merchant, django_assert_num_queries):
    for count in (2, 7):
        personas.submit()
        # Savepoint, actor, which deposits, the rows, actor before, release.
        with django_assert_num_queries(6):
            assert len(merchant.get("leads/deposits/transactions").body["results"]) == count
        for _ in range(4):
            personas.submit()


def test_a_forecast_of_a_deposit(personas, merchant, staff, influencer):
    path = f"leads/deposits/{personas.deposit.pk}/forecast"
    answer = merchant.get(path)

    assert answer.status == 200, answer.text
    assert answer.body["deposit_id"] == str(personas.deposit.pk)
    assert answer.body["available_balance"] == Decimal(5000)
    assert (answer.body["days_remaining"], answer.body["recommended_recharge"]) == (None, None)
    assert staff.get(path).body == answer.body
    assert influencer.get(path).error == (403, "permission_denied")
    other = caller_of(personas.as_other_owner)
    assert other.get(path).error == other.get(f"leads/deposits/{new_id()}/forecast").error == (404, "not_found")
