"""The demonstration's people, companies, campaigns and agreements as unsaved rows."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import models
from django.utils import timezone

from accounts.models import AuditEntry, Influencer, Membership, Merchant, User
from alerts.models import NotificationProfile
from leads.models import Campaign, CampaignSettings, InfluencerAgreement
from leadsmarket.demo.catalogue import (
    AGREEMENTS,
    INFLUENCERS,
    MERCHANTS,
    OWNER_EMAIL,
    STAFF_EMAIL,
    AgreementPlan,
    CampaignPlan,
    InfluencerPlan,
    MerchantPlan,
)
from leadsmarket.demo.chance import Ids

PASSWORD = "demo-leads-2026"  # noqa: S105 - made for demonstrations, refused in production

PHONE, PHONE_SINCE = "+212661000099", 200
"""Of the owner of the company that log-ins of demonstrations belong to; verified so many days ago."""


@dataclass(slots=True)
class World:
    """Everybody and everything, by the keys of the catalogue.

    History ends at `midnight`, the start of today, so that it is the same all day; what is pending is counted back from `now`.
    """

    now: datetime
    ids: Ids
    users: list[User] = field(default_factory=list)
    addresses: list[EmailAddress] = field(default_factory=list)
    merchants: dict[str, Merchant] = field(default_factory=dict)
    teams: dict[str, list[User]] = field(default_factory=dict)
    memberships: list[Membership] = field(default_factory=list)
    influencers: dict[str, Influencer] = field(default_factory=dict)
    campaigns: dict[tuple[str, str], Campaign] = field(default_factory=dict)
    settings: list[CampaignSettings] = field(default_factory=list)
    agreements: list[tuple[AgreementPlan, InfluencerAgreement]] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)
    phones: list[NotificationProfile] = field(default_factory=list)
    staff: User = field(init=False)
    midnight: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.midnight = timezone.localtime(self.now).replace(hour=0, minute=0, second=0, microsecond=0)

    def days_ago(self, days: float) -> datetime:
        """Ten in the morning that many days ago."""
        return self.midnight - timedelta(days=days, hours=-10)

    def record(
        self,
        action: str,
        changed: models.Model,
        actor: User | None,
        moment: datetime,
        *,
        merchant_id: UUID | None = None,
        **data: str | int,
    ) -> None:
        """Add the audit row that the service would have written. actor None: the platform itself."""
        merchant_id = merchant_id or (
            changed.pk if isinstance(changed, Merchant) else getattr(changed, "merchant_id", None)
        )
        self.audit.append(
            AuditEntry(
                id=self.ids.at(moment),
                action=action,
                actor_user=actor,
                actor_role=actor.role if actor else "system",
                object_type=changed._meta.label_lower,
                object_id=changed.pk,
                merchant_id=merchant_id,
                data=data,
                created_at=moment,
            )
        )


def build_world(now: datetime, ids: Ids) -> World:
    """Return the world of the catalogue, back-dated from `now`."""
    world = World(now=now, ids=ids)
    password = make_password(PASSWORD, salt="demonstration")
    world.staff = _add_user(world, STAFF_EMAIL, password, User.Role.STAFF, 364, is_staff=True, is_superuser=True)
    for number, merchant_plan in enumerate(MERCHANTS, start=1):
        _add_merchant(world, merchant_plan, number, password)
    for number, influencer_plan in enumerate(INFLUENCERS, start=1):
        _add_influencer(world, influencer_plan, number, password)
    for agreement_plan in AGREEMENTS:
        _add_agreement(world, agreement_plan)
    _verify_phone(world, OWNER_EMAIL, PHONE)
    return world


def invented_ice(number: int) -> str:
    """Return a made-up ICE that passes the check: 9 digits enterprise, 4 establishment, 2 control (remainder 0 by 97)."""
    enterprise = f"0099{number * 7919 % 100000:05d}0000"
    control = -int(enterprise + "00") % 97
    return f"{enterprise}{control:02d}"


def _add_user(world: World, email: str, password: str, role: str, joined: float, **rights: bool) -> User:
    moment = world.days_ago(joined)
    user = User(id=world.ids.at(moment), email=email, password=password, role=role, date_joined=moment, **rights)
    world.users.append(user)
    world.addresses.append(EmailAddress(user=user, email=email, primary=True, verified=True))
    return user


def _add_merchant(world: World, plan: MerchantPlan, number: int, password: str) -> None:
    moment = world.days_ago(plan.joined)
    merchant = Merchant(
        id=world.ids.at(moment),
        name=plan.name,
        ice=invented_ice(number),
        phone=f"+2125220000{number:02d}",
        address=plan.address,
        city=plan.city,
        created_at=moment,
        updated_at=moment,
    )
    world.merchants[plan.key] = merchant
    world.teams[plan.key] = []
    for place, email in enumerate(plan.team):
        joined = plan.joined - 20 * place
        user = _add_user(world, email, password, User.Role.MERCHANT, joined)
        role = Membership.Role.MEMBER if place else Membership.Role.OWNER
        since = world.days_ago(joined)
        world.memberships.append(
            Membership(
                id=world.ids.at(since), user=user, merchant=merchant, role=role, created_at=since, updated_at=since
            )
        )
        world.teams[plan.key].append(user)
    world.record("accounts.merchant.registered", merchant, world.teams[plan.key][0], moment)
    for campaign_plan in plan.campaigns:
        _add_campaign(world, plan.key, campaign_plan)


def _add_campaign(world: World, merchant_key: str, plan: CampaignPlan) -> None:
    moment = world.days_ago(plan.started)
    campaign = Campaign(
        id=world.ids.at(moment),
        merchant=world.merchants[merchant_key],
        name=plan.name,
        service=plan.service,
        description=plan.description,
        status=plan.status,
        pause_reason=plan.pause_reason,
        created_at=moment,
        updated_at=moment,
    )
    world.campaigns[merchant_key, plan.key] = campaign
    world.settings.append(
        CampaignSettings(
            campaign=campaign,
            percentage_commission_rate=plan.terms.percentage_commission_rate,
            fixed_commission_amount=plan.terms.fixed_commission_amount,
            commission_threshold=plan.terms.commission_threshold,
            minimum_estimated_value=plan.terms.minimum_estimated_value,
            auto_stop_on_depletion=plan.terms.auto_stop_on_depletion,
            lead_expiry_hours=plan.terms.lead_expiry_hours,
        )
    )
    world.record("leads.campaign.created", campaign, world.teams[merchant_key][0], moment)


def _add_influencer(world: World, plan: InfluencerPlan, number: int, password: str) -> None:
    moment = world.days_ago(plan.joined)
    user = _add_user(world, plan.email, password, User.Role.INFLUENCER, plan.joined)
    influencer = Influencer(
        id=world.ids.at(moment),
        user=user,
        display_name=plan.display_name,
        phone=f"+2126610000{number:02d}",
        created_at=moment,
        updated_at=moment,
    )
    world.influencers[plan.key] = influencer
    world.record("accounts.influencer.registered", influencer, user, moment)


def _verify_phone(world: World, email: str, phone: str) -> None:
    """A person who gets urgent messages by SMS and WhatsApp; neither has a provider in the demonstration."""
    moment = world.days_ago(PHONE_SINCE)
    user = next(user for user in world.users if user.email == email)
    world.phones.append(
        NotificationProfile(
            id=world.ids.at(moment),
            user=user,
            phone=phone,
            phone_verified_at=moment,
            whatsapp_agreed_at=moment,
            created_at=moment,
            updated_at=moment,
        )
    )


def _add_agreement(world: World, plan: AgreementPlan) -> None:
    moment = world.days_ago(plan.since)
    campaign = world.campaigns[plan.merchant, plan.campaign] if plan.campaign else None
    agreement = InfluencerAgreement(
        id=world.ids.at(moment),
        merchant=world.merchants[plan.merchant],
        influencer=world.influencers[plan.influencer],
        campaign=campaign,
        status=plan.status,
        is_invitation=plan.is_invitation,
        message=plan.message,
        status_reason=plan.reason,
        commission_percentage=plan.terms.commission_percentage,
        minimum_deposit=plan.terms.minimum_deposit,
        quality_threshold=plan.terms.quality_threshold,
        requires_validation=plan.terms.requires_validation,
        auto_payment=plan.terms.auto_payment,
        created_at=moment,
        updated_at=moment,
    )
    world.agreements.append((plan, agreement))
    owner, user = world.teams[plan.merchant][0], world.influencers[plan.influencer].user
    asked_by = owner if plan.is_invitation else user
    action = "leads.agreement.offered" if plan.is_invitation else "leads.agreement.asked"
    world.record(action, agreement, asked_by, moment)
    if plan.status != InfluencerAgreement.Status.PENDING:
        world.record("leads.agreement.accepted", agreement, owner, moment + timedelta(hours=1))
    if plan.status in (InfluencerAgreement.Status.SUSPENDED, InfluencerAgreement.Status.TERMINATED):
        changed_at = world.days_ago(plan.until)
        agreement.updated_at = changed_at
        world.record(f"leads.agreement.{plan.status}", agreement, owner, changed_at, reason=plan.reason)
