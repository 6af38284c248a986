"""A deposit that fills, runs out and comes back, seen through the API alone (product.md, "Deposit" and "Campaign")."""

from decimal import Decimal

from api.tests.conftest import Answer, Caller
from api.tests.test_create_lead import lead_body
from api.tests.test_deposits import pay, stored
from payments.models import Payment

INSUFFICIENT, PAUSED = (402, "insufficient_deposit"), (409, "campaign_paused")


def balance(merchant: Caller) -> tuple[Decimal, ...]:
    body = merchant.get("leads/deposits/balance").body
    return body["current_balance"], body["reserved_amount"], body["available_balance"]


def send(personas, influencer: Caller, number: int, value: int = 1500) -> Answer:
    contact = {"customer_email": f"n{number}@exemple.ma", "customer_phone": f"+21261234560{number}"}
    return influencer.post("leads/create", lead_body(personas, estimated_value=value, **contact))


def state(personas, caller: Caller) -> tuple[str, str, bool]:
    [campaign] = [one for one in caller.get("campaigns").body["results"] if one["id"] == str(personas.campaign.pk)]
    return campaign["status"], campaign["pause_reason"], campaign["accepting_leads"]


def preview(personas, influencer: Caller) -> bool:
    body = {"campaign_id": personas.campaign.pk, "estimated_value": 1500}
    return influencer.post("leads/preview-commission", body).body["accepting_leads"]


def test_a_deposit_fills_runs_out_and_comes_back(personas, influencer, merchant):
    # Two leads of 2,500.00 each take all of the 5,000.00.
    terms = {"settings": {"fixed_commission_amount": 2500.00}}
    assert merchant("PATCH", f"campaigns/{personas.campaign.pk}", terms).status == 200
    first, second = (send(personas, influencer, number).body["lead"] for number in (1, 2))
    assert balance(merchant) == (5000, 5000, 0)

    # Full: all of it is held for pending leads. The campaign runs on, but takes none.
    assert state(personas, merchant) == ("active", "", False)
    assert not preview(personas, influencer)
    refused = send(personas, influencer, 3)
    assert refused.error == INSUFFICIENT
    assert "5" not in refused.body["error"]["message"]
    assert balance(merchant) == (5000, 5000, 0)

    # A rejection frees it.
    merchant.put(f"leads/{first['id']}/reject", {"rejection_reason": "unreachable"})
    assert balance(merchant) == (5000, 2500, 2500)
    assert preview(personas, influencer)
    third = send(personas, influencer, 3).body["lead"]

    # Depleted: nothing reserved any more, nothing left. The campaign stops by itself, which influencers aren't told why.
    for lead in (second, third):
        assert merchant.put(f"leads/{lead['id']}/validate", {"quality_score": 9}).body["commission_deducted"] == 2500
    assert balance(merchant) == (0, 0, 0)
    assert state(personas, merchant) == ("paused", "depleted", False)
    assert state(personas, influencer) == ("paused", "", False)
    assert send(personas, influencer, 4).error == PAUSED

    # A payment that has only begun changes nothing; one that arrived lets the campaign go on.
    recharge = {"deposit_id": personas.deposit.pk, "amount": 3000.00, "payment_method": "sandbox"}
    begun = merchant.post("leads/deposits/recharge", recharge)
    assert begun.status == 200, begun.text
    assert state(personas, merchant) == ("paused", "depleted", False)
    [payment] = stored(Payment)
    pay(payment)
    assert balance(merchant) == (3000, 0, 3000)
    assert state(personas, merchant) == ("active", "", True)
    assert send(personas, influencer, 4, value=600).body["lead"]["commission_amount"] == Decimal("60.00")
    assert balance(merchant) == (3000, 60, 2940)
    assert influencer.get("earnings").body["earned"] == 1500

    kinds = [one["kind"] for one in merchant.get("leads/deposits/transactions").body["results"]]
    assert kinds == [
        *("reservation", "recharge", "deduction", "deduction", "reservation"),
        *("release", "reservation", "reservation", "initial"),
    ]


def test_a_campaign_paused_by_hand_is_not_resumed_by_a_recharge(personas, influencer, merchant):
    merchant("PATCH", f"campaigns/{personas.campaign.pk}", {"status": "paused"})
    recharge = {"deposit_id": personas.deposit.pk, "amount": 500, "payment_method": "sandbox"}
    merchant.post("leads/deposits/recharge", recharge)
    [payment] = stored(Payment)
    pay(payment)

    assert balance(merchant) == (5500, 0, 5500)
    assert state(personas, merchant) == ("paused", "manual", False)
    assert send(personas, influencer, 1).error == PAUSED
