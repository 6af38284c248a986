"""A person asks about their data: the public page, the confirmed request, the staff's answer (law 09-08, articles 7 to 9)."""

import json
import re
from datetime import date, timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.tasks import send_account_email
from leads.errors import ContactBlocked, ProspectRequestNotFound, ProspectRequestNotOpen
from leads.models import BlockedContact, Lead, ProspectRequest
from leads.models.privacy import due_day
from leads.services import (
    ask_about_data,
    carry_out_request,
    confirm_request,
    end_retention,
    record_request,
    refuse_request,
)
from leads.services.privacy import confirmation_token
from leadsmarket.lib.actor import SYSTEM, acting_as
from leadsmarket.lib.errors import InvalidInput, NotAllowed
from tests.pages import text_of

AMINA = "amina@exemple.ma"
PHONE = "+212661234567"


@pytest.fixture
def sent(monkeypatch, django_capture_on_commit_callbacks):
    """Run a piece of work with its commit; the e-mails go to `mail.outbox` without the broker."""
    monkeypatch.setattr(send_account_email, "delay", send_account_email.run)
    return lambda: django_capture_on_commit_callbacks(execute=True)


def the_request() -> ProspectRequest:
    with acting_as(SYSTEM):
        return ProspectRequest.objects.get()


def ask(kind: str = "erasure", **changes: str) -> ProspectRequest:
    """A request of Amina's, confirmed."""
    ask_about_data(**({"kind": kind, "email": AMINA} | changes))
    return confirm_request(token=confirmation_token(the_request()))


def amina(personas, **changes) -> Lead:
    fields = {"customer_name": "Amina Benali", "customer_email": AMINA, "customer_phone": PHONE}
    return personas.submit("600.00", **(fields | changes))


def test_page_says_who_holds_what_and_names_suppliers_and_the_cndp(client, db, settings):
    settings.CNDP_RECEIPT_NUMBER = "D-123/2026"
    settings.RETENTION_MONTHS = 24
    settings.SUPPLIERS_ABROAD = [{"name": "Postbox", "purpose": "E-mail", "country": "Ireland"}]

    page = text_of(client.get("/privacy/", headers={"accept-language": "en"}))

    assert "under number D-123/2026" in page
    assert "24 months after it was given" in page
    assert "Postbox E-mail Ireland" in page
    settings.SUPPLIERS_ABROAD = []
    assert "Suppliers outside Morocco" not in text_of(client.get("/privacy/", headers={"accept-language": "en"}))


def test_a_request_waits_for_the_link_in_the_e_mail(client, personas, sent):
    with sent():
        response = client.post(
            "/privacy/", {"kind": "erasure", "email": " Amina@Exemple.MA ", "text": "S'il vous plaît"}
        )

    assert response.status_code == 302
    asked = the_request()
    assert (asked.status, asked.kind, asked.email, asked.due_on) == ("unconfirmed", "erasure", AMINA, None)
    (message,) = mail.outbox
    assert message.to == [AMINA]
    path = re.search(r"https?://[^/]+(/privacy/confirm/[^/\s]+/)", message.body)[1]

    # A program that checks links opens it: nothing happens yet.
    assert client.get(path).status_code == 200
    assert the_request().status == "unconfirmed"

    assert client.post(path).status_code == 200
    asked = the_request()
    assert asked.status == "open"
    assert asked.due_on == timezone.localdate() + timedelta(days=10)
    confirmed_at = asked.confirmed_at
    client.post(path)
    assert the_request().confirmed_at == confirmed_at


def test_the_answer_tells_nobody_whether_something_is_held(client, personas, sent):
    amina(personas)
    answers = []
    for email in (AMINA, "nobody@exemple.ma", personas.owner.email):
        with sent():
            response = client.post("/privacy/", {"kind": "access", "email": email}, follow=True)
        answers.append((response.status_code, response.redirect_chain, len(mail.outbox)))
        mail.outbox.clear()
    assert answers == [answers[0]] * 3
    assert answers[0][2] == 1


def test_wrong_input_is_told_beside_the_fields_and_kept(client, db):
    response = client.post(
        "/privacy/", {"kind": "", "email": "amina", "phone": "12"}, headers={"accept-language": "en"}
    )
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"kind", "email"}
    response = client.post("/privacy/", {"kind": "access", "email": AMINA, "phone": "12"})
    assert set(response.context["form"].errors) == {"phone"}
    with acting_as(SYSTEM):
        assert not ProspectRequest.objects.exists()


def test_one_address_gets_three_links_a_day(client, db, sent):
    for _time in range(3):
        with sent():
            assert client.post("/privacy/", {"kind": "access", "email": AMINA}).status_code == 302
    with sent():
        assert client.post("/privacy/", {"kind": "access", "email": AMINA.upper()}).status_code == 429
    assert len(mail.outbox) == 3


@pytest.mark.parametrize("token", ["x", "WyJ4Il0:1u2b3c:AAAA", "../../admin", "%00"])
def test_a_made_up_link_confirms_nothing(client, db, token):
    assert client.post(reverse("privacy_confirm", args=["x"]).replace("/x/", f"/{token}/")).status_code == 404
    with pytest.raises(ProspectRequestNotFound):
        confirm_request(token=token)


def test_a_link_is_good_for_three_days(personas):
    ask_about_data(kind="access", email=AMINA)
    asked = the_request()
    with pytest.MonkeyPatch.context() as patch:
        late = timezone.now().timestamp() - 3 * 24 * 3600 - 1
        patch.setattr("django.core.signing.time.time", lambda: late)
        token = confirmation_token(asked)
    with pytest.raises(ProspectRequestNotFound):
        confirm_request(token=token)
    assert the_request().status == "unconfirmed"


def test_ten_clear_days_don_t_count_the_day_of_the_request():
    assert due_day(date(2026, 11, 20)) == date(2026, 11, 30)


def test_a_request_is_overdue_the_day_after_its_last(personas):
    asked = ask()
    assert not asked.is_overdue
    asked.due_on = timezone.localdate()
    assert not asked.is_overdue
    asked.due_on -= timedelta(days=1)
    assert asked.is_overdue
    asked.status = "done"
    assert not asked.is_overdue


def test_objection_blocks_the_contact_neutrally_and_keeps_no_contact(personas, sent):
    asked = ask("objection", phone="06 61 23 45 67")

    with sent(), acting_as(personas.as_staff):
        done = carry_out_request(request_id=asked.pk, include_phone=True, answer="C'est fait.")

    assert (done.status, done.handled_by_id) == ("done", personas.staff.pk)
    with acting_as(SYSTEM):
        blocked = list(BlockedContact.objects.order_by("kind"))
        assert [(row.kind, row.reason, row.until) for row in blocked] == [
            ("email", "objection", None),
            ("phone", "objection", None),
        ]
        assert "amina" not in json.dumps([row.digest for row in blocked])
    for contact in ({"customer_email": "Amina+promo@exemple.ma"}, {"customer_phone": "0661234567"}):
        with pytest.raises(ContactBlocked) as refusal:
            personas.submit("600.00", **contact)
        # Which of the two, and why, is not told.
        assert set(refusal.value.fields) == {"customer_phone", "customer_email"}
    with acting_as(SYSTEM):
        assert not Lead.objects.exists()
    assert [(message.to, "C'est fait." in message.body) for message in mail.outbox[-1:]] == [([AMINA], True)]


def test_a_number_counts_only_once_staff_made_sure_of_it(personas):
    lead = amina(personas, customer_email="somebody@exemple.ma")
    asked = ask("erasure", phone=PHONE)

    with acting_as(personas.as_staff):
        carry_out_request(request_id=asked.pk)

    with acting_as(SYSTEM):
        assert Lead.objects.get(pk=lead.pk).customer_name == "Amina Benali"


def test_a_request_by_phone_alone_is_recorded_by_staff(personas):
    with acting_as(personas.as_staff):
        asked = record_request(kind="objection", language="ar", phone="0661234567", text="Par téléphone")
        assert (asked.status, asked.origin, asked.email, str(asked.phone)) == ("open", "staff", "", PHONE)
        carry_out_request(request_id=asked.pk)
        assert BlockedContact.objects.get().kind == "phone"
        with pytest.raises(InvalidInput):
            record_request(kind="objection", language="fr")


def test_refusing_needs_a_reason_and_is_told(personas, sent):
    asked = ask("access")
    with acting_as(personas.as_staff):
        with pytest.raises(InvalidInput):
            refuse_request(request_id=asked.pk, answer="  ")
        assert the_request().status == "open"
        with sent():
            refuse_request(request_id=asked.pk, answer="Nous ne détenons rien.")
        for again in (carry_out_request, refuse_request):
            with pytest.raises(ProspectRequestNotOpen):
                again(request_id=asked.pk, answer="x")
    assert "Nous ne détenons rien." in mail.outbox[-1].body
    assert the_request().status == "refused"


def test_only_staff_see_and_answer_requests(personas):
    asked = ask()
    for actor in (personas.as_owner, personas.as_influencer):
        with acting_as(actor):
            assert not ProspectRequest.objects.exists()
            with pytest.raises(ProspectRequestNotFound):
                carry_out_request(request_id=asked.pk)
    with acting_as(SYSTEM), pytest.raises(NotAllowed):
        carry_out_request(request_id=asked.pk)
    assert the_request().status == "open"


def test_unconfirmed_requests_and_old_contacts_go(personas):
    now = timezone.now()
    ask_about_data(kind="access", email="other@exemple.ma")
    with acting_as(SYSTEM):
        ProspectRequest.objects.update(created_at=now - timedelta(days=3, seconds=1))
    asked = None
    with acting_as(SYSTEM):
        asked = record_request(kind="objection", language="fr", email=AMINA, text="Bonjour")
    with acting_as(personas.as_staff):
        carry_out_request(request_id=asked.pk, answer="Fait, Amina.")

    assert end_retention(now=now).unconfirmed == 1
    assert end_retention(now=now + timedelta(days=366)).requests == 1

    kept = the_request()
    assert (kept.kind, kept.status, kept.email, kept.phone, kept.text, kept.answer) == (
        "objection", "done", "", "", "", "—",
    )  # fmt: skip
    assert end_retention(now=now + timedelta(days=366)).requests == 0


def test_staff_answer_on_the_staff_site_and_what_they_hand_out_is_audited(personas, staff, sent):
    amina(personas, customer_notes="=cmd|'/C calc'!A0 <script>alert(1)</script> {{ 7|add:7 }}")
    asked = ask("access")
    page = f"/admin/leads/prospectrequest/{asked.pk}"

    assert "Requests about personal data" in text_of(staff.get("/admin/"))
    read = staff.get(f"{page}/data/")
    as_json = staff.get(f"{page}/data.json/")

    assert read["Content-Disposition"].startswith("attachment")
    text = read.content.decode()
    assert "Amina Benali" in text
    assert "Atlas Rénovation" in text
    assert "<script>" not in text
    assert "{{ 7|add:7 }}" in text
    (lead,) = json.loads(as_json.content)["leads"]
    assert (lead["name"], lead["phone"], lead["given_to"], lead["given_by"]) == (
        "Amina Benali", PHONE, "Atlas Rénovation", "Salma",
    )  # fmt: skip
    assert lead["consent"]["text"]
    with acting_as(SYSTEM):
        exported = AuditEntry.objects.filter(action="leads.prospect_request.exported")
        assert list(exported.values_list("actor_user_id", flat=True)) == [personas.staff.pk] * 2

    with sent():
        response = staff.post(f"{page}/carry-out/", {"answer": "Envoyé."})
    assert response.status_code == 302
    assert the_request().status == "done"
    assert staff.post(f"{page}/refuse/", {"answer": "x"}).status_code == 422


def test_staff_record_a_letter_on_the_staff_site(personas, staff):
    record = reverse("admin:leads_prospectrequest_record")
    values = {"kind": "erasure", "email": "", "phone": "", "text": "Lettre du 3", "language": "fr"}
    assert staff.get(record).status_code == 200
    assert staff.post(record, values).status_code == 422
    with acting_as(SYSTEM):
        assert not ProspectRequest.objects.exists()

    assert staff.post(record, values | {"email": AMINA}).status_code == 302

    assert (the_request().origin, the_request().email, the_request().status) == ("staff", AMINA, "open")
    detail = text_of(staff.get(f"/admin/leads/prospectrequest/{the_request().pk}/change/"))
    assert "Carry out" in detail
    with acting_as(personas.as_staff):
        refuse_request(request_id=the_request().pk, answer="Inconnue")
    detail = text_of(staff.get(f"/admin/leads/prospectrequest/{the_request().pk}/change/"))
    assert "Carry out" not in detail
    assert "Data held, to read" in detail


def test_overdue_requests_stand_out_among_the_things_to_do(personas, staff):
    asked = ask()
    assert "overdue" not in text_of(staff.get("/admin/"))
    with acting_as(SYSTEM):
        ProspectRequest.objects.update(due_on=timezone.localdate() - timedelta(days=1))
    assert "Requests about personal data, overdue 1" in text_of(staff.get("/admin/"))
    found = staff.get("/admin/leads/prospectrequest/?due=over")
    assert str(asked.pk) in found.content.decode()
