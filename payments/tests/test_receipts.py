"""Receipts: what stands on them, in which language, who gets them, and that they never change."""

import hashlib
import logging
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connections
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation

from leadsmarket.jobs import JOBS
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.pdf import html_to_pdf, warm_up
from payments.errors import ReceiptDamaged
from payments.models import Receipt
from payments.services import render_due_receipts, render_receipt, start_recharge
from payments.services.receipts import amount_in_words, document_context
from payments.tests.conftest import tell

HTMX = {"HX-Request": "true"}
LEGAL_DETAILS = {
    "name": "Leadsmarket",
    "legal_form": "SARL au capital de 100 000 DH",
    "address": "45, bd Zerktouni",
    "city": "Casablanca",
    "ice": "002136093000040",
    "tax_number": "12345678",
    "business_tax_number": "33445566",
    "trade_register": "Casablanca 456789",
    "social_security_number": "1234567",
    "email": "compta@leadsmarket.test",
    "phone": "+212522000000",
}


@pytest.fixture
def receipt(committed_personas, sandbox_payment, settings) -> Receipt:
    """The receipt of a paid recharge of 5,000.00 MAD, its PDF not made yet."""
    settings.PLATFORM_LEGAL_DETAILS = LEGAL_DETAILS
    settings.RECEIPT_VAT_RATE = Decimal("20")
    with acting_as(SYSTEM):
        merchant = committed_personas.merchant
        type(merchant).objects.filter(pk=merchant.pk).update(
            ice="001561191000066", address="12, rue Ibn Batouta", city="Rabat"
        )
    tell(sandbox_payment)
    with acting_as(SYSTEM):
        return Receipt.objects.get()


def address_of(payment_id) -> str:
    return reverse("payments:receipt", args=[payment_id])


def html_of(receipt: Receipt, language: str) -> str:
    with translation.override(language):
        return render_to_string("payments/receipt.html", document_context(receipt))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.01", "un centime"),
        ("0.50", "cinquante centimes"),
        ("0.00", "zéro dirham"),
        ("1.00", "un dirham"),
        ("1.01", "un dirham et un centime"),
        ("2.00", "deux dirhams"),
        ("21.00", "vingt et un dirhams"),
        ("71.21", "soixante et onze dirhams et vingt et un centimes"),
        ("80.00", "quatre-vingts dirhams"),
        ("80.80", "quatre-vingts dirhams et quatre-vingts centimes"),
        ("81.00", "quatre-vingt-un dirhams"),
        ("200.00", "deux cents dirhams"),
        ("201.00", "deux cent un dirhams"),
        ("1000.00", "mille dirhams"),
        ("2000.00", "deux mille dirhams"),
        ("5000.50", "cinq mille dirhams et cinquante centimes"),
        ("80000.00", "quatre-vingt mille dirhams"),
        (
            "999999.99",
            (
                "neuf cent quatre-vingt-dix-neuf mille neuf cent quatre-vingt-dix-neuf dirhams"
                " et quatre-vingt-dix-neuf centimes"
            ),
        ),
        ("1000000.00", "un million de dirhams"),
        ("2000000.00", "deux millions de dirhams"),
        ("1500000.00", "un million cinq cent mille dirhams"),
        ("0.005", "un centime"),
    ],
)
def test_amount_in_french_words(amount, words):
    assert amount_in_words(Decimal(amount)) == words


def test_everything_required_stands_on_it(receipt, sandbox_payment):
    html = html_of(receipt, "fr")

    for text in (
        receipt.number,
        sandbox_payment.reference,
        "Atlas Rénovation",
        "001561191000066",
        "12, rue Ibn Batouta",
        "Rabat",
        *LEGAL_DETAILS.values(),
        "5\u202f000,00\u00a0MAD",
        "4\u202f166,67\u00a0MAD",
        "833,33\u00a0MAD",
        "20\u00a0%",
        "cinq mille dirhams",
    ):
        assert text in html
    assert "style=" not in html
    assert "{{" not in html


def test_net_and_tax_sum_to_the_gross(receipt):
    data = receipt.data
    assert Decimal(data["net"]) + Decimal(data["vat"]) == Decimal(data["gross"]) == Decimal("5000.00")


@pytest.mark.parametrize(("language", "direction"), [("fr", "ltr"), ("en", "ltr"), ("ar", "rtl")])
def test_layout_follows_the_language(receipt, language, direction):
    html = html_of(receipt, language)

    assert f'<html lang="{language}" dir="{direction}">' in html
    assert 'lang="fr" dir="ltr">cinq mille dirhams' in html, "the words are French in every language"


def test_language_is_that_of_the_payer_when_they_paid(committed_personas):
    with translation.override("ar"):
        payment = start_recharge(
            actor=committed_personas.as_owner,
            deposit_id=committed_personas.deposit.pk,
            amount=Decimal("500.00"),
            method="sandbox",
        ).payment
    tell(payment)

    assert render_due_receipts() == 1
    with acting_as(SYSTEM):
        assert Receipt.objects.get().language == "ar"


def test_later_changes_do_not_reach_it(committed_personas, receipt, settings):
    settings.PLATFORM_LEGAL_DETAILS = {"name": "Autre"}
    settings.RECEIPT_VAT_RATE = Decimal("10")
    with acting_as(SYSTEM):
        type(committed_personas.merchant).objects.update(name="Nouveau nom", ice="")

    html = html_of(receipt, "fr")

    assert "Atlas Rénovation" in html
    assert "002136093000040" in html
    assert "Nouveau nom" not in html


def test_names_are_text_not_markup(receipt):
    receipt.data["merchant"]["name"] = "<img src=x> <b>شركة</b>"

    html = html_of(receipt, "ar")

    assert "&lt;img src=x&gt; &lt;b&gt;شركة&lt;/b&gt;" in html
    assert html_to_pdf(html).startswith(b"%PDF-")


def test_same_document_gives_the_same_bytes(receipt):
    assert html_to_pdf(html_of(receipt, "ar")) == html_to_pdf(html_of(receipt, "ar"))


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/x.png",
        "https://example.com/x.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "static:../../etc/passwd",
        "static:/etc/passwd",
        "static://host/payments/receipt.css",
        "static:payments/nothing.css",
    ],
)
def test_a_document_can_fetch_nothing_but_our_static_files(address):
    from weasyprint.urls import FatalURLFetchingError

    with pytest.raises(FatalURLFetchingError):
        html_to_pdf(f'<link rel="stylesheet" href="{address}"><img src="{address}">')


def test_download_is_the_same_for_ever(owner_browser, receipt, sandbox_payment):
    render_receipt(receipt.pk)
    first = owner_browser.get(address_of(sandbox_payment.pk))
    render_receipt(receipt.pk)
    assert render_due_receipts() == 0
    second = owner_browser.get(address_of(sandbox_payment.pk))

    with acting_as(SYSTEM):
        receipt.refresh_from_db()
    assert first.content == second.content
    assert first.content.startswith(b"%PDF-")
    assert hashlib.sha256(first.content).hexdigest() == receipt.file_sha256
    assert first["Content-Type"] == "application/pdf"
    assert first["Content-Disposition"] == f'attachment; filename="{receipt.number}.pdf"'
    assert first["X-Content-Type-Options"] == "nosniff"
    assert first["Cache-Control"].startswith("private")


def test_until_it_is_there_a_page_waits_and_no_request_makes_it(owner_browser, receipt, sandbox_payment):
    address = address_of(sandbox_payment.pk)

    page = owner_browser.get(address)
    poll = owner_browser.get(address, headers=HTMX)

    assert "being prepared" in page.content.decode()
    assert 'hx-trigger="every 2s"' in page.content.decode()
    assert "being prepared" in poll.content.decode()
    with acting_as(SYSTEM):
        receipt.refresh_from_db()
        assert not receipt.file
    JOBS["deliver"].run()
    ready = owner_browser.get(address, headers=HTMX).content.decode()
    assert "is ready" in ready
    assert "every 2s" not in ready
    assert owner_browser.get(address)["Content-Type"] == "application/pdf"


def test_nobody_else_gets_it(committed_personas, browser_of, receipt, sandbox_payment):
    render_receipt(receipt.pk)
    address = address_of(sandbox_payment.pk)

    assert browser_of(committed_personas.other_owner).get(address).status_code == 404
    assert browser_of(committed_personas.influencer_user).get(address).status_code == 403
    assert Client().get(address)["Location"].startswith(reverse("account_login"))
    assert browser_of(committed_personas.member).get(address).status_code == 200, "the whole team may"


def test_unpaid_payment_has_none(owner_browser, sandbox_payment):
    assert owner_browser.get(address_of(sandbox_payment.pk)).status_code == 404


def test_changed_file_is_never_sent(owner_browser, receipt, sandbox_payment):
    receipt = render_receipt(receipt.pk)
    default_storage.delete(receipt.file.name)
    default_storage.save(receipt.file.name, ContentFile(b"%PDF- forged"))

    with pytest.raises(ReceiptDamaged):
        owner_browser.get(address_of(sandbox_payment.pk))


def test_lost_race_leaves_one_file(receipt, monkeypatch):
    """Two workers make one receipt at once: the first file counts, the other one is taken away."""
    from payments.services import receipts

    folder = f"receipts/{receipt.year}"
    default_storage.save(f"{folder}/other.pdf", ContentFile(b"of another test"))
    before = set(default_storage.listdir(folder)[1])
    make = receipts.receipt_pdf

    def second_worker_is_first(one: Receipt) -> bytes:
        monkeypatch.setattr(receipts, "receipt_pdf", make)
        render_receipt(one.pk)
        return make(one)

    monkeypatch.setattr(receipts, "receipt_pdf", second_worker_is_first)
    render_receipt(receipt.pk)

    with acting_as(SYSTEM):
        receipt.refresh_from_db()
    added = set(default_storage.listdir(folder)[1]) - before
    assert [f"{folder}/{name}" for name in added] == [receipt.file.name]


def test_one_receipt_that_cannot_be_made_does_not_hold_the_others_up(committed_personas, receipt, caplog):
    second = start_recharge(
        actor=committed_personas.as_owner,
        deposit_id=committed_personas.deposit.pk,
        amount=Decimal("700.00"),
        method="sandbox",
    ).payment
    tell(second)
    with acting_as(SYSTEM):
        broken, fine = Receipt.objects.order_by("serial")
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE payments_receipt DISABLE TRIGGER receipt_guard")
        cursor.execute("UPDATE payments_receipt SET data = '{}' WHERE id = %s", [broken.pk])
        cursor.execute("ALTER TABLE payments_receipt ENABLE TRIGGER receipt_guard")

    with caplog.at_level(logging.ERROR):
        assert render_due_receipts() == 1

    with acting_as(SYSTEM):
        fine.refresh_from_db()
        assert fine.file
    assert broken.number in caplog.text


def test_worker_loads_the_fonts_beforehand(caplog):
    with caplog.at_level(logging.ERROR):
        warm_up()
    assert caplog.text == ""
