"""The report of a month by e-mail, with the statement in each reader's language."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from alerts.attachments import attachment_content
from alerts.kinds import Kind
from alerts.models import Delivery
from alerts.services import expand_due_events, send_monthly_reports
from alerts.services.preferences import set_preferences
from leads.services import validate_lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.days import Month
from payments.models import PeriodDocument


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def busy_month(personas):
    """A month of work, seen from the morning after its end; PostgreSQL's own clock stays where it is."""
    lead = personas.submit()
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8)
    with time_machine.travel(Month.of(timezone.localdate()).ends_at + timedelta(hours=8), tick=False):
        yield personas


def reports() -> dict[str, Delivery]:
    expand_due_events()
    with acting_as(SYSTEM):
        return {delivery.address: delivery for delivery in Delivery.objects.filter(kind=Kind.MONTHLY_REPORT)}


def test_both_sides_with_activity_are_told_once(busy_month):
    assert send_monthly_reports() == 2
    assert send_monthly_reports() == 0

    assert set(reports()) == {"atlas@exemple.ma", "equipe@exemple.ma", "salma@exemple.ma"}
    with acting_as(SYSTEM):
        assert not busy_month.owner.notifications.filter(kind=Kind.MONTHLY_REPORT).exists()


def test_a_month_without_activity_tells_nobody(busy_month):
    assert send_monthly_reports(today=Month.of(timezone.localdate()).before().first) == 0
    assert reports() == {}


def test_each_reader_gets_the_statement_in_their_language_with_the_same_figures(busy_month):
    with acting_as(SYSTEM):
        User.objects.filter(pk=busy_month.member.pk).update(language="ar")
    send_monthly_reports()
    told = reports()

    for address, language in (("atlas@exemple.ma", "fr"), ("equipe@exemple.ma", "ar"), ("salma@exemple.ma", "fr")):
        (attachment,) = told[address].attachments
        with acting_as(SYSTEM):
            document = PeriodDocument.objects.get(pk=attachment["id"])
        assert document.language == language
        name, content, mime = attachment_content(attachment)
        assert (name, mime) == (f"{document.number}.pdf", "application/pdf")
        assert content.startswith(b"%PDF")
    with acting_as(SYSTEM):
        assert len({d.data_sha256 for d in PeriodDocument.objects.filter(kind="merchant_statement")}) == 1


def test_an_influencer_reads_their_share_and_nothing_of_the_merchants_money(busy_month):
    send_monthly_reports()
    told = reports()
    assert "60,00" in told["atlas@exemple.ma"].text
    mine = told["salma@exemple.ma"].text
    assert "18,00" in mine
    for secret in ("60,00", "42,00", "5\u202f000", "4\u202f940"):
        assert secret not in mine


def test_it_can_be_turned_off(busy_month):
    with acting_as(busy_month.as_owner):
        set_preferences(user=busy_month.owner, choices={(Kind.MONTHLY_REPORT, "email"): False})
    send_monthly_reports()
    assert "atlas@exemple.ma" not in reports()
