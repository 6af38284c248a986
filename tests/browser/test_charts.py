"""Charts as people meet them: drawn, with their numbers in a table, by keyboard, in the dark, in Arabic, without JavaScript."""

import pytest
from playwright.sync_api import Locator, Page, expect

from leads.services import reject_lead, validate_lead
from leadsmarket.lib.actor import acting_as

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# How many of a canvas' pixels are not the ground's.
INK = """canvas => {
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  let count = 0;
  for (let at = 3; at < data.length; at += 4) if (data[at] > 200) count += 1;
  return count;
}"""


@pytest.fixture
def decided(committed_personas) -> None:
    """Two leads, one validated, one rejected."""
    validated, rejected = committed_personas.submit(), committed_personas.submit()
    with acting_as(committed_personas.as_owner):
        validate_lead(lead_id=validated.pk, quality_score=8)
        reject_lead(lead_id=rejected.pk, rejection_reason="fraud")


def drawn_chart(page: Page) -> Locator:
    """The canvas of the leads per day, drawn since it came near the screen."""
    card = page.locator("section[aria-labelledby=chart-leads-per-day-title]")
    card.scroll_into_view_if_needed()
    canvas = card.locator("canvas[data-drawn]")
    expect(canvas).to_be_visible()
    return canvas


def total_of(page: Page, chart: str) -> int:
    """The sum of the last column of a chart's table."""
    cells = page.locator(f"section[aria-labelledby=chart-{chart}-title] tbody td:last-child").all_text_contents()
    return sum(int(cell) for cell in cells)


def test_charts_are_drawn_and_say_their_numbers(visit, committed_personas, decided):
    page = visit(committed_personas.owner.email)
    page.goto("/analytics/")
    card = page.locator("section[aria-labelledby=chart-leads-per-day-title]")
    assert page.evaluate(INK, drawn_chart(page).element_handle()) > 100

    # The table is closed until it is asked for, by keyboard.
    expect(card.locator("table")).to_be_hidden()
    card.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(card.locator("table")).to_be_visible()
    assert total_of(page, "leads-per-day") == 2

    # A filter replaces all of it; the address follows.
    page.select_option("select[name=source]", "tiktok")
    page.wait_for_url("**source=tiktok**")
    expect(card.locator("canvas")).to_have_count(0)
    page.select_option("select[name=source]", "")
    drawn_chart(page)

    # In the dark it is drawn anew.
    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    assert page.evaluate(INK, drawn_chart(page).element_handle()) > 100


def test_fits_a_phone_in_arabic(visit, committed_personas, decided):
    page = visit(committed_personas.influencer_user.email, language="ar", width=360)
    page.goto("/analytics/")

    drawn_chart(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert total_of(page, "leads-per-day") == 2


def test_without_javascript_the_tables_are_open(visit, committed_personas, decided):
    page = visit(committed_personas.owner.email, javascript=False)
    page.goto("/analytics/")

    card = page.locator("section[aria-labelledby=chart-leads-per-day-title]")
    expect(card.locator("table")).to_be_visible()
    expect(card.locator("canvas")).to_be_hidden()
    page.select_option("select[name=source]", "instagram")
    page.click(".figure-filters button")
    assert "source=instagram" in page.url
    assert total_of(page, "leads-per-day") == 2


def test_staff_see_the_market_drawn(visit, committed_personas, decided):
    page = visit(committed_personas.staff.email)
    page.goto("/admin/")

    drawn_chart(page)
    assert total_of(page, "leads-per-day") == 2
