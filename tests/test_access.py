"""Who may open which page: every address of ours stands in one table; one that is missing fails.

Rows are asked for by an id that nobody has: whoever is let in finds no such row. The admin and django-allauth guard their own.
"""

from collections.abc import Iterator
from uuid import UUID

import pytest
from django.conf import settings
from django.shortcuts import resolve_url
from django.urls import URLPattern, URLResolver, get_resolver, reverse

NOBODYS_ID = UUID("01a1f765-867e-7383-9f32-15cb5a8157c1")
OTHERS = ("account_", "mfa_", "admin:", "api:")

EVERYBODY = """
    landing terms set_language accounts:signup_merchant accounts:signup_influencer payments:cmi_ok payments:cmi_fail
    webhook_stripe webhook_cmi webhook_btcpay webhook_sandbox alerts:service_worker alerts:unsubscribe webhook_email
    webhook_twilio webhook_whatsapp privacy privacy_confirm accounts:confirm_email_change healthz readyz metrics docs
"""
BOTH_SIDES = """
    dashboard accounts:settings accounts:change_profile accounts:change_language accounts:security accounts:end_session
    accounts:end_sessions leads:list leads:detail leads:export leads:campaigns
    payments:statements payments:statement payments:document
    leads:agreements leads:agreement_step alerts:notifications alerts:bell alerts:read_all alerts:open
    alerts:latest alerts:read alerts:subscribe_browser alerts:unsubscribe_browser alerts:forget_browser alerts:preferences
    alerts:change_channels alerts:change_hours alerts:change_report alerts:change_phone alerts:enter_code alerts:forget_phone
    alerts:change_whatsapp alerts:try_address_again
    partner:access partner:key_create partner:key_revoke partner:webhook_create partner:webhook partner:webhook_edit
    partner:webhook_secret partner:webhook_on partner:webhook_off partner:webhook_remove partner:webhook_test partner:message
    partner:message_resend
    analytics:page analytics:chart_data
"""
MERCHANTS = """
    merchant_figures leads:pending leads:validate leads:reject leads:outcome leads:return leads:return_proof leads:campaign_new
    leads:campaign_preview leads:campaign leads:campaign_state leads:campaign_status leads:invite leads:agreement deposits:list
    deposits:detail deposits:gauge payments:list payments:open payments:open_preview payments:recharge payments:recharge_preview
    payments:auto_recharge payments:remove_card payments:sandbox payments:transfer payments:transfer_pdf payments:pay
    payments:cancel payments:return payments:receipt payments:export deposits:export
"""
INFLUENCERS = """
    leads:new leads:preview leads:consent leads:earnings leads:earnings_export leads:apply payments:payouts
    payments:payout_request payments:payout_statement
"""
ACCESS: dict[str, frozenset[str]] = {
    **dict.fromkeys(EVERYBODY.split(), frozenset({"visitor", "merchant", "influencer"})),
    **dict.fromkeys(BOTH_SIDES.split(), frozenset({"merchant", "influencer"})),
    **dict.fromkeys(MERCHANTS.split(), frozenset({"merchant"})),
    **dict.fromkeys(INFLUENCERS.split(), frozenset({"influencer"})),
}


def addresses(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, str]]:
    """The name and one address of each URL of ours."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        elif isinstance(entry, URLPattern) and not f"{namespace}{entry.name}".startswith(OTHERS):
            name = f"{namespace}{entry.name}"
            kinds = {key: type(converter).__name__ for key, converter in entry.pattern.converters.items()}
            values = {key: NOBODYS_ID if kind == "UUIDConverter" else "any" for key, kind in kinds.items()}
            yield name, reverse(name, kwargs=values)


def outcome(client, url: str) -> str:
    """How the door answers: `log in`, `refused` or `let in`. Addresses that take POST alone are asked by POST."""
    response = client.get(url)
    if response.status_code == 405:
        response = client.post(url)
    if response.status_code == 302 and response.url.split("?")[0] == resolve_url(settings.LOGIN_URL):
        return "log in"
    return "refused" if response.status_code == 403 else "let in"


def test_every_address_stands_in_the_table():
    assert {name for name, _url in addresses(get_resolver())} == set(ACCESS)


@pytest.mark.parametrize("person", ["visitor", "merchant", "influencer"])
def test_each_door_opens_for_those_of_the_table_alone(personas, client, client_of, person):
    browser = {
        "visitor": lambda: client,
        "merchant": lambda: client_of(personas.owner),
        "influencer": lambda: client_of(personas.influencer_user),
    }[person]()
    shut = "log in" if person == "visitor" else "refused"

    answers = {name: outcome(browser, url) for name, url in addresses(get_resolver())}

    assert answers == {name: "let in" if person in people else shut for name, people in ACCESS.items()}
