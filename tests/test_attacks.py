"""Attacks on pages, files and webhooks: injected templates and markup, fields that no form has, paths, bodies of wrong shapes.

Those on the API stand in api/tests, on log-ins in accounts/tests, on tables in test_row_attacks.py.
"""

import re
from decimal import Decimal

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from accounts.models import Influencer, Membership, Merchant, User
from alerts.models import Delivery
from deposits.models import DepositTransaction
from leads.models import Campaign, InfluencerAgreement, Lead, LeadReturn
from leads.services import apply_to_campaign, ask_return, create_campaign, validate_lead
from leads.tests.test_new_lead_page import filled
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.pdf import html_to_pdf
from payments.gateways.sandbox.gateway import signed_event
from payments.models import Payment, WebhookEvent
from payments.services import render_receipt, start_recharge
from payments.services.receipts import document_context
from payments.tests.conftest import tell
from tests.personas import Personas

# What a template, a page, a spreadsheet and a mail header could each take for their own.
MARKUP = '<script>alert(1)</script><img src=x onerror="alert(2)">'
TEMPLATE = "{{ 7|add:7 }}{% debug %}${7*7}#{7*7}"
EVIL = f"=1+1 {TEMPLATE}{MARKUP}"
QUOTES = "\" onmouseover='alert(3)' x='"


def is_harmless(page: str, *, typed: str = EVIL) -> None:
    """No markup that somebody typed stands in a page as markup, and no template of theirs was worked out."""
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page
    assert "onmouseover='alert(3)'" not in page
    if "7|add:7" in typed:
        assert "{{ 7|add:7 }}" in page
        assert "INSTALLED_APPS" not in page


def test_texts_of_leads_are_shown_as_texts(personas, client_of, staff):
    lead = personas.submit("600.00", customer_name=EVIL[:120], customer_company=QUOTES, customer_notes=EVIL)
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=5, feedback=EVIL)
    pending = personas.submit("600.00", customer_name=EVIL[:120], customer_company=QUOTES, customer_notes=EVIL)
    merchant, influencer = client_of(personas.owner), client_of(personas.influencer_user)

    pages = [
        merchant.get(reverse("leads:pending")),
        merchant.get(reverse("leads:list")),
        merchant.get(reverse("leads:list"), {"text": f"{EVIL}{QUOTES}"}),
        merchant.get(reverse("leads:detail", args=[lead.pk])),
        merchant.get(reverse("leads:validate", args=[pending.pk])),
        merchant.get(reverse("leads:reject", args=[pending.pk])),
        influencer.get(reverse("leads:list")),
        influencer.get(reverse("leads:detail", args=[lead.pk])),
        influencer.get(reverse("leads:earnings")),
        staff.get(reverse("admin:leads_lead_changelist")),
        staff.get(reverse("admin:leads_lead_change", args=[lead.pk])),
    ]

    for page in pages:
        assert page.status_code == 200
        is_harmless(page.content.decode())


def test_names_of_companies_campaigns_and_people_are_shown_as_texts(personas, client_of):
    with acting_as(SYSTEM):
        Merchant.objects.filter(pk=personas.merchant.pk).update(name=f"{MARKUP}{QUOTES}")
        Influencer.objects.filter(pk=personas.influencer.pk).update(display_name=TEMPLATE + MARKUP[:40])
        create_campaign(merchant_id=personas.merchant.pk, name=EVIL[:100], service=QUOTES, description=EVIL)
    personas.submit("600.00")
    merchant, influencer = client_of(personas.owner), client_of(personas.influencer_user)

    for client, names in (
        (
            merchant,
            ("dashboard", "accounts:settings", "leads:campaigns", "leads:agreements", "leads:pending", "leads:list"),
        ),
        (influencer, ("dashboard", "leads:campaigns", "leads:agreements", "leads:new", "leads:list")),
    ):
        for name in names:
            page = client.get(reverse(name))
            assert page.status_code == 200, name
            is_harmless(page.content.decode(), typed="")


def test_e_mails_carry_texts_as_texts_and_no_header_of_a_name(personas):
    with acting_as(SYSTEM):
        Influencer.objects.filter(pk=personas.other_influencer.pk).update(
            display_name=f"Yas\r\nBcc: all@exemple.ma\r\n\r\n{MARKUP}"[:80]
        )
    with acting_as(personas.as_other_influencer):
        apply_to_campaign(
            influencer_id=personas.other_influencer.pk, campaign_id=personas.campaign.pk, message=EVIL + QUOTES
        )
    with acting_as(SYSTEM):
        sent = list(Delivery.objects.filter(kind="agreement_asked", user=personas.owner))
    assert sent
    for message in sent:
        assert "\n" not in message.subject
        assert "\r" not in message.subject
        is_harmless(message.html, typed="")
        if "7|add:7" in message.text + message.html:
            assert "{{ 7|add:7 }}" in message.text


def test_a_receipt_shows_a_companys_name_as_text_and_opens_no_address_of_it(committed_personas):
    personas = committed_personas
    name = '<img src="file:///etc/passwd"><link rel=attachment href="file:///etc/passwd">{{ 7|add:7 }}'
    with acting_as(SYSTEM):
        Merchant.objects.filter(pk=personas.merchant.pk).update(name=name, address=f"</p>{MARKUP}", city=QUOTES[:80])
    payment = started(personas)
    tell(payment)
    with acting_as(SYSTEM):
        receipt = payment.receipt
        receipt.refresh_from_db()
        context = document_context(receipt)
    html = render_to_string("payments/receipt.html", context)

    assert "&lt;img src=&quot;file:///etc/passwd&quot;&gt;" in html
    assert "{{ 7|add:7 }}" in html
    is_harmless(html, typed="")
    pdf = html_to_pdf(html)
    assert b"/EmbeddedFile" not in pdf
    assert render_receipt(receipt_id=receipt.pk)


def started(personas: Personas) -> Payment:
    return start_recharge(
        actor=personas.as_owner, deposit_id=personas.deposit.pk, amount=Decimal("500.00"), method="sandbox"
    ).payment


# Fields of the tables that no form has; whatever form they are sent with, they change nothing.
SMUGGLED = {
    "id": "01a1f765-867e-7383-9f32-15cb5a8157c1",
    "status": "validated",
    "role": "staff",
    "is_staff": "on",
    "is_superuser": "on",
    "is_active": "",
    "user_permissions": "1",
    "commission_amount": "0.01",
    "influencer_commission_amount": "600",
    "influencer_percentage": "100",
    "commission_percentage": "100",
    "platform_commission_amount": "0",
    "auto_payment": "on",
    "requires_validation": "",
    "expires_at": "2030-01-01",
    "current_balance": "1000000",
    "user": "",
    "created_at": "2020-01-01",
}


def smuggled(personas: Personas) -> dict[str, str]:
    return SMUGGLED | {
        "merchant": str(personas.other_merchant.pk),
        "merchant_id": str(personas.other_merchant.pk),
        "influencer": str(personas.other_influencer.pk),
        "influencer_id": str(personas.other_influencer.pk),
        "deposit": str(personas.other_deposit.pk),
        "deposit_id": str(personas.other_deposit.pk),
        "agreement_id": str(personas.agreement.pk),
    }


def test_a_lead_takes_its_terms_from_the_agreement_alone(personas, client_of):
    client = client_of(personas.influencer_user)
    data = filled(client, personas.campaign) | smuggled(personas)

    client.post(reverse("leads:new"), data)

    with acting_as(SYSTEM):
        lead = Lead.objects.get()
        assert (lead.status, lead.merchant_id, lead.influencer_id, lead.deposit_id) == (
            "pending", personas.merchant.pk, personas.influencer.pk, personas.deposit.pk,
        )  # fmt: skip
        assert (lead.commission_amount, lead.influencer_commission_amount) == (Decimal("60.00"), Decimal("18.00"))
        assert str(lead.pk) != SMUGGLED["id"]


def test_nobody_signs_up_or_saves_a_profile_as_staff_or_as_another(personas, client_of):
    nora = {"display_name": "Nora", "email": "nora@exemple.ma", "phone": "0612345678", "terms": "on"}
    sign_up = nora | {"password1": "marguerite-bleue-42"} | smuggled(personas)
    Client().post(reverse("accounts:signup_influencer"), sign_up)
    company = {"company_name": "Atlas", "ice": "", "phone": "0522000001", "address": "", "city": ""}
    client_of(personas.owner).post(reverse("accounts:change_profile"), company | smuggled(personas))
    client_of(personas.owner).post(reverse("accounts:change_language"), {"language": "en"} | smuggled(personas))

    with acting_as(SYSTEM):
        signed_up = User.objects.get(email=nora["email"])
        owner = User.objects.get(pk=personas.owner.pk)
        for user, role in ((signed_up, "influencer"), (owner, "merchant")):
            assert (user.role, user.is_staff, user.is_superuser, user.is_active) == (role, False, False, True)
        assert Membership.objects.get(user=owner).merchant_id == personas.merchant.pk
        assert Merchant.objects.get(pk=personas.merchant.pk).name == "Atlas"
        assert Merchant.objects.get(pk=personas.other_merchant.pk).name == "Rif Conseil"


def test_deciding_and_asking_take_no_terms_along(personas, client_of):
    lead = personas.submit("600.00")
    client_of(personas.owner).post(
        reverse("leads:validate", args=[lead.pk]), {"quality_score": "8", "feedback": ""} | smuggled(personas)
    )
    client_of(personas.other_influencer_user).post(
        reverse("leads:apply", args=[personas.campaign.pk]),
        {"message": ""} | smuggled(personas) | {"status": "active"},
    )

    with acting_as(SYSTEM):
        assert DepositTransaction.objects.get(lead_id=lead.pk, kind="deduction").amount == Decimal("60.00")
        asked = InfluencerAgreement.objects.get(influencer=personas.other_influencer)
        assert (asked.status, asked.commission_percentage, asked.requires_validation) == (
            "pending",
            Decimal("30.00"),
            True,
        )
        assert asked.merchant_id == personas.merchant.pk


def test_a_campaign_is_made_for_ones_own_company(personas, client_of):
    client = client_of(personas.owner)
    page = client.get(reverse("leads:campaign_new")).content.decode()
    values = dict(re.findall(r'<input type="(?:text|number)"[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
    client.post(reverse("leads:campaign_new"), values | {"name": "Bain", "service": "Bain"} | smuggled(personas))
    with acting_as(SYSTEM):
        assert Campaign.objects.filter(merchant=personas.other_merchant).count() == 1
        assert set(Campaign.objects.values_list("merchant_id", flat=True)) == {
            personas.merchant.pk, personas.other_merchant.pk,
        }  # fmt: skip


PATHS = (
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "....//....//etc/passwd",
    "%00",
    "01a1f765-867e-7383-9f32-15cb5a8157c1%00.pdf",
    "01a1f765-867e-7383-9f32-15cb5a8157c1/../../secret",
    "R-2026-000001.pdf",
)


@pytest.mark.parametrize("path", PATHS)
def test_files_are_found_by_id_alone(personas, client_of, path):
    lead = personas.submit("600.00")
    client = client_of(personas.owner)
    for address in (
        f"/payments/{path}/receipt/",
        f"/payments/payouts/{path}/statement/",
        f"/leads/{path}/return/proof/",
        f"/leads/{lead.pk}/return/proof/{path}",
        f"/static/{path}",
        f"/media/{path}",
        f"/media/receipts/{path}",
    ):
        response = client.get(address)
        assert response.status_code in (400, 404), address
        assert b"root:" not in response.content


@pytest.mark.parametrize(
    "name", ["../../../evil.pdf", "/etc/cron.d/evil.pdf", "a\x00.pdf", "..\\..\\evil.pdf", "x" * 300 + ".pdf"]
)
def test_a_proof_is_kept_under_a_name_of_ours(personas, name):
    lead = personas.submit("600.00")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=5)
        ask_return(lead_id=lead.pk, reason="fraud", proof=ContentFile(b"%PDF-1.4\n%%EOF", name=name))
    with acting_as(SYSTEM):
        kept = LeadReturn.objects.get().proof.name
    assert re.fullmatch(r"returns/[0-9a-f-]{36}\.pdf", kept)
    assert default_storage.exists(kept)


@pytest.mark.parametrize(
    "content", [b"<svg onload=alert(1)>", b"MZ\x90\x00", b"%PDF-1.4 without an end", b"GIF89a", b"PK\x03\x04", b""]
)
def test_what_is_no_proof_is_refused_whatever_its_name(personas, client_of, content):
    lead = personas.submit("600.00")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=5)
    upload = ContentFile(content, name="proof.pdf")
    response = client_of(personas.owner).post(
        reverse("leads:return", args=[lead.pk]), {"reason": "fraud", "details": "", "proof": upload}
    )
    assert response.status_code in (302, 422)
    with acting_as(SYSTEM):
        assert not LeadReturn.objects.exclude(proof="").exists()


WEBHOOKS = ("webhook_stripe", "webhook_cmi", "webhook_btcpay", "webhook_sandbox")
BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "application/json"),
    "no JSON": (b"{", "application/json"),
    "no UTF-8": (b"\xff\xfe\x00{}", "application/json"),
    "NUL": (b'{"id": "\\u0000", "type": "\x00"}', "application/json"),
    "a list": (b"[[[]]]", "application/json"),
    "deep": (b"[" * 20_000 + b"]" * 20_000, "application/json"),
    "a big number": (b'{"amount": 1e999999, "id": ' + b"9" * 5000 + b"}", "application/json"),
    "a broken form": (b"%", "application/x-www-form-urlencoded"),
    "many fields": (b"&".join(b"f%d=1" % n for n in range(3000)), "application/x-www-form-urlencoded"),
    "no end of a part": (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n", "multipart/form-data; boundary=x"),
    "no boundary": (b"--x", "multipart/form-data"),
    "large": (b"x" * (3 * 1024 * 1024), "application/json"),
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("webhook", WEBHOOKS)
def test_a_webhook_refuses_a_body_of_another_shape_and_stores_nothing(db, settings, webhook, body):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_test_x", "whsec_x"
    content, kind = BODIES[body]
    response = Client(raise_request_exception=False).post(
        reverse(webhook),
        content,
        content_type=kind,
        headers={"stripe-signature": "t=1,v1=00", "btcpay-sig": "sha256=00"},
    )
    assert response.status_code in (200, 400, 413), response.status_code
    if response.status_code == 200:
        # The card acquirer's protocol answers in text.
        assert response.content.startswith((b"FAILURE", b"Approved=0", b"ACTION=FAILURE")), response.content
    with acting_as(SYSTEM):
        assert not WebhookEvent.objects.exists()


def test_a_signed_event_sent_again_and_again_credits_once(committed_personas):
    payment = started(committed_personas)
    body, headers = signed_event(payment, "pay")
    for _time in range(3):
        response = Client().post(reverse("webhook_sandbox"), body, content_type="application/json", headers=headers)
        assert response.status_code == 200
    tell(payment)
    tell(payment)
    with acting_as(SYSTEM):
        assert DepositTransaction.objects.filter(kind="recharge").count() == 1
    # The same signature over other bytes is no signature.
    changed = body.replace(b"500.00", b"900.00")
    response = Client().post(reverse("webhook_sandbox"), changed, content_type="application/json", headers=headers)
    assert response.status_code == 400


FORMS = (
    "leads:new",
    "accounts:change_profile",
    "accounts:change_language",
    "privacy",
    "account_login",
    "account_reset_password",
)


@pytest.mark.parametrize("body", BODIES)
def test_pages_answer_a_body_of_another_shape_without_a_fault(personas, client_of, body):
    content, kind = BODIES[body]
    client = client_of(personas.influencer_user)
    client.raise_request_exception = False
    for name in FORMS:
        response = client.post(reverse(name), content, content_type=kind)
        assert response.status_code < 500, name
    with acting_as(SYSTEM):
        assert not Lead.objects.exists()


QUERY = ("text", "status", "source", "campaign", "influencer", "from", "to", "sort", "after", "before", "page")


@pytest.mark.parametrize(
    "value",
    ["\x00", "a\x00b", "\ud83d", "\u202e", "x" * 100_000, "NaN", "1e400", "-1", "9" * 400, "٦٠٠", "' OR 1=1 --"],
)
def test_pages_answer_odd_values_in_every_field_without_a_fault(personas, client_of, value):
    value = value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    client = client_of(personas.influencer_user)
    client.raise_request_exception = False
    good = filled(client, personas.campaign)
    for fields in (dict.fromkeys(good, value), {name: value for name in good if name.startswith("customer_")}):
        assert client.post(reverse("leads:new"), good | fields).status_code < 500
    merchant = client_of(personas.owner)
    merchant.raise_request_exception = False
    query = dict.fromkeys(QUERY, value)
    for page in ("leads:list", "leads:pending", "payments:list"):
        assert merchant.get(reverse(page), query).status_code < 500, page
