"""Attacks by way of the API: more fields than asked for, odd bodies and headers, forged pages, replays, formulas."""

import base64
import csv
import gzip
import io
import json
from decimal import Decimal

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.hashers import CountingHasher
from api.tests.conftest import Caller, caller_of
from api.tests.test_create_lead import amounts, count_of_leads, lead_body
from api.tests.test_deposits import stored
from deposits.models import DepositTransaction
from leads.models import Lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.identifiers import new_id
from payments.gateways.sandbox.gateway import signed_event
from payments.models import Payment
from payments.services import start_recharge
from payments.tests.conftest import tell

REFUSED = (400, "validation_error")
EXTRA = {
    "id": "01a1f765-867e-7383-9f32-15cb5a8157c1",
    "status": "validated",
    "merchant_id": "01a1f765-867e-7383-9f32-15cb5a8157c1",
    "influencer_id": "01a1f765-867e-7383-9f32-15cb5a8157c1",
    "commission_amount": 0.01,
    "commission_deducted": 0.01,
    "credited_amount": 9999,
    "current_balance": 9999,
    "purpose": "opening",
    "role": "staff",
    "is_staff": True,
    "user_id": "01a1f765-867e-7383-9f32-15cb5a8157c1",
}


def test_fields_that_nobody_asked_for_change_nothing(personas, merchant):
    """Beside the tests of leads, campaigns and agreements: deciding, paying."""
    lead = personas.submit("600.00")
    validated = merchant.put(f"leads/{lead.pk}/validate", EXTRA | {"quality_score": 8}).body
    assert validated["commission_deducted"] == Decimal(60)
    assert validated["lead"]["id"] == str(lead.pk)
    assert amounts(personas) == (4940, 0, 4940)

    told = merchant.put(f"leads/{lead.pk}/outcome", EXTRA | {"outcome": "lost"}).body["lead"]
    assert (told["status"], told["commission_amount"]) == ("lost", Decimal(60))

    recharge = {"deposit_id": personas.deposit.pk, "amount": 500, "payment_method": "sandbox"}
    payment = merchant.post("leads/deposits/recharge", EXTRA | recharge).body["payment"]
    assert (payment["status"], payment["purpose"], payment["credited_amount"]) == ("pending", "recharge", None)
    assert payment["merchant_id"] == str(personas.merchant.pk)
    assert amounts(personas) == (4940, 0, 4940)


def test_nobody_signs_up_with_rights(stranger):
    body = {"email": "new@exemple.ma", "password": "Zellige-bleu-2026", "phone": "+212612345678", "display_name": "N"}
    assert stranger.post("auth/register", EXTRA | body).error == REFUSED
    rights = {"is_staff": True, "is_superuser": True, "is_active": True, "verified": True, "merchant_id": str(new_id())}
    assert stranger.post("auth/register", body | rights | {"role": "influencer"}).status == 201
    [user] = stored(User)
    assert (user.role, user.is_staff, user.is_superuser) == ("influencer", False, False)
    assert stranger.post("auth/token", {key: body[key] for key in ("email", "password")}).error[0] == 403


def test_a_field_given_twice_is_refused(personas, influencer, merchant):
    body = json.dumps(lead_body(personas, campaign_id=str(personas.campaign.pk)))
    assert influencer("POST", "leads/create", body[:-1] + ', "estimated_value": 50}').error == REFUSED
    nested = '{"name": "a", "service": "b", "settings": {"lead_expiry_hours": 1, "lead_expiry_hours": 720}}'
    assert merchant("POST", "campaigns", nested).error == REFUSED
    assert count_of_leads() == 0


def test_a_packed_body_is_not_unpacked(personas, influencer):
    body = json.dumps(lead_body(personas, campaign_id=str(personas.campaign.pk))).encode()
    packed = gzip.compress(body)
    assert influencer("POST", "leads/create", packed, content_encoding="gzip").error == REFUSED
    assert count_of_leads() == 0


@pytest.mark.parametrize("length", [str(8 * 1024 * 1024 + 1), "9" * 30, "many", "-"])
def test_a_body_that_is_refused_unread_has_the_shape_of_every_error(db, length):
    answer = Client().generic("POST", "/api/auth/token", b"{}", "application/json", CONTENT_LENGTH=length)
    assert answer.status_code == 400
    error = answer.json()
    assert (error["success"], set(error["error"])) == (False, {"code", "message", "fields"})
    assert error["error"]["code"] == "validation_error"


@pytest.mark.parametrize("header", ["x-http-method-override", "x-http-method", "x-method-override"])
def test_a_method_is_what_it_is(personas, merchant, influencer, header):
    lead = personas.submit()
    body = {"quality_score": 8}
    assert merchant.post(f"leads/{lead.pk}/validate", body, **{header: "PUT"}).error == (405, "method_not_allowed")
    assert merchant("GET", f"leads/{lead.pk}/validate?_method=PUT", **{header: "PUT"}).error[0] == 405
    assert stored(Lead)[0].status == "pending"


def test_addresses_in_answers_are_of_the_host_that_was_asked(personas, merchant):
    for _lead in range(2):
        personas.submit()
    forwarded = {"x-forwarded-host": "evil.example", "x-host": "evil.example", "forwarded": "host=evil.example"}
    page = merchant("GET", "leads?page_size=1", **forwarded)
    assert page.body["next"].startswith("http://testserver/api/leads?")
    answer = merchant("GET", "leads?page_size=1", host="evil.example")
    assert answer.status == 400
    assert "evil" not in answer.text


LISTS = [
    "leads?ordering=-created_at",
    "leads?ordering=created_at",
    "leads?status=pending&ordering=estimated_value",
    "leads?status=pending&ordering=-estimated_value",
    "leads/deposits/transactions?",
    "campaigns?",
    "agreements?",
    "notifications?",
]


def cursor_of(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def test_a_cursor_opens_no_more_than_the_list(personas, merchant):
    for _lead in range(3):
        personas.submit()
    next_url = merchant.get("leads?page_size=1").body["next"]
    cursor = next_url.partition("cursor=")[2].partition("&")[0]
    direction, moment, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))

    assert caller_of(personas.as_other_owner).get(f"leads?cursor={cursor}").body["results"] == []
    texts = (
        "0",
        "-1",
        "9" * 30,
        "9" * 5000,
        "1e400",
        "NaN",
        "x",
        "\x00",
        "\ud800",
        "0001-01-01T00:00:00Z",
        5,
        None,
        True,
        [],
        {},
    )
    forged = [
        *(cursor, cursor[:-3], cursor * 3, "%00", "..%2f", "%C3%A9", cursor + "%0d%0a"),
        *(cursor_of(direction, text, row_id) for text in (*texts, moment, str(new_id()))),
        *(cursor_of(direction, moment, other) for other in ("x", None, 5, str(new_id()), "' OR 1=1 --")),
        *(cursor_of("' OR 1=1", moment, row_id), cursor_of(), cursor_of(1, 2, 3, 4), "bnVsbA", "e30"),
    ]
    for path in LISTS:
        own = {row["id"] for row in merchant.get(path).body["results"]}
        for text in forged:
            answer = merchant.get(f"{path}&cursor={text}")
            if answer.status == 200:
                assert {row["id"] for row in answer.body["results"]} <= own
            else:
                assert answer.error == REFUSED, (path, text)
                assert answer.fields == {"cursor"}


@pytest.mark.parametrize("size", ["0", "-1", "201", "1000000000", "1e3", "", "50.5", "9" * 400, "NaN", "%00"])
def test_a_page_has_its_size(personas, merchant, size):
    answer = merchant.get(f"leads?page_size={size}")
    assert answer.error == REFUSED
    assert answer.fields == {"page_size"}


@pytest.mark.parametrize(
    "query",
    [
        "ordering=merchant__owner__password",
        "ordering=-created_at,customer_name",
        "ordering=created_at;select+1",
        "status=pending'+OR+'1'='1",
        "status=pending&status=open",
        "campaign=' OR 1=1 --",
    ],
)
def test_filters_are_no_sql(personas, merchant, query):
    assert merchant.get(f"leads?{query.replace(' ', '+')}").error == REFUSED


def test_filters_that_are_not_of_a_list_change_nothing(personas, merchant):
    lead = personas.submit()
    for query in ("merchant=x", "merchant_id=x", "customer_email__startswith=a", "influencer__user__password=x"):
        assert [row["id"] for row in merchant.get(f"leads?{query}").body["results"]] == [str(lead.pk)]


def test_percent_and_underscore_are_looked_for_as_they_are(personas, merchant):
    personas.submit(customer_name="Amina")
    for text in ("%25%25%25", "___", "A%25a", ".*", "%5C"):
        assert merchant.get(f"leads?q={text}").body["results"] == []


@pytest.mark.parametrize(
    "path",
    [
        "payments/../../etc/passwd/receipt.pdf",
        "payments/..%2f..%2fetc%2fpasswd/receipt.pdf",
        "payments/%2e%2e/%2e%2e/receipt.pdf",
        "payments/{payment}/../../../receipt.pdf",
        "payments/{payment}%00/receipt.pdf",
        "payments/{payment}/receipt.pdf/..%5c..%5csettings.py",
        "payments//receipt.pdf",
    ],
)
def test_a_receipt_is_found_by_its_payment_alone(personas, merchant, path):
    payment = start_recharge(
        actor=personas.as_owner, deposit_id=personas.deposit.pk, amount=Decimal(500), method="sandbox"
    ).payment
    assert merchant.get(path.format(payment=payment.pk)).error == (404, "not_found")


def test_a_file_from_the_api_holds_no_formula(personas, influencer, merchant):
    formulas = ["=HYPERLINK(1)", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "＝1+1"]
    for number, text in enumerate(formulas):
        contact = {"customer_email": f"n{number}@exemple.ma", "customer_phone": f"+21261234560{number}"}
        texts = {"customer_name": f"{text} x", "customer_company": text, "customer_notes": f"{text};=2"}
        answer = influencer.post("leads/create", lead_body(personas, **contact, **texts))
        assert answer.status == 201, answer.text

    rows = list(csv.DictReader(io.StringIO(merchant.get("leads/export.csv").text)))
    assert len(rows) == len(formulas)
    for row in rows:
        for name in ("customer_name", "customer_company", "customer_notes"):
            assert row[name].startswith("'"), row[name]
            assert ";=" not in row[name]


def test_a_key_of_another_gives_nothing_away(personas, influencer):
    body = lead_body(personas)
    mine = influencer.post("leads/create", body, idempotency_key="order-1")
    assert mine.status == 201
    other = caller_of(personas.as_other_influencer).post("leads/create", body, idempotency_key="order-1")
    assert other.error == (403, "agreement_inactive")
    assert "Idempotent-Replayed" not in other.headers
    assert count_of_leads() == 1


def test_an_unknown_address_costs_as_much_work_as_a_wrong_password(personas, settings):
    settings.PASSWORD_HASHERS = ["accounts.tests.hashers.CountingHasher"]
    with acting_as(SYSTEM):
        user = personas.influencer_user
        user.set_password("Zellige-bleu-2026")
        user.save()
    seen = []
    for email in (user.email, "nobody@exemple.ma"):
        CountingHasher.count = 0
        answer = Caller({"accept-language": "en"}).post("auth/token", {"email": email, "password": "wrong"})
        headers = {
            name: value for name, value in answer.headers.items() if name not in ("X-Request-ID", "X-Request-Id")
        }
        seen.append((answer.status, answer.text, headers, CountingHasher.count))
    assert seen[0] == seen[1]
    assert seen[0][0] == 401


@pytest.mark.parametrize("prefix", ["/webhooks", "/api/webhooks"])
def test_a_signed_webhook_sent_again_credits_once(committed_personas, prefix):
    payment = start_recharge(
        actor=committed_personas.as_owner,
        deposit_id=committed_personas.deposit.pk,
        amount=Decimal(500),
        method="sandbox",
    ).payment
    body, headers = signed_event(payment, "pay")
    for _time in range(3):
        answer = Client().post(f"{prefix}/sandbox", body, content_type="application/json", headers=headers)
        assert answer.status_code == 200
    tell(payment)
    assert [one.kind for one in stored(DepositTransaction, deposit=committed_personas.deposit)].count("recharge") == 1
    changed = body.replace(b"500.00", b"900.00")
    forged = Client().post(f"{prefix}/sandbox", changed, content_type="application/json", headers=headers)
    assert forged.status_code == 400
    assert amounts(committed_personas)[0] == 5500


def test_somebodys_token_and_session_stay_theirs(personas, client_of):
    """A session in the cookie doesn't lend its rights to a token that has fewer."""
    lead = personas.submit()
    beside = Caller(caller_of(personas.as_influencer).headers, client_of(personas.owner))
    assert beside.put(f"leads/{lead.pk}/validate", {"quality_score": 8}).error == (403, "permission_denied")
    assert stored(Lead)[0].status == "pending"
    assert not stored(Payment)
