"""A merchant's analytics: the page against the selectors, its filters, its charts' data and its tables."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from analytics.comparison import KeyFigure
from analytics.periods import Period
from analytics.rollup import roll_up
from analytics.selectors.forecasts import deposit_forecast
from analytics.selectors.leads import lead_figures
from analytics.selectors.sums import LeadScope
from analytics.views.merchant_analytics import MERCHANT_CHARTS
from leads.services import create_campaign, reject_lead, validate_lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.pages import in_english, mad, plain_mad, text_of
from tests.personas import make_books, make_merchant

URL = reverse("analytics:page")
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def client(personas, client_of) -> Client:
    return in_english(personas.owner, client_of)


def data_url(chart: str) -> str:
    return reverse("analytics:chart_data", args=[chart])


def table_of(page: str, chart: str) -> list[list[str]]:
    """The rows of a chart's table, as text."""
    part = page.split(f'id="chart-{chart}-title"')[1].split("</section>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", part, re.DOTALL)
    return [[text_of(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in rows]


def key_figure(page: str, label: str) -> str:
    return text_of(re.search(rf"<dt>{label}</dt>\s*<dd>(.*?)</dd>", page, re.DOTALL)[1])


def test_key_figures_are_those_of_the_selectors(client, personas):
    make_books(personas)
    with acting_as(personas.as_owner):
        figures = lead_figures(LeadScope(merchant_id=personas.merchant.pk), Period.last_days(30))

    page = client.get(URL).content.decode()

    assert key_figure(page, "Leads").startswith(str(figures.created_count) + " ")
    assert key_figure(page, "Pending").startswith("1 ")
    assert key_figure(page, "Validated").startswith(f"{figures.validated_count} ")
    assert key_figure(page, "Validation rate").startswith("75 %")
    assert key_figure(page, "Return on investment").startswith("49.00")
    assert mad(str(figures.commission_amount)) in page
    assert mad(str(figures.acquisition_amount)) in page


def test_figures_are_compared_with_the_days_before(client, personas):
    with time_machine.travel(timezone.now() - timedelta(days=10), tick=False):
        personas.submit()
        personas.submit()
    personas.submit()

    page = client.get(URL, {"period": "7"}).content.decode()

    assert key_figure(page, "Leads") == "1 \u22121 , less than before"
    assert key_figure(page, "Validated") == "0 as before"
    assert key_figure(page, "Validation rate") == "— of the leads decided"


def test_tables_and_canvases_have_the_same_numbers(client, personas):
    make_books(personas)
    page = client.get(URL, {"period": "7"}).content.decode()

    for chart in MERCHANT_CHARTS:
        drawn = client.get(data_url(chart), {"period": "7"}).json()
        rows = zip(drawn["row_labels"], *(one["texts"] for one in drawn["series"]), strict=True)
        expected = [[text_of(cell) for cell in row] for row in rows]
        assert table_of(page, chart)[1:] == expected, chart
    leads = client.get(data_url("leads-per-day"), {"period": "7"}).json()
    assert [sum(one["values"]) for one in leads["series"]] == [1, 1, 1, 1, 1, 5]
    assert [one["values"][-1] for one in leads["series"]] == [1, 1, 1, 1, 1, 5]


def test_each_chart_says_what_it_shows(client, personas):
    make_books(personas)

    page = client.get(URL).content.decode()

    canvases = re.findall(r'<canvas role="img" aria-labelledby="(\S+)" aria-describedby="(\S+)"', page)
    assert len(canvases) == len(MERCHANT_CHARTS)
    for title, description in canvases:
        assert f'id="{title}"' in page
        assert f'id="{description}"' in page


def test_a_day_begins_at_midnight_in_casablanca(client, personas):
    # Morocco was on UTC+1 in January 2026.
    with time_machine.travel("2026-01-31T22:59:59Z", tick=False):
        personas.submit()
    with time_machine.travel("2026-01-31T23:00:00Z", tick=False):
        personas.submit()

    with time_machine.travel("2026-02-15T12:00:00Z", tick=False):
        february = client.get(data_url("leads-per-day"), {"period": "this_month"}).json()
        january = client.get(data_url("leads-per-day"), {"period": "last_month"}).json()
        both = {"period": "own", "since": "2026-01-31", "until": "2026-02-01"}
        two_days = client.get(data_url("leads-per-day"), both).json()

    def counts(answer):
        return answer["series"][-1]["values"]

    assert (counts(february)[0], sum(counts(february)), len(counts(february))) == (1, 1, 15)
    assert (counts(january)[-1], sum(counts(january)), len(counts(january))) == (1, 1, 31)
    assert counts(two_days) == [1, 1]


def test_long_periods_are_drawn_by_week(client, personas):
    personas.submit()

    drawn = client.get(data_url("leads-per-day"), {"period": "365"}).json()
    page = client.get(URL, {"period": "365"}).content.decode()

    assert len(drawn["labels"]) in (53, 54)
    assert sum(drawn["series"][-1]["values"]) == 1
    assert table_of(page, "leads-per-day")[0][0] == "Week of"


def test_filters_narrow_every_figure(client, personas):
    with acting_as(SYSTEM):
        second = create_campaign(merchant_id=personas.merchant.pk, name="Salle de bain", service="Rénovation")
    personas.submit()

    def count(**filters) -> str:
        return key_figure(client.get(URL, filters).content.decode(), "Leads").split()[0]

    assert count(campaign=personas.campaign.pk) == "1"
    assert count(campaign=second.pk) == "0"
    assert count(source="instagram", campaign=personas.campaign.pk) == "1"
    assert count(source="tiktok") == "0"
    assert count(influencer=personas.influencer.pk) == "1"


def test_source_and_influencer_are_not_counted_together(client, personas):
    personas.submit()
    both = {"source": "tiktok", "influencer": personas.influencer.pk}

    response = client.get(URL, both)

    assert "Choose a source or an influencer, not both." in text_of(response)
    assert key_figure(response.content.decode(), "Leads").startswith("0 ")
    assert client.get(data_url("leads-per-day"), both).status_code == 404


@pytest.mark.parametrize("name", ["campaign", "influencer", "deposit"])
def test_anothers_rows_can_not_be_asked_for(client, personas, name):
    personas.submit()
    others = {
        "campaign": personas.other_campaign.pk,
        "influencer": personas.other_influencer.pk,
        "deposit": personas.other_deposit.pk,
    }

    response = client.get(URL, {name: others[name]})

    assert response.status_code == 200
    assert "is-invalid" in response.content.decode()
    assert mad("3000.00") not in response.content.decode()
    assert "Rif Conseil" not in response.content.decode()
    assert f'value="{others[name]}"' not in response.content.decode()
    assert client.get(data_url("balance"), {name: others[name]}).status_code == 404


@pytest.mark.parametrize(
    "days",
    [
        {"since": "2026-02-02", "until": "2026-02-01"},
        {"since": "2999-01-01"},
        {"since": "2020-01-01"},
        {"since": "yesterday"},
    ],
)
def test_days_that_make_no_period_are_marked(client, days):
    asked = {"period": "own", **days}

    assert "is-invalid" in client.get(URL, asked).content.decode()
    assert client.get(data_url("funnel"), asked).status_code == 404


def test_own_days_end_today_at_the_latest(client, personas):
    personas.submit()
    today = timezone.localdate()
    asked = {"period": "own", "since": str(today), "until": str(today + timedelta(days=9))}

    assert client.get(data_url("leads-per-day"), asked).json()["series"][-1]["values"] == [1]


@pytest.fixture
def spent(personas, client_of):
    """Ten leads of 60.00 MAD validated on a day, looked at three days later."""
    for _number in range(10):
        lead = personas.submit("600.00")
        with acting_as(personas.as_owner):
            validate_lead(lead_id=lead.pk, quality_score=7)
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=False):
        yield in_english(personas.owner, client_of)


def test_balance_goes_on_with_its_forecast(spent):
    drawn = spent.get(data_url("balance"), {"period": "7"}).json()
    values = {one["label"]: one["values"] for one in drawn["series"]}

    assert values["Spent"][:7] == [0, 0, 0, 600.0, 0, 0, 0]
    assert values["Available"][3:8] == [4400.0, 4400.0, 4400.0, 4400.0, None]
    # Today is the last day that was and the first of those ahead.
    ahead = range(6, len(drawn["labels"]))
    assert len(ahead) > 7
    low, middle, high = values["Forecast, low"], values["Forecast"], values["Forecast, high"]
    assert all(low[day] <= middle[day] <= high[day] for day in ahead)
    assert middle[5] is None


def test_a_period_of_the_past_has_no_forecast(spent):
    yesterday = str(timezone.localdate() - timedelta(days=1))

    drawn = spent.get(data_url("balance"), {"period": "own", "until": yesterday}).json()

    assert [one["label"] for one in drawn["series"]] == ["Spent", "Available"]
    assert len(drawn["labels"]) == 30


def test_advises_a_recharge_with_the_way_to_it(spent, personas):
    with acting_as(personas.as_owner):
        personas.deposit.refresh_from_db()
        found = deposit_forecast(personas.deposit)
    page = spent.get(URL)

    assert f"should last for about {found.forecast.expected_days} days" in text_of(page)
    assert f"Recharge {plain_mad(str(found.recharge.amount))} by" in text_of(page)
    assert reverse("payments:recharge", args=[personas.deposit.pk]) in page.content.decode()


def test_ranks_influencers_sources_and_campaigns(client, personas):
    make_books(personas)
    personas.submit(source="tiktok")

    text = text_of(client.get(URL))

    assert "Salma 6 75 % 8.0" in text
    assert re.search(r"Instagram 5 75 %.*TikTok 1 — —", text)
    assert re.search(r"Cuisine sur mesure 6 3 75 % 1 8.0", text)


def test_empty_worlds_say_what_to_do(client, client_of, personas):
    empty = text_of(client.get(URL))
    assert "No lead came in this period. Choose a longer one." in empty
    assert "No score yet." in empty
    assert "No lead yet Leads come from influencers under agreement." in empty
    with acting_as(SYSTEM):
        newcomer, _merchant = make_merchant("neuf@exemple.ma", "Neuf")
    nothing = in_english(newcomer, client_of).get(URL)
    assert "Create a campaign" in text_of(nothing)
    assert "<canvas" not in nothing.content.decode()
    assert in_english(newcomer, client_of).get(data_url("balance")).status_code == 404


def test_htmx_gets_the_part_that_filters_replace(client):
    part = client.get(URL, {"period": "7"}, **HTMX).content.decode()

    assert part.lstrip().startswith('<div id="figures">')
    assert "<html" not in part


def test_number_of_queries_does_not_grow_with_leads(client, personas):
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(url).status_code == 200
        return len(caught)

    one = personas.submit()
    with acting_as(personas.as_owner):
        validate_lead(lead_id=one.pk, quality_score=8)
    before = {url: queries(url) for url in (URL, *(data_url(chart) for chart in MERCHANT_CHARTS))}
    for source in ("tiktok", "direct", "facebook"):
        lead = personas.submit(source=source)
        with acting_as(personas.as_owner):
            reject_lead(lead_id=lead.pk, rejection_reason="fraud")
        personas.submit(source=source)
    roll_up(until=timezone.now())

    assert {url: queries(url) for url in before} == before
    assert before[URL] <= 50


def test_unknown_charts_are_not_found(client):
    assert client.get(data_url("earnings-per-week")).status_code == 404


def test_previous_month_is_compared_with_the_one_before():
    period = Period.preset("last_month", today=date(2026, 3, 15))

    assert (period.previous().first, period.previous().last) == (date(2026, 1, 1), date(2026, 1, 31))


def test_difference_of_what_can_not_be_computed_is_not_shown(client, personas):
    lead = personas.submit()
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=9)

    page = client.get(URL).content.decode()

    assert key_figure(page, "Mean score") == "9.0"
    assert key_figure(page, "Commission").endswith(f"+{plain_mad('60.00')} , more than before")


def test_a_difference_keeps_its_sign_on_the_left_of_its_digits_in_arabic():
    with translation.override("ar"):
        figure = KeyFigure("", Decimal("1000.00"), Decimal("2500.00"), "mad")

        assert figure.difference == "\u200f\u2066\u22121.500,00\u2069\u00a0د.م.\u200f"
