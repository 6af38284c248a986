"""The page with the bank details: from the recharge to the page, its PDF, and nobody else's."""

from decimal import Decimal

import pytest
from django.urls import reverse

from payments.models import Payment
from payments.services import cancel_payment, start_recharge


@pytest.fixture(autouse=True)
def _account(settings):
    settings.BANK_TRANSFER_HOLDER = "Leadsmarket <SARL>"
    settings.BANK_TRANSFER_BANK = "Banque de l'Atlas"
    settings.BANK_TRANSFER_RIB = "011780000012345678901234"
    settings.BANK_TRANSFER_IBAN = "MA64011780000012345678901234"
    settings.BANK_TRANSFER_SWIFT = ""


@pytest.fixture
def payment(committed_personas) -> Payment:
    return start_recharge(
        actor=committed_personas.as_owner,
        deposit_id=committed_personas.deposit.pk,
        amount=Decimal("5000.00"),
        method="bank_transfer",
    ).payment


def test_a_recharge_by_transfer_leads_to_the_bank_details(browser_of, committed_personas):
    client = browser_of(committed_personas.owner)
    response = client.post(
        reverse("payments:recharge", args=[committed_personas.deposit.pk]),
        {"amount": "5000", "payment_method": "bank_transfer"},
        follow=True,
    )

    page = response.content.decode()
    assert response.redirect_chain[-1][0].endswith("/transfer/")
    assert "Leadsmarket &lt;SARL&gt;" in page
    assert "011 780 0000123456789012 34" in page
    assert 'data-copy="011780000012345678901234"' in page
    assert "MA64 0117 8000 0012 3456 7890 1234" in page
    assert 'data-copy="5000.00"' in page
    assert "SWIFT" not in page
    assert "style=" not in page.split("</head>")[1]


def test_the_pdf_holds_the_same(browser_of, committed_personas, payment):
    response = browser_of(committed_personas.owner).get(reverse("payments:transfer_pdf", args=[payment.pk]))

    assert response.headers["Content-Type"] == "application/pdf"
    assert f'filename="{payment.reference}.pdf"' in response.headers["Content-Disposition"]
    assert response.content.startswith(b"%PDF-")


@pytest.mark.parametrize("name", ["payments:transfer", "payments:transfer_pdf"])
def test_nobody_else_sees_them(browser_of, client, committed_personas, payment, name):
    address = reverse(name, args=[payment.pk])

    assert client.get(address).status_code == 302
    assert browser_of(committed_personas.member).get(address).status_code == 200
    assert browser_of(committed_personas.other_owner).get(address).status_code == 404
    assert browser_of(committed_personas.influencer_user).get(address).status_code == 403


@pytest.mark.parametrize("name", ["payments:transfer", "payments:transfer_pdf"])
def test_an_ended_transfer_leads_to_its_state(browser_of, committed_personas, payment, name):
    cancel_payment(actor=committed_personas.as_owner, payment_id=payment.pk)

    response = browser_of(committed_personas.owner).get(reverse(name, args=[payment.pk]))

    assert response.headers["Location"] == reverse("payments:return", args=[payment.pk])


def test_a_payment_by_another_method_has_no_bank_details(browser_of, committed_personas):
    other = start_recharge(
        actor=committed_personas.as_owner,
        deposit_id=committed_personas.deposit.pk,
        amount=Decimal("5000.00"),
        method="sandbox",
    ).payment

    client = browser_of(committed_personas.owner)
    assert client.get(reverse("payments:transfer", args=[other.pk])).status_code == 404
