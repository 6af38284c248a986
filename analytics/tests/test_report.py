"""The page of figures as a PDF: the same figures, charts drawn from the same data, made by a worker."""

import re

import pytest
from django.urls import reverse

from analytics.charts import Chart, Series
from leads.services import validate_lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.charts import FOOT, HEIGHT, TOP, chart_svg, scale_of
from payments.models import PeriodDocument
from payments.selectors.receipts import stored_pdf
from payments.services import render_due_documents


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def ask(client, query: str = "") -> PeriodDocument:
    answer = client.get(f"{reverse('analytics:report_pdf')}?{query}")
    assert answer.status_code == 302
    with acting_as(SYSTEM):
        return PeriodDocument.objects.get(pk=answer.url.split("/")[-1].removesuffix(".pdf"))


@pytest.mark.parametrize("language", ["fr", "en", "ar"])
def test_a_report_has_the_pages_figures_and_charts(personas, client_of, language):
    for source in ("instagram", "tiktok", "instagram"):
        lead = personas.submit(source=source)
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8)
    for user in (personas.owner, personas.influencer_user):
        with acting_as(SYSTEM):
            user.language = language
            user.save(update_fields=["language"])
        asked = ask(client_of(user), "period=7")
        figures = [figure for row in asked.data["figures"] for figure in row]
        assert figures[0]["value"] == "3"
        leads = next(chart for chart in asked.data["charts"] if chart["is_stacked"])
        assert sum(value or 0 for one in leads["series"] if one["drawn_as"] == "bar" for value in one["values"]) == 3
        assert asked.language == language
    assert render_due_documents() == 2
    with acting_as(SYSTEM):
        for document in PeriodDocument.objects.all():
            assert stored_pdf(document).startswith(b"%PDF")


def test_an_influencers_report_tells_no_amount_of_the_merchant(personas, client_of):
    lead = personas.submit("900.00")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8)
    asked = ask(client_of(personas.influencer_user))
    assert "24" in str(asked.data["figures"])
    for secret in ("80,00", "80.00", "56,00", "56.00"):
        assert secret not in str(asked.data)


def test_filters_are_those_of_the_page_and_written_out(personas, client_of):
    personas.submit(source="tiktok")
    personas.submit(source="instagram")
    asked = ask(client_of(personas.owner), f"source=tiktok&campaign={personas.campaign.pk}")
    assert asked.data["figures"][0][0]["value"] == "1"
    assert {line["value"] for line in asked.data["filters"]} == {"TikTok", "Cuisine sur mesure"}


def test_a_report_is_its_askers_own(personas, client_of):
    asked = ask(client_of(personas.owner))
    address = reverse("payments:document", args=[asked.pk])
    for stranger in (personas.other_owner, personas.influencer_user):
        assert client_of(stranger).get(address).status_code == 404
    assert client_of(personas.member).get(address).status_code == 200


@pytest.mark.parametrize("is_rtl", [False, True])
@pytest.mark.parametrize("is_horizontal", [False, True])
def test_a_chart_is_drawn_with_its_texts_escaped(is_horizontal, is_rtl):
    bars, line = Series("All", [3, 1]), Series("Rate", [1, None], drawn_as="line")
    series = [bars] if is_horizontal else [bars, line]
    chart = Chart("x", "t", "d", "h", ["<b>1</b>", "2"], series, "", is_horizontal=is_horizontal)
    drawn = chart_svg(chart.as_json(), is_rtl=is_rtl)
    assert drawn.startswith('<div class="chart-box"><svg')
    assert "&lt;b&gt;1" in drawn
    assert "<b>" not in drawn


def test_bars_on_the_second_axis_have_its_scale():
    left, right = Series("Left", [8000], drawn_as="line"), Series("Right", [400], on_second_axis=True)
    chart = Chart(name="x", title="x", description="", heading="x", labels=["a"], series=[left, right], empty_text="")

    drawn = chart_svg(chart.as_json())

    assert float(re.search(r'<rect [^>]*height="([^"]+)"', drawn)[1]) == HEIGHT - TOP - FOOT


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ([], [0, 0.5, 1]),
        ([7], [0, 2, 4, 6, 8]),
        ([100], [0, 50, 100]),
        ([-3, 5], [-4, -2, 0, 2, 4, 6]),
        ([0.3], [0, 0.1, 0.2, 0.3]),
    ],
)
def test_axes_have_round_steps_with_nought_among_them(values, ticks):
    assert [round(tick, 6) for tick in scale_of(values).ticks] == ticks
