"""The staff site's payouts: approve in batches, the file for the bank, paid and failed, and who may do it."""

import csv
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.models import AuditEntry, User
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.models import Payout, PayoutBatch
from payments.services import request_payout
from tests.earning import RIB, earn_payable, make_leads_rich
from tests.personas import PASSWORD

LIST = reverse("admin:payments_payout_changelist")


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def payout(personas) -> Payout:
    make_leads_rich(personas)
    earn_payable(personas)
    with acting_as(personas.as_influencer):
        return request_payout(
            influencer_id=personas.influencer.pk, amount=Decimal("250.00"), holder_name="Salma Bennani", rib=RIB
        )


def fresh(payout: Payout) -> Payout:
    with acting_as(SYSTEM):
        return Payout.objects.get(pk=payout.pk)


def choose(client, action, *payouts) -> str:
    data = {"action": action, "_selected_action": [str(payout.pk) for payout in payouts]}
    return client.post(LIST, data, follow=True).content.decode()


def step(client, payout, name, data=None):
    return client.post(reverse(f"admin:payments_payout_{name}", args=[payout.pk]), data or {})


def approved(staff, payout) -> PayoutBatch:
    choose(staff, "approve", payout)
    with acting_as(SYSTEM):
        return PayoutBatch.objects.get()


def test_the_list_masks_the_rib_and_filters(staff, payout):
    page = staff.get(LIST, {"status__exact": "requested"}).content.decode()
    assert "011 519 •••• 21" in page
    assert RIB not in page
    assert "Salma" in page
    detail = staff.get(reverse("admin:payments_payout_change", args=[payout.pk])).content.decode()
    assert RIB not in detail
    assert payout.reference not in staff.get(LIST, {"threshold": "near"}).content.decode()


def test_near_the_threshold_is_marked_and_found(staff, payout, monkeypatch):
    monkeypatch.setattr("payments.selectors.payouts.client_threshold", lambda day: Decimal("300.00"))
    page = staff.get(LIST, {"threshold": "near"}).content.decode()
    assert payout.reference in page
    assert "⚠" in page


def test_approve_export_pay(staff, payout):
    text = choose(staff, "approve", payout)
    assert "1 payout approved as batch V-" in text
    with acting_as(SYSTEM):
        batch = PayoutBatch.objects.get()
    assert fresh(payout).status == "approved"

    answer = staff.get(reverse("admin:payments_payoutbatch_export", args=[batch.pk]))

    content = b"".join(answer.streaming_content).decode()
    assert list(csv.reader(content.splitlines()))[1] == ["Salma Bennani", RIB, "250.00", payout.reference]
    assert answer["Content-Disposition"] == f'attachment; filename="{batch.number}.csv"'
    with acting_as(SYSTEM):
        assert AuditEntry.objects.filter(action="payments.payout_batch.exported").count() == 1
    assert "MAD\xa0250.00" in staff.get(reverse("admin:payments_payoutbatch_changelist")).content.decode()
    assert staff.get(reverse("admin:payments_payoutbatch_change", args=[batch.pk])).status_code == 200

    assert "1 payout is paid." in choose(staff, "mark_paid", payout)
    assert fresh(payout).status == "paid"
    statement = staff.get(reverse("admin:payments_payout_statement", args=[payout.pk]))
    assert statement.content.startswith(b"%PDF-")


def test_pay_and_fail_one(staff, payout):
    assert step(staff, payout, "pay").status_code == 422
    approved(staff, payout)
    assert "011 519 •••• 21" in staff.get(reverse("admin:payments_payout_fail", args=[payout.pk])).content.decode()
    assert step(staff, payout, "fail", {"reason": ""}).status_code == 422
    assert step(staff, payout, "fail", {"reason": "Compte fermé"}).status_code == 302
    assert (fresh(payout).status, fresh(payout).failure_reason) == ("failed", "Compte fermé")
    assert step(staff, payout, "pay").status_code == 422


def test_pay_one(staff, payout):
    approved(staff, payout)
    assert step(staff, payout, "pay").status_code == 302
    assert fresh(payout).status == "paid"
    assert "being made" in staff.get(LIST).content.decode()


def test_impossible_steps_are_told(staff, payout):
    assert "not possible" in choose(staff, "mark_paid", payout)
    approved(staff, payout)
    assert "not possible" in choose(staff, "approve", payout)
    with acting_as(SYSTEM):
        assert PayoutBatch.objects.count() == 1


def test_staff_asks_with_a_key_that_the_bank_confirmed(staff, personas):
    make_leads_rich(personas)
    earn_payable(personas)
    address = reverse("admin:payments_payout_request_for_influencer")
    data = {
        "influencer": str(personas.influencer.pk),
        "amount": "200",
        "holder_name": "Salma",
        "rib": "011519000001205000534922",
    }
    assert staff.get(address).status_code == 200
    assert staff.post(address, data | {"influencer": "x"}).status_code == 422
    refused = staff.post(address, data)
    assert refused.status_code == 422
    assert "doesn&#x27;t fit" in refused.content.decode()
    assert staff.post(address, data | {"key_note": "Attestation du 20/11"}).status_code == 302
    with acting_as(SYSTEM):
        found = Payout.objects.get()
        assert AuditEntry.objects.get(action="payments.payout.requested").data["key_note"] == "Attestation du 20/11"
    assert found.has_other_key


def test_who_only_reads_can_do_nothing(client_of, personas, payout):
    with acting_as(SYSTEM):
        user = User.objects.create_user("lecture@exemple.ma", PASSWORD, role="staff", is_staff=True, language="en")
        user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    viewer = client_of(user)
    assert viewer.get(LIST).status_code == 200
    choose(viewer, "approve", payout)
    assert fresh(payout).status == "requested"
    for name in ("pay", "fail"):
        assert step(viewer, payout, name, {"reason": "x"}).status_code == 403
    assert viewer.get(reverse("admin:payments_payout_request_for_influencer")).status_code == 403
    assert viewer.post(reverse("admin:payments_payout_change", args=[payout.pk]), {"amount": "1"}).status_code == 403


def test_the_first_page_counts_what_waits(staff, payout):
    page = staff.get(reverse("admin:index")).content.decode()
    assert "Payouts to approve" in page
    assert "Returns to decide" in page
