"""Agreements through the services: who asks, who answers, and what suspends or changes them."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.utils.translation import gettext, override

from accounts.models import AuditEntry
from leads.errors import AgreementExists, AgreementInactive, AgreementNotFound, CampaignNotFound, StepNotPossible
from leads.models import InfluencerAgreement, Lead
from leads.models.agreements import QUALITY_REASON
from leads.services import (
    accept_agreement,
    apply_to_campaign,
    change_agreement_terms,
    create_campaign,
    create_lead,
    decline_agreement,
    end_campaign,
    invite_influencer,
    pause_campaign,
    resume_agreement,
    suspend_agreement,
    terminate_agreement,
    validate_lead,
)
from leads.services.agreements import DEFAULT_TERMS, AgreementTerms
from leads.signals import agreement_status_changed
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import InvalidInput, Refusal
from tests.personas import submission


def status(agreement):
    with acting_as(SYSTEM):
        agreement.refresh_from_db()
    return agreement.status


def ask(personas, message=""):
    with acting_as(personas.as_other_influencer):
        return apply_to_campaign(
            influencer_id=personas.other_influencer.pk, campaign_id=personas.campaign.pk, message=message
        )


def invite(personas, email="yassine@exemple.ma", campaign=True, terms=DEFAULT_TERMS):
    with acting_as(personas.as_member):
        return invite_influencer(
            merchant_id=personas.merchant.pk,
            email=email,
            campaign_id=personas.campaign.pk if campaign else None,
            terms=terms,
        )


@pytest.fixture
def announced():
    """The changes of state that apps above are told."""
    received = []

    def receive(sender, agreement, status_before, **_signal):
        received.append((status_before, agreement.status))

    agreement_status_changed.connect(receive)
    yield received
    agreement_status_changed.disconnect(receive)


# --- Asking and answering ------------------------------------------------------------------------------------------


def test_merchant_accepts_an_application_with_terms(personas, announced):
    agreement = ask(personas, "  J'ai 20 000 abonnés à Fès. ")
    terms = AgreementTerms(Decimal("35.00"), Decimal("3000.00"), Decimal("6.50"), True, False)

    with acting_as(personas.as_member):
        agreement = accept_agreement(agreement_id=agreement.pk, terms=terms)

    assert agreement.status == "active"
    assert agreement.message == "J'ai 20 000 abonnés à Fès."
    assert agreement.commission_percentage == Decimal("35.00")
    assert agreement.quality_threshold == Decimal("6.50")
    assert (agreement.requires_validation, agreement.auto_payment) == (True, False)
    assert announced == [("", "pending"), ("pending", "active")]


def test_acceptance_without_terms_gives_the_usual_ones_and_can_be_repeated(personas, announced):
    agreement = ask(personas)

    with acting_as(personas.as_owner):
        accept_agreement(agreement_id=agreement.pk)
        again = accept_agreement(agreement_id=agreement.pk, terms=replace(DEFAULT_TERMS, minimum_deposit=Decimal("1")))

    assert again.commission_percentage == Decimal("30.00")
    assert again.minimum_deposit == Decimal("2000.00")
    assert announced == [("", "pending"), ("pending", "active")]


def test_influencer_accepts_an_invitation_as_it_stands(personas):
    agreement = invite(personas, campaign=False, terms=replace(DEFAULT_TERMS, commission_percentage=Decimal("40.00")))

    with acting_as(personas.as_other_influencer):
        agreement = accept_agreement(agreement_id=agreement.pk)
        lead = create_lead(
            influencer_id=personas.other_influencer.pk,
            campaign_id=personas.campaign.pk,
            submission=submission("600.00"),
        )

    assert agreement.status == "active"
    assert lead.influencer_commission_amount == Decimal("24.00")


def test_applicant_cannot_accept_for_the_merchant(personas):
    agreement = ask(personas)

    with acting_as(personas.as_other_influencer), pytest.raises(Refusal):
        accept_agreement(agreement_id=agreement.pk)

    assert status(agreement) == "pending"


def test_merchant_cannot_accept_its_own_invitation(personas):
    agreement = invite(personas)

    with acting_as(personas.as_owner), pytest.raises(Refusal):
        accept_agreement(agreement_id=agreement.pk)

    assert status(agreement) == "pending"


@pytest.mark.parametrize("side", ["as_owner", "as_other_influencer"])
@pytest.mark.parametrize("asked_by", [ask, invite])
def test_either_side_can_end_a_request_and_ask_again(personas, side, asked_by):
    agreement = asked_by(personas)

    with acting_as(getattr(personas, side)):
        decline_agreement(agreement_id=agreement.pk)
        decline_agreement(agreement_id=agreement.pk)

    assert status(agreement) == "terminated"
    assert asked_by(personas).status == "pending"


def test_active_agreement_cannot_be_declined(personas):
    with acting_as(personas.as_influencer), pytest.raises(StepNotPossible):
        decline_agreement(agreement_id=personas.agreement.pk)

    assert status(personas.agreement) == "active"


def test_second_request_for_the_same_campaign_is_refused(personas):
    ask(personas)

    with pytest.raises(AgreementExists):
        ask(personas)
    with pytest.raises(AgreementExists):
        invite(personas)

    with acting_as(SYSTEM):
        assert InfluencerAgreement.objects.filter(influencer=personas.other_influencer).count() == 1


def test_application_is_needless_under_an_agreement_for_all_campaigns(personas):
    invite(personas, campaign=False)

    with pytest.raises(AgreementExists):
        ask(personas)


def test_only_active_campaigns_can_be_applied_to(personas):
    with acting_as(personas.as_owner):
        pause_campaign(campaign_id=personas.campaign.pk)

    with pytest.raises(CampaignNotFound):
        ask(personas)


def test_message_too_long_is_refused_beside_its_field(personas):
    with pytest.raises(InvalidInput) as refused:
        ask(personas, "m" * 501)

    assert list(refused.value.fields) == ["message"]


@pytest.mark.parametrize("email", ["personne@exemple.ma", "atlas@exemple.ma", "", "staff@exemple.ma"])
def test_invitation_to_somebody_who_is_no_influencer_is_refused(personas, email):
    with pytest.raises(InvalidInput) as refused:
        invite(personas, email=email)

    assert list(refused.value.fields) == ["email"]
    with acting_as(SYSTEM):
        assert InfluencerAgreement.objects.count() == 1


def test_invitation_reads_the_address_as_people_type_it(personas):
    assert invite(personas, email=" Yassine@Exemple.MA ").influencer_id == personas.other_influencer.pk


def test_invitation_to_another_merchants_or_an_ended_campaign_is_refused(personas):
    with acting_as(personas.as_other_owner), pytest.raises(CampaignNotFound):
        invite_influencer(
            merchant_id=personas.other_merchant.pk, email="yassine@exemple.ma", campaign_id=personas.campaign.pk
        )
    with acting_as(personas.as_owner):
        end_campaign(campaign_id=personas.campaign.pk)
    with pytest.raises(CampaignNotFound):
        invite(personas)


@pytest.mark.parametrize(
    "terms",
    [
        {"commission_percentage": Decimal("100.01")},
        {"commission_percentage": Decimal("-1")},
        {"minimum_deposit": Decimal("-0.01")},
        {"quality_threshold": Decimal("0.99")},
        {"quality_threshold": Decimal("10.01")},
    ],
)
def test_terms_outside_their_limits_are_refused(personas, terms):
    agreement = ask(personas)

    with acting_as(personas.as_owner), pytest.raises(InvalidInput):
        accept_agreement(agreement_id=agreement.pk, terms=replace(DEFAULT_TERMS, **terms))

    assert status(agreement) == "pending"
    assert agreement.commission_percentage == Decimal("30.00")


# --- Suspending, resuming, ending ----------------------------------------------------------------------------------


def test_suspension_stops_new_leads_and_resuming_lets_them_in(personas, announced):
    with acting_as(personas.as_member):
        suspend_agreement(agreement_id=personas.agreement.pk, reason=" Trop de doublons ")
        suspended = suspend_agreement(agreement_id=personas.agreement.pk, reason="Encore")

    assert (suspended.status, suspended.status_reason) == ("suspended", "Trop de doublons")
    with pytest.raises(AgreementInactive):
        personas.submit()

    with acting_as(personas.as_member):
        resumed = resume_agreement(agreement_id=personas.agreement.pk)
        resume_agreement(agreement_id=personas.agreement.pk)
    assert (resumed.status, resumed.status_reason) == ("active", "")
    assert personas.submit().status == Lead.Status.PENDING
    assert announced == [("active", "suspended"), ("suspended", "active")]


def test_ended_agreement_stays_ended(personas):
    with acting_as(personas.as_owner):
        terminate_agreement(agreement_id=personas.agreement.pk, reason="Fin")
        terminate_agreement(agreement_id=personas.agreement.pk)
        for step in (resume_agreement, suspend_agreement, accept_agreement):
            with pytest.raises(StepNotPossible):
                step(agreement_id=personas.agreement.pk)
        with pytest.raises(StepNotPossible):
            change_agreement_terms(agreement_id=personas.agreement.pk, terms=DEFAULT_TERMS)

    assert status(personas.agreement) == "terminated"


def test_request_cannot_be_suspended_or_resumed(personas):
    agreement = ask(personas)

    with acting_as(personas.as_owner):
        for step in (suspend_agreement, resume_agreement):
            with pytest.raises(StepNotPossible):
                step(agreement_id=agreement.pk)

    assert status(agreement) == "pending"


@pytest.mark.parametrize("step", [suspend_agreement, resume_agreement, terminate_agreement])
@pytest.mark.parametrize(
    ("side", "code"), [("as_influencer", 403), ("as_other_owner", 404), ("as_other_influencer", 404)]
)
def test_only_the_merchant_steers_an_agreement(personas, step, side, code):
    with acting_as(getattr(personas, side)), pytest.raises(Refusal) as refused:
        step(agreement_id=personas.agreement.pk)

    assert refused.value.status == code
    assert status(personas.agreement) == "active"


# --- Terms ---------------------------------------------------------------------------------------------------------


def test_changed_terms_leave_past_leads_alone(personas):
    lead = personas.submit("600.00")

    with acting_as(personas.as_owner):
        change_agreement_terms(
            agreement_id=personas.agreement.pk, terms=replace(DEFAULT_TERMS, commission_percentage=Decimal("50.00"))
        )
        past = Lead.objects.get(pk=lead.pk)
    new = personas.submit("600.00")

    assert (past.influencer_percentage, past.influencer_commission_amount) == (Decimal("30.00"), Decimal("18.00"))
    assert (new.influencer_percentage, new.influencer_commission_amount) == (Decimal("50.00"), Decimal("30.00"))
    with acting_as(SYSTEM):
        entry = AuditEntry.objects.get(action="leads.agreement.terms_changed")
    assert entry.data["before"]["commission_percentage"] == "30.00"
    assert entry.data["after"]["commission_percentage"] == "50.00"


def test_influencer_cannot_change_the_terms(personas):
    with acting_as(personas.as_influencer), pytest.raises(Refusal) as refused:
        change_agreement_terms(agreement_id=personas.agreement.pk, terms=DEFAULT_TERMS)
    with acting_as(personas.as_other_owner), pytest.raises(AgreementNotFound):
        change_agreement_terms(agreement_id=personas.agreement.pk, terms=DEFAULT_TERMS)

    assert refused.value.status == 403


def test_own_agreement_of_a_campaign_goes_before_the_one_for_all(personas):
    with acting_as(personas.as_owner):
        general = invite_influencer(
            merchant_id=personas.merchant.pk,
            email="salma@exemple.ma",
            terms=replace(DEFAULT_TERMS, commission_percentage=Decimal("10.00")),
        )
        other = create_campaign(merchant_id=personas.merchant.pk, name="Toits", service="Toiture")
    with acting_as(personas.as_influencer):
        accept_agreement(agreement_id=general.pk)
        elsewhere = create_lead(
            influencer_id=personas.influencer.pk, campaign_id=other.pk, submission=submission("600.00")
        )

    assert personas.submit("600.00").influencer_percentage == Decimal("30.00")
    assert elsewhere.influencer_percentage == Decimal("10.00")


def test_invitation_for_one_campaign_does_not_stop_leads_under_the_agreement_for_all(personas):
    general = invite(personas, campaign=False)
    with acting_as(personas.as_other_influencer):
        accept_agreement(agreement_id=general.pk)
    offered = invite(personas, terms=replace(DEFAULT_TERMS, commission_percentage=Decimal("45.00")))

    def submit():
        with acting_as(personas.as_other_influencer):
            return create_lead(
                influencer_id=personas.other_influencer.pk,
                campaign_id=personas.campaign.pk,
                submission=submission("600.00"),
            )

    assert submit().influencer_percentage == Decimal("30.00")
    with acting_as(personas.as_other_influencer):
        accept_agreement(agreement_id=offered.pk)
    assert submit().influencer_percentage == Decimal("45.00")


# --- Quality threshold ---------------------------------------------------------------------------------------------


def score(personas, *scores):
    """Submit and validate one lead per score, through the database's own rules but quickly."""
    for value in scores:
        lead = personas.submit("50.00")
        with acting_as(personas.as_owner):
            validate_lead(lead_id=lead.pk, quality_score=value)


@pytest.fixture
def threshold(personas):
    with acting_as(personas.as_owner):
        change_agreement_terms(
            agreement_id=personas.agreement.pk, terms=replace(DEFAULT_TERMS, quality_threshold=Decimal("6.00"))
        )
    return personas


def test_four_bad_scores_say_too_little(threshold):
    score(threshold, 1, 1, 1, 1)

    assert status(threshold.agreement) == "active"


def test_fifth_score_suspends_below_the_threshold(threshold, announced):
    score(threshold, 6, 6, 6, 6, 5)

    assert status(threshold.agreement) == "suspended"
    with override("ar"):  # stored untranslated, read in the reader's language
        assert threshold.agreement.status_reason == QUALITY_REASON
        assert threshold.agreement.reason_text == gettext(QUALITY_REASON)
    assert announced == [("active", "suspended")]
    with acting_as(SYSTEM):
        assert AuditEntry.objects.get(action="leads.agreement.suspended").data == {"scores": [5, 6, 6, 6, 6]}


def test_mean_exactly_at_the_threshold_is_good_enough(threshold):
    score(threshold, 6, 6, 6, 7, 5)

    assert status(threshold.agreement) == "active"


def test_twentieth_score_still_counts_the_first(threshold):
    score(threshold, *[10] * 8, *[5] * 4)  # 100 in 12
    score(threshold, *[2] * 7)  # 114 in 19: exactly 6

    assert status(threshold.agreement) == "active"
    score(threshold, 5)  # 119 in 20: 5.95
    assert status(threshold.agreement) == "suspended"


def test_only_the_last_twenty_scores_count(threshold):
    score(threshold, 10, *[6] * 19)  # 124 in 20

    score(threshold, 6)  # the 10 has left: 120 in 20, exactly 6
    assert status(threshold.agreement) == "active"
    score(threshold, 5)  # 119 in 20
    assert status(threshold.agreement) == "suspended"


def test_agreement_without_a_threshold_is_never_suspended(personas):
    score(personas, 1, 1, 1, 1, 1, 1)

    assert status(personas.agreement) == "active"


def test_scores_given_to_others_do_not_count(threshold):
    agreement = ask(threshold)
    with acting_as(threshold.as_owner):
        accept_agreement(agreement_id=agreement.pk, terms=replace(DEFAULT_TERMS, quality_threshold=Decimal("6.00")))
    score(threshold, 10, 10, 10, 10)
    for _number in range(4):
        with acting_as(threshold.as_other_influencer):
            lead = create_lead(
                influencer_id=threshold.other_influencer.pk,
                campaign_id=threshold.campaign.pk,
                submission=submission("50.00"),
            )
        with acting_as(threshold.as_owner):
            validate_lead(lead_id=lead.pk, quality_score=1)

    assert status(agreement) == "active"
    assert status(threshold.agreement) == "active"
