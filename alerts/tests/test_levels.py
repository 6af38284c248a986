"""What people are told of a deposit's level: who, on which channels, in which words, and what becomes of the campaigns."""

from collections import defaultdict
from decimal import Decimal

import pytest

from accounts.models import User
from alerts.models import Delivery, Notification, PushSubscription
from alerts.services import check_deposit_levels, expand_due_events
from alerts.tests.conftest import outbox
from alerts.tests.phone_messages import PHONE, verify_phone
from deposits.services import adjust_deposit, open_deposit, recharge_deposit
from leads.models import Campaign
from leads.services import create_campaign, pause_campaign, validate_lead
from leadsmarket.lib.actor import SYSTEM, acting_as
from tests.personas import Personas


@pytest.fixture
def atlas(personas: Personas) -> Personas:
    """Everybody reads English; Atlas' owner has a phone, agreed to WhatsApp and listens in one browser. 5,000.00 MAD."""
    with acting_as(SYSTEM):
        User.objects.update(language="en")
        PushSubscription.objects.create(
            user=personas.owner,
            endpoint="https://fcm.googleapis.com/fcm/send/abc",
            public_key="key",
            authentication_secret="secret",
        )
    verify_phone(personas.owner, whatsapp=True)
    return personas


def take(personas: Personas, amount: str) -> None:
    with acting_as(personas.as_staff):
        adjust_deposit(deposit_id=personas.deposit.pk, amount=-Decimal(amount), reason="test")
    expand_due_events()


def give(personas: Personas, amount: str) -> None:
    with acting_as(personas.as_staff):
        recharge_deposit(deposit_id=personas.deposit.pk, amount=Decimal(amount), payment_reference="VIR 1")
    expand_due_events()


def told(kind: str = "deposit_level") -> dict[str, list[str]]:
    """Who was told of a kind, per channel, the dashboard among them."""
    found: dict[str, list[str]] = defaultdict(list)
    with acting_as(SYSTEM):
        for one in Notification.objects.filter(kind=kind).select_related("user").order_by("user__email", "id"):
            found["dashboard"].append(one.user.email)
        for sent in Delivery.objects.filter(kind=kind).select_related("user").order_by("user__email", "id"):
            found[sent.channel].append(sent.user.email)
    return dict(found)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def levels() -> list[str]:
    with acting_as(SYSTEM):
        return list(Notification.objects.filter(kind="deposit_level").order_by("id").values_list("level", flat=True))


BOTH = ["atlas@exemple.ma", "equipe@exemple.ma"]
OWNER = ["atlas@exemple.ma"]


@pytest.mark.parametrize(
    ("taken", "level", "percentage", "left", "channels"),
    [
        ("2500.00", "attention", "50 %", "MAD 2,500.00", {}),
        ("4000.00", "warning", "20 %", "MAD 1,000.00", {"email": BOTH}),
        ("4500.00", "critical", "10 %", "MAD 500.00", {"email": BOTH, "sms": OWNER, "whatsapp": OWNER}),
        (
            "5000.00",
            "depleted",
            "0 %",
            "MAD 0.00",
            {"email": BOTH, "sms": OWNER, "whatsapp": OWNER, "web_push": OWNER},
        ),
    ],
)
def test_each_level_says_what_is_left_on_exactly_its_channels(atlas, taken, level, percentage, left, channels):
    take(atlas, taken)

    assert told() == {"dashboard": BOTH, **channels}
    with acting_as(SYSTEM):
        notification = Notification.objects.filter(kind="deposit_level").first()
    assert (notification.level, notification.deposit_id) == (level, atlas.deposit.pk)
    assert notification.url == f"/payments/recharge/{atlas.deposit.pk}/"
    for text in [plain(notification.body), *(plain(sent.text) for sent in outbox("deposit_level"))]:
        assert left in text
        assert percentage in text
    for sent in outbox("deposit_level"):
        if sent.channel in ("email", "sms", "whatsapp"):
            assert f"/payments/recharge/{atlas.deposit.pk}/" in sent.text
        if sent.channel in ("sms", "whatsapp"):
            assert sent.address == PHONE
            assert (sent.status, bool(sent.error)) == ("not_sent", True)


def test_the_e_mail_shows_colour_label_and_what_to_do(atlas):
    take(atlas, "4600.00")
    [html] = [sent.html for sent in outbox("deposit_level") if sent.channel == "email" and sent.user == atlas.owner]
    assert "#ef4444" in html
    assert "Critical" in html
    assert 'width="8%"' in html
    assert "New leads will soon be blocked: recharge now." in html
    assert "Unknown: nothing was spent in the last days" in html
    assert f'href="http://localhost:8000/payments/recharge/{atlas.deposit.pk}/"' in html


def test_days_left_follow_the_spending(atlas):
    take(atlas, "2000.00")
    for _number in range(7):
        lead = atlas.submit("1500.00")
        with acting_as(atlas.as_owner):
            validate_lead(lead_id=lead.pk, quality_score=8)
    expand_due_events()
    # 7 x 80.00 in the last 14 days are 40.00 a day; the level was reached with 2,500.00 or a little less left.
    [one, _other] = [sent for sent in told_notifications() if sent.level == "attention"]
    assert "About 61 days left at the present pace" in one.body


def told_notifications() -> list[Notification]:
    with acting_as(SYSTEM):
        return list(Notification.objects.filter(kind="deposit_level").order_by("id"))


def test_a_fall_from_60_to_5_percent_in_one_deduction_announces_critical_alone(atlas):
    take(atlas, "2000.00")
    assert told() == {}

    take(atlas, "2750.00")

    assert levels() == ["critical", "critical"]
    assert told() == {"dashboard": BOTH, "email": BOTH, "sms": OWNER, "whatsapp": OWNER}
    assert "5 %" in plain(outbox("deposit_level")[0].subject)


def test_recharge_and_fall_again_is_told_again_and_nothing_in_between(atlas):
    take(atlas, "4200.00")
    assert levels() == ["warning"] * 2
    give(atlas, "5000.00")
    assert levels() == ["warning"] * 2

    take(atlas, "4900.00")

    assert levels() == ["warning"] * 4
    assert len(told()["email"]) == 4


def test_looking_again_and_telling_again_tells_nobody_twice(atlas):
    take(atlas, "4600.00")
    before = told()
    for _again in range(2):
        check_deposit_levels()
        check_deposit_levels([atlas.deposit.pk])
        expand_due_events()
    assert told() == before


def test_a_campaigns_own_deposit_is_named(atlas):
    with acting_as(SYSTEM):
        own = open_deposit(
            merchant_id=atlas.merchant.pk,
            campaign_id=atlas.campaign.pk,
            initial_amount=Decimal("2000.00"),
            payment_reference="VIR 2",
        )
        adjust_deposit(deposit_id=own.pk, amount=Decimal("-1600.00"), reason="test")
    expand_due_events()
    one = told_notifications()[0]
    assert one.body.startswith("Cuisine sur mesure: MAD")
    assert (one.deposit_id, one.campaign_id) == (own.pk, atlas.campaign.pk)


def test_depleted_pauses_what_stops_by_itself_and_a_recharge_resumes_exactly_that(atlas):
    with acting_as(atlas.as_owner):
        other = create_campaign(merchant_id=atlas.merchant.pk, name="Salle de bain", service="Rénovation")
        pause_campaign(campaign_id=other.pk)
    expand_due_events()

    take(atlas, "5000.00")
    assert told("campaign_paused") == {
        "dashboard": [*BOTH, "salma@exemple.ma"],
        "email": [*BOTH, "salma@exemple.ma"],
    }
    to_influencer = [sent for sent in outbox("campaign_paused") if sent.user == atlas.influencer_user]
    assert [sent.subject for sent in to_influencer] == ["Campaign paused: Cuisine sur mesure"]
    assert "deplet" not in (to_influencer[0].text + to_influencer[0].html).lower()
    assert "/leads/campaigns/" in to_influencer[0].text
    to_owner = next(sent for sent in outbox("campaign_paused") if sent.user == atlas.owner)
    assert "deposit is depleted" in to_owner.text

    give(atlas, "2000.00")
    assert told("campaign_resumed") == {
        "dashboard": [*BOTH, "salma@exemple.ma"],
        "email": [*BOTH, "salma@exemple.ma"],
    }
    with acting_as(SYSTEM):
        states = dict(Campaign.objects.filter(merchant=atlas.merchant).values_list("name", "status"))
        names = set(Notification.objects.filter(kind="campaign_resumed").values_list("title", flat=True))
    assert states == {"Cuisine sur mesure": "active", "Salle de bain": "paused"}
    assert names == {"Campaign resumed: Cuisine sur mesure"}
    assert levels() == ["depleted"] * 2


def test_influencers_are_told_nothing_of_a_level(atlas):
    take(atlas, "4900.00")
    with acting_as(SYSTEM):
        assert not Notification.objects.filter(user__role="influencer", kind="deposit_level").exists()
        assert not Delivery.objects.filter(user__role="influencer", kind="deposit_level").exists()
