"""The worked examples of product.md, "Deposit" and "Commission", through the services."""

from decimal import Decimal

from leads.models import InfluencerBalance, Lead
from leads.services import reject_lead, validate_lead
from leadsmarket.lib.actor import acting_as


def amounts(personas):
    with acting_as(personas.as_owner):
        personas.deposit.refresh_from_db()
    deposit = personas.deposit
    return deposit.current_balance, deposit.reserved_amount, deposit.available_balance


def test_validated_lead_is_deducted_and_earns(personas):
    lead = personas.submit("600.00")
    assert amounts(personas) == (Decimal("5000.00"), Decimal("60.00"), Decimal("4940.00"))

    with acting_as(personas.as_owner):
        lead = validate_lead(lead_id=lead.pk, quality_score=8)

    assert lead.status == Lead.Status.VALIDATED
    assert amounts(personas) == (Decimal("4940.00"), Decimal("0.00"), Decimal("4940.00"))
    with acting_as(personas.as_influencer):
        assert InfluencerBalance.objects.get().earned_amount == Decimal("18.00")


def test_rejected_lead_gives_its_reservation_back(personas):
    lead = personas.submit("600.00")

    with acting_as(personas.as_owner):
        reject_lead(lead_id=lead.pk, rejection_reason="unreachable")

    assert amounts(personas) == (Decimal("5000.00"), Decimal("0.00"), Decimal("5000.00"))
    with acting_as(personas.as_influencer):
        assert not InfluencerBalance.objects.exists()
