"""The bell: numbers that follow by themselves, the latest ten in a dialog, the page of all; also without JavaScript."""

import re

import pytest
from playwright.sync_api import Page, expect

from alerts.kinds import Kind
from alerts.models import Notification
from alerts.services import mark_read, notify
from alerts.services.events import expand_due_events
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.browser.conftest import Visit, wait_until_settled
from tests.browser.test_policy import LISTEN, faults
from tests.personas import Personas

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

BELL = ".sidebar a.bell"
NUMBER = "#bell-count .badge"
DIALOG = "dialog[open]"
UNREAD = ".notification-unread"
POLL = "htmx.trigger(document.body, 'notifications-changed')"
MARK_READ = "form[action$='/read/'] button:not(#mark-all)"


def tell(personas: Personas, number: int) -> None:
    """Leave `number` unread notifications under the owner's bell, which lead to their deposits."""
    with acting_as(SYSTEM):
        for one in Notification.objects.filter(read_at=None):
            mark_read(one)
        for serial in range(number):
            notify(
                Kind.WELCOME, [personas.owner], cause=f"test:{serial}", context={"url": "https://x.test/deposits/?a=1"}
            )


def unread(personas: Personas) -> int:
    with acting_as(SYSTEM):
        return Notification.objects.filter(user=personas.owner, read_at=None).count()


def watched(page: Page) -> Page:
    """Let the browser note what the content security policy refuses."""
    page.context.add_init_script(LISTEN)
    return page


def expect_clean(page: Page, width: int) -> None:
    assert page.evaluate("window.violations") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults(page) == []


def test_a_new_lead_changes_both_numbers_without_a_reload(visit: Visit, committed_personas: Personas):
    tell(committed_personas, 1)
    page = visit("atlas@exemple.ma")
    page.goto("/deposits/")
    expect(page.locator(NUMBER)).to_have_text("1")
    expect(page.locator("#menu-badge .badge")).to_have_count(0)
    page.evaluate("window.stayed = true")

    committed_personas.submit("600.00")
    expand_due_events()
    page.evaluate(POLL)

    expect(page.locator(NUMBER)).to_have_text("2")
    expect(page.locator("#menu-badge .badge")).to_have_text("1")
    assert page.evaluate("window.stayed")


@pytest.mark.parametrize(("language", "width"), [("fr", 1280), ("ar", 360)])
def test_the_latest_ten_in_a_dialog(visit: Visit, committed_personas: Personas, language, width):
    tell(committed_personas, 12)
    page = watched(visit("atlas@exemple.ma", language=language, width=width))
    page.goto("/deposits/")
    expect(page.locator(NUMBER)).to_have_text("12")
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")

    page.click(BELL)
    dialog = page.locator(DIALOG)
    expect(dialog.locator(UNREAD)).to_have_count(10)
    expect_clean(page, width)

    # One read: the dialog stays where it is, and what can be done now has the focus.
    third = dialog.locator(".notification").nth(2)
    third.locator(MARK_READ).scroll_into_view_if_needed()
    page.evaluate("document.querySelector('dialog[open]').dataset.same = 'yes'")
    third.locator(MARK_READ).click()
    expect(dialog.locator(UNREAD)).to_have_count(9)
    expect(page.locator(NUMBER)).to_have_text("11")
    expect(third.locator("a.btn")).to_be_focused()
    expect(dialog).to_have_attribute("data-same", "yes")
    assert unread(committed_personas) == 11

    dialog.locator("#mark-all").click()
    expect(dialog.locator(UNREAD)).to_have_count(0)
    expect(page.locator(NUMBER)).to_have_count(0)
    expect(dialog.locator("a#mark-all")).to_be_focused()
    assert unread(committed_personas) == 0

    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator(BELL)).to_be_focused()


def test_the_dialog_by_keyboard_and_its_link(visit: Visit, committed_personas: Personas):
    tell(committed_personas, 2)
    page = visit("atlas@exemple.ma")
    page.goto("/leads/pending/")
    page.locator(BELL).focus()
    page.keyboard.press("Enter")
    dialog = page.locator(DIALOG)
    expect(dialog).to_be_visible()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("Escape")
    expect(page.locator(BELL)).to_be_focused()

    # A poll meanwhile takes no focus away, and opens and closes nothing.
    page.evaluate(POLL)
    wait_until_settled(page)
    expect(page.locator(BELL)).to_be_focused()
    expect(dialog).to_have_count(0)

    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/deposits/?a=1")
    expect(page.locator(NUMBER)).to_have_text("1")
    assert unread(committed_personas) == 1


def test_the_page_of_all_and_its_filters(visit: Visit, committed_personas: Personas):
    tell(committed_personas, 2)
    committed_personas.submit("600.00")
    expand_due_events()
    page = watched(visit("atlas@exemple.ma"))
    page.goto("/notifications/")
    rows = page.locator("#notifications .notification")
    expect(page.locator(UNREAD)).to_have_count(3)
    expect(page.locator(NUMBER)).to_have_text("3")

    page.select_option("#id_kind", "new_lead")
    expect(rows).to_have_count(1)
    assert "kind=new_lead" in page.url
    rows.first.locator(MARK_READ).click()
    expect(page.locator(NUMBER)).to_have_text("2")
    expect(rows).to_have_count(1)

    page.select_option("#id_kind", "")
    page.select_option("#id_state", "unread")
    expect(rows).to_have_count(2)
    wait_until_settled(page)
    page.click("#mark-all")
    expect(page.locator(NUMBER)).to_have_count(0)
    expect(rows).to_have_count(0)
    expect(page.locator("a#mark-all")).to_be_focused()
    expect_clean(page, 1280)


def test_without_javascript(visit: Visit, committed_personas: Personas):
    tell(committed_personas, 3)
    page = visit("atlas@exemple.ma", width=360, javascript=False)
    page.goto("/deposits/")
    page.click(BELL)
    assert re.search("/notifications/$", page.url)
    rows = page.locator("#notifications .notification")

    rows.first.locator(MARK_READ).click()
    expect(page.locator(UNREAD)).to_have_count(2)
    page.select_option("#id_state", "unread")
    page.click(".filters button[type=submit]")
    expect(rows).to_have_count(2)
    rows.first.locator("form button").first.click()
    page.wait_for_url("**/deposits/?a=1")
    page.goto("/notifications/")
    page.click("#mark-all")
    expect(page.locator(UNREAD)).to_have_count(0)
    assert unread(committed_personas) == 0
