"""What people are told of leads, campaigns, agreements and payouts by a worker: who exactly, once, and in which words."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import User
from alerts.kinds import Kind
from alerts.models import Delivery, Event, Notification
from alerts.services import announce, expand_due_events
from alerts.tests.conftest import outbox
from leads.models import Campaign, InfluencerAgreement
from leads.models.agreements import QUALITY_REASON
from leads.services import (
    activate_campaign,
    change_campaign,
    end_campaign,
    expire_leads,
    pause_campaign,
    reject_lead,
    suspend_agreement,
    validate_lead,
)
from leads.services.campaigns import CampaignTerms
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.gateways.base import Notice, Said
from payments.services import request_payout
from payments.services.reversals import book_reversal
from payments.tests.conftest import tell
from tests.earning import RIB, earn_payable, make_leads_rich
from tests.personas import Personas

TEAM = ["atlas@exemple.ma", "equipe@exemple.ma"]
SALMA = ["salma@exemple.ma"]


@pytest.fixture
def atlas(personas: Personas) -> Personas:
    """Everybody reads English."""
    with acting_as(SYSTEM):
        User.objects.update(language="en")
    return personas


def notifications(kind: str) -> list[Notification]:
    with acting_as(SYSTEM):
        return list(Notification.objects.filter(kind=kind).select_related("user").order_by("user__email", "id"))


def on_dashboard(kind: str) -> list[str]:
    return [one.user.email for one in notifications(kind)]


def by_email(kind: str) -> list[str]:
    return sorted(sent.address for sent in outbox(kind) if sent.channel == "email")


def a_quarter_later() -> None:
    """Tell what waits for the end of the quarter-hour."""
    with acting_as(SYSTEM):
        Event.objects.filter(expanded_at=None).update(due_at=timezone.now())
    expand_due_events()


def everything_written() -> list[str]:
    with acting_as(SYSTEM):
        sent = [f"{one.subject} {one.text} {one.html} {one.payload}" for one in Delivery.objects.all()]
        return sent + [f"{one.title} {one.body}" for one in Notification.objects.all()]


def test_a_new_lead_is_told_at_once_under_the_bell_and_later_by_e_mail(atlas):
    lead = atlas.submit("600.00")
    expand_due_events()

    assert on_dashboard("new_lead") == TEAM
    assert outbox("new_lead") == []
    [first, _second] = notifications("new_lead")
    assert first.title == "New lead: Cuisine sur mesure"
    assert "From Salma; commission MAD\u00a060.00." in first.body
    assert "71 hours left to decide." in first.body
    assert (first.url, first.lead_id, first.level) == (f"/leads/{lead.pk}/", lead.pk, "info")

    a_quarter_later()
    a_quarter_later()
    assert by_email("new_lead") == TEAM
    assert on_dashboard("new_lead") == TEAM
    assert f"/leads/{lead.pk}/" in outbox("new_lead")[0].text


def test_the_leads_of_a_quarter_hour_are_one_e_mail(atlas):
    campaign = atlas.campaign
    with acting_as(atlas.as_owner):
        change_campaign(
            campaign_id=campaign.pk,
            name=campaign.name,
            service=campaign.service,
            description="",
            terms=CampaignTerms(lead_expiry_hours=6),
        )
    for _number in range(12):
        atlas.submit("600.00")
    expand_due_events()
    assert len(on_dashboard("new_lead")) == 24

    a_quarter_later()

    assert by_email("new_lead") == TEAM
    mail = outbox("new_lead")[0]
    text = mail.text.replace("\u00a0", " ")
    assert mail.subject == "12 new leads"
    assert text.count("Influencer: Salma") == 10
    assert "And 2 more." in text
    assert "Time left: 5 hours" in text
    assert "Waiting for you in all: 12 leads" in text
    assert "Their commission: MAD 720.00" in text
    assert "/leads/pending/" in text


def test_a_lead_that_needs_no_decision_says_so(atlas):
    with acting_as(SYSTEM):
        InfluencerAgreement.objects.filter(pk=atlas.agreement.pk).update(requires_validation=False)
    atlas.submit("600.00")
    a_quarter_later()
    assert "hours left" not in notifications("new_lead")[0].body
    a_quarter_later()
    assert "There is nothing to decide" in outbox("new_lead")[0].text
    assert on_dashboard("lead_validated") == SALMA


def test_decisions_tell_the_influencer_alone_and_on_the_dashboard_alone(atlas):
    accepted, refused = atlas.submit("600.00"), atlas.submit("900.00")
    with acting_as(atlas.as_owner):
        validate_lead(lead_id=accepted.pk, quality_score=8, feedback="Très bien")
        reject_lead(lead_id=refused.pk, rejection_reason="unreachable")
        validate_lead(lead_id=accepted.pk, quality_score=8, feedback="Très bien")
    expand_due_events()

    assert on_dashboard("lead_validated") == on_dashboard("lead_rejected") == SALMA
    assert outbox("lead_validated") == outbox("lead_rejected") == []
    [good], [bad] = notifications("lead_validated"), notifications("lead_rejected")
    assert good.title == "Lead validated: you earn MAD\u00a018.00"
    assert "Score 8/10." in good.body
    assert (good.level, bad.level) == ("success", "warning")
    assert bad.title == "Lead rejected: Unreachable"
    assert bad.url == f"/leads/{refused.pk}/"


def test_expiry_tells_each_side_once_how_many(atlas):
    leads = [atlas.submit("600.00") for _number in range(3)]
    expire_leads(now=leads[-1].expires_at + timedelta(seconds=1))
    expand_due_events()

    assert on_dashboard("lead_expired") == [*TEAM, *SALMA]
    owner, _member, salma = notifications("lead_expired")
    assert owner.title == salma.title == "3 leads expired"
    assert "MAD\u00a0180.00" in owner.body
    assert "MAD" not in salma.body
    assert on_dashboard("lead_rejected") == []


def test_no_message_of_leads_names_a_prospect(atlas):
    leads = [atlas.submit("600.00") for _number in range(3)]
    with acting_as(atlas.as_owner):
        validate_lead(lead_id=leads[0].pk, quality_score=8)
        reject_lead(lead_id=leads[1].pk, rejection_reason="duplicate")
    expire_leads(now=leads[2].expires_at)
    a_quarter_later()
    a_quarter_later()

    written = everything_written()
    assert len(written) > 8
    for lead in leads:
        for secret in (lead.customer_name, lead.customer_email, str(lead.customer_phone)):
            assert not any(secret in text for text in written)


def test_a_merchants_own_pause_tells_influencers_alone(atlas):
    with acting_as(atlas.as_owner):
        pause_campaign(campaign_id=atlas.campaign.pk)
        pause_campaign(campaign_id=atlas.campaign.pk)
        activate_campaign(campaign_id=atlas.campaign.pk)
    expand_due_events()
    for kind in ("campaign_paused", "campaign_resumed"):
        assert on_dashboard(kind) == by_email(kind) == SALMA
    assert notifications("campaign_paused")[0].url == "/leads/campaigns/"


def test_a_pause_by_staff_is_told_to_the_merchant_too(atlas):
    with acting_as(atlas.as_staff):
        pause_campaign(campaign_id=atlas.campaign.pk)
    expand_due_events()
    assert on_dashboard("campaign_paused") == [*TEAM, *SALMA]
    assert "Our staff paused the campaign" in notifications("campaign_paused")[0].body


def test_the_end_of_a_campaign_is_told_also_after_a_pause_but_not_of_a_draft(atlas):
    with acting_as(atlas.as_owner):
        pause_campaign(campaign_id=atlas.campaign.pk)
        end_campaign(campaign_id=atlas.campaign.pk)
    with acting_as(SYSTEM):
        draft = Campaign.objects.create(merchant=atlas.merchant, name="Brouillon", service="Essai", status="draft")
    with acting_as(atlas.as_owner):
        end_campaign(campaign_id=draft.pk)
    expand_due_events()
    titles = [one.title for one in notifications("campaign_paused")]
    assert titles == ["Campaign paused: Cuisine sur mesure", "Campaign ended: Cuisine sur mesure"]
    assert on_dashboard("campaign_paused") == SALMA * 2


def test_a_suspension_by_quality_is_told_to_both_sides_with_its_reason(atlas):
    with acting_as(SYSTEM):
        InfluencerAgreement.objects.filter(pk=atlas.agreement.pk).update(quality_threshold=Decimal("6"))
    for score in (5, 5, 5, 5, 5):
        lead = atlas.submit("600.00")
        with acting_as(atlas.as_owner):
            validate_lead(lead_id=lead.pk, quality_score=score)
    expand_due_events()

    assert on_dashboard("agreement_suspended") == by_email("agreement_suspended") == [*TEAM, *SALMA]
    owner, _member, salma = outbox("agreement_suspended")[1:] + outbox("agreement_suspended")[:1]
    assert {one.subject for one in (owner, salma)} == {
        "Agreement suspended: Salma",
        "Agreement suspended: Atlas Rénovation",
    }
    for one in (owner, salma):
        assert QUALITY_REASON in one.text
        assert "Quality threshold: 6" in one.text


def test_a_suspension_by_a_person_says_what_they_wrote_each_time(atlas):
    with acting_as(atlas.as_owner):
        suspend_agreement(agreement_id=atlas.agreement.pk, reason="Trop de <doublons>")
        suspend_agreement(agreement_id=atlas.agreement.pk, reason="Trop de <doublons>")
    expand_due_events()
    assert by_email("agreement_suspended") == [*TEAM, *SALMA]
    for one in outbox("agreement_suspended"):
        assert "Reason: Trop de <doublons>" in one.text
        assert "<doublons>" not in one.html
    assert on_dashboard("agreement_accepted").count("salma@exemple.ma") == 1


def test_staff_are_told_that_a_payout_was_asked(atlas):
    make_leads_rich(atlas)
    earn_payable(atlas)
    with acting_as(atlas.as_influencer):
        payout = request_payout(
            influencer_id=atlas.influencer.pk, amount=Decimal("300.00"), holder_name="Salma Bennani", rib=RIB
        )
    assert by_email("payout_asked") == on_dashboard("payout_asked") == ["staff@exemple.ma"]
    [told] = outbox("payout_asked")
    assert told.subject == "Salma asks for a payout of MAD\u00a0300.00"
    assert RIB not in told.text + told.html
    assert f"/admin/payments/payout/{payout.pk}/change/" in told.text


@pytest.mark.parametrize(
    ("problem", "detail", "title", "shown"),
    [
        ("delivery_given_up", "sms", "Messages could not be sent", "Channel: SMS"),
        ("differences", "deposit 1: 10.00 <> 9.00", "The books don't agree", "deposit 1: 10.00 <> 9.00"),
        ("job_failed", "expire_leads: no route", "A scheduled job failed", "expire_leads: no route"),
        ("never_heard_of", "", "Something is wrong", "Please have a look."),
    ],
)
def test_staff_are_told_of_problems(atlas, problem, detail, title, shown):
    with acting_as(SYSTEM):
        for _again in range(2):
            announce(Kind.STAFF_PROBLEM, cause="x", data={"problem": problem, "detail": detail})
    expand_due_events()
    [told] = outbox("staff_problem")
    assert (told.subject, told.address) == (title, "staff@exemple.ma")
    assert shown in told.text
    assert on_dashboard("staff_problem") == ["staff@exemple.ma"]


def test_a_chargeback_is_told_to_staff_and_the_fall_to_the_merchant(people, payment):
    tell(payment)
    notice = Notice(Said.CHARGED_BACK, amount=Decimal("5000.00"), ledger_key="sandbox:chargeback")
    with acting_as(SYSTEM):
        payment.refresh_from_db()
        assert book_reversal(payment, notice, None) == "chargeback booked"
        assert book_reversal(payment, notice, None) == "already booked"
    expand_due_events()

    [review] = [told for told in outbox("staff_review") if told.address == "staff@exemple.ma"]
    assert "chargeback: 5000.00 MAD" in review.text
    assert payment.reference in review.subject
    assert on_dashboard("deposit_level") == TEAM
    assert {one.level for one in notifications("deposit_level")} == {"attention"}
