"""POST /api/leads/create: product.md's worked examples, every refusal, and what it costs."""

from decimal import Decimal

import pytest

from accounts.models import User
from api.tests.conftest import caller_of
from deposits.models import Deposit
from deposits.services import adjust_deposit, suspend_deposit
from leads.models import Lead, LeadConsent
from leads.services import pause_campaign, suspend_agreement
from leadsmarket.lib.actor import SYSTEM, acting_as


def lead_body(personas, **changes):
    return {
        "campaign_id": personas.campaign.pk,
        "customer_name": "Ahmed Bennani",
        "customer_email": "ahmed@email.com",
        "customer_phone": "+212 6 12 34 56 78",
        "customer_company": "TechCorp",
        "estimated_value": 1500.00,
        "source": "instagram",
        "customer_notes": "Intéressé par service premium",
    } | changes


def amounts(personas) -> tuple[Decimal, Decimal, Decimal]:
    """Current, reserved, available of the merchant's deposit."""
    with acting_as(SYSTEM):
        deposit = Deposit.objects.get(pk=personas.deposit.pk)
        return deposit.current_balance, deposit.reserved_amount, deposit.available_balance


def count_of_leads() -> int:
    with acting_as(SYSTEM):
        return Lead.objects.count()


def test_the_example_of_the_contract(personas, influencer):
    answer = influencer.post("leads/create", lead_body(personas))

    assert answer.status == 201, answer.text
    assert answer.body["success"] is True
    lead = answer.body["lead"]
    with acting_as(SYSTEM):
        stored = Lead.objects.get()
    assert lead == {
        "id": str(stored.pk),
        "campaign_id": str(personas.campaign.pk),
        "merchant_id": str(personas.merchant.pk),
        "influencer_id": str(personas.influencer.pk),
        "agreement_id": str(personas.agreement.pk),
        "status": "pending",
        "customer_name": "Ahmed Bennani",
        "customer_email": "ahmed@email.com",
        "customer_phone": "+212612345678",
        "customer_company": "TechCorp",
        "customer_notes": "Intéressé par service premium",
        "source": "instagram",
        "estimated_value": Decimal("1500.00"),
        "commission_amount": Decimal("80.00"),
        "commission_type": "fixed",
        "influencer_percentage": Decimal("30.00"),
        "influencer_commission": Decimal("24.00"),
        "quality_score": None,
        "rejection_reason": "",
        "actual_value": None,
        "created_at": lead["created_at"],
        "expires_at": lead["expires_at"],
        "decided_at": None,
        "outcome_at": None,
        "decisions": [],
        "return_request": None,
    }
    assert '"commission_amount":80.00,' in answer.text
    assert influencer.get(f"leads/{stored.pk}").body == lead


# Value, commission, type, influencer's share: product.md, "Commission".
COMMISSIONS = [
    ("600.00", "60.00", "percentage", "18.00"),
    ("800.00", "80.00", "fixed", "24.00"),
    ("1500.00", "80.00", "fixed", "24.00"),
    ("799.99", "80.00", "percentage", "24.00"),
    ("123.45", "12.35", "percentage", "3.71"),
]


@pytest.mark.parametrize(("value", "commission", "kind", "share"), COMMISSIONS)
def test_commissions_of_the_worked_examples(personas, influencer, value, commission, kind, share):
    preview = influencer.post(
        "leads/preview-commission", {"campaign_id": personas.campaign.pk, "estimated_value": value}
    )
    lead = influencer.post("leads/create", lead_body(personas, estimated_value=value)).body["lead"]

    assert (lead["commission_amount"], lead["commission_type"]) == (Decimal(commission), kind)
    assert lead["influencer_commission"] == Decimal(share)
    assert preview.body == {
        "success": True,
        "commission_amount": Decimal(commission),
        "commission_type": kind,
        "influencer_commission": Decimal(share),
        "influencer_percentage": Decimal("30.00"),
        "accepting_leads": True,
    }


def test_the_deposit_moves_as_in_the_worked_example(personas, influencer, merchant):
    assert amounts(personas) == (Decimal(5000), Decimal(0), Decimal(5000))
    first = influencer.post("leads/create", lead_body(personas, estimated_value=600)).body["lead"]
    assert amounts(personas) == (Decimal(5000), Decimal(60), Decimal(4940))

    validated = merchant.put(f"leads/{first['id']}/validate", {"quality_score": 8, "feedback": "Très bien"})

    assert validated.status == 200, validated.text
    assert validated.body["commission_deducted"] == Decimal("60.00")
    assert validated.body["lead"]["status"] == "validated"
    assert amounts(personas) == (Decimal(4940), Decimal(0), Decimal(4940))

    second = influencer.post(
        "leads/create",
        lead_body(personas, estimated_value=600, customer_email="b@email.com", customer_phone="0612345679"),
    ).body["lead"]
    rejected = merchant.put(f"leads/{second['id']}/reject", {"rejection_reason": "Informations incomplètes"})

    assert rejected.body["commission_released"] == Decimal("60.00")
    assert amounts(personas) == (Decimal(4940), Decimal(0), Decimal(4940))


def test_the_consent_is_recorded_with_the_call_as_its_channel(personas, influencer):
    influencer.post("leads/create", lead_body(personas))

    with acting_as(SYSTEM):
        consent = LeadConsent.objects.get()
        assert (consent.channel, consent.typed_by_id) == ("api", personas.influencer_user.pk)
        assert (consent.language, consent.ip_address) == ("en", "127.0.0.1")
        assert "Atlas Rénovation" in consent.text


def test_without_consent_there_is_no_lead(personas, influencer):
    answer = influencer.post("leads/create", lead_body(personas, consent=False))

    assert answer.error == (400, "validation_error")
    assert answer.fields == {"consent"}
    assert count_of_leads() == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"customer_name": ""}, "customer_name"),
        ({"customer_name": None}, "customer_name"),
        ({"customer_name": "x" * 121}, "customer_name"),
        ({"customer_name": "zero\u0000byte"}, "customer_name"),
        ({"customer_name": ["a list"]}, "customer_name"),
        ({"customer_email": "no address"}, "customer_email"),
        ({"customer_phone": "123"}, "customer_phone"),
        ({"customer_phone": "0800 12 34 56"}, "customer_phone"),
        ({"customer_notes": "x" * 2001}, "customer_notes"),
        ({"campaign_id": "no id"}, "campaign_id"),
        ({"campaign_id": None}, "campaign_id"),
        ({"source": "radio"}, "source"),
        ({"estimated_value": 49.99}, "estimated_value"),
        ({"estimated_value": -600}, "estimated_value"),
        ({"estimated_value": None}, "estimated_value"),
        ({"estimated_value": True}, "estimated_value"),
        ({"estimated_value": "six hundred"}, "estimated_value"),
        ({"estimated_value": "6e2"}, "estimated_value"),
        ({"estimated_value": "NaN"}, "estimated_value"),
        ({"estimated_value": 600.001}, "estimated_value"),
        ({"estimated_value": 600.3000000000001}, "estimated_value"),
        ({"estimated_value": "600.000"}, "estimated_value"),
        ({"estimated_value": 10**10}, "estimated_value"),
        ({"estimated_value": 1e300}, "estimated_value"),
        ({"estimated_value": {"amount": 600}}, "estimated_value"),
    ],
)
def test_what_does_not_fit_is_refused_beside_its_input(personas, influencer, changes, field):
    answer = influencer.post("leads/create", lead_body(personas, **changes))

    assert answer.error == (400, "validation_error")
    assert answer.fields == {field}
    assert all(isinstance(messages, list) and messages for messages in answer.body["error"]["fields"].values())
    assert count_of_leads() == 0
    assert amounts(personas) == (Decimal(5000), Decimal(0), Decimal(5000))


def test_several_inputs_are_marked_at_once(personas, influencer):
    answer = influencer.post("leads/create", {})

    assert answer.fields == {
        "campaign_id",
        "customer_name",
        "customer_email",
        "customer_phone",
        "estimated_value",
        "source",
    }


@pytest.mark.parametrize("value", ["600.5", 600.50, " 600.50 ", "600.50"])
def test_money_is_taken_as_number_or_text(personas, influencer, value):
    lead = influencer.post("leads/create", lead_body(personas, estimated_value=value)).body["lead"]
    assert str(lead["estimated_value"]) == "600.50"


def test_what_nobody_asked_for_is_not_taken(personas, influencer):
    extra = {
        "status": "validated",
        "commission_amount": 0.01,
        "influencer_percentage": 100,
        "merchant_id": "x",
        "id": "y",
    }
    lead = influencer.post("leads/create", lead_body(personas) | extra).body["lead"]

    assert (lead["status"], lead["commission_amount"]) == ("pending", Decimal("80.00"))
    assert lead["influencer_percentage"] == Decimal("30.00")
    assert lead["merchant_id"] == str(personas.merchant.pk)


def refused(personas, caller, **changes) -> tuple[int, str]:
    """The refusal of a lead, which left nothing behind."""
    before = (count_of_leads(), amounts(personas))
    answer = caller.post("leads/create", lead_body(personas, **changes))
    assert (count_of_leads(), amounts(personas)) == before
    return answer.error


def test_a_duplicate_is_refused(personas, influencer):
    influencer.post("leads/create", lead_body(personas))

    assert refused(personas, influencer) == (409, "duplicate_lead")
    assert refused(personas, influencer, customer_email="else@email.com") == (409, "duplicate_lead")
    assert refused(personas, influencer, customer_phone="0699999999") == (409, "duplicate_lead")


def test_a_short_deposit_is_told_without_its_balance(personas, influencer):
    with acting_as(SYSTEM):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-4950.00"), reason="Essai")

    answer = influencer.post("leads/create", lead_body(personas))

    assert answer.error == (402, "insufficient_deposit")
    assert "50" not in answer.text
    assert refused(personas, influencer) == (402, "insufficient_deposit")
    preview = influencer.post(
        "leads/preview-commission", {"campaign_id": personas.campaign.pk, "estimated_value": 1500}
    )
    assert preview.body["accepting_leads"] is False


def test_a_paused_campaign_takes_no_lead(personas, influencer):
    with acting_as(personas.as_owner):
        pause_campaign(campaign_id=personas.campaign.pk)
    assert refused(personas, influencer) == (409, "campaign_paused")


def test_a_suspended_deposit_takes_no_lead(personas, influencer):
    with acting_as(SYSTEM):
        suspend_deposit(deposit_id=personas.deposit.pk, reason="Essai")
    assert refused(personas, influencer) == (409, "deposit_suspended")


def test_without_an_active_agreement_no_lead(personas, influencer):
    assert refused(personas, caller_of(personas.as_other_influencer)) == (403, "agreement_inactive")
    with acting_as(personas.as_owner):
        suspend_agreement(agreement_id=personas.agreement.pk, reason="Essai")
    assert refused(personas, influencer) == (403, "agreement_inactive")


def test_ones_own_contact_is_no_lead(personas, influencer):
    assert refused(personas, influencer, customer_email="salma@exemple.ma") == (400, "validation_error")
    assert refused(personas, influencer, customer_email="equipe@exemple.ma") == (400, "validation_error")


def test_an_unknown_campaign_is_not_found(personas, influencer):
    assert refused(personas, influencer, campaign_id=personas.merchant.pk) == (404, "not_found")


def test_only_influencers_create_leads(personas, merchant, staff, stranger):
    assert refused(personas, merchant) == (403, "permission_denied")
    assert refused(personas, staff) == (403, "permission_denied")
    assert refused(personas, stranger) == (401, "not_authenticated")


def test_no_user_is_read_for_a_lead(personas, influencer, django_assert_max_num_queries):
    """Who calls is in the token. What is left is the service's, and begin, actor and end of the transaction."""
    with acting_as(SYSTEM):
        User.objects.count()
    influencer.post("leads/create", lead_body(personas))

    body = lead_body(personas, customer_email="b@email.com", customer_phone="0612345679")
    with django_assert_max_num_queries(12) as captured:
        assert influencer.post("leads/create", body).status == 201
    assert not [query for query in captured.captured_queries if "accounts_user" in query["sql"]]
