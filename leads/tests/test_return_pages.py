"""Asking for a return and reading how it stands; the proof."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from leads.models import Lead, LeadReturn
from leads.services import accept_return, ask_return, mark_lost, refuse_return, validate_lead
from leadsmarket.lib.actor import SYSTEM, acting_as

HTMX = {"HTTP_HX_REQUEST": "true"}
PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def validated(personas) -> Lead:
    lead = personas.submit("600.00")
    with acting_as(personas.as_owner):
        return validate_lead(lead_id=lead.pk, quality_score=8)


def asked(personas, lead=None, **changes) -> LeadReturn:
    with acting_as(personas.as_owner):
        return ask_return(lead_id=(lead or validated(personas)).pk, **({"reason": "wrong_contact"} | changes))


def url(lead: Lead) -> str:
    return reverse("leads:return", args=[lead.pk])


def page_of(client: Client, lead: Lead) -> str:
    return client.get(reverse("leads:detail", args=[lead.pk])).content.decode()


def returns() -> list[LeadReturn]:
    with acting_as(SYSTEM):
        return list(LeadReturn.objects.all())


def test_a_validated_lead_offers_the_return_to_its_merchant_alone(personas, open_as):
    lead = validated(personas)
    button = f'id="return-{lead.pk}"'
    assert button in page_of(open_as(personas.owner), lead)
    assert button not in page_of(open_as(personas.influencer_user), lead)
    assert open_as(personas.influencer_user).get(url(lead)).status_code == 403
    assert open_as(personas.other_owner).get(url(lead)).status_code == 404
    assert open_as(personas.other_owner).post(url(lead), {"reason": "fraud"}).status_code == 404
    with time_machine.travel(lead.decided_at + timedelta(days=7, minutes=1)):
        assert button not in page_of(open_as(personas.owner), lead)
    assert button not in page_of(open_as(personas.owner), personas.submit())


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_asking_with_a_proof(personas, open_as, headers):
    lead = validated(personas)
    client = open_as(personas.owner)
    form = client.get(url(lead), **headers).content.decode()
    assert "Given back to the deposit, if accepted" in form
    assert ("<dialog" in form) == bool(headers)

    data = {"reason": "other", "details": "Fax", "proof": SimpleUploadedFile("a.pdf", PDF)}
    answer = client.post(url(lead), data, **headers)

    assert answer.status_code == (200 if headers else 302)
    (found,) = returns()
    assert (found.reason, found.details, found.asked_by_id) == ("other", "Fax", personas.owner.pk)
    page = page_of(client, lead)
    assert "Waiting for Leadsmarket" in page
    assert f'id="return-{lead.pk}"' not in page
    assert f'id="outcome-page-{lead.pk}"' not in page
    other_side = page_of(open_as(personas.influencer_user), lead)
    assert "The company asked to return this lead" in other_side
    assert "proof" not in other_side


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "Choose one of the reasons."),
        ({"reason": "boring"}, "Choose one of the reasons."),
        ({"reason": "other", "details": ""}, "Please say why."),
        ({"reason": "fraud", "details": "x" * 1001}, "1000"),
        ({"reason": "fraud", "proof": ("a.pdf", b"<html>")}, "Choose a PDF, PNG or JPEG file."),
        ({"reason": "fraud", "proof": ("a.pdf", b"")}, "Choose a PDF, PNG or JPEG file."),
        ({"reason": "fraud", "proof": ("a.pdf", b"%PDF-" + b"0" * 5_300_000)}, "at most 5 MB"),
    ],
)
def test_bad_input_stays_on_the_form(personas, open_as, data, message):
    lead = validated(personas)
    if "proof" in data:
        data = data | {"proof": SimpleUploadedFile(*data["proof"])}
    answer = open_as(personas.owner).post(url(lead), data)
    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert not returns()


def test_too_late_or_twice_is_said_on_the_leads_page(personas, open_as):
    client = open_as(personas.owner)
    lost = validated(personas)
    with acting_as(personas.as_owner):
        mark_lost(lead_id=lost.pk)
    late, twice = validated(personas), validated(personas)
    asked(personas, twice)
    assert "outcome isn&#x27;t told" in client.post(url(lost), {"reason": "fraud"}, follow=True).content.decode()
    assert "asked for already" in client.post(url(twice), {"reason": "fraud"}, follow=True).content.decode()
    assert "asked for already" in client.get(url(twice), follow=True).content.decode()
    with time_machine.travel(late.decided_at + timedelta(days=7, minutes=1)):
        assert "That time is over" in open_as(personas.owner).get(url(late), follow=True).content.decode()
    assert len(returns()) == 1


def test_both_sides_read_the_decision(personas, open_as):
    first, second = validated(personas), validated(personas)
    with acting_as(personas.as_staff):
        accept_return(return_id=asked(personas, first).pk, note="Numéro vérifié")
        refuse_return(return_id=asked(personas, second).pk, note="Client joint")
    for user, accepted, refused in (
        (personas.owner, "came back to the deposit", "The commission stays deducted"),
        (personas.influencer_user, "was taken back", "Your share stays yours"),
    ):
        page = page_of(open_as(user), first)
        assert accepted in page
        assert "Numéro vérifié" in page
        page = page_of(open_as(user), second)
        assert refused in page
        assert "Client joint" in page


def test_the_earnings_page_says_what_waits_and_what_was_taken_back(personas, open_as):
    client = open_as(personas.influencer_user)
    found = asked(personas)
    assert "of leads whose return is being decided" in client.get(reverse("leads:earnings")).content.decode()
    with acting_as(personas.as_staff):
        accept_return(return_id=found.pk)
    page = client.get(reverse("leads:earnings")).content.decode()
    assert "Taken back" in page
    assert "being decided" not in page


def test_the_proof_is_for_its_merchant_and_staff(personas, open_as):
    lead = validated(personas)
    asked(personas, lead, proof=SimpleUploadedFile("x.pdf", PDF))
    address = reverse("leads:return_proof", args=[lead.pk])
    for user, status in (
        (personas.owner, 200),
        (personas.member, 200),
        (personas.staff, 200),
        (personas.other_owner, 404),
        (personas.influencer_user, 403),
    ):
        answer = open_as(user).get(address)
        assert answer.status_code == status
        if status == 200:
            assert answer.content == PDF
            assert answer["Content-Type"] == "application/pdf"
            assert answer["Content-Disposition"].startswith("attachment")
            assert answer["X-Content-Type-Options"] == "nosniff"
    bare = validated(personas)
    asked(personas, bare)
    assert open_as(personas.owner).get(reverse("leads:return_proof", args=[bare.pk])).status_code == 404
