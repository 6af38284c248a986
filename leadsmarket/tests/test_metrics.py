"""/metrics: for our own networks or with the token, 404 for everybody else; what it counts."""

import pytest

from leads.models import Lead
from leadsmarket.beat import note_heartbeat


def figures(answer) -> dict[str, float]:
    lines = [line for line in answer.content.decode().splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "proxies", "status"),
    [
        ({}, 0, 200),
        ({"REMOTE_ADDR": "::1"}, 0, 200),
        ({"REMOTE_ADDR": "203.0.113.9"}, 0, 404),
        # Behind a proxy on this machine everybody seems to come from here.
        ({"HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 0, 404),
        ({"HTTP_X_FORWARDED_FOR": "203.0.113.9"}, 1, 404),
        ({"HTTP_X_FORWARDED_FOR": "127.0.0.1, 203.0.113.9"}, 1, 404),
        ({"HTTP_X_FORWARDED_FOR": "203.0.113.9, 127.0.0.1"}, 1, 200),
        ({"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": "Bearer a-token-for-figures"}, 0, 200),
        ({"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": "Bearer another"}, 0, 404),
        ({"REMOTE_ADDR": "203.0.113.9", "HTTP_AUTHORIZATION": "Bearer "}, 0, 404),
    ],
)
def test_strangers_find_nothing_there(client, settings, headers, proxies, status):
    settings.METRICS_TOKEN = "a-token-for-figures"
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies

    assert client.get("/metrics", **headers).status_code == status


@pytest.mark.django_db
def test_without_a_token_an_empty_one_opens_nothing(client, settings):
    settings.METRICS_TOKEN = ""

    assert client.get("/metrics", REMOTE_ADDR="203.0.113.9", HTTP_AUTHORIZATION="Bearer ").status_code == 404


@pytest.mark.django_db
def test_requests_are_counted_by_the_name_of_their_address(client):
    before = figures(client.get("/metrics"))
    client.get("/terms/")
    client.get("/terms/?q=secret")
    client.get("/nowhere/1/")
    client.get("/nowhere/2/")
    after = figures(client.get("/metrics"))

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grown('leadsmarket_requests_total{method="GET",status="200",view="terms"}') == 2
    assert grown('leadsmarket_request_seconds_count{view="terms"}') == 2
    assert grown('leadsmarket_requests_total{method="GET",status="404",view="none"}') == 2
    assert not any("nowhere" in name or "?" in name for name in after)


def test_state_of_deposits_queues_and_scheduler(client, personas):
    note_heartbeat()

    now = figures(client.get("/metrics"))

    assert now['leadsmarket_deposits{level="healthy"}'] == 2
    assert now['leadsmarket_waiting{queue="provider_events"}'] == 0
    assert now["leadsmarket_beat_silence_seconds"] < 60
    assert (now['leadsmarket_up{part="database"}'], now['leadsmarket_up{part="redis"}']) == (1, 1)


def test_a_scrape_leaves_no_actor_behind(client, personas):
    client.get("/metrics")

    assert Lead.objects.count() == 0
