"""Settings, API access: what each side sees and does there, with htmx and without."""

import pytest
from django.urls import reverse

from api.models import ApiKey, WebhookEndpoint, WebhookMessage
from api.services.keys import MOST_KEYS, create_api_key, key_holder
from api.services.webhooks.endpoints import MOST_ENDPOINTS
from api.tests.webhook_world import endpoint_of, fresh, messages, one_test
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.sealing import unseal
from tests.pages import in_english, text_of

ACCESS = "/settings/api/"
HTMX = {"HX-Request": "true"}
WEBHOOK = {"url": "https://example.com/hooks", "description": "CRM", "events": ["lead.created", "lead.rejected"]}


@pytest.fixture
def owner(personas, client_of):
    return in_english(personas.owner, client_of)


@pytest.fixture
def member(personas, client_of):
    return in_english(personas.member, client_of)


@pytest.fixture
def influencer(personas, client_of):
    return in_english(personas.influencer_user, client_of)


def all_of(model) -> list:
    with acting_as(SYSTEM):
        return list(model.objects.order_by("id"))


def secret_in(response, start: str) -> str:
    """The secret that a page shows with its copy button."""
    html = response.content.decode()
    begin = html.index(f'data-copy="{start}') + len('data-copy="')
    return html[begin : html.index('"', begin)]


def address(name: str, row) -> str:
    return reverse(f"partner:{name}", args=[row.pk])


def test_the_section_stands_in_the_settings_of_both_sides(owner, influencer, personas, client_of):
    for browser in (owner, influencer):
        assert f'href="{ACCESS}"' in browser.get("/settings/").content.decode()
        page = text_of(browser.get(ACCESS))
        assert "No key yet" in page
        assert "No webhook yet" in page
    assert f'href="{ACCESS}"' not in in_english(personas.staff, client_of).get("/settings/").content.decode()


def test_a_key_is_made_shown_once_and_listed_by_its_start(owner):
    response = owner.post(ACCESS + "keys/new/", {"name": "Compta", "scope": "read"})

    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    text = secret_in(response, "lm_test_")
    assert key_holder(text).may_write is False
    page = owner.get(ACCESS)
    assert text not in page.content.decode()
    assert f"Compta {text.rpartition('_')[0]}… Read" in text_of(page)
    assert "Never" in text_of(page)


def test_in_a_dialog_the_list_behind_renews_itself(owner):
    form = owner.get(ACCESS + "keys/new/", headers=HTMX)
    assert form.content.strip().startswith(b"<dialog")
    response = owner.post(ACCESS + "keys/new/", {"name": "Compta", "scope": "write"}, headers=HTMX)
    assert response["HX-Trigger"] == "access-changed"
    assert secret_in(response, "lm_test_")
    assert b"<html" not in owner.get(ACCESS, headers=HTMX).content


@pytest.mark.parametrize("name", ["keys/new/", "webhooks/new/"])
def test_the_password_is_asked_for_again_before_something_is_made(personas, client_of, name):
    browser = client_of(personas.owner, is_fresh=False)
    response = browser.post(ACCESS + name, {"name": "X", "scope": "read", **WEBHOOK})
    assert response.status_code == 302
    assert response.url.startswith("/accounts/reauthenticate/?next=%2Fsettings%2Fapi%2F")
    dialog = browser.get(ACCESS + name, headers=HTMX)
    assert dialog["HX-Redirect"].startswith("/accounts/reauthenticate/")
    assert all_of(ApiKey) == all_of(WebhookEndpoint) == []


def test_a_wrong_form_comes_back_with_what_was_typed(owner):
    response = owner.post(ACCESS + "keys/new/", {"name": "", "scope": "everything"}, headers=HTMX)
    assert response.status_code == 422
    response = owner.post(ACCESS + "webhooks/new/", WEBHOOK | {"url": "ftp://example.com/", "events": []})
    assert response.status_code == 422
    assert "ftp://example.com/" in response.content.decode()
    assert all_of(ApiKey) == all_of(WebhookEndpoint) == []


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://localhost/", "https://10.0.0.1/", "https://x@example.com/"]
)
def test_an_address_that_is_not_on_the_internet_is_refused_beside_its_field(owner, settings, url):
    settings.WEBHOOKS_ALLOW_PRIVATE = False
    response = owner.post(ACCESS + "webhooks/new/", WEBHOOK | {"url": url})
    assert response.status_code == 422
    assert "Enter an https:// address on the public internet" in text_of(response)
    assert all_of(WebhookEndpoint) == []


def test_a_key_is_revoked_after_asking(owner, personas):
    with acting_as(personas.as_owner):
        key, text = create_api_key(name="Vieux", scope="write")
    question = owner.get(address("key_revoke", key))
    assert "Vieux" in text_of(question)
    assert key_holder(text)
    assert owner.post(address("key_revoke", key)).url == ACCESS
    assert key_holder(text) is None
    assert "Revoked" in text_of(owner.get(ACCESS))
    assert owner.post(address("key_revoke", key)).status_code == 302


def test_a_member_looks_and_the_owner_acts(owner, member, personas):
    with acting_as(personas.as_owner):
        key, _text = create_api_key(name="CRM", scope="write")
    endpoint, _secret = endpoint_of(personas.as_owner)
    message = one_test(personas.as_owner, endpoint)

    page = text_of(member.get(ACCESS))
    assert "CRM" in page
    assert "Only the owner of the company's account can change this." in page
    assert "New key" not in page
    assert member.get(address("webhook", endpoint)).status_code == 200
    assert "Send again" not in text_of(member.get(address("message", message)))
    for name, row in (
        ("key_revoke", key),
        ("webhook_edit", endpoint),
        ("webhook_secret", endpoint),
        ("webhook_on", endpoint),
        ("webhook_off", endpoint),
        ("webhook_remove", endpoint),
        ("webhook_test", endpoint),
        ("message_resend", message),
    ):
        assert member.post(address(name, row)).status_code == 403, name
    for name in ("keys/new/", "webhooks/new/"):
        assert member.post(ACCESS + name, {"name": "X", "scope": "read", **WEBHOOK}).status_code == 403
    assert len(all_of(ApiKey)) == len(all_of(WebhookEndpoint)) == len(messages()) == 1
    assert fresh(key).revoked_at is None
    assert fresh(endpoint) == endpoint
    assert fresh(endpoint).is_on


def test_anothers_rows_are_not_there(influencer, personas, client_of):
    with acting_as(personas.as_owner):
        key, _text = create_api_key(name="CRM", scope="write")
    endpoint, _secret = endpoint_of(personas.as_owner)
    message = one_test(personas.as_owner, endpoint)
    for browser in (influencer, client_of(personas.other_owner)):
        for name, row in (("webhook", endpoint), ("message", message)):
            assert browser.get(address(name, row)).status_code == 404
        for name, row in (
            ("key_revoke", key),
            ("webhook_edit", endpoint),
            ("webhook_secret", endpoint),
            ("webhook_off", endpoint),
            ("webhook_remove", endpoint),
            ("webhook_test", endpoint),
            ("message_resend", message),
        ):
            assert browser.post(address(name, row), WEBHOOK).status_code == 404, name
    assert fresh(key).revoked_at is None
    assert fresh(endpoint).is_on
    assert len(messages()) == 1


def test_a_webhook_is_set_up_changed_and_removed(owner, personas):
    response = owner.post(ACCESS + "webhooks/new/", WEBHOOK)
    [endpoint] = all_of(WebhookEndpoint)
    assert (endpoint.url, endpoint.events) == (WEBHOOK["url"], ["lead.created", "lead.rejected"])
    assert unseal(endpoint.sealed_secret) == secret_in(response, "whsec_")
    assert "no-store" in response["Cache-Control"]

    page = owner.get(address("webhook", endpoint))
    assert "whsec_" not in page.content.decode()
    assert "https://example.com/hooks" in text_of(page)

    changed = WEBHOOK | {"url": "https://example.com:8443/new", "events": ["payment.succeeded"]}
    assert owner.post(address("webhook_edit", endpoint), changed).url == address("webhook", endpoint)
    assert (fresh(endpoint).url, fresh(endpoint).events) == ("https://example.com:8443/new", ["payment.succeeded"])

    assert owner.post(address("webhook_remove", endpoint)).url == ACCESS
    assert owner.get(address("webhook", endpoint)).status_code == 404
    assert "No webhook yet" in text_of(owner.get(ACCESS))


def test_a_side_is_offered_its_own_events_alone(owner, influencer):
    assert "payout.paid" not in owner.get(ACCESS + "webhooks/new/").content.decode()
    page = influencer.get(ACCESS + "webhooks/new/").content.decode()
    assert "payout.paid" in page
    assert "deposit.level_changed" not in page
    response = influencer.post(ACCESS + "webhooks/new/", WEBHOOK | {"events": ["deposit.level_changed"]})
    assert response.status_code == 422
    assert all_of(WebhookEndpoint) == []


def test_a_new_secret_is_shown_once_with_the_end_of_the_old_one(owner, personas):
    endpoint, old = endpoint_of(personas.as_owner)
    assert "24 hours" in text_of(owner.get(address("webhook_secret", endpoint)))
    response = owner.post(address("webhook_secret", endpoint))
    new = secret_in(response, "whsec_")
    assert new != old
    assert unseal(fresh(endpoint).sealed_secret) == new
    assert unseal(fresh(endpoint).previous_sealed_secret) == old
    assert "The old secret signs too until" in text_of(owner.get(address("webhook", endpoint)))


def test_a_webhook_is_switched_off_and_on(owner, personas):
    endpoint, _secret = endpoint_of(personas.as_owner)
    owner.post(address("webhook_off", endpoint))
    assert fresh(endpoint).off_reason == "by_owner"
    owner.post(address("webhook_test", endpoint))
    assert messages() == []
    owner.post(address("webhook_on", endpoint))
    assert fresh(endpoint).is_on
    owner.post(address("webhook_test", endpoint))
    assert [message.event for message in messages()] == ["webhook.test"]


def test_the_log_is_filtered_and_paged(owner, personas, django_assert_max_num_queries):
    endpoint, _secret = endpoint_of(personas.as_owner)
    for _ in range(27):
        one_test(personas.as_owner, endpoint)
    personas.submit()
    with acting_as(SYSTEM):
        WebhookMessage.objects.filter(event="lead.created").update(status="retrying", last_status_code=503)
    page = address("webhook", endpoint)

    with django_assert_max_num_queries(25):
        first = owner.get(page)
    assert 'rel="next"' in first.content.decode()
    assert "503" in text_of(owner.get(page, {"event": "lead.created"}))
    assert "503" not in text_of(owner.get(page, {"event": "webhook.test"}))
    assert "503" in text_of(owner.get(page, {"status": "retrying"}))
    assert "No message matches" in text_of(owner.get(page, {"status": "given_up"}))
    assert owner.get(page, {"status": "nonsense", "event": "'", "cursor": "x"}).status_code == 200


def test_a_message_shows_what_was_sent_and_each_answer_harmlessly(owner, personas):
    endpoint_of(personas.as_owner)
    personas.submit("1500.00", customer_name="<b>Ahmed</b>")
    [message] = messages()
    with acting_as(SYSTEM):
        message.attempts.create(
            number=1, status_code=500, duration=12, error="status", answer="<script>alert(1)</script>"
        )

    html = owner.get(address("message", message)).content.decode()
    assert message.webhook_id in html
    assert "&quot;commission_amount&quot;: 80.00" in html
    assert "&lt;b&gt;Ahmed" in html
    assert "<script>alert" not in html
    assert "Another answer than 2xx" in html


def test_a_message_is_sent_once_more_by_its_button(owner, personas):
    endpoint, _secret = endpoint_of(personas.as_owner)
    message = one_test(personas.as_owner, endpoint)
    with acting_as(SYSTEM):
        WebhookMessage.objects.update(status="given_up", failures=8)
    assert owner.post(address("message_resend", message)).url == address("message", message)
    assert (fresh(message).status, fresh(message).failures) == ("queued", 0)


def test_the_greatest_number_of_keys_and_webhooks_is_told(owner, personas):
    for number in range(MOST_KEYS):
        with acting_as(personas.as_owner):
            create_api_key(name=f"Key {number}", scope="read")
    for _ in range(MOST_ENDPOINTS):
        endpoint_of(personas.as_owner)
    page = text_of(owner.get(ACCESS))
    assert "New key" not in page
    assert "New webhook" not in page
    for name in ("keys/new/", "webhooks/new/"):
        response = owner.post(ACCESS + name, {"name": "X", "scope": "read", **WEBHOOK})
        assert response.status_code == 422
        assert "You have the greatest number" in text_of(response)
    assert (len(all_of(ApiKey)), len(all_of(WebhookEndpoint))) == (MOST_KEYS, MOST_ENDPOINTS)
