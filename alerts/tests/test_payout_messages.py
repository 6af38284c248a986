"""What influencers, merchants and staff are told of payouts and returned leads."""

from decimal import Decimal

import pytest

from alerts.models import Delivery
from alerts.services import send_due_deliveries
from alerts.tests.conftest import outbox
from leads.services import accept_return, ask_return, refuse_return
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import Payout, PayoutStatement
from payments.services import approve_payouts, mark_payout_failed, mark_payout_paid, request_payout
from tests.earning import RIB, earn, earn_payable, make_leads_rich
from tests.personas import Personas


@pytest.fixture
def payout(people: Personas) -> Payout:
    """Salma's, approved: 300.00 MAD."""
    make_leads_rich(people)
    earn_payable(people)
    with acting_as(people.as_influencer):
        asked = request_payout(
            influencer_id=people.influencer.pk, amount=Decimal("300.00"), holder_name="Salma Bennani", rib=RIB
        )
    with acting_as(people.as_staff):
        approve_payouts(payout_ids=[asked.pk])
    return asked


def addresses(kind: str) -> list[str]:
    return sorted(delivery.address for delivery in outbox(kind))


def test_a_payout_made_tells_the_influencer_with_the_statement(people, payout, smtp):
    with acting_as(people.as_staff):
        mark_payout_paid(payout_id=payout.pk)
        mark_payout_paid(payout_id=payout.pk)

    [approved], [paid] = outbox("payout_approved"), outbox("payout_paid")
    assert approved.address == paid.address == "salma@exemple.ma"
    assert (paid.language, approved.attachments) == ("en", [])
    for told in (approved, paid):
        assert RIB not in told.text + told.html
        assert "300.00" in told.text

    send_due_deliveries()
    with acting_as(SYSTEM):
        statement = PayoutStatement.objects.get()
    [attachment] = [part for mail in smtp.taken for part in mail.iter_attachments()]
    assert attachment.get_filename() == f"{statement.number}.pdf"
    assert attachment.get_content().startswith(b"%PDF-")


def test_a_failed_payout_says_why(people, payout):
    with acting_as(people.as_staff):
        mark_payout_failed(payout_id=payout.pk, reason="Account closed")
    [told] = outbox("payout_failed")
    assert told.address == "salma@exemple.ma"
    assert "Account closed" in told.text


@pytest.mark.parametrize("accepted", [True, False])
def test_a_return_is_asked_of_staff_and_its_decision_told_to_both_sides(people, accepted):
    make_leads_rich(people)
    lead = earn(people)
    with acting_as(people.as_owner):
        asked = ask_return(lead_id=lead.pk, reason="wrong_contact", details="Nobody answers")
    assert addresses("return_asked") == ["staff@exemple.ma"]
    assert "Nobody answers" in outbox("return_asked")[0].text

    with acting_as(people.as_staff):
        if accepted:
            accept_return(return_id=asked.pk, note="Checked by phone")
        else:
            refuse_return(return_id=asked.pk, note="The number works")
    assert addresses("return_decided") == ["atlas@exemple.ma", "equipe@exemple.ma", "salma@exemple.ma"]
    by_address = {delivery.address: delivery.text for delivery in outbox("return_decided")}
    note = "Checked by phone" if accepted else "The number works"
    assert all(note in text for text in by_address.values())
    assert ("300.00" in by_address["salma@exemple.ma"]) == accepted
    assert "1,000.00" not in by_address["salma@exemple.ma"]
    assert ("1000,00" in "".join(by_address["atlas@exemple.ma"].split())) == accepted
    # Names of prospects stay off e-mails.
    with acting_as(SYSTEM):
        assert not Delivery.objects.filter(text__contains=lead.customer_name).exists()
