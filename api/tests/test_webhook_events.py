"""What partners are told of, with its cause, and what it costs where nobody wants to know."""

from decimal import Decimal

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from api.leads.answers import lead_row
from api.models import WebhookAttempt, WebhookEvent, WebhookMessage
from api.receivers import tell_lead_created
from api.services.webhooks import Happening, tell_partners
from api.tests.webhook_world import body, endpoint_of, messages
from deposits.services import adjust_deposit
from leads.models import InfluencerAgreement, Lead
from leads.services import create_lead, expire_leads, mark_converted, reject_lead, validate_lead
from leads.signals import leads_expired, prospect_erased
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.identifiers import new_id
from payments.models import Payment
from payments.services import approve_payouts, mark_payout_paid, request_payout, settle_payment
from tests.earning import RIB, earn_payable, make_leads_rich
from tests.personas import submission


def told() -> list[tuple[str, str]]:
    """Event and side of each message, in order of event and side."""
    return sorted((message.event, "merchant" if message.merchant_id else "influencer") for message in messages())


def test_both_sides_are_told_of_a_new_lead_as_the_api_shows_it(personas):
    endpoint_of(personas.as_owner)
    endpoint_of(personas.as_influencer)
    lead = personas.submit("1500.00")

    assert told() == [("lead.created", "influencer"), ("lead.created", "merchant")]
    for message in messages():
        said = body(message)
        assert said["type"] == "lead.created"
        assert said["timestamp"].endswith("+00:00")
        with acting_as(SYSTEM):
            shown = lead_row(Lead.objects.get(pk=lead.pk))
        assert set(said["data"]) == set(shown)
        assert said["data"]["id"] == str(lead.pk)
        assert (said["data"]["status"], said["data"]["commission_amount"]) == ("pending", Decimal("80.00"))
        assert '"commission_amount":80.00' in message.body
        assert (message.object_id, message.status, message.attempt_count) == (lead.pk, "queued", 0)


def test_decisions_are_told_and_outcomes_are_not(personas):
    endpoint_of(personas.as_owner, events=["lead.validated", "lead.rejected"])
    endpoint_of(personas.as_influencer, events=["lead.validated", "lead.rejected"])
    validated, rejected = personas.submit(), personas.submit()
    with acting_as(personas.as_owner):
        validate_lead(lead_id=validated.pk, quality_score=8)
        validate_lead(lead_id=validated.pk, quality_score=8)
        reject_lead(lead_id=rejected.pk, rejection_reason="unreachable")
        mark_converted(lead_id=validated.pk)

    assert told() == [
        ("lead.rejected", "influencer"),
        ("lead.rejected", "merchant"),
        ("lead.validated", "influencer"),
        ("lead.validated", "merchant"),
    ]
    [first, *_others] = messages(event="lead.validated")
    assert (body(first)["data"]["status"], body(first)["data"]["quality_score"]) == ("validated", 8)


def test_a_lead_without_validation_is_told_twice_as_it_was_each_time(personas):
    with acting_as(SYSTEM):
        InfluencerAgreement.objects.update(requires_validation=False)
    endpoint_of(personas.as_owner)
    personas.submit()
    assert [(message.event, body(message)["data"]["status"]) for message in messages()] == [
        ("lead.created", "pending"),
        ("lead.validated", "validated"),
    ]


def test_strangers_and_other_events_are_not_told(personas):
    endpoint_of(personas.as_other_owner)
    endpoint_of(personas.as_other_influencer)
    endpoint_of(personas.as_owner, events=["payment.succeeded"])
    personas.submit()
    assert told() == []


def test_each_of_several_endpoints_is_told_and_only_those_that_are_on(personas):
    first, _secret = endpoint_of(personas.as_owner)
    second, _secret = endpoint_of(personas.as_owner, events=["lead.created"])
    off, _secret = endpoint_of(personas.as_owner)
    with acting_as(SYSTEM):
        type(off).objects.filter(pk=off.pk).update(off_at=off.created_at, off_reason="by_owner")
    personas.submit()
    assert {message.endpoint_id for message in messages()} == {first.pk, second.pk}


def test_a_rollback_tells_nobody(personas):
    endpoint_of(personas.as_owner)
    with transaction.atomic():
        personas.submit()
        assert told() == [("lead.created", "merchant")]
        transaction.set_rollback(True)
    assert told() == []


def test_an_event_is_told_once_however_often_its_signal_comes(personas):
    endpoint_of(personas.as_owner)
    lead = personas.submit()
    with acting_as(personas.as_influencer):
        tell_lead_created(lead=lead)
    assert told() == [("lead.created", "merchant")]


def test_where_nobody_wants_to_know_a_lead_costs_one_query_more(personas):
    queries_without = lead_queries(personas)
    endpoint_of(personas.as_other_owner)
    assert lead_queries(personas) == queries_without
    assert [sql for sql in queries_without if "webhook" in sql] == ["SELECT webhook_wanted("]


def lead_queries(personas) -> list[str]:
    with acting_as(personas.as_influencer), CaptureQueriesContext(connection) as queries:
        create_lead(
            influencer_id=personas.influencer.pk, campaign_id=personas.campaign.pk, submission=submission("600.00")
        )
    return [query["sql"][: query["sql"].find("(") + 1] for query in queries]


def test_a_batch_of_expired_leads_is_told_in_a_fixed_number_of_queries(personas):
    endpoint_of(personas.as_owner)
    endpoint_of(personas.as_influencer)
    lead = [personas.submit() for _ in range(5)][-1]
    assert expire_leads(now=lead.expires_at) == 5
    assert told().count(("lead.rejected", "merchant")) == 5
    assert told().count(("lead.rejected", "influencer")) == 5
    assert {body(message)["data"]["rejection_reason"] for message in messages(event="lead.rejected")} == {"expired"}

    with acting_as(SYSTEM):
        lead_ids = list(Lead.objects.values_list("pk", flat=True))
        counts = [queries_of_batch(lead_ids[:number]) for number in (1, 5)]
    assert counts[0] == counts[1] <= 14


def queries_of_batch(lead_ids) -> int:
    with CaptureQueriesContext(connection) as queries:
        leads_expired.send(Lead, lead_ids=lead_ids)
    return len(queries)


def test_of_a_batch_that_nobody_wants_to_know_of_no_lead_is_read(personas):
    endpoint_of(personas.as_owner, events=["lead.created"])
    personas.submit()
    with acting_as(SYSTEM), CaptureQueriesContext(connection) as queries:
        leads_expired.send(Lead, lead_ids=list(Lead.objects.values_list("pk", flat=True)))
    assert not [query for query in queries if "customer_email" in query["sql"]]


def test_a_merchant_is_told_of_a_deposits_level_each_time_it_changes(personas):
    endpoint_of(personas.as_owner)
    for amount in ("-2600.00", "2600.00", "-2600.00", "-10.00"):
        with acting_as(SYSTEM):
            adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal(amount), reason="Essai")

    said = [body(message)["data"] for message in messages(event="deposit.level_changed")]
    assert [(data["previous_alert_level"], data["alert_level"]) for data in said] == [
        ("healthy", "attention"),
        ("attention", "healthy"),
        ("healthy", "attention"),
    ]
    assert said[0]["id"] == str(personas.deposit.pk)
    assert (said[0]["current_balance"], said[0]["percentage_remaining"]) == (Decimal("2400.00"), Decimal("48.00"))


def test_a_merchant_is_told_of_a_payment(personas):
    endpoint_of(personas.as_owner)
    endpoint_of(personas.as_influencer)
    with acting_as(SYSTEM):
        payment = Payment.objects.create(
            merchant=personas.merchant,
            deposit=personas.deposit,
            purpose=Payment.Purpose.RECHARGE,
            method="sandbox",
            amount=Decimal("500.00"),
        )
        settle_payment(payment, credited_amount=payment.amount, ledger_key="sandbox:1")

    [message] = messages()
    data = body(message)["data"]
    assert (message.event, message.merchant_id) == ("payment.succeeded", personas.merchant.pk)
    assert (data["id"], data["status"], data["amount"]) == (str(payment.pk), "settled", Decimal("500.00"))
    assert data["receipt_number"].startswith("R-")
    assert "sandbox:1" not in message.body


def test_an_influencer_is_told_of_a_payout_without_the_account(personas):
    make_leads_rich(personas)
    for _lead in range(2):
        earn_payable(personas)
    endpoint_of(personas.as_influencer)
    endpoint_of(personas.as_owner)
    with acting_as(personas.as_influencer):
        payout = request_payout(
            influencer_id=personas.influencer.pk, amount=Decimal("200.00"), holder_name="Salma Bennani", rib=RIB
        )
    with acting_as(personas.as_staff):
        approve_payouts(payout_ids=[payout.pk])
        mark_payout_paid(payout_id=payout.pk)

    [message] = messages()
    data = body(message)["data"]
    assert (message.event, message.influencer_id) == ("payout.paid", personas.influencer.pk)
    assert (data["id"], data["status"], data["amount"]) == (str(payout.pk), "paid", Decimal("200.00"))
    assert RIB not in message.body


def test_an_erased_prospect_is_erased_from_what_was_sent_and_the_rest_is_not_sent(personas):
    endpoint_of(personas.as_owner)
    lead, other, third = personas.submit(), personas.submit(), personas.submit()
    with acting_as(SYSTEM):
        WebhookMessage.objects.filter(object_id=other.pk).update(status="delivered", delivered_at=other.created_at)
        for message in messages():
            message.attempts.create(number=1, duration=1, answer=f"Merci {message.object_id}")

        prospect_erased.send(Lead, lead_ids=[lead.pk, other.pk], contacts=[])

        assert [(message.body != "", message.status) for message in messages()] == [
            (False, "given_up"),
            (False, "delivered"),
            (True, "queued"),
        ]
        answers = list(WebhookAttempt.objects.exclude(answer="").values_list("answer", flat=True))
    assert answers == [f"Merci {third.pk}"]


def test_a_thousand_messages_are_written_by_few_queries(personas):
    endpoint_of(personas.as_owner)
    happenings = [
        Happening(WebhookEvent.LEAD_REJECTED, new_id(), f"x:{number}", dict, merchant_id=personas.merchant.pk)
        for number in range(1000)
    ]
    with CaptureQueriesContext(connection) as queries:
        assert tell_partners(happenings) == 1000
    assert len(queries) < 10
    assert len(messages()) == 1000
