"""Who is told what: one message per person and cause, in their language, with the cause or not at all."""

from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from allauth.account.signals import email_confirmed
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Influencer, User
from alerts.models import Delivery
from alerts.services import send_due_deliveries
from alerts.tests.conftest import outbox
from leads.services import accept_agreement, apply_to_campaign, invite_influencer, suspend_agreement
from leadsmarket.lib.actor import SYSTEM, Actor, acting_as
from payments.models import AutoRecharge, Payment, Receipt, SavedCard
from payments.services import open_review
from payments.services.auto_recharge_failures import note_auto_recharge_failure, note_ceiling_reached
from payments.signals import payment_failed, payment_settled
from payments.tests.conftest import tell


def people_told(kind: str) -> list[tuple[str, str]]:
    return [(delivery.address, delivery.language) for delivery in outbox(kind)]


def test_a_payment_tells_each_active_member_in_their_language_with_the_receipt(people, payment, smtp):
    assert tell(payment) == "credited"

    assert people_told("payment_succeeded") == [("atlas@exemple.ma", "fr"), ("equipe@exemple.ma", "ar")]
    french, arabic = outbox("payment_succeeded")
    assert 'lang="fr" dir="ltr"' in french.html
    assert 'lang="ar" dir="rtl"' in arabic.html
    assert french.subject != arabic.subject
    assert f"{settings.SITE_URL}/deposits/{people.deposit.pk}/" in french.text
    assert "10\u202f000,00" in french.text.replace("\u00a0", "\u202f")

    send_due_deliveries()
    with acting_as(SYSTEM):
        receipt = Receipt.objects.get()
    mails = [mail for mail in smtp.taken if list(mail.iter_attachments())]
    assert {mail["To"] for mail in mails} == {"atlas@exemple.ma", "equipe@exemple.ma"}
    for mail in mails:
        [attachment] = mail.iter_attachments()
        assert attachment.get_filename() == f"{receipt.number}.pdf"
        assert attachment.get_content_type() == "application/pdf"
        content = attachment.get_content()
        assert content.startswith(b"%PDF-")
        assert content.rstrip().endswith(b"%%EOF")
        assert {part.get_content_type() for part in mail.walk()} >= {"text/plain", "text/html"}


def test_those_who_left_are_not_told(people, payment):
    with acting_as(SYSTEM):
        User.objects.filter(pk=people.member.pk).update(is_active=False)
    tell(payment)
    assert people_told("payment_succeeded") == [("atlas@exemple.ma", "fr")]


def test_a_repeated_signal_tells_nobody_twice(people, payment):
    tell(payment)
    with acting_as(SYSTEM):
        payment.refresh_from_db()
        receipt = Receipt.objects.get()
        for _again in range(3):
            payment_settled.send(Payment, payment=payment, receipt=receipt)
    assert len(outbox("payment_succeeded")) == 2


def test_nothing_is_queued_when_the_change_is_undone(people, payment):
    with acting_as(SYSTEM), transaction.atomic():
        payment_failed.send(Payment, payment=payment)
        assert Delivery.objects.filter(kind="payment_failed").count() == 2
        transaction.set_rollback(True)
    assert outbox("payment_failed") == []


def test_a_failed_payment_says_why_and_where_to_try_again(people, payment):
    tell(payment, "fail")
    french, arabic = outbox("payment_failed")
    assert (french.language, arabic.language) == ("fr", "ar")
    assert (
        f"{settings.SITE_URL}/payments/recharge/{people.deposit.pk}/?amount=5000.00&payment_method=sandbox"
        in french.text
    )
    tell(payment, "fail")
    assert len(outbox("payment_failed")) == 2


def test_a_cancelled_payment_tells_nobody(people, payment):
    tell(payment, "cancel")
    assert outbox("payment_failed") == []


@pytest.fixture
def auto_recharge(people, payment) -> AutoRecharge:
    with acting_as(SYSTEM):
        card = SavedCard.objects.create(
            merchant=people.merchant, payment=payment, status="active", customer_id="cus_1", payment_method_id="pm_1"
        )
        return AutoRecharge.objects.create(
            merchant=people.merchant,
            deposit=people.deposit,
            enabled=True,
            threshold_percentage=20,
            amount=Decimal("1000.00"),
            monthly_limit=Decimal("3000.00"),
            card=card,
            consent_text="Oui",
            consented_by=people.owner,
        )


def test_an_auto_recharge_that_fails_sends_one_message_not_two(people, auto_recharge):
    with acting_as(SYSTEM):
        charge = Payment.objects.create(
            merchant=people.merchant,
            deposit=people.deposit,
            purpose="auto_recharge",
            method="stripe",
            amount=Decimal("1000.00"),
            status="failed",
            failure_code="authentication_required",
        )
        note_auto_recharge_failure(charge)
        note_auto_recharge_failure(charge)
    assert people_told("auto_recharge_needs_you") == [("atlas@exemple.ma", "fr"), ("equipe@exemple.ma", "ar")]
    assert outbox("payment_failed") == []
    assert f"/payments/recharge/{people.deposit.pk}/?amount=1000" in outbox("auto_recharge_needs_you")[0].text


def test_a_reached_ceiling_is_told_once_a_month(people, auto_recharge):
    with acting_as(SYSTEM):
        note_ceiling_reached(auto_recharge)
        note_ceiling_reached(auto_recharge)
    assert len(outbox("auto_recharge_needs_you")) == 2


def test_staff_is_told_of_what_to_review(people, payment):
    with acting_as(SYSTEM):
        open_review("wrong_amount", "paid: <b>499</b> MAD", payment=payment)
        open_review("wrong_amount", "paid: <b>499</b> MAD", payment=payment)
    [told] = outbox("staff_review")
    assert (told.address, told.language) == ("staff@exemple.ma", "en")
    assert "paid: <b>499</b> MAD" in told.text
    assert "<b>499" not in told.html
    assert payment.reference in told.subject


def test_agreements_tell_the_other_side(people):
    # The personas' own: Salma asked, Atlas accepted.
    assert people_told("agreement_asked")[:1] == [("atlas@exemple.ma", "fr")]
    assert [address for address, _language in people_told("agreement_accepted")] == ["salma@exemple.ma"]

    as_other = people.as_other_influencer
    with acting_as(as_other):
        asked = apply_to_campaign(influencer_id=people.other_influencer.pk, campaign_id=people.campaign.pk)
    assert people_told("agreement_asked")[-2:] == [("atlas@exemple.ma", "fr"), ("equipe@exemple.ma", "ar")]
    with acting_as(people.as_owner):
        accept_agreement(agreement_id=asked.pk)
        accept_agreement(agreement_id=asked.pk)
        suspend_agreement(agreement_id=asked.pk)
    assert [address for address, _language in people_told("agreement_accepted")] == [
        "salma@exemple.ma",
        "yassine@exemple.ma",
    ]


def test_an_invitation_tells_the_influencer_and_its_acceptance_the_team(people):
    with acting_as(people.as_other_owner):
        offered = invite_influencer(merchant_id=people.other_merchant.pk, email="salma@exemple.ma")
    [told] = outbox("agreement_offered")
    assert (told.address, told.language) == ("salma@exemple.ma", "en")
    assert "Rif Conseil" in told.subject
    assert "30%" in told.text.replace("\u00a0", "").replace(" ", "")

    with acting_as(people.as_influencer):
        accept_agreement(agreement_id=offered.pk)
    assert people_told("agreement_accepted")[-1] == ("rif@exemple.ma", "fr")


def test_no_message_to_an_influencer_names_a_merchants_balance(people, payment):
    tell(payment)
    with acting_as(SYSTEM):
        to_influencers = Delivery.objects.filter(user__role="influencer")
        assert to_influencers
        for delivery in to_influencers:
            for amount in ("5000", "10000"):
                for text in (delivery.subject, delivery.text, delivery.html):
                    assert amount not in "".join(text.split()).replace(",", "").replace("\u202f", ""), delivery.kind


@pytest.mark.parametrize(("who", "word"), [("owner", "merchant"), ("influencer_user", "influencer")])
def test_a_confirmed_address_is_welcomed_once_by_role(people, who, word):
    user: User = getattr(people, who)
    with acting_as(SYSTEM):
        User.objects.filter(pk=user.pk).update(language="en")
        address = EmailAddress.objects.create(user=User.objects.get(pk=user.pk), email=user.email, primary=True)
    for _again in range(2):
        with acting_as(Actor("authentication")):
            email_confirmed.send(EmailAddress, request=None, email_address=address)
    [told] = outbox("welcome")
    assert told.user == user
    assert ("Open a deposit" in told.text) == (word == "merchant")
    assert ("earns you a share" in told.text) == (word == "influencer")


def test_a_changed_address_is_no_welcome(people):
    with acting_as(SYSTEM):
        User.objects.filter(pk=people.owner.pk).update(last_login=timezone.now())
        address = EmailAddress.objects.create(user=User.objects.get(pk=people.owner.pk), email="neu@exemple.ma")
        email_confirmed.send(EmailAddress, request=None, email_address=address)
    assert outbox("welcome") == []


def test_names_typed_by_people_are_escaped(people):
    with acting_as(SYSTEM):
        Influencer.objects.filter(pk=people.other_influencer.pk).update(display_name="<script>alert(1)</script> & Co")
        apply_to_campaign(
            influencer_id=people.other_influencer.pk,
            campaign_id=people.campaign.pk,
            message="<img src=x>\r\nBcc: a@b.ma",
        )
    told = outbox("agreement_asked")[-1]
    assert "<script" not in told.html
    assert "<img" not in told.html
    assert "<script>alert(1)</script> & Co" in told.subject
    assert "\n" not in told.subject
