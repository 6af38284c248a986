"""The staff site's pages of leads, campaigns, agreements and earnings: to read, and the few steps that staff take."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.models import AuditEntry, User
from deposits.models import Deposit
from deposits.services import adjust_deposit
from leads.models import Campaign, EarningEntry, InfluencerAgreement, InfluencerBalance, Lead
from leads.services import change_agreement_terms, end_campaign, pause_campaign, validate_lead
from leads.services.agreements import AgreementTerms
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.personas import PASSWORD


@pytest.fixture
def viewer(client_of, personas):
    with acting_as(SYSTEM):
        user = User.objects.create_user("lecture@exemple.ma", PASSWORD, role="staff", is_staff=True, language="en")
        user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return client_of(user)


def fresh(row):
    with acting_as(SYSTEM):
        return type(row).objects.get(pk=row.pk)


def choose(client, model, action, *rows):
    url = reverse(f"admin:leads_{model}_changelist")
    data = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    return client.post(url, data, follow=True).content.decode()


def step(client, agreement, action, data):
    return client.post(reverse(f"admin:leads_influenceragreement_{action}", args=[agreement.pk]), data)


def audit_actions():
    with acting_as(SYSTEM):
        return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def earned_without_automatic_payment(personas):
    with acting_as(personas.as_owner):
        change_agreement_terms(agreement_id=personas.agreement.pk, terms=AgreementTerms(auto_payment=False))
    lead = personas.submit("600.00")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8)
    with acting_as(SYSTEM):
        return EarningEntry.objects.get(lead=lead)


def test_lead_shows_its_terms_decision_and_earning(staff, personas):
    lead = personas.submit("600.00")
    with acting_as(personas.as_owner):
        validate_lead(lead_id=lead.pk, quality_score=8, feedback="Très bon contact")

    text = staff.get(reverse("admin:leads_lead_change", args=[lead.pk])).content.decode()

    amounts = [f"MAD\u00a0{amount}" for amount in ("600.00", "60.00", "18.00", "42.00")]
    for shown in (*amounts, "Très bon contact", lead.customer_name):
        assert shown in text


def test_lead_cannot_be_changed(staff, personas):
    lead = personas.submit("600.00")

    write = staff.post(reverse("admin:leads_lead_change", args=[lead.pk]), {"status": "validated"})

    assert write.status_code == 403
    assert staff.get(reverse("admin:leads_lead_add")).status_code == 403
    assert fresh(lead).status == Lead.Status.PENDING


@pytest.mark.parametrize("model", ["campaign", "influenceragreement", "earningentry", "leadvalidation", "leadconsent"])
def test_nothing_is_added_by_hand(staff, model):
    assert staff.get(reverse(f"admin:leads_{model}_add")).status_code == 403


def test_leads_are_found_by_contact_and_id(staff, personas):
    lead, other = personas.submit("600.00"), personas.submit("700.00")
    url = reverse("admin:leads_lead_changelist")

    for term in (str(lead.customer_phone).replace("+", "%2B"), lead.customer_email.upper(), lead.pk):
        text = staff.get(f"{url}?q={term}").content.decode()
        assert str(lead.pk) in text
        assert str(other.pk) not in text


def test_campaigns_are_paused_and_activated(staff, personas):
    paused = choose(staff, "campaign", "pause", personas.campaign, personas.other_campaign)
    stopped = fresh(personas.campaign)
    choose(staff, "campaign", "activate", personas.campaign)

    assert "2 campaigns are paused." in paused
    assert (stopped.status, stopped.pause_reason) == (Campaign.Status.PAUSED, Campaign.PauseReason.MANUAL)
    assert fresh(personas.campaign).status == Campaign.Status.ACTIVE
    assert audit_actions()[-1] == "leads.campaign.status_changed"


def test_activating_on_a_depleted_deposit_is_said_to_wait(staff, personas):
    with acting_as(SYSTEM):
        pause_campaign(campaign_id=personas.campaign.pk)
        pause_campaign(campaign_id=personas.other_campaign.pk)
        adjust_deposit(deposit_id=personas.deposit.pk, amount=Decimal("-5000"), reason="Essai")

    text = choose(staff, "campaign", "activate", personas.campaign, personas.other_campaign)

    assert "1 campaign is active. 1 campaign waits for the recharge of its depleted deposit." in text


def test_impossible_step_of_a_campaign_is_told(staff, personas):
    with acting_as(personas.as_owner):
        end_campaign(campaign_id=personas.campaign.pk)

    text = choose(staff, "campaign", "activate", personas.campaign, personas.other_campaign)

    assert "This step is not possible in the present state." in text
    assert "1 campaign is active." in text
    assert fresh(personas.campaign).status == Campaign.Status.ENDED


def test_campaign_gets_its_own_deposit(staff, personas):
    url = reverse("admin:leads_campaign_open_campaign_deposit", args=[personas.campaign.pk])

    refused = staff.post(url, {"initial_amount": "1999", "payment_method": "bank_transfer", "payment_reference": "V"})
    opened = staff.post(
        url, {"initial_amount": "2000", "payment_method": "bank_transfer", "payment_reference": "VIR-9"}
    )
    again = staff.post(
        url, {"initial_amount": "2000", "payment_method": "bank_transfer", "payment_reference": "VIR-10"}
    )

    assert (refused.status_code, opened.status_code, again.status_code) == (422, 302, 422)
    assert "There is an open deposit" in again.content.decode()
    with acting_as(SYSTEM):
        deposit = Deposit.objects.get(campaign_id=personas.campaign.pk)
    assert (deposit.merchant_id, deposit.current_balance) == (personas.merchant.pk, Decimal("2000.00"))


def test_agreement_is_suspended_with_a_reason_and_resumed(staff, personas):
    without = step(staff, personas.agreement, "suspend", {"reason": ""})
    step(staff, personas.agreement, "suspend", {"reason": "Trop de contacts injoignables"})
    suspended = fresh(personas.agreement)
    page = staff.get(reverse("admin:leads_influenceragreement_resume", args=[personas.agreement.pk]))
    step(staff, personas.agreement, "resume", {})

    assert (without.status_code, page.status_code) == (422, 200)
    assert (suspended.status, suspended.status_reason) == ("suspended", "Trop de contacts injoignables")
    assert fresh(personas.agreement).status == InfluencerAgreement.Status.ACTIVE
    assert audit_actions()[-2:] == ["leads.agreement.suspended", "leads.agreement.resumed"]


def test_pending_agreement_cannot_be_suspended(staff, personas):
    with acting_as(SYSTEM):
        InfluencerAgreement.objects.filter(pk=personas.agreement.pk).update(status="terminated")

    response = step(staff, personas.agreement, "suspend", {"reason": "Test"})

    assert response.status_code == 422
    assert "This step is not possible in the present state." in response.content.decode()


def test_earnings_that_wait_for_staff_are_listed_and_approved(staff, personas):
    earning = earned_without_automatic_payment(personas)
    listed = reverse("admin:leads_earningentry_changelist") + "?approval=waiting"
    assert str(earning.pk) in staff.get(listed).content.decode()

    text = choose(staff, "earningentry", "approve", earning)

    assert "1 earning is payable now." in text
    with acting_as(SYSTEM):
        balance = InfluencerBalance.objects.get(influencer=personas.influencer)
    assert (balance.earned_amount, balance.payable_amount) == (Decimal("0.00"), Decimal("18.00"))
    assert str(earning.pk) not in staff.get(listed).content.decode()
    assert audit_actions()[-1] == "leads.earning.approved"


def test_earning_is_approved_once(staff, personas):
    earning = earned_without_automatic_payment(personas)
    choose(staff, "earningentry", "approve", earning)

    text = choose(staff, "earningentry", "approve", earning)

    assert "This lead has no earning to make payable." in text
    with acting_as(SYSTEM):
        assert InfluencerBalance.objects.get(influencer=personas.influencer).payable_amount == Decimal("18.00")


def test_viewers_take_no_step(viewer, personas):
    earning = earned_without_automatic_payment(personas)

    choose(viewer, "campaign", "pause", personas.campaign)
    choose(viewer, "earningentry", "approve", earning)

    assert step(viewer, personas.agreement, "suspend", {"reason": "Test"}).status_code == 403
    assert fresh(personas.campaign).status == Campaign.Status.ACTIVE
    assert fresh(personas.agreement).status == InfluencerAgreement.Status.ACTIVE
    with acting_as(SYSTEM):
        assert InfluencerBalance.objects.get(influencer=personas.influencer).payable_amount == Decimal("0.00")


def test_first_page_says_what_waits(staff, personas):
    earned_without_automatic_payment(personas)
    personas.submit("600.00")

    response = staff.get(reverse("admin:index"))

    counts = {figure["url"].split("/")[3]: figure["count"] for figure in response.context["figures"]}
    assert {name for name, count in counts.items() if count == "1"} == {"lead", "earningentry"}
    assert {name for name, count in counts.items() if count == "0"} == {
        "influenceragreement",
        "leadreturn",
        "payment",
        "payout",
        "prospectrequest",
        "reviewitem",
    }
    assert {level["level"]: level["count"] for level in response.context["levels"]}["healthy"] == 2


def test_who_looked_at_a_lead_is_recorded_and_found(staff, personas, client_of):
    lead = personas.submit("600.00")
    staff.get(reverse("admin:leads_lead_changelist"))
    with acting_as(SYSTEM):
        assert not AuditEntry.objects.filter(action="leads.lead.viewed").exists()

    staff.get(reverse("admin:leads_lead_change", args=[lead.pk]))
    assert staff.get(reverse("admin:leads_lead_change", args=[personas.campaign.pk])).status_code == 302

    with acting_as(SYSTEM):
        entry = AuditEntry.objects.get(action="leads.lead.viewed")
        assert (entry.object_id, entry.actor_user_id, entry.merchant_id) == (
            lead.pk, personas.staff.pk, personas.merchant.pk,
        )  # fmt: skip
    listed = reverse("admin:accounts_auditentry_changelist")
    for query, found in ({"done": "viewed"}, True), ({"done": "leads"}, True), ({"done": "exported"}, False):
        assert ("leads.lead.viewed" in staff.get(listed, query).content.decode()) is found, query
    # The trail is staff's alone.
    with acting_as(personas.as_owner):
        assert not AuditEntry.objects.exists()
