"""The form of a new lead: submitting, every bad input, double submits, who may see it."""

import re
from functools import partial
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from accounts.models import Influencer
from deposits.models import Deposit, DepositTransaction
from deposits.services import suspend_deposit
from leads.consent import consent_text
from leads.models import Lead, LeadConsent
from leads.services import (
    accept_agreement,
    change_agreement_terms,
    create_campaign,
    end_campaign,
    invite_influencer,
    pause_campaign,
    suspend_agreement,
)
from leads.services.agreements import AgreementTerms
from leadsmarket.lib.actor import AUTHENTICATION, SYSTEM, acting_as
from tests.crowd import crowd
from tests.pages import in_english, mad

URL = reverse("leads:new")
REQUIRED = {
    "campaign",
    "estimated_value",
    "customer_name",
    "customer_phone",
    "customer_email",
    "source",
    "consent",
}


@pytest.fixture
def client(personas, client_of) -> Client:
    return in_english(personas.influencer_user, client_of)


@pytest.fixture(params=[False, True], ids=["plain", "htmx"])
def post(request, client):
    """A function that posts the form, plainly and by htmx."""
    headers = {"HTTP_HX_REQUEST": "true"} if request.param else {}
    return lambda data, **more: client.post(URL, data, **headers, **more)


def hidden(response, name: str) -> str:
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', response.content.decode())[1]


def filled(client, campaign, **changes) -> dict[str, str]:
    """What a browser sends when the form of `campaign` was filled in; None leaves a field out."""
    page = client.get(URL, {"campaign": campaign.pk})
    data = {
        "campaign": str(campaign.pk),
        "estimated_value": "600",
        "customer_name": "Karim Bennani",
        "customer_phone": "06 12 34 56 78",
        "customer_email": "karim@exemple.ma",
        "customer_company": "",
        "source": "instagram",
        "customer_notes": "Appeler le soir",
        "consent": "on",
        "consent_shown": hidden(page, "consent_shown"),
        "submission_key": hidden(page, "submission_key"),
    }
    return {name: value for name, value in (data | changes).items() if value is not None}


def stored():
    """What a refused form must leave as it was."""
    with acting_as(SYSTEM):
        return (
            Lead.objects.count(),
            LeadConsent.objects.count(),
            DepositTransaction.objects.count(),
            list(Deposit.objects.order_by("pk").values_list("current_balance", "reserved_amount")),
        )


def errors(response) -> dict[str, str]:
    """The messages that stand beside fields, by field."""
    found = re.findall(r'id="id_(\w+?)_error" role="alert">(.*?)</div>', response.content.decode(), re.S)
    return {name: re.sub(r"<[^>]+>", "", text).strip() for name, text in found}


def value_of(response, name: str) -> str:
    return re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', response.content.decode())[1]


def sent_lead(response) -> Lead:
    address = response.headers.get("HX-Redirect") or response["Location"]
    with acting_as(SYSTEM):
        return Lead.objects.get(pk=UUID(parse_qs(urlsplit(address).query)["sent"][0]))


def test_lead_is_sent_and_its_commission_reserved(personas, client, post):
    response = post(filled(client, personas.campaign), REMOTE_ADDR="196.200.1.7")

    lead = sent_lead(response)
    assert response.status_code == (200 if "HX-Redirect" in response.headers else 302)
    assert (str(lead.commission_amount), str(lead.influencer_commission_amount)) == ("60.00", "18.00")
    assert str(lead.customer_phone) == "+212612345678"
    with acting_as(SYSTEM):
        consent = LeadConsent.objects.get()
        reserved = Deposit.objects.get(pk=personas.deposit.pk).reserved_amount
    with override("en"):
        assert consent.text == consent_text("Atlas Rénovation")
    assert (consent.ip_address, consent.language, consent.typed_by_id) == (
        "196.200.1.7",
        "en",
        personas.influencer_user.pk,
    )
    assert str(reserved) == "60.00"


def test_page_after_a_lead_tells_of_it_and_is_ready_for_the_next(personas, client, post):
    data = filled(client, personas.campaign, source="tiktok")
    response = post(data)
    lead = sent_lead(response)

    page = client.get(response.headers.get("HX-Redirect") or response["Location"])

    html = page.content.decode()
    assert reverse("leads:detail", args=[lead.pk]) in html
    assert f"Lead sent: Karim Bennani. Commission {mad('60.00')}, your share {mad('18.00')} once validated." in html
    assert f'value="{personas.campaign.pk}" selected' in html
    assert re.search(r'value="tiktok"[^>]*checked', html)
    assert hidden(page, "submission_key") != data["submission_key"]
    assert not re.search(r'name="customer_name"[^>]*value=', html)
    assert not re.search(r'name="consent"[^>]*checked', html)


@pytest.mark.parametrize(
    ("typed", "stored_value"),
    [("600", "600.00"), ("٦٠٠", "600.00"), ("600,50", "600.50"), ("1 500", "1500.00"), ("1\u202f500,5", "1500.50")],
)
def test_amounts_are_read_as_people_type_them(personas, client, typed, stored_value):
    response = client.post(URL, filled(client, personas.campaign, estimated_value=typed))

    assert str(sent_lead(response).estimated_value) == stored_value


@pytest.mark.parametrize("typed", ["٠٦١٢٣٤٥٦٧٨", "00212612345678", "+212 (0)6 12 34 56 78"])
def test_phones_are_read_as_people_type_them(personas, client, typed):
    response = client.post(URL, filled(client, personas.campaign, customer_phone=typed))

    assert str(sent_lead(response).customer_phone) == "+212612345678"


AT_LEAST = f"The amount must be at least {mad('50.00')}."
BAD_VALUES = [
    ("estimated_value", "49.99", AT_LEAST),
    ("estimated_value", "-5", AT_LEAST),
    ("estimated_value", "100.001", "An amount has at most two decimals (centimes)."),
    ("estimated_value", "abc", "Enter an amount in dirhams, such as 600 or 600.50."),
    ("estimated_value", "1e400", "Enter an amount in dirhams, such as 600 or 600.50."),
    ("estimated_value", "NaN", "Enter an amount in dirhams, such as 600 or 600.50."),
    ("estimated_value", "Infinity", "Enter an amount in dirhams, such as 600 or 600.50."),
    ("estimated_value", "1000000000000", f"The amount must be at most {mad('9999999999.99')}."),
    ("estimated_value", "1" * 300, "Enter an amount in dirhams, such as 600 or 600.50."),
    ("estimated_value", "٤٩٫٩٩", AT_LEAST),
    ("estimated_value", "", "Enter the estimated value."),
    ("customer_phone", "0123", "Enter a phone number that can be called, such as 06 12 34 56 78."),
    ("customer_phone", "abc", "Enter a phone number that can be called, such as 06 12 34 56 78."),
    ("customer_phone", "", "Enter the customer&#x27;s phone number."),
    ("customer_phone", "0801234567", "Toll-free and premium-rate numbers can&#x27;t be a customer&#x27;s phone."),
    ("customer_email", "karim", "Enter a valid e-mail address."),
    ("customer_name", "", "Enter the customer&#x27;s name."),
    ("customer_name", "   ", "Enter the customer&#x27;s name."),
    (
        "customer_email",
        "salma@exemple.ma",
        "You can&#x27;t submit your own contact, nor one of the merchant&#x27;s team.",
    ),
    (
        "customer_email",
        "atlas@exemple.ma",
        "You can&#x27;t submit your own contact, nor one of the merchant&#x27;s team.",
    ),
]


@pytest.mark.parametrize(("field", "typed", "message"), BAD_VALUES)
def test_error_stands_beside_its_field_and_what_was_typed_stays(personas, client, post, field, typed, message):
    before = stored()

    response = post(filled(client, personas.campaign, **{field: typed}))

    assert response.status_code == 422
    assert errors(response)[field] == message
    assert stored() == before
    html = response.content.decode()
    assert re.search(rf'<input[^>]*name="{field}"[^>]*aria-invalid="true"', html)
    if typed.strip():
        assert value_of(response, field) == typed
    other = "customer_name" if field != "customer_name" else "customer_email"
    assert value_of(response, other) == ("Karim Bennani" if other == "customer_name" else "karim@exemple.ma")
    assert "Appeler le soir" in html
    assert re.search(r'name="consent"[^>]*checked', html)


def test_whole_page_comes_without_htmx_and_the_part_with_it(personas, client):
    data = filled(client, personas.campaign, estimated_value="abc")

    page = client.post(URL, data)
    part = client.post(URL, data, HTTP_HX_REQUEST="true")

    assert "<!doctype html>" in page.content.decode()
    assert part.content.decode().lstrip().startswith('<div id="new-lead">')
    assert "HX-Request" in page.headers["Vary"]


def test_empty_form_asks_for_everything_that_is_needed(personas, client, post):
    before = stored()

    response = post({"campaign": str(personas.campaign.pk)})

    assert set(errors(response)) == REQUIRED - {"campaign"}
    assert stored() == before


def test_nothing_at_all_is_refused_without_a_crash(personas, client, post):
    response = post({})

    assert response.status_code == 422
    assert "campaign" in errors(response)


def test_text_that_no_field_can_hold_is_refused(personas, client, post):
    response = post(filled(client, personas.campaign, customer_name="x" * 121, source="fax", customer_notes="a\x00b"))

    assert set(errors(response)) == {"customer_name", "source", "customer_notes"}


def test_consent_is_required_and_never_ticked_in_advance(personas, client, post):
    before = stored()
    assert not re.search(r'name="consent"[^>]*checked', client.get(URL).content.decode())

    response = post(filled(client, personas.campaign, consent=None))

    assert errors(response) == {"consent": "Without the person&#x27;s agreement this lead can&#x27;t be sent."}
    assert stored() == before


def test_only_campaign_is_chosen_with_its_sentence_from_the_start(personas, client):
    html = client.get(URL).content.decode()

    assert f'value="{personas.campaign.pk}" selected' in html
    assert "go to Atlas Rénovation" in html


def test_sentence_of_another_company_must_be_confirmed_again(personas, client, post):
    with acting_as(SYSTEM):
        agreement = invite_influencer(merchant_id=personas.other_merchant.pk, email="salma@exemple.ma")
    with acting_as(personas.as_influencer):
        accept_agreement(agreement_id=agreement.pk)
    shown = filled(client, personas.campaign)
    before = stored()

    response = post(shown | {"campaign": str(personas.other_campaign.pk)})

    assert list(errors(response)) == ["consent"]
    assert "Rif Conseil" in response.content.decode()
    assert not re.search(r'name="consent"[^>]*checked', response.content.decode())
    assert stored() == before
    confirmed = shown | {
        "campaign": str(personas.other_campaign.pk),
        "consent_shown": hidden(response, "consent_shown"),
    }
    assert sent_lead(post(confirmed)).merchant_id == personas.other_merchant.pk


@pytest.mark.parametrize(
    ("field", "contact"),
    [
        ("customer_phone", {"customer_phone": "+212612345678"}),
        ("customer_email", {"customer_email": "karim@exemple.ma"}),
    ],
)
def test_contact_submitted_before_is_named_beside_its_field(personas, client, post, field, contact):
    personas.submit(**contact)
    before = stored()

    response = post(filled(client, personas.campaign))

    message = "This contact was already submitted to this campaign in the last 90 days."
    assert errors(response) == {field: message}
    assert stored() == before


def test_own_phone_is_refused(personas, client, post):
    with acting_as(SYSTEM):
        Influencer.objects.update(phone="+212612345678")
    before = stored()

    response = post(filled(client, personas.campaign))

    assert set(errors(response)) == {"customer_phone", "customer_email"}
    assert stored() == before


def pause(personas):
    with acting_as(personas.as_owner):
        pause_campaign(campaign_id=personas.campaign.pk)


def end(personas):
    with acting_as(personas.as_owner):
        end_campaign(campaign_id=personas.campaign.pk)


def suspend(personas):
    with acting_as(personas.as_owner):
        suspend_agreement(agreement_id=personas.agreement.pk)


def stop_deposit(personas):
    with acting_as(personas.as_staff):
        suspend_deposit(deposit_id=personas.deposit.pk, reason="Contrôle")


def use_up(personas):
    for _lead in range(62):
        personas.submit("1500")


CANNOT_NOW = "This campaign can&#x27;t take leads now. Please try again later."


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (pause, "This campaign is paused and takes no leads now."),
        (stop_deposit, CANNOT_NOW),
        (use_up, CANNOT_NOW),
    ],
)
def test_what_happened_meanwhile_is_told_beside_the_campaign(personas, client, post, event, message):
    data = filled(client, personas.campaign, estimated_value="1500")
    event(personas)
    before = stored()

    response = post(data)

    assert errors(response) == {"campaign": message}
    assert value_of(response, "customer_name") == "Karim Bennani"
    assert stored() == before


@pytest.mark.parametrize("event", [suspend, end])
def test_agreement_or_campaign_that_is_gone_keeps_the_page_usable(personas, client, post, event):
    with acting_as(SYSTEM):
        agreement = invite_influencer(merchant_id=personas.other_merchant.pk, email="salma@exemple.ma")
    with acting_as(personas.as_influencer):
        accept_agreement(agreement_id=agreement.pk)
    data = filled(client, personas.campaign)
    event(personas)
    before = stored()

    response = post(data)

    assert response.status_code == 422
    assert errors(response)["campaign"] == "You have no active agreement for this campaign."
    assert value_of(response, "customer_name") == "Karim Bennani"
    assert stored() == before


def test_last_agreement_suspended_leaves_a_clear_page(personas, client, post):
    data = filled(client, personas.campaign)
    suspend(personas)
    before = stored()

    response = post(data)

    assert response.status_code == 422
    assert reverse("leads:campaigns") in response.content.decode()
    assert stored() == before


def test_same_form_twice_is_one_lead(personas, client, post):
    data = filled(client, personas.campaign)

    first, second = post(data), post(data)

    assert sent_lead(first).pk == sent_lead(second).pk
    assert stored()[0] == 1


def test_form_kept_by_the_browser_takes_the_next_customer(personas, client):
    """The browser's "back" shows the old form, with its key; another customer typed there is another lead."""
    data = filled(client, personas.campaign)
    first = sent_lead(client.post(URL, data))

    second = sent_lead(client.post(URL, data | {"customer_phone": "0698765432", "customer_email": "b@exemple.ma"}))

    assert first.pk != second.pk


@pytest.mark.parametrize("key", ["", "abc", "' OR 1=1", "0" * 5000])
def test_tampered_key_is_replaced(personas, client, post, key):
    response = post(filled(client, personas.campaign, submission_key=key, customer_phone="abc"))

    assert UUID(hidden(response, "submission_key"))
    assert sent_lead(post(filled(client, personas.campaign, submission_key=key))).submission_key


@pytest.mark.parametrize("campaign", ["abc", "01a1f765-867e-7383-9f32-15cb5a8157c1", "' OR 1=1", ""])
def test_campaign_in_the_address_may_be_anything(personas, client, campaign):
    response = client.get(URL, {"campaign": campaign, "sent": campaign})

    assert response.status_code == 200
    assert "Lead sent" not in response.content.decode()


def test_anothers_lead_is_not_told_as_sent(personas, client_of):
    lead = personas.submit()

    page = in_english(personas.other_influencer_user, client_of).get(URL, {"sent": lead.pk})

    assert lead.customer_name not in page.content.decode()


def test_without_agreement_the_page_leads_to_campaigns(personas, client_of):
    page = in_english(personas.other_influencer_user, client_of).get(URL)

    assert "No campaign to send leads to yet" in page.content.decode()
    assert reverse("leads:campaigns") in page.content.decode()
    assert "<form" not in page.content.decode().split('id="new-lead"')[1].split("</main>")[0]


def test_only_campaigns_under_agreement_with_their_state_are_offered(personas, client):
    with acting_as(SYSTEM):
        second = create_campaign(merchant_id=personas.merchant.pk, name="Salle de bain", service="Rénovation")
        agreement = invite_influencer(merchant_id=personas.merchant.pk, email="salma@exemple.ma", campaign_id=second.pk)
    with acting_as(personas.as_influencer):
        accept_agreement(agreement_id=agreement.pk)
    with acting_as(personas.as_owner):
        pause_campaign(campaign_id=second.pk)

    html = client.get(URL).content.decode()

    assert "Cuisine sur mesure · Atlas Rénovation (takes leads now)" in html
    assert "Salle de bain · Atlas Rénovation (can&#x27;t take leads now)" in html
    assert "Bilan" not in html


def test_lead_that_needs_no_validation_is_said_to_be_validated(personas, client):
    with acting_as(personas.as_owner):
        change_agreement_terms(agreement_id=personas.agreement.pk, terms=AgreementTerms(requires_validation=False))

    response = client.post(URL, filled(client, personas.campaign))

    assert "Lead sent and validated: Karim Bennani." in client.get(response["Location"]).content.decode()


@pytest.mark.parametrize("page", ["new", "preview", "consent", "earnings"])
def test_merchants_and_visitors_stay_outside(personas, client_of, page):
    url = reverse(f"leads:{page}")

    assert client_of(personas.owner).get(url).status_code == 403
    assert Client().get(url).status_code == 302


def test_cndp_number_is_printed(personas, client, settings):
    settings.CNDP_RECEIPT_NUMBER = "D-GC-123/2026"

    assert "D-GC-123/2026" in client.get(URL).content.decode()


def test_balance_of_the_merchant_is_nowhere(personas, client):
    personas.submit("600")

    for url in (URL, reverse("leads:list"), reverse("leads:earnings"), reverse("dashboard")):
        html = client.get(url).content.decode()
        assert not re.search(r"[45][,.\s\u202f\xa0]?(?:000|940)[.,]00", html), url


def test_page_makes_a_constant_number_of_queries(personas, client, django_assert_num_queries):
    client.get(URL)
    with CaptureQueriesContext(connection) as before:
        client.get(URL, {"campaign": personas.campaign.pk})
    with acting_as(SYSTEM):
        for number in range(5):
            create_campaign(merchant_id=personas.other_merchant.pk, name=f"Bilan {number}", service="Conseil")
        agreement = invite_influencer(merchant_id=personas.other_merchant.pk, email="salma@exemple.ma")
    with acting_as(personas.as_influencer):
        accept_agreement(agreement_id=agreement.pk)

    with django_assert_num_queries(len(before)):
        assert "Bilan 4" in client.get(URL, {"campaign": personas.campaign.pk}).content.decode()


def test_double_click_in_two_threads_is_one_lead(committed_personas):
    personas = committed_personas
    client = Client()
    with acting_as(AUTHENTICATION):
        client.force_login(personas.influencer_user)
    data = filled(client, personas.campaign)
    clients = [Client(), Client()]
    for each in clients:
        each.cookies = client.cookies

    with crowd(2) as threads:
        responses = threads.at_once(*(partial(each.post, URL, data) for each in clients))

    assert [response.status_code for response in responses] == [302, 302]
    assert sent_lead(responses[0]).pk == sent_lead(responses[1]).pk
    assert stored()[:2] == (1, 1)
    with acting_as(SYSTEM):
        assert str(Deposit.objects.get(pk=personas.deposit.pk).reserved_amount) == "60.00"
