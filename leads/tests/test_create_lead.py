"""create_lead: what it stores, what it refuses, and that a refusal changes nothing (product.md, "Lead / Create")."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone
from django.utils.translation import override

from accounts.models import Influencer, Merchant
from deposits.models import Deposit, DepositTransaction
from deposits.services import open_deposit, suspend_deposit
from leads.consent import CONSENT_VERSION, consent_text
from leads.errors import (
    AgreementInactive,
    CampaignCannotTakeLeads,
    CampaignNotFound,
    CampaignPaused,
    DepositNotUsable,
    DuplicateLead,
    OwnContact,
)
from leads.models import InfluencerBalance, Lead, LeadConsent
from leads.services import (
    accept_agreement,
    change_agreement_terms,
    change_campaign,
    create_campaign,
    create_lead,
    invite_influencer,
    pause_campaign,
    reject_lead,
    suspend_agreement,
    terminate_agreement,
)
from leads.services import submission as submission_service
from leads.services.agreements import AgreementTerms
from leads.services.campaigns import CampaignTerms
from leads.services.submission import _already_submitted
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import InvalidInput
from tests.personas import submission


def stored():
    """Everything that a refused lead must leave as it was."""
    with acting_as(SYSTEM):
        return (
            Lead.objects.count(),
            LeadConsent.objects.count(),
            DepositTransaction.objects.count(),
            list(Deposit.objects.order_by("pk").values_list("current_balance", "reserved_amount")),
        )


def assert_refused(personas, error, value="600.00", **changes):
    before = stored()

    with pytest.raises(error) as refusal:
        personas.submit(value, **changes)

    assert stored() == before
    return refusal.value


def blind_at_first(look):
    """`look` for one whose first look came before the other had committed."""
    answers = iter([lambda *_arguments: None])
    return lambda *arguments: next(answers, look)(*arguments)


def test_lead_is_stored_pending_with_its_terms_and_reserves_its_commission(personas):
    lead = personas.submit("600.00", customer_name="  Karim B.  ", customer_email="Karim@Exemple.MA", source="tiktok")

    with acting_as(personas.as_influencer):
        lead = Lead.objects.get(pk=lead.pk)
    assert lead.status == Lead.Status.PENDING
    assert (lead.customer_name, lead.customer_email, lead.source) == ("Karim B.", "karim@exemple.ma", "tiktok")
    assert (lead.merchant_id, lead.campaign_id) == (personas.merchant.pk, personas.campaign.pk)
    assert (lead.commission_type, lead.commission_amount) == ("percentage", Decimal("60.00"))
    assert (lead.influencer_commission_amount, lead.platform_commission_amount) == (Decimal("18.00"), Decimal("42.00"))
    assert lead.expires_at - lead.created_at == timedelta(hours=72)
    with acting_as(personas.as_owner):
        deposit = Deposit.objects.get(pk=personas.deposit.pk)
        movement = DepositTransaction.objects.get(lead_id=lead.pk)
    assert (deposit.current_balance, deposit.reserved_amount) == (Decimal("5000.00"), Decimal("60.00"))
    assert (movement.kind, movement.amount) == ("reservation", Decimal("60.00"))


def test_consent_is_recorded_with_text_version_address_and_who_typed_it(personas):
    with override("fr"):
        lead = personas.submit(ip_address="196.200.1.7")
        sentence = consent_text("Atlas Rénovation")

    with acting_as(personas.as_influencer):
        consent = LeadConsent.objects.get(lead=lead)
    assert consent.text == sentence
    assert "Atlas Rénovation" in consent.text
    assert consent.version == CONSENT_VERSION
    assert (consent.language, consent.channel, consent.ip_address) == ("fr", "form", "196.200.1.7")
    assert consent.typed_by_id == personas.influencer_user.pk


def test_same_key_again_is_the_same_lead(personas):
    key = uuid4()
    first = personas.submit(submission_key=key)

    again = personas.submit(submission_key=key)

    assert again.pk == first.pk
    assert stored()[:2] == (1, 1)


def test_second_of_two_at_once_gets_the_first_lead_also_when_that_took_the_last_money(personas, monkeypatch):
    for _lead in range(62):
        personas.submit("1500.00")
    form = submission("400.00", submission_key=uuid4())
    with acting_as(personas.as_influencer):
        first = create_lead(influencer_id=personas.influencer.pk, campaign_id=personas.campaign.pk, submission=form)
        monkeypatch.setattr(submission_service, "_already_submitted", blind_at_first(_already_submitted))
        second = create_lead(influencer_id=personas.influencer.pk, campaign_id=personas.campaign.pk, submission=form)

    assert second.pk == first.pk


def test_same_key_of_another_influencer_is_another_lead(personas):
    key = uuid4()
    first = personas.submit(submission_key=key)
    with acting_as(SYSTEM):
        agreement = invite_influencer(merchant_id=personas.merchant.pk, email="yassine@exemple.ma")
    with acting_as(personas.as_other_influencer):
        accept_agreement(agreement_id=agreement.pk)
        other = create_lead(
            influencer_id=personas.other_influencer.pk,
            campaign_id=personas.campaign.pk,
            submission=submission(submission_key=key),
        )

    assert other.pk != first.pk


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("customer_name", {"customer_name": "   "}),
        ("customer_name", {"customer_name": "x" * 121}),
        ("customer_email", {"customer_email": "karim"}),
        ("customer_email", {"customer_email": f"{'k' * 64}@{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 20}.ma"}),
        ("customer_phone", {"customer_phone": "0123"}),
        ("customer_phone", {"customer_phone": "abc"}),
        ("customer_phone", {"customer_phone": "08 01 23 45 67"}),
        ("customer_phone", {"customer_phone": "08 92 34 56 78"}),
        ("customer_company", {"customer_company": "x" * 121}),
        ("customer_notes", {"customer_notes": "x" * 2001}),
        ("source", {"source": "fax"}),
        ("consent", {"consent_confirmed": False}),
        ("estimated_value", {"estimated_value": Decimal("49.99")}),
        ("estimated_value", {"estimated_value": Decimal("100.001")}),
        ("estimated_value", {"estimated_value": Decimal(-5)}),
        ("estimated_value", {"estimated_value": Decimal(10**12)}),
        ("estimated_value", {"estimated_value": Decimal("1e400")}),
        ("estimated_value", {"estimated_value": Decimal("NaN")}),
        ("estimated_value", {"estimated_value": Decimal("sNaN")}),
        ("estimated_value", {"estimated_value": Decimal("Infinity")}),
    ],
)
def test_bad_value_names_its_field_and_stores_nothing(personas, field, changes):
    refusal = assert_refused(personas, InvalidInput, **changes)

    assert list(refusal.fields) == [field]


def test_every_bad_field_is_named_at_once(personas):
    refusal = assert_refused(
        personas, InvalidInput, customer_name="", customer_email="", customer_phone="", consent_confirmed=False
    )

    assert set(refusal.fields) == {"customer_name", "customer_email", "customer_phone", "consent"}


@pytest.mark.parametrize(("days", "accepted"), [(0, False), (89, False), (90, True), (91, True)])
@pytest.mark.parametrize("repeated", ["customer_phone", "customer_email"])
def test_contact_can_be_submitted_again_after_90_days(personas, days, accepted, repeated):
    now = timezone.now()
    contact = (
        {"customer_phone": "+212612345678"} if repeated == "customer_phone" else {"customer_email": "k@exemple.ma"}
    )
    with time_machine.travel(now - timedelta(days=days), tick=False):
        personas.submit(**contact)

    with time_machine.travel(now, tick=False):
        if accepted:
            assert personas.submit(**contact).pk
        else:
            refusal = assert_refused(personas, DuplicateLead, **contact)
            assert list(refusal.fields) == [repeated]


@pytest.mark.parametrize(
    "spelling", ["0612345678", "06 12 34 56 78", "00212 6 12 34 56 78", "٠٦١٢٣٤٥٦٧٨", "212(0)612345678"]
)
def test_duplicate_phone_is_found_in_another_spelling(personas, spelling):
    personas.submit(customer_phone="+212612345678")

    assert_refused(personas, DuplicateLead, customer_phone=spelling)


def test_duplicate_address_is_found_in_another_case(personas):
    personas.submit(customer_email="Karim@Exemple.ma")

    assert_refused(personas, DuplicateLead, customer_email=" KARIM@exemple.MA ")


def test_duplicate_of_another_influencer_is_refused_too(personas):
    personas.submit(customer_phone="+212612345678")
    with acting_as(SYSTEM):
        agreement = invite_influencer(merchant_id=personas.merchant.pk, email="yassine@exemple.ma")
    with acting_as(personas.as_other_influencer):
        accept_agreement(agreement_id=agreement.pk)
    before = stored()

    with acting_as(personas.as_other_influencer), pytest.raises(DuplicateLead):
        create_lead(
            influencer_id=personas.other_influencer.pk,
            campaign_id=personas.campaign.pk,
            submission=submission(customer_phone="0612345678"),
        )

    assert stored() == before


def test_rejected_lead_still_counts_as_submitted(personas):
    lead = personas.submit(customer_phone="+212612345678")
    with acting_as(personas.as_owner):
        reject_lead(lead_id=lead.pk, rejection_reason="unreachable")

    assert_refused(personas, DuplicateLead, customer_phone="0612345678")


def test_same_contact_can_go_to_another_campaign(personas):
    personas.submit(customer_phone="+212612345678")
    with acting_as(SYSTEM):
        second = create_campaign(merchant_id=personas.merchant.pk, name="Salle de bain", service="Rénovation")
        agreement = invite_influencer(merchant_id=personas.merchant.pk, email="salma@exemple.ma", campaign_id=second.pk)
    with acting_as(personas.as_influencer):
        accept_agreement(agreement_id=agreement.pk)
        lead = create_lead(
            influencer_id=personas.influencer.pk,
            campaign_id=second.pk,
            submission=submission(customer_phone="+212612345678"),
        )

    assert lead.campaign_id == second.pk


@pytest.mark.parametrize("email", ["salma@exemple.ma", "SALMA@exemple.ma", "atlas@exemple.ma", "equipe@exemple.ma"])
def test_own_or_merchants_address_is_refused(personas, email):
    refusal = assert_refused(personas, OwnContact, customer_email=email)

    assert set(refusal.fields) == {"customer_phone", "customer_email"}


@pytest.mark.parametrize("owner", [Influencer, Merchant])
def test_own_or_merchants_phone_is_refused(personas, owner):
    with acting_as(SYSTEM):
        owner.objects.update(phone="+212655555555")

    assert_refused(personas, OwnContact, customer_phone="06 55 55 55 55")


def test_another_merchants_people_are_ordinary_customers(personas):
    assert personas.submit(customer_email="rif@exemple.ma").pk


def test_paused_campaign_takes_no_lead(personas):
    with acting_as(personas.as_owner):
        pause_campaign(campaign_id=personas.campaign.pk)

    assert_refused(personas, CampaignPaused)


def test_unknown_campaign_is_not_found(personas):
    with acting_as(personas.as_influencer), pytest.raises(CampaignNotFound):
        create_lead(influencer_id=personas.influencer.pk, campaign_id=uuid4(), submission=submission())


@pytest.mark.parametrize("step", [suspend_agreement, terminate_agreement])
def test_suspended_or_ended_agreement_takes_no_lead(personas, step):
    with acting_as(personas.as_owner):
        step(agreement_id=personas.agreement.pk)

    assert_refused(personas, AgreementInactive)


def test_without_agreement_no_lead(personas):
    with acting_as(personas.as_other_influencer), pytest.raises(AgreementInactive):
        create_lead(
            influencer_id=personas.other_influencer.pk, campaign_id=personas.campaign.pk, submission=submission()
        )


def test_small_deposit_takes_the_leads_it_can_pay_and_then_none(personas):
    for _lead in range(62):
        personas.submit("1500.00")

    refusal = assert_refused(personas, CampaignCannotTakeLeads, "1500.00")

    assert "40" not in str(refusal)
    assert personas.submit("400.00").commission_amount == Decimal("40.00")
    assert_refused(personas, CampaignCannotTakeLeads, "50.00")


def test_suspended_deposit_takes_no_lead(personas):
    with acting_as(personas.as_staff):
        suspend_deposit(deposit_id=personas.deposit.pk, reason="Contrôle")

    assert_refused(personas, DepositNotUsable)


def test_switched_off_merchant_takes_no_lead(personas):
    with acting_as(SYSTEM):
        Merchant.objects.filter(pk=personas.merchant.pk).update(is_active=False)

    assert_refused(personas, CampaignCannotTakeLeads)


def test_agreement_without_validation_validates_at_once(personas):
    with acting_as(personas.as_owner):
        change_agreement_terms(agreement_id=personas.agreement.pk, terms=AgreementTerms(requires_validation=False))

    lead = personas.submit("600.00")

    assert (lead.status, lead.quality_score) == (Lead.Status.VALIDATED, None)
    with acting_as(personas.as_owner):
        deposit = Deposit.objects.get(pk=personas.deposit.pk)
        decision = lead.decisions.get()
    assert (deposit.current_balance, deposit.reserved_amount) == (Decimal("4940.00"), Decimal("0.00"))
    assert (decision.decision, decision.user_id) == ("validated", None)
    with acting_as(personas.as_influencer):
        assert InfluencerBalance.objects.get().earned_amount == Decimal("18.00")


def test_agreement_for_all_campaigns_covers_each_of_them(personas):
    with acting_as(SYSTEM):
        second = create_campaign(merchant_id=personas.merchant.pk, name="Salle de bain", service="Rénovation")
        agreement = invite_influencer(
            merchant_id=personas.merchant.pk,
            email="yassine@exemple.ma",
            terms=AgreementTerms(commission_percentage=Decimal("25.00")),
        )
    with acting_as(personas.as_other_influencer):
        accept_agreement(agreement_id=agreement.pk)
        for campaign in (personas.campaign, second):
            lead = create_lead(
                influencer_id=personas.other_influencer.pk, campaign_id=campaign.pk, submission=submission()
            )
            assert lead.influencer_commission_amount == Decimal("15.00")


def test_agreement_for_the_campaign_goes_before_one_for_all(personas):
    with acting_as(SYSTEM):
        general = invite_influencer(
            merchant_id=personas.merchant.pk,
            email="salma@exemple.ma",
            terms=AgreementTerms(commission_percentage=Decimal("50.00")),
        )
    with acting_as(personas.as_influencer):
        accept_agreement(agreement_id=general.pk)

    lead = personas.submit("600.00")

    assert (lead.agreement_id, lead.influencer_commission_amount) == (personas.agreement.pk, Decimal("18.00"))
    with acting_as(personas.as_owner):
        suspend_agreement(agreement_id=personas.agreement.pk)
    assert_refused(personas, AgreementInactive)


def test_agreement_for_one_campaign_does_not_cover_another(personas):
    with acting_as(SYSTEM):
        second = create_campaign(merchant_id=personas.merchant.pk, name="Salle de bain", service="Rénovation")

    with acting_as(personas.as_influencer), pytest.raises(AgreementInactive):
        create_lead(influencer_id=personas.influencer.pk, campaign_id=second.pk, submission=submission())


def test_campaigns_own_deposit_goes_before_the_general_one(personas):
    with acting_as(personas.as_staff):
        own = open_deposit(
            merchant_id=personas.merchant.pk,
            campaign_id=personas.campaign.pk,
            initial_amount=Decimal("2000.00"),
            payment_reference="VIR-OWN",
        )

    lead = personas.submit("600.00")

    assert lead.deposit_id == own.pk
    with acting_as(personas.as_owner):
        amounts = dict(Deposit.objects.values_list("pk", "reserved_amount"))
    assert amounts == {own.pk: Decimal("60.00"), personas.deposit.pk: Decimal("0.00")}


def test_later_changes_of_campaign_and_agreement_leave_the_lead_alone(personas):
    lead = personas.submit("600.00")
    fields = [
        "commission_amount",
        "commission_type",
        "percentage_commission_rate",
        "fixed_commission_amount",
        "commission_threshold",
        "influencer_percentage",
        "influencer_commission_amount",
        "platform_commission_amount",
        "auto_payment",
        "expires_at",
    ]
    before = [getattr(lead, field) for field in fields]

    with acting_as(personas.as_owner):
        change_campaign(
            campaign_id=personas.campaign.pk,
            name="Cuisine",
            service="Rénovation",
            description="",
            terms=CampaignTerms(
                percentage_commission_rate=Decimal("20.00"),
                fixed_commission_amount=Decimal("300.00"),
                commission_threshold=Decimal("500.00"),
                lead_expiry_hours=24,
            ),
        )
        change_agreement_terms(
            agreement_id=personas.agreement.pk,
            terms=AgreementTerms(commission_percentage=Decimal("50.00"), auto_payment=False),
        )

    with acting_as(personas.as_owner):
        lead.refresh_from_db()
    assert [getattr(lead, field) for field in fields] == before
    later = personas.submit("600.00")
    assert (later.commission_amount, later.influencer_commission_amount) == (Decimal("300.00"), Decimal("150.00"))


def test_campaigns_own_minimum_is_asked(personas):
    with acting_as(personas.as_owner):
        change_campaign(
            campaign_id=personas.campaign.pk,
            name="Cuisine",
            service="Rénovation",
            description="",
            terms=CampaignTerms(minimum_estimated_value=Decimal("500.00")),
        )

    refusal = assert_refused(personas, InvalidInput, "499.99")

    assert list(refusal.fields) == ["estimated_value"]
    assert personas.submit("500.00").commission_amount == Decimal("50.00")
