"""The staff site's pages of payments: transfers, events, reviews, each step with good and bad input."""

from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from deposits.services import get_deposit
from leadsmarket.lib.actor import SYSTEM, acting_as
from payments.admin.masking import masked
from payments.gateways.sandbox.gateway import signed_event
from payments.models import (
    AutoRecharge,
    CardOrder,
    Payment,
    PaymentReversal,
    PayoutSeries,
    PayoutStatement,
    Receipt,
    ReceiptSeries,
    Receivable,
    ReceivableSettlement,
    ReviewItem,
    SavedCard,
    StripeCustomer,
    WebhookEvent,
)
from payments.services import (
    confirm_transfer,
    open_review,
    process_event,
    receive_webhook,
    render_receipt,
    start_recharge,
)
from tests.pages import in_english
from tests.personas import PASSWORD

MODELS = (
    AutoRecharge,
    CardOrder,
    Payment,
    PaymentReversal,
    PayoutSeries,
    PayoutStatement,
    Receipt,
    ReceiptSeries,
    Receivable,
    ReceivableSettlement,
    ReviewItem,
    SavedCard,
    StripeCustomer,
    WebhookEvent,
)


@pytest.fixture(autouse=True)
def _account(settings):
    settings.BANK_TRANSFER_HOLDER = "Leadsmarket SARL"
    settings.BANK_TRANSFER_RIB = "011780000012345678901234"


@pytest.fixture
def staff(browser_of, committed_personas):
    return in_english(committed_personas.staff, browser_of)


@pytest.fixture
def viewer(browser_of, committed_personas):
    with acting_as(SYSTEM):
        user = User.objects.create_user("lecture@exemple.ma", PASSWORD, role="staff", is_staff=True, language="en")
        user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    return browser_of(user)


@pytest.fixture
def start(committed_personas):
    def run(method: str = "bank_transfer") -> Payment:
        return start_recharge(
            actor=committed_personas.as_owner,
            deposit_id=committed_personas.deposit.pk,
            amount=Decimal("5000.00"),
            method=method,
        ).payment

    return run


def action(row, name):
    return reverse(f"admin:payments_{row._meta.model_name}_{name}", args=[row.pk])


def page_of(row):
    return reverse(f"admin:payments_{row._meta.model_name}_change", args=[row.pk])


def list_of(model, **query):
    return reverse(f"admin:payments_{model._meta.model_name}_changelist") + (f"?{urlencode(query)}" if query else "")


def received(**changes):
    day = timezone.localdate().isoformat()
    return {"received_amount": "5 000,00", "bank_reference": "VIR-77", "received_on": day} | changes


def fresh(row):
    with acting_as(SYSTEM):
        return type(row).objects.get(pk=row.pk)


def balance(payment):
    with acting_as(SYSTEM):
        return get_deposit(payment.deposit_id).current_balance


def event_of(payment):
    body, headers = signed_event(payment, "pay")
    return receive_webhook(provider="sandbox", body=body, headers=headers, queue=process_event)


def review_of(payment):
    with acting_as(SYSTEM):
        return open_review("other", "Look at <this>", payment=payment)


@pytest.mark.parametrize("model", MODELS)
def test_lists_open_and_can_be_searched(staff, start, model):
    event_of(start("sandbox"))
    review_of(start())

    for query in ({}, {"q": "RCH"}, {"q": "01a1f765-867e-7383-9f32-15cb5a8157c1"}, {"q": "é' --"}):
        assert staff.get(list_of(model, **query)).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_added_changed_or_deleted_by_hand(staff, start, model):
    event_of(start("sandbox"))
    review_of(start())
    with acting_as(SYSTEM):
        row = model.objects.first()

    assert staff.get(reverse(f"admin:payments_{model._meta.model_name}_add")).status_code == 403
    if row is not None:
        assert staff.get(page_of(row)).status_code == 200
        assert staff.post(page_of(row), {"status": "settled", "amount": "1"}).status_code == 403
        assert staff.post(reverse(f"admin:payments_{model._meta.model_name}_delete", args=[row.pk])).status_code == 403


def test_a_transfer_is_found_confirmed_and_credited(staff, start):
    payment, other = start(), start("sandbox")

    listed = staff.get(list_of(Payment, transfers="waiting")).content.decode()
    form = staff.get(action(payment, "confirm_transfer")).content.decode()
    response = staff.post(action(payment, "confirm_transfer"), received(received_amount="4 999,50"), follow=True)

    assert payment.reference in listed
    assert other.reference not in listed
    assert payment.reference in form
    assert "Credited: MAD\u00a04,999.50." in response.content.decode()
    assert (fresh(payment).status, balance(payment)) == ("settled", Decimal("9999.50"))
    with acting_as(SYSTEM):
        assert AuditEntry.objects.filter(action="payments.transfer.confirmed", object_id=payment.pk).count() == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"received_amount": "0"}, "must be at least"),
        ({"received_amount": "abc"}, "Enter an amount in dirhams"),
        ({"received_amount": "1e400"}, "Enter an amount in dirhams"),
        ({"received_amount": "5000.001"}, "at most two decimals"),
        ({"bank_reference": "  "}, "This field is required."),
        ({"bank_reference": "x" * 81}, "at most 80 characters"),
        ({"received_on": "2999-01-01"}, "This day has not come yet."),
        ({"received_on": "yesterday"}, "Enter a valid date."),
    ],
)
def test_a_wrong_confirmation_is_refused_beside_its_field(staff, start, changes, message):
    payment = start()

    response = staff.post(action(payment, "confirm_transfer"), received(**changes))

    assert response.status_code == 422
    assert message in response.content.decode()
    assert fresh(payment).status == "pending"


def test_one_line_of_the_statement_is_credited_once(staff, start):
    first, second = start(), start()
    staff.post(action(first, "confirm_transfer"), received())

    response = staff.post(action(second, "confirm_transfer"), received(bank_reference="vir 77".replace(" ", "-")))

    assert response.status_code == 422
    assert f"credited already, for payment {first.reference}" in response.content.decode()
    assert balance(first) == Decimal("10000.00")


def test_a_confirmed_transfer_offers_nothing_more(staff, start, committed_personas):
    payment = start()
    assert action(payment, "confirm_transfer") in staff.get(page_of(payment)).content.decode()
    with acting_as(committed_personas.as_staff):
        confirm_transfer(
            payment_id=payment.pk,
            received_amount=Decimal("5000.00"),
            bank_reference="V",
            received_on=timezone.localdate(),
        )

    page = staff.get(page_of(payment)).content.decode()
    again = staff.post(action(payment, "confirm_transfer"), received())

    for name in ("confirm_transfer", "reject_transfer", "expire_transfer"):
        assert action(payment, name) not in page
    assert again.status_code == 422
    assert "This payment has ended already." in again.content.decode()


def test_a_transfer_is_rejected_with_a_reason_or_expires(staff, start):
    first, second = start(), start()

    assert staff.post(action(first, "reject_transfer"), {"reason": " "}).status_code == 422
    staff.post(action(first, "reject_transfer"), {"reason": "Compte inconnu"})
    staff.post(action(second, "expire_transfer"), {})

    assert (fresh(first).status, fresh(first).failure_message) == ("failed", "Compte inconnu")
    assert fresh(second).status == "expired"
    assert action(second, "confirm_transfer") in staff.get(page_of(second)).content.decode()


def test_other_payments_have_no_transfer_actions(staff, start):
    payment = start("sandbox")

    assert action(payment, "confirm_transfer") not in staff.get(page_of(payment)).content.decode()
    assert staff.post(action(payment, "confirm_transfer"), received()).status_code == 422
    assert fresh(payment).status == "pending"


def test_an_event_is_read_with_its_card_masked_and_runs_again(staff, start):
    payment = start("sandbox")
    event = event_of(payment)

    page = staff.get(page_of(event)).content.decode()
    response = staff.post(action(event, "replay"), {}, follow=True)

    assert payment.reference in page
    assert "The event is being processed" in response.content.decode()
    assert fresh(event).status == "received"
    process_event(event.pk)
    assert (fresh(event).outcome, balance(payment)) == ("already credited", Decimal("10000.00"))
    with acting_as(SYSTEM):
        assert AuditEntry.objects.filter(action="payments.event.replayed", object_id=event.pk).exists()


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("oid=A1&HASH=abc%3D&amount=5.00", "oid=A1&HASH=•••&amount=5.00"),
        ("pan=4000000000000010&x=1", "pan=•••&x=1"),
        ("MaskedPan=400000***0010", "MaskedPan=400000***0010"),
        ("note=4000 0000 0000 0010", "note=•••0010"),
        ('{"card": "4000000000000010", "cvc": "123"}', '{"card": "•••0010", "cvc": "•••"}'),
        ('{"id": "evt_1", "timestamp": 1795144921}', '{"id": "evt_1", "timestamp": 1795144921}'),
        ("cavv=AAABB&xid=1&eci=05&md=4", "cavv=•••&xid=•••&eci=•••&md=•••"),
    ],
)
def test_bodies_are_masked(body, shown):
    assert masked(body) == shown


def test_a_review_is_resolved_with_a_sentence(staff, start, committed_personas):
    item = review_of(start())

    assert item.payment.reference in staff.get(list_of(ReviewItem, state="open")).content.decode()
    assert "Look at &lt;this&gt;" in staff.get(page_of(item)).content.decode()
    assert staff.post(action(item, "resolve"), {"resolution": " "}).status_code == 422
    staff.post(action(item, "resolve"), {"resolution": "Remboursé par virement"})

    done = fresh(item)
    assert (done.resolution, done.resolved_by_id) == ("Remboursé par virement", committed_personas.staff.pk)
    assert action(item, "resolve") not in staff.get(page_of(item)).content.decode()
    assert item.payment.reference not in staff.get(list_of(ReviewItem, state="open")).content.decode()


def test_the_first_page_and_the_sidebar_count_what_waits(staff, start):
    payment = start()
    review_of(payment)

    page = staff.get(reverse("admin:index")).content.decode()

    assert "Transfers to confirm" in page
    assert list_of(Payment, transfers="waiting") in page
    assert list_of(ReviewItem, state="open") in page


def test_who_may_only_look_changes_nothing(viewer, start):
    payment = start()
    event, item = event_of(start("sandbox")), review_of(payment)

    assert viewer.get(page_of(payment)).status_code == 200
    for row, name, data in (
        (payment, "confirm_transfer", received()),
        (payment, "reject_transfer", {"reason": "x"}),
        (payment, "expire_transfer", {}),
        (event, "replay", {}),
        (item, "resolve", {"resolution": "x"}),
    ):
        assert action(row, name) not in viewer.get(page_of(row)).content.decode()
        assert viewer.post(action(row, name), data).status_code == 403
    assert fresh(payment).status == "pending"


def test_merchants_and_visitors_get_nowhere(client, browser_of, committed_personas, start):
    payment = start()
    merchant = browser_of(committed_personas.owner)

    for visitor in (client, merchant):
        assert visitor.post(action(payment, "confirm_transfer"), received()).status_code in (302, 403)
    assert fresh(payment).status == "pending"


def test_a_receipt_is_downloaded_once_it_is_made(staff, start, committed_personas):
    payment = start("sandbox")
    event_of(payment)
    with acting_as(SYSTEM):
        receipt = Receipt.objects.get()

    waiting = staff.get(action(receipt, "download"), follow=True)

    assert "The PDF is being made." in waiting.content.decode()
    render_receipt(receipt.pk)
    ready = staff.get(action(receipt, "download"))
    assert ready.content.startswith(b"%PDF-")
    assert f'filename="{receipt.number}.pdf"' in ready.headers["Content-Disposition"]
