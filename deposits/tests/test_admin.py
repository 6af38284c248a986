"""The staff site's actions on deposits: each with good and bad input, and no way round the services."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.models import AuditEntry, User
from deposits.models import Deposit, DepositTransaction
from deposits.services import suspend_deposit
from leads.services import create_campaign
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.personas import PASSWORD, make_merchant

OPEN = "admin:deposits_deposit_open_general_deposit"


@pytest.fixture
def merchant(personas):
    with acting_as(SYSTEM):
        _owner, merchant = make_merchant("souss@exemple.ma", "Souss")
    return merchant


def payment(**changes):
    return {"payment_method": "bank_transfer", "payment_reference": "VIR-77"} | changes


def act_on(client, deposit, action, data):
    return client.post(reverse(f"admin:deposits_deposit_{action}", args=[deposit.pk]), data)


def fresh(deposit):
    with acting_as(SYSTEM):
        return Deposit.objects.get(pk=deposit.pk)


def last_audit():
    with acting_as(SYSTEM):
        return AuditEntry.objects.order_by("id").last()


def count_movements():
    with acting_as(SYSTEM):
        return DepositTransaction.objects.count()


def test_staff_opens_a_general_deposit(staff, personas, merchant):
    page = staff.get(reverse(OPEN))
    response = staff.post(reverse(OPEN), payment(merchant=str(merchant.pk), initial_amount="2 500,50"), follow=True)

    assert "Open a deposit" in page.content.decode()
    assert "Deposit opened: MAD\u00a02,500.50." in response.content.decode()
    with acting_as(SYSTEM):
        deposit = Deposit.objects.get(merchant=merchant)
        movement = deposit.transactions.get()
    assert (deposit.status, deposit.current_balance, deposit.campaign_id) == ("active", Decimal("2500.50"), None)
    assert (movement.payment_reference, movement.user_id) == ("VIR-77", personas.staff.pk)
    entry = last_audit()
    assert (entry.actor_user_id, entry.object_id, entry.merchant_id) == (personas.staff.pk, deposit.pk, merchant.pk)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"initial_amount": "1999.99"}, "The amount must be at least MAD\u00a02,000.00."),
        ({"initial_amount": "2000.001"}, "An amount has at most two decimals"),
        ({"initial_amount": "1e400"}, "Enter an amount in dirhams"),
        ({"initial_amount": "-5000"}, "The amount must be at least MAD\u00a02,000.00."),
        ({"initial_amount": "99999999999"}, "The amount must be at most"),
        ({"initial_amount": ""}, "This field is required."),
        ({"payment_reference": "   "}, "This field is required."),
        ({"payment_reference": "x" * 81}, "at most 80 characters"),
        ({"payment_method": "cash"}, "Select a valid choice."),
        ({"merchant": "01a1f765-867e-7383-9f32-15cb5a8157c1"}, "Select a valid choice."),
        ({"merchant": "no-id"}, "no-id is not a valid UUID."),
    ],
)
def test_bad_input_is_refused_beside_the_field_and_kept(staff, merchant, changes, message):
    before = count_movements()

    data = payment(merchant=str(merchant.pk), initial_amount="2500") | changes
    response = staff.post(reverse(OPEN), data)

    text = response.content.decode()
    assert response.status_code == 422
    assert message in text.replace("&#x27;", "'").replace("“", "").replace("”", "")
    assert data["payment_reference"].strip() in text
    assert count_movements() == before


def test_second_general_deposit_is_refused(staff, personas):
    response = staff.post(reverse(OPEN), payment(merchant=str(personas.merchant.pk), initial_amount="2500"))

    assert response.status_code == 422
    assert "There is an open deposit for this merchant and campaign already." in response.content.decode()
    assert 'value="2500"' in response.content.decode()


def test_recharge_is_credited(staff, personas):
    page = staff.get(reverse("admin:deposits_deposit_recharge", args=[personas.deposit.pk]))
    response = act_on(staff, personas.deposit, "recharge", payment(amount="1000"))

    assert "balance MAD\u00a05,000.00, reserved MAD\u00a00.00, available MAD\u00a05,000.00" in page.content.decode()
    assert response.status_code == 302
    assert fresh(personas.deposit).current_balance == Decimal("6000.00")
    assert last_audit().action == "deposits.deposit.recharged"


@pytest.mark.parametrize("amount", ["499.99", "abc", "0", "-500", ""])
def test_wrong_recharge_is_refused(staff, personas, amount):
    response = act_on(staff, personas.deposit, "recharge", payment(amount=amount))

    assert response.status_code == 422
    assert fresh(personas.deposit).current_balance == Decimal("5000.00")


def test_recharge_needs_a_reference(staff, personas):
    assert act_on(staff, personas.deposit, "recharge", payment(amount="500", payment_reference="")).status_code == 422


@pytest.mark.parametrize(("amount", "balance"), [("-40", "4960.00"), ("40,25", "5040.25"), ("-5000", "0.00")])
def test_balance_is_adjusted_with_a_reason(staff, personas, amount, balance):
    response = act_on(staff, personas.deposit, "adjust", {"amount": amount, "reason": "Erreur de saisie"})

    assert response.status_code == 302
    assert fresh(personas.deposit).current_balance == Decimal(balance)
    entry = last_audit() if balance != "0.00" else None
    assert entry is None or entry.data["reason"] == "Erreur de saisie"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"amount": "0", "reason": "Rien"}, "Enter an amount other than zero"),
        ({"amount": "-5000.01", "reason": "Trop"}, "The available balance of the deposit is too small."),
        ({"amount": "-40", "reason": " "}, "This field is required."),
        ({"amount": "-40.001", "reason": "Fin"}, "An amount has at most two decimals"),
        ({"amount": "NaN", "reason": "Fin"}, "Enter an amount in dirhams"),
    ],
)
def test_wrong_adjustment_is_refused(staff, personas, data, message):
    response = act_on(staff, personas.deposit, "adjust", data)

    assert response.status_code == 422
    assert message in response.content.decode()
    assert fresh(personas.deposit).current_balance == Decimal("5000.00")


def test_deposit_is_suspended_and_resumed_with_reasons(staff, personas):
    act_on(staff, personas.deposit, "suspend", {"reason": "Vérification"})
    suspended, first = fresh(personas.deposit), last_audit()
    act_on(staff, personas.deposit, "resume", {"reason": "Vérifié"})
    resumed, second = fresh(personas.deposit), last_audit()

    assert (suspended.status, resumed.status) == ("suspended", "active")
    assert (first.action, first.data) == ("deposits.deposit.suspended", {"reason": "Vérification"})
    assert (second.action, second.data) == ("deposits.deposit.resumed", {"reason": "Vérifié"})


def test_reason_is_needed(staff, personas):
    assert act_on(staff, personas.deposit, "suspend", {"reason": ""}).status_code == 422
    assert fresh(personas.deposit).status == "active"


def test_page_offers_only_the_actions_that_are_possible(staff, personas):
    url = reverse("admin:deposits_deposit_change", args=[personas.deposit.pk])

    active = staff.get(url).content.decode()
    with acting_as(personas.as_staff):
        suspend_deposit(deposit_id=personas.deposit.pk, reason="Test")
    suspended = staff.get(url).content.decode()

    assert ("/suspend/" in active, "/resume/" in active) == (True, False)
    assert ("/suspend/" in suspended, "/resume/" in suspended) == (False, True)
    assert "/recharge/" in suspended


def test_no_form_changes_a_balance(staff, personas):
    url = reverse("admin:deposits_deposit_change", args=[personas.deposit.pk])
    stolen = {"current_balance": "999999.00", "initial_amount": "1.00", "status": "closed", "merchant": "x"}

    assert staff.post(url, stolen).status_code == 403
    assert staff.get(reverse("admin:deposits_deposit_add")).status_code == 403
    with acting_as(SYSTEM):
        movement = personas.deposit.transactions.get()
    movement_url = reverse("admin:deposits_deposittransaction_change", args=[movement.pk])
    assert staff.post(movement_url, {"amount": "1.00"}).status_code == 403
    assert fresh(personas.deposit).current_balance == Decimal("5000.00")


def test_unknown_deposit_is_not_found(staff):
    unknown = "01a1f765-867e-7383-9f32-15cb5a8157c1"

    assert staff.get(reverse("admin:deposits_deposit_recharge", args=[unknown])).status_code == 404
    assert staff.get(reverse("admin:deposits_deposit_recharge", args=["no-id"])).status_code == 404
    assert staff.get(reverse("admin:deposits_deposit_change", args=["no-id"])).status_code == 302


def test_only_those_with_the_right_move_money(client_of, personas):
    with acting_as(SYSTEM):
        viewer = User.objects.create_user("lecture@exemple.ma", PASSWORD, role="staff", is_staff=True)
        viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = client_of(viewer)
    url = reverse("admin:deposits_deposit_change", args=[personas.deposit.pk])

    page = client.get(url)

    assert page.status_code == 200
    assert "/recharge/" not in page.content.decode()
    for action, data in (
        ("recharge", payment(amount="1000")),
        ("adjust", {"amount": "5", "reason": "x"}),
        ("suspend", {"reason": "x"}),
    ):
        assert act_on(client, personas.deposit, action, data).status_code == 403
    assert client.post(reverse(OPEN), payment()).status_code == 403
    assert fresh(personas.deposit).current_balance == Decimal("5000.00")


@pytest.mark.parametrize("persona", ["owner", "influencer_user"])
def test_people_outside_staff_reach_no_action(client_of, personas, persona):
    response = act_on(client_of(getattr(personas, persona)), personas.deposit, "recharge", payment(amount="1000"))

    assert response.status_code == 302
    assert fresh(personas.deposit).current_balance == Decimal("5000.00")


def test_list_is_filtered_by_level_and_names_campaigns(staff, personas):
    with acting_as(SYSTEM):
        campaign = create_campaign(merchant_id=personas.merchant.pk, name="Toiture", service="Toiture")
    url = reverse("admin:leads_campaign_open_campaign_deposit", args=[campaign.pk])
    staff.post(url, payment(initial_amount="2000"))
    listed = reverse("admin:deposits_deposit_changelist")

    healthy = staff.get(f"{listed}?level=healthy").content.decode()
    critical = staff.get(f"{listed}?level=critical").content.decode()

    assert "Toiture" in healthy
    assert "General deposit" in healthy
    assert "Toiture" not in critical
