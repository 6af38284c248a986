"""The staff site's pages of keys and webhooks: everything to look at, nothing to change, no secret."""

import pytest
from django.urls import reverse

from api.models import ApiKey, WebhookEndpoint, WebhookMessage
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.pages import in_english, text_of
from tests.partner_rows import make_partner_rows


@pytest.fixture
def rows(personas):
    make_partner_rows(personas)
    return personas


@pytest.fixture
def desk(personas, client_of):
    """The browser of somebody of staff."""
    return in_english(personas.staff, client_of)


@pytest.mark.parametrize("model", [ApiKey, WebhookEndpoint, WebhookMessage])
def test_lists_and_pages_open_and_change_nothing(rows, desk, model):
    name = f"admin:api_{model._meta.model_name}"
    with acting_as(SYSTEM):
        some = list(model.objects.order_by("id"))
    listed = desk.get(reverse(f"{name}_changelist"))
    assert listed.status_code == 200
    for row in some:
        page = desk.get(reverse(f"{name}_change", args=[row.pk]))
        assert page.status_code == 200
        assert 'name="_save"' not in page.content.decode()
        assert desk.get(reverse(f"{name}_delete", args=[row.pk])).status_code == 403
    assert desk.get(reverse(f"{name}_add")).status_code == 403


def test_no_secret_is_shown(rows, desk):
    with acting_as(SYSTEM):
        key, endpoint = ApiKey.objects.first(), WebhookEndpoint.objects.first()
        message = WebhookMessage.objects.filter(status="delivered").first()
    for row, secret in ((key, key.key_hash), (endpoint, endpoint.sealed_secret)):
        html = desk.get(reverse(f"admin:api_{row._meta.model_name}_change", args=[row.pk])).content.decode()
        assert secret not in html
    page = text_of(desk.get(reverse("admin:api_webhookmessage_change", args=[message.pk])))
    assert "webhook_id" not in page
    assert "200" in page


def test_rows_are_found_by_what_people_have_at_hand(rows, desk):
    with acting_as(SYSTEM):
        key = ApiKey.objects.filter(merchant=rows.merchant).first()
    found = text_of(desk.get(reverse("admin:api_apikey_changelist"), {"q": key.public_id}))
    assert key.start in found
    assert text_of(desk.get(reverse("admin:api_apikey_changelist"), {"q": str(rows.influencer.pk)})).count("CRM") == 1
    assert "https://example.com/on" in text_of(
        desk.get(reverse("admin:api_webhookendpoint_changelist"), {"q": "https://example.com/on"})
    )
